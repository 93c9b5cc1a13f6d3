"""Refresh tokens: a new session without another sign-in, each token good for one use (RFC 9700, section 4.14).

The tokens of one sign-in are a family. A token says its family and its generation under a MAC, so that the database
holds nothing to sign in with: only which generation is the newest. An older one is a copy, or was copied, and it cannot
be told which: the family ends for both. A client that lost the answer may ask again at once, and gets the same.
"""

from __future__ import annotations

import base64
import hmac
import logging
import secrets
import struct
from datetime import timedelta

from schema.types.principal import Contact
from server.auth.model import RefreshRow
from server.auth.repository import refresh_rows
from server.platform.db import Store
from server.platform.kit.clock import Clock
from server.platform.kit.errors import CredentialError
from server.platform.observability import metrics

log = logging.getLogger("egret.sessions")
IDLE_LIFE = timedelta(days=30)
"""A family that is not used for so long is over."""
LONGEST_LIFE = timedelta(days=180)
"""After it a new sign-in is needed, however often the session was renewed."""
_AGAIN = timedelta(seconds=10)
"""So long the same token gets the same answer, for a client that lost it on the way."""
_PREFIX = "egr_"
_BODY = struct.Struct(">16sI")
_MAC = 32
_MOST = 20
"""Families of one contact; the oldest ends for the next."""


class BadRefreshError(CredentialError):
    """Forged, used before, too old or ended; the reader learns nothing more."""


class RefreshTokens:
    """Gives, renews and ends the families of contacts."""

    def __init__(self, store: Store, clock: Clock, token_key: str) -> None:
        self._rows = refresh_rows(store)
        self._clock = clock
        self._key = hmac.digest(token_key.encode(), b"egret refresh", "sha256")

    async def begin(self, contact: Contact) -> str:
        """The first token of a new family."""
        family = secrets.token_bytes(_BODY.size - 4)
        now = self._clock()
        known = await self._rows.find({"contact": contact.id}, {"_id": 1}).sort([("renewed_at", -1)]).to_list(None)
        if surplus := [row["_id"] for row in known[_MOST - 1 :]]:
            await self._rows.delete_many({"_id": {"$in": surplus}})
        row: RefreshRow = {
            "_id": family,
            "contact": contact.id,
            "channel": contact.channel,
            "generation": 0,
            "renewed_at": now,
            "ends_at": now + LONGEST_LIFE,
            "expires_at": now + IDLE_LIFE,
        }
        await self._rows.insert_one(row)
        return self._token(family, 0)

    async def renew(self, token: str) -> tuple[Contact, str]:
        """Whose token it is, and the next one. Raises BadRefreshError; a token that was used before ends its family."""
        family, generation = self._read(token)
        now = self._clock()
        row = await self._rows.find_one_and_update(
            {"_id": family, "generation": generation, "expires_at": {"$gt": now}},
            [
                {
                    "$set": {
                        "generation": generation + 1,
                        "renewed_at": now,
                        "expires_at": {"$min": ["$ends_at", now + IDLE_LIFE]},
                    }
                }
            ],
        )
        if row is None:
            row = await self._again(family, generation)
        return Contact(row["channel"], row["contact"]), self._token(family, generation + 1)

    async def _again(self, family: bytes, generation: int) -> RefreshRow:
        row = await self._rows.find_one({"_id": family})
        if row is None or row["expires_at"] <= self._clock():
            raise BadRefreshError
        if row["generation"] == generation + 1 and row["renewed_at"] > self._clock() - _AGAIN:
            return row
        await self._rows.delete_one({"_id": family})
        metrics.REFRESH_REUSE.inc()
        log.warning("a refresh token was used twice: its family is over")
        raise BadRefreshError

    async def end(self, token: str) -> None:
        """Sign out: the whole family. Raises BadRefreshError for a token that is not our own."""
        await self._rows.delete_one({"_id": self._read(token)[0]})

    def _token(self, family: bytes, generation: int) -> str:
        body = _BODY.pack(family, generation)
        return _PREFIX + base64.urlsafe_b64encode(body + self._mac(body)).decode().rstrip("=")

    def _read(self, token: str) -> tuple[bytes, int]:
        if not token.startswith(_PREFIX) or len(token) != _LENGTH:
            raise BadRefreshError
        try:
            value = base64.b64decode(token[len(_PREFIX) :] + "==", altchars=b"-_", validate=True)
        except ValueError:  # also of what is not ASCII
            raise BadRefreshError from None
        body, mac = value[: _BODY.size], value[_BODY.size :]
        if not hmac.compare_digest(mac, self._mac(body)):
            raise BadRefreshError
        family, generation = _BODY.unpack(body)
        return family, generation

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")


_LENGTH = len(_PREFIX) + -(-(_BODY.size + _MAC) * 4 // 3)
