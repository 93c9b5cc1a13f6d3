"""The gate: what comes in is verified before it is read, what goes out is encrypted.

The mode follows from the settings, never from the request. With an AES key only the
encrypted part of a body is read: in compat mode the plaintext next to it is ignored, and a
body without an encrypted part is refused. While keys are changed, the current and the
previous one open a message, and the one that did seals the answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bot.wechat.crypto import MessageCipher, RefusedRequestError, check_signature, sign
from bot.wechat.messages import Message, is_json, read_fields, read_message
from bot.wechat.replies import Reply, envelope, render

MAX_ECHO = 256
_ENVELOPE = re.compile(
    r"\s*<xml>\s*<ToUserName><!\[CDATA\[\w{1,64}\]\]></ToUserName>\s*"
    r"<Encrypt><!\[CDATA\[([A-Za-z0-9+/]+={0,2})\]\]></Encrypt>\s*</xml>\s*",
    re.ASCII,
)
"""What WeChat sends in safe mode, to the letter; anything else goes through the parser, which finds the same."""


class Opened(NamedTuple):
    """A verified message, and how its answer has to look."""

    message: Message
    cipher: MessageCipher | None
    as_json: bool

    @property
    def media_type(self) -> str:
        return "application/json" if self.as_json else "application/xml"


@dataclass(frozen=True, slots=True)
class Webhook:
    """One public account's token and, in compat and safe mode, its ciphers, the current one first."""

    token: str
    ciphers: tuple[MessageCipher, ...]

    def echo(self, query: Mapping[str, str], *, now: float) -> str:
        """The answer to WeChat's first verification. Raises RefusedRequestError."""
        self._check_url(query, now)
        return query.get("echostr", "")[:MAX_ECHO]

    def check_query(self, query: Mapping[str, str], *, now: float) -> None:
        """Whether an address was signed for us, before its body is waited for. Raises RefusedRequestError."""
        self._check_url(query, now)

    def open(self, query: Mapping[str, str], body: bytes, *, now: float) -> Opened:
        """The message of a request. Raises RefusedRequestError."""
        text = body.decode(errors="ignore")  # the platform may cut a text within a character
        if not self.ciphers:
            fields = read_fields(text)
            self._check_url(query, now)
            return Opened(read_message(fields), None, is_json(text))
        plain = _ENVELOPE.fullmatch(text)
        encrypted = plain[1] if plain else read_fields(text).get("Encrypt", "")
        check_signature(
            self.token,
            query.get("msg_signature", ""),
            query.get("timestamp", ""),
            query.get("nonce", ""),
            encrypted,
            now=now,
        )
        cipher, inner = self._decrypt(encrypted)
        return Opened(read_message(read_fields(inner)), cipher, is_json(inner))

    def answer(self, opened: Opened, reply: Reply, query: Mapping[str, str], *, now: int) -> str:
        """The reply as it leaves: in the message's format, encrypted where the message was."""
        text = render(opened.message, reply, now, as_json=opened.as_json)
        if opened.cipher is None:
            return text
        encrypted = opened.cipher.encrypt(text)
        timestamp = str(now)
        nonce = query.get("nonce", "0")
        signature = sign(self.token, timestamp, nonce, encrypted)
        return envelope(encrypted, signature, timestamp, nonce, as_json=opened.as_json)

    def _decrypt(self, encrypted: str) -> tuple[MessageCipher, str]:
        for cipher in self.ciphers:
            try:
                return cipher, cipher.decrypt(encrypted)
            except RefusedRequestError:
                continue
        raise RefusedRequestError

    def _check_url(self, query: Mapping[str, str], now: float) -> None:
        check_signature(
            self.token,
            query.get("signature", ""),
            query.get("timestamp", ""),
            query.get("nonce", ""),
            now=now,
        )
