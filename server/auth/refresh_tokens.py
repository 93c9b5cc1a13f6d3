"""Refresh tokens: a new session without another sign-in, each token good for one use (RFC 9700, section 4.14).

The tokens of one sign-in are a family. A token holds its family and its generation, sealed, so that the database has
nothing to sign in with: only which generation is the newest. An older one is a copy, or was copied, and it cannot be
told which: the family ends for both. A client that lost the answer may ask again at once, and gets its equal.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import timedelta

from schema.types.principal import Contact
from server.auth.model import RefreshRow
from server.auth.repository import refresh_rows
from server.platform.crypto.signed_tokens import BadSignedTokenError, SignedTokens
from server.platform.db import DuplicateError, Store
from server.platform.kit.clock import Clock
from server.platform.kit.errors import CredentialError
from server.platform.observability import metrics

log = logging.getLogger("egret.sessions")
IDLE_LIFE = timedelta(days=30)
"""A family that is not used for so long is over."""
LONGEST_LIFE = timedelta(days=180)
"""After it a new sign-in is needed, however often the session was renewed."""
_AGAIN = timedelta(seconds=10)
"""So long the same token gets the next one again, for a client that lost it on the way."""
_PREFIX = "egr_"
_PURPOSE = "refresh"
_MOST = 20
"""Families of one contact; the oldest ends for the next."""


class BadRefreshError(CredentialError):
    """Forged, used before, too old or ended; the reader learns nothing more."""


def family_of(provider: str, code: str) -> bytes:
    """The family that a provider's code begins: one, however often the provider takes the code."""
    return hashlib.sha256(f"{provider} {code}".encode()).digest()[:16]


class RefreshTokens:
    """Gives, renews and ends the families of contacts."""

    def __init__(self, store: Store, clock: Clock, signed_tokens: SignedTokens) -> None:
        self._rows = refresh_rows(store)
        self._clock = clock
        self._signed_tokens = signed_tokens

    async def begin(self, contact: Contact, family: bytes | None = None) -> str:
        """The first token of a new family; of one with this id, where a sign-in is good for one family.

        Raises BadRefreshError where that family began already.
        """
        family = family or secrets.token_bytes(16)
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
        try:
            await self._rows.insert_one(row)
        except DuplicateError:
            raise BadRefreshError from None
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
        token, _ = self._signed_tokens.issue(_PURPOSE, {"family": family.hex(), "generation": generation}, LONGEST_LIFE)
        return _PREFIX + token

    def _read(self, token: str) -> tuple[bytes, int]:
        if not token.startswith(_PREFIX):
            raise BadRefreshError
        try:
            content = self._signed_tokens.read(_PURPOSE, token.removeprefix(_PREFIX))
        except BadSignedTokenError:
            raise BadRefreshError from None
        return bytes.fromhex(content["family"]), content["generation"]
