"""Sessions, refresh tokens and short-lived addresses: what a token is for stands inside it, encrypted.

AES-GCM under a key derived from the token key; the purpose is authenticated with it, so that the address of a picture
can never open a form, and no address is a session.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import datetime, timedelta

import orjson

from server.platform.crypto.layout import USED_LINKS
from server.platform.crypto.sealing import BrokenSealError, seal, unseal
from server.platform.db import Document, DuplicateError, Store
from server.platform.kit.clock import Clock
from server.platform.kit.digests import digest_of
from server.platform.kit.errors import CredentialError
from server.platform.kit.json import JsonObject

_LONGEST = 2048


class BadSignedTokenError(CredentialError):
    """Not ours, changed, too old or used up; it says nothing more."""


class ExpiredTokenError(BadSignedTokenError):
    """Ours, but too old."""


class SignedTokens:
    """Makes and reads such tokens."""

    def __init__(self, store: Store, clock: Clock, base_url: str, token_key: str) -> None:
        self._used = store[USED_LINKS]
        self._clock = clock
        self.base_url = base_url
        self._key = hmac.digest(token_key.encode(), b"egret links", "sha256")

    def issue(self, purpose: str, content: Document, life: timedelta) -> tuple[str, datetime]:
        """A token and until when it is good."""
        until = self._clock() + life
        plain = orjson.dumps({**content, "until": int(until.timestamp())})
        return _text(seal(self._key, plain, purpose.encode())), until

    def read(self, purpose: str, token: str) -> Document:
        """What a token stands for. Raises BadSignedTokenError."""
        content, until = self._open(purpose, token)
        if until < self._clock().timestamp():
            raise ExpiredTokenError
        return content

    def seconds_left(self, purpose: str, token: str) -> float:
        """For how long it is still good; 0 for one that is not."""
        try:
            _, until = self._open(purpose, token)
        except BadSignedTokenError:
            return 0.0
        return max(0.0, until - self._clock().timestamp())

    def _open(self, purpose: str, token: str) -> tuple[Document, float]:
        try:
            if len(token) > _LONGEST:
                raise BadSignedTokenError
            sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            if _text(sealed) != token:  # one way to write it, so that what is used up stays used up
                raise BadSignedTokenError
            plain = unseal(self._key, sealed, purpose.encode())
        except (BrokenSealError, ValueError, binascii.Error):
            raise BadSignedTokenError from None
        content: JsonObject = orjson.loads(plain)
        return content, content.pop("until")

    async def read_unused(self, purpose: str, token: str) -> Document:
        """As `read`, for what is good only once. Raises BadSignedTokenError."""
        content = self.read(purpose, token)
        if await self._used.find_one({"_id": digest_of(token)}) is not None:
            raise BadSignedTokenError
        return content

    async def consume(self, token: str) -> None:
        """Never again. Raises BadSignedTokenError where it was used up already."""
        try:
            await self._used.insert_one({"_id": digest_of(token), "at": self._clock()})
        except DuplicateError:
            raise BadSignedTokenError from None

    async def restore(self, token: str) -> None:
        """Good again: what it was used up for came to nothing."""
        await self._used.delete_one({"_id": digest_of(token)})


def _text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
