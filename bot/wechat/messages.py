"""Messages and events as WeChat sends them, in XML or JSON.

XML is read by expat without any DOCTYPE; nested elements become dotted names.
Unknown types are read like any other and left to the dialogs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from bot.wechat.crypto import RefusedRequestError

_MAX_DEPTH = 8
_MAX_FIELDS = 200


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
    def event(self) -> str:
        """The event's name in lower case; empty for messages."""
        return self.fields.get("Event", "").lower() if self.kind == "event" else ""

    @property
    def event_key(self) -> str:
        """The menu key or scene of an event."""
        return self.fields.get("EventKey", "")

    @property
    def key(self) -> str:
        """MsgId, or for events sender, time, name and key, since two taps can share a second."""
        message_id = self.fields.get("MsgId") or self.fields.get("MsgID")
        if message_id and self.kind != "event":
            return f"{self.account}:{message_id}"
        return f"{self.account}:{self.sender}:{self.created}:{self.event}:{self.event_key}"


def read_fields(body: str) -> dict[str, str]:
    """The fields of an XML or JSON body. Raises RefusedRequestError."""
    text = body.lstrip("\ufeff \t\r\n")
    return _read_json(text) if text.startswith("{") else _read_xml(text)


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


def _read_xml(body: str) -> dict[str, str]:
    parser = expat.ParserCreate("utf-8")
    reader = _Reader()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = reader.refuse
    try:
        parser.Parse(body.encode(), True)
    except (expat.ExpatError, ValueError, LookupError):
        raise RefusedRequestError from None
    return reader.fields


class _Reader:
    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._path: list[str] = []
        self._text: list[str] = []

    def start(self, name: str, _attributes: object) -> None:
        self._path.append(name)
        self._text = []
        if len(self._path) > _MAX_DEPTH or len(self.fields) > _MAX_FIELDS:
            raise RefusedRequestError

    def characters(self, text: str) -> None:
        self._text.append(text)

    def end(self, _name: str) -> None:
        name = ".".join(self._path[1:])
        if name and name not in self.fields:
            self.fields[name] = "".join(self._text)
        self._path.pop()
        self._text = []

    def refuse(self, *_args: object) -> None:
        raise RefusedRequestError


def _read_json(body: str) -> dict[str, str]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedRequestError from None
    if not isinstance(data, dict):
        raise RefusedRequestError
    return {name: _plain(value) for name, value in list(data.items())[:_MAX_FIELDS]}


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
