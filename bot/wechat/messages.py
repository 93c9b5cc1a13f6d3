"""Messages and events as WeChat sends them, in XML or JSON.

Both become flat fields: nested elements get dotted names, and what is repeated gets a
number (`A.List`, `A.List.1`, `A.List.2`), so that one item and several read alike.
XML is read by expat without any DOCTYPE; what is in JSON has to be text that can be kept.
Unknown types are read like any other and left to the dialogs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from bot.wechat.crypto import RefusedRequestError

_MAX_DEPTH = 8
_MAX_FIELDS = 200
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
        """What the person typed, or None for anything that is not text."""
        return self.fields.get("Content", "") if self.kind == "text" else None

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
    if not message.sender or len(message.sender) > 128 or len(message.account) > 128:
        raise RefusedRequestError
    return message


class _Flat:
    """Fields in the order they come; whatever is too deep or too much is refused."""

    __slots__ = ("_seen", "fields")

    def __init__(self) -> None:
        self.fields: Fields = {}
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
        count = seen[name]
        seen[name] = count + 1
        if count >= _MAX_FIELDS:
            raise RefusedRequestError
        return f"{name}.{count}"


def _read_xml(body: str) -> Fields:
    """Expat calls back for each element; the closures below keep that cheap."""
    flat = _Flat()
    fields, name_of = flat.fields, flat.name
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
            fields[name] = text[0] if len(text) == 1 else "".join(text)
        leaf = False

    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text.append
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(body.encode(), True)
    except (expat.ExpatError, ValueError, LookupError):
        raise RefusedRequestError from None
    return flat.fields


def _refuse(*_args: object) -> None:
    raise RefusedRequestError


def _read_json(body: str) -> Fields:
    flat = _Flat()
    try:
        data = json.loads(body)
        if not isinstance(data, dict):
            raise RefusedRequestError
        _flatten(flat, "", data, _MAX_DEPTH)
        _check_text("".join((*flat.fields, *flat.fields.values())))
    except (ValueError, RecursionError):
        raise RefusedRequestError from None
    return flat.fields


def _check_text(text: str) -> None:
    """JSON can name what XML cannot: half a surrogate pair, which no UTF-8 holds, and NUL, which no key of BSON does.

    Raises ValueError.
    """
    text.encode()
    if "\0" in text:
        raise ValueError("NUL")


def _flatten(flat: _Flat, parent: str, data: Mapping[str, Any], depth: int) -> None:
    if not depth:
        raise RefusedRequestError
    for tag, value in data.items():
        for item in value if isinstance(value, list) else [value]:
            name = flat.name(parent, tag)
            if isinstance(item, dict):
                _flatten(flat, name, item, depth - 1)
            else:
                flat.fields[name] = _plain(item)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
