"""The gate: what comes in is verified before it is read, what goes out is encrypted.

The mode follows from the settings, never from the request: with an AES key a
plaintext body is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.wechat.crypto import MessageCipher, RefusedRequestError, check_signature, sign
from bot.wechat.messages import Message, read_fields, read_message
from bot.wechat.replies import envelope


@dataclass(frozen=True, slots=True)
class Gate:
    """One public account's token and, in safe mode, its cipher."""

    token: str
    cipher: MessageCipher | None

    def echo(self, query: Mapping[str, str], *, now: float) -> str:
        """The answer to WeChat's first verification. Raises RefusedRequestError."""
        self._check_url(query, now)
        return query.get("echostr", "")[:256]

    def open(self, query: Mapping[str, str], body: bytes, *, now: float) -> Message:
        """The message of a request. Raises RefusedRequestError."""
        try:
            fields = read_fields(body.decode())
        except UnicodeDecodeError:
            raise RefusedRequestError from None
        if self.cipher is None:
            self._check_url(query, now)
            return read_message(fields)
        encrypted = fields.get("Encrypt", "")
        check_signature(
            self.token,
            query.get("msg_signature", ""),
            query.get("timestamp", ""),
            query.get("nonce", ""),
            encrypted,
            now=now,
        )
        return read_message(read_fields(self.cipher.decrypt(encrypted)))

    def seal(self, reply: str, query: Mapping[str, str], *, now: int) -> str:
        """The reply as it leaves: encrypted in safe mode."""
        if self.cipher is None:
            return reply
        encrypted, timestamp, nonce = self.cipher.encrypt(reply), str(now), query.get("nonce", "0")
        return envelope(encrypted, sign(self.token, timestamp, nonce, encrypted), timestamp, nonce)

    def _check_url(self, query: Mapping[str, str], now: float) -> None:
        check_signature(
            self.token,
            query.get("signature", ""),
            query.get("timestamp", ""),
            query.get("nonce", ""),
            now=now,
        )
