"""Passive replies of every kind, as XML or JSON.

In XML each text stands inside CDATA that cannot be broken out of. Source: Tencent's page on
passive replies; one article in a news reply since October 2018.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.wechat.messages import Message

SUCCESS = "success"
_NO_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
TEXT_BYTES = 2000
"""Users of the platform report a limit of 2047 bytes of UTF-8 in a text; error 45002 beyond it."""

Value = str | int | Mapping[str, "Value"] | Sequence[Mapping[str, "Value"]]


@dataclass(frozen=True, slots=True)
class Text:
    """A text of at most `TEXT_BYTES`."""

    content: str

    def fields(self) -> Mapping[str, Value]:
        return {"MsgType": "text", "Content": self.content}


@dataclass(frozen=True, slots=True)
class Image:
    """A picture by its media id."""

    media_id: str

    def fields(self) -> Mapping[str, Value]:
        return {"MsgType": "image", "Image": {"MediaId": self.media_id}}


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice recording by its media id."""

    media_id: str

    def fields(self) -> Mapping[str, Value]:
        return {"MsgType": "voice", "Voice": {"MediaId": self.media_id}}


@dataclass(frozen=True, slots=True)
class Video:
    """A video by its media id."""

    media_id: str
    title: str = ""
    description: str = ""

    def fields(self) -> Mapping[str, Value]:
        video = {"MediaId": self.media_id, "Title": self.title, "Description": self.description}
        return {"MsgType": "video", "Video": video}


@dataclass(frozen=True, slots=True)
class Music:
    """A piece of music with a thumbnail."""

    thumb_media_id: str
    title: str = ""
    description: str = ""
    url: str = ""
    hq_url: str = ""

    def fields(self) -> Mapping[str, Value]:
        music = {
            "Title": self.title,
            "Description": self.description,
            "MusicUrl": self.url,
            "HQMusicUrl": self.hq_url,
            "ThumbMediaId": self.thumb_media_id,
        }
        return {"MsgType": "music", "Music": music}


@dataclass(frozen=True, slots=True)
class News:
    """One article: a title, a line of text, a picture, and where a tap leads."""

    title: str
    description: str
    picture: str
    url: str

    def fields(self) -> Mapping[str, Value]:
        article = {"Title": self.title, "Description": self.description, "PicUrl": self.picture, "Url": self.url}
        return {"MsgType": "news", "ArticleCount": 1, "Articles": [article]}


@dataclass(frozen=True, slots=True)
class Transfer:
    """Hand the person over to customer service, to one member of it if `staff` is given."""

    staff: str | None = None

    def fields(self) -> Mapping[str, Value]:
        head: dict[str, Value] = {"MsgType": "transfer_customer_service"}
        return head if self.staff is None else {**head, "TransInfo": {"KfAccount": self.staff}}


Reply = Text | Image | Voice | Video | Music | News | Transfer


def render(message: Message, reply: Reply, now: int, *, as_json: bool = False) -> str:
    """A reply to a message, addressed the other way round, in the format the message came in."""
    fields: dict[str, Value] = {
        "ToUserName": message.sender,
        "FromUserName": message.account,
        "CreateTime": now,
        **reply.fields(),
    }
    return json.dumps(fields, ensure_ascii=False) if as_json else f"<xml>{_elements(fields)}</xml>"


def envelope(encrypted: str, signature: str, timestamp: str, nonce: str, *, as_json: bool = False) -> str:
    """The encrypted form of a reply. Nothing in it can break out: base64, hexadecimal, digits, a checked nonce."""
    if as_json:
        fields = {"Encrypt": encrypted, "MsgSignature": signature, "TimeStamp": int(timestamp), "Nonce": nonce}
        return json.dumps(fields)
    return (
        f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    )


def cdata(text: str) -> str:
    """A CDATA section without what XML 1.0 has no place for; `]]>` inside is split over two sections."""
    return f"<![CDATA[{_NO_XML.sub('', text).replace(']]>', ']]]]><![CDATA[>')}]]>"


def split_text(text: str, most: int = TEXT_BYTES) -> list[str]:
    """Cut a text into parts of at most `most` bytes, at line ends where there are any."""
    parts: list[str] = []
    current = ""
    for line in text.split("\n"):
        for piece in _pieces(line, most):
            joined = f"{current}\n{piece}" if current else piece
            if len(joined.encode()) > most:
                parts.append(current)
                joined = piece
            current = joined
    return [*parts, current]


def _elements(fields: Mapping[str, Value]) -> str:
    return "".join([f"<{name}>{_element(value)}</{name}>" for name, value in fields.items()])


def _element(value: Value) -> str:
    if isinstance(value, str):
        return cdata(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return _elements(value)
    return "".join(f"<item>{_elements(item)}</item>" for item in value)


def _pieces(line: str, most: int) -> list[str]:
    pieces = [""]
    size = 0
    for char in line:
        width = len(char.encode())
        if size + width > most:
            pieces.append("")
            size = 0
        pieces[-1] += char
        size += width
    return pieces
