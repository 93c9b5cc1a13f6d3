"""The access token of the public account: one for all processes, renewed by one of them at a time."""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime, timedelta

from bot.wechat.client import Fetch
from server.platform.core.layout import ACCESS_TOKENS
from server.platform.crypto.signed_tokens import BadSignedTokenError, SignedTokens
from server.platform.db import Document, Store
from server.platform.db.lease import Lease
from server.platform.kit.clock import Clock
from server.platform.kit.errors import BusyError

_EARLY = timedelta(minutes=5)
"""The platform renews five minutes early, with both tokens good meanwhile."""
_SHORTEST = timedelta(minutes=1)
_LEASE = timedelta(seconds=15)
_LOOK_SECONDS = 0.1
_PURPOSE = "access token"


class TokenNotRenewedError(BusyError):
    """The process that was renewing the token did not get it; the caller tries again later."""


class AccessTokens:
    """Implements `bot.wechat.client.Tokens` over the database; the token is kept encrypted."""

    def __init__(self, store: Store, clock: Clock, signed_tokens: SignedTokens, app_id: str) -> None:
        self._rows = store[ACCESS_TOKENS]
        self._clock = clock
        self._signed_tokens = signed_tokens
        self._id = app_id
        self._lease = Lease(self._rows, _LEASE, clock)
        self._held: tuple[str, datetime] = ("", datetime.min.replace(tzinfo=clock().tzinfo))

    async def current(self, fetch: Fetch, stale: str | None = None) -> str:
        """The token. Raises what `fetch` raises, or TokenNotRenewedError."""
        deadline = asyncio.get_running_loop().time() + _LEASE.total_seconds()
        while asyncio.get_running_loop().time() < deadline:
            token, until = self._held
            if token != stale and until > self._clock():
                return token
            if self._read(await self._rows.find_one({"_id": self._id})) not in ("", stale):
                return self._held[0]
            owner = secrets.token_hex(8)
            row = await self._lease.take({"_id": self._id}, owner, upsert=True)
            if row is not None:
                return await self._renew(row, owner, fetch, stale)
            await asyncio.sleep(_LOOK_SECONDS)
        raise TokenNotRenewedError

    def _read(self, row: Document | None) -> str:
        """The token in a row, kept in memory; empty where there is none that is good."""
        if row is None or "sealed" not in row or row["until"] <= self._clock():
            return ""
        try:
            token: str = self._signed_tokens.read(_PURPOSE, row["sealed"])["token"]
        except BadSignedTokenError:  # another token key: it was changed
            return ""
        self._held = (token, row["until"])
        return token

    async def _renew(self, row: Document, owner: str, fetch: Fetch, stale: str | None) -> str:
        values: Document = {}
        try:
            # The process that had the lease before may have renewed it since this one looked.
            if (token := self._read(row)) not in ("", stale):
                return token
            token, seconds = await fetch()
            life = max(_SHORTEST, timedelta(seconds=seconds) - _EARLY)
            sealed, until = self._signed_tokens.issue(_PURPOSE, {"token": token}, life)
            values |= {"sealed": sealed, "until": until}
            self._held = (token, until)
            return token
        finally:
            await self._lease.release(self._id, owner, values)
