"""Messages and events as WeChat sends them, in XML or JSON.

Both become flat fields: nested elements get dotted names, and what is repeated gets a
number (`A.List`, `A.List.1`, `A.List.2`), so that one item and several read alike.
XML is read by expat without any DOCTYPE. Characters that neither XML nor our store can hold are left out, and a
person's own words may hold `]]>`: they are never read beyond their field.
Unknown types are read like any other and left to the dialogs.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.parsers import expat

from bot.wechat.crypto import RefusedRequestError

_MAX_DEPTH = 8
_MAX_FIELDS = 200
_LATEST = 2**40
"""The greatest `CreateTime`, far beyond any; the database has no room for any number."""
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What is no `Char` of XML 1.0: keyboards and clipboards have it, and the platform sends it on."""
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
_REFERENCE = re.compile(r"<!\[CDATA\[.*?\]\]>|&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));", re.DOTALL)
_OWN_WORDS = frozenset({"Content", "Recognition", "Title", "Description", "Url", "Label"})
"""The fields that a person fills; no message has one twice. Their blanks are the person's."""
_UNSUPPORTED: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("unsupported.toml").read_text("utf-8"))
"""The platform's sentences for what it cannot show, and words that stand for it in brackets."""
_BRACKETS = re.compile(r"[\[\]【】]+")
_IN_BRACKETS = re.compile(r"(?:[\[【][^\[\]【】]+[\]】])+")
_BLANKS_AND_STOPS = " .。!"
_ABOUT_A_PERSON = ("user_info_modified", "user_authorization_revoke", "user_authorization_cancellation")
"""Events that the platform itself sends; the person is in `OpenID` (Tencent's page on changes of authorization)."""
_SCENE = "qrscene_"

Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """A message or event. `sender` is the openid; `key` is the same for every retry."""

    account: str
    sender: str
    created: int
    kind: str
    fields: Mapping[str, str] = field(repr=False)

    @property
    def text(self) -> str | None:
        """What the person typed, or said as far as the platform wrote it down; None for anything else."""
        if self.kind == "voice":
            return self.fields.get("Recognition", "").strip() or None
        content = self.fields.get("Content", "")
        return content if self.kind == "text" and not _is_unsupported(content) else None

    @property
    def menu_entry(self) -> str | None:
        """The id of the entry of a menu that was tapped; some versions of the app give 0 for it."""
        return self.fields.get("bizmsgmenuid") if self.kind == "text" else None

    @property
    def is_spoken(self) -> bool:
        """Whether the text is what the platform understood of a voice message."""
        return self.kind == "voice"

    @property
    def media_id(self) -> str | None:
        """The platform's id of a picture, voice or video."""
        return self.fields.get("MediaId") or None

    @property
    def event(self) -> str:
        """The event's name in lower case; empty for messages."""
        return self.fields.get("Event", "").lower() if self.kind == "event" else ""

    @property
    def event_key(self) -> str:
        """The menu key or scene of an event."""
        return self.fields.get("EventKey", "")

    @property
    def scene(self) -> str | None:
        """The scene of a scanned QR code, whether the person follows already or has just followed."""
        if self.event == "scan":
            return self.event_key or None
        if self.event == "subscribe" and self.event_key.startswith(_SCENE):
            return self.event_key.removeprefix(_SCENE) or None
        return None

    @property
    def key(self) -> str:
        """MsgId, or for events sender, time, name and key, since two taps can share a second."""
        message_id = self.fields.get("MsgId") or self.fields.get("MsgID")
        if message_id and self.kind != "event":
            return f"{self.account}:{message_id}"
        return f"{self.account}:{self.sender}:{self.created}:{self.event}:{self.event_key}:{message_id or ''}"

    def each(self, name: str) -> Iterator[Fields]:
        """The fields of every item of a repeated element, such as `SubscribeMsgSentEvent.List`."""
        for number in range(_MAX_FIELDS):
            prefix = f"{name}." if number == 0 else f"{name}.{number}."
            found = {k.removeprefix(prefix): v for k, v in self.fields.items() if k.startswith(prefix)}
            item = {k: v for k, v in found.items() if not k.split(".")[0].isdigit()}
            if not item:
                return
            yield item


def is_json(body: str) -> bool:
    """Whether a body is JSON; anything else is read as XML."""
    return body.lstrip(_BLANK).startswith("{")


def read_fields(body: str) -> Fields:
    """The fields of an XML or JSON body. Raises RefusedRequestError."""
    text = body.lstrip(_BLANK)
    return _read_json(text) if is_json(text) else _read_xml(text)


_BLANK = "\ufeff \t\r\n"


def read_message(fields: Mapping[str, str]) -> Message:
    """A message from its fields. Raises RefusedRequestError where who, when or what is missing."""
    try:
        message = Message(
            account=fields["ToUserName"],
            sender=fields["FromUserName"],
            created=int(fields["CreateTime"]),
            kind=fields["MsgType"].lower(),
            fields=fields,
        )
    except (KeyError, ValueError):
        raise RefusedRequestError from None
    if message.kind == "event" and message.event in _ABOUT_A_PERSON:
        message = replace(message, sender=fields.get("OpenID") or message.sender)
    if not 0 <= message.created <= _LATEST:
        raise RefusedRequestError
    if not message.sender or len(message.sender) > 128 or len(message.account) > 128:
        raise RefusedRequestError
    return message


class _Flat:
    """Fields in the order they come; whatever is too deep or too much is refused."""

    __slots__ = ("_seen", "broken_out", "fields")

    def __init__(self) -> None:
        self.fields: Fields = {}
        self.broken_out = False
        """Whether a person's words became elements: their field comes twice, or has others in it."""
        self._seen: dict[str, int] = {}

    def name(self, parent: str, tag: str) -> str:
        """The name of the next element with this tag in this place."""
        name = f"{parent}.{tag}" if parent else tag
        seen = self._seen
        if name not in seen:
            seen[name] = 1
            if len(seen) > _MAX_FIELDS:
                raise RefusedRequestError
            return name
        self.broken_out |= name in _OWN_WORDS
        count = seen[name]
        seen[name] = count + 1
        if count >= _MAX_FIELDS:
            raise RefusedRequestError
        return f"{name}.{count}"


def _read_xml(body: str) -> Fields:
    """Nearly every body is well-formed; one that is not, or whose words broke out of their field, is mended first."""
    try:
        flat = _parsed(body)
    except (RefusedRequestError, *_NOT_WELL_FORMED):
        flat = None
    if flat is None or flat.broken_out:
        try:
            flat = _parsed(_mended(body))
        except _NOT_WELL_FORMED:
            raise RefusedRequestError from None
    return flat.fields


_NOT_WELL_FORMED = (expat.ExpatError, ValueError, LookupError)


def _mended(body: str) -> str:
    """A body without what no XML holds, and with each of a person's fields as one piece of text."""
    body = _ILLEGAL.sub("", body)
    for name in sorted(_OWN_WORDS):
        start, end = body.find(f"<{name}>"), body.rfind(f"</{name}>")
        if 0 <= start < end:
            start += len(name) + 2
            words = body[start:end].strip()
            if words.startswith(_CDATA) and words.endswith(_CDATA_END):
                inner = words[len(_CDATA) : -len(_CDATA_END)].replace(_CDATA_END, f"]]{_CDATA_END}{_CDATA}>")
                body = f"{body[:start]}{_CDATA}{inner}{_CDATA_END}{body[end:]}"
    return _REFERENCE.sub(_legal, body)


def _legal(found: re.Match[str]) -> str:
    """A reference to a character that there is, or nothing; what is in CDATA is no reference."""
    if found[1] is None and found[2] is None:
        return found[0]
    number = int(found[1], 16) if found[1] else int(found[2])
    return "" if number > sys.maxunicode or _ILLEGAL.match(chr(number)) else found[0]


def _parsed(body: str) -> _Flat:
    """Expat calls back for each element; the closures below keep that cheap. Raises _NOT_WELL_FORMED."""
    flat = _Flat()
    fields, name_of, own_words = flat.fields, flat.name, _OWN_WORDS
    path: list[str] = []
    text: list[str] = []
    leaf = False

    def start(tag: str, _attributes: object) -> None:
        nonlocal leaf
        path.append(name_of(path[-1], tag) if path else "")
        if len(path) > _MAX_DEPTH:
            raise RefusedRequestError
        text.clear()
        leaf = True

    def end(_tag: str) -> None:
        nonlocal leaf
        name = path.pop()
        if leaf and name:
            value = text[0] if len(text) == 1 else "".join(text)
            fields[name] = value if name in own_words else value.strip()
        elif name in _OWN_WORDS:
            flat.broken_out = True
        leaf = False

    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text.append
    parser.StartDoctypeDeclHandler = _refuse
    parser.Parse(body.encode(), True)
    return flat


def _refuse(*_args: object) -> None:
    raise RefusedRequestError


def _read_json(body: str) -> Fields:
    flat = _Flat()
    try:
        data = json.loads(body, strict=False)
        if not isinstance(data, dict):
            raise RefusedRequestError
        _flatten(flat, "", data, _MAX_DEPTH)
    except (ValueError, RecursionError):
        raise RefusedRequestError from None
    if _ILLEGAL.search("".join(flat.fields)):
        raise RefusedRequestError
    return flat.fields


def _flatten(flat: _Flat, parent: str, data: Mapping[str, Any], depth: int) -> None:
    if not depth:
        raise RefusedRequestError
    for tag, values in data.items():
        for item in values if isinstance(values, list) else [values]:
            name = flat.name(parent, tag.strip())
            if isinstance(item, dict):
                _flatten(flat, name, item, depth - 1)
            else:
                value = _ILLEGAL.sub("", _plain(item))
                flat.fields[name] = value if name in _OWN_WORDS else value.strip()


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def _is_unsupported(content: str) -> bool:
    """Whether it is nothing but such a sentence, once or twice; a person may quote it in theirs."""
    if not _SHORTEST_UNSUPPORTED <= len(content) <= _LONGEST_UNSUPPORTED:
        return False
    text = _without_blanks(content)
    known = _SENTENCES | _WORDS if _IN_BRACKETS.fullmatch(text) else _SENTENCES
    parts = [part.strip(_BLANKS_AND_STOPS) for part in _BRACKETS.split(text)]
    return any(parts) and all(part in known for part in parts if part)


def _without_blanks(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(_BLANKS_AND_STOPS)


_SENTENCES = frozenset(map(_without_blanks, _UNSUPPORTED["said"]))
_WORDS = frozenset(map(_without_blanks, _UNSUPPORTED["in_brackets"]))
_SHORTEST_UNSUPPORTED = min(min(map(len, _SENTENCES)), min(map(len, _WORDS)) + len("[]"))
_LONGEST_UNSUPPORTED = 200
"""Longer than any of them twice, with blanks."""
