"""Passive replies: XML with every text inside CDATA that cannot be broken out of."""

from __future__ import annotations

from bot.wechat.messages import Message

SUCCESS = "success"
_NO_XML = frozenset(map(chr, (*range(0xD800, 0xE000), 0xFFFE, 0xFFFF)))
TEXT_BYTES = 2000
"""Users of the platform report a limit of 2047 bytes of UTF-8 in a text; error 45002 beyond it."""


def cdata(text: str) -> str:
    """A CDATA section; `]]>` inside is split over two sections."""
    return "<![CDATA[" + _printable(text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def text_reply(message: Message, text: str, now: int) -> str:
    """A text in answer to a message, addressed the other way round."""
    return (
        f"<xml><ToUserName>{cdata(message.sender)}</ToUserName>"
        f"<FromUserName>{cdata(message.account)}</FromUserName>"
        f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{cdata(text)}</Content></xml>"
    )


def envelope(encrypted: str, signature: str, timestamp: str, nonce: str) -> str:
    """The encrypted form of a reply."""
    return (
        f"<xml><Encrypt>{cdata(encrypted)}</Encrypt><MsgSignature>{cdata(signature)}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{cdata(nonce)}</Nonce></xml>"
    )


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


def _printable(text: str) -> str:
    """Without the characters that XML 1.0 has no place for."""
    return "".join(c for c in text if c in "\n\t" or (c >= " " and c not in _NO_XML))
