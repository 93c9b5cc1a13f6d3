"""Sessions of staff, kept on the server: who holds the token has nothing but a random number.

At rest there is its digest, and what the provider gave for the session sealed under a key that the token is part of:
who has the database, and even the token key, can neither use a session nor ask the provider in its name.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import orjson

from schema.types.principal import Kind, Principal
from server.auth.staff.directory import Arrival, Kept
from server.auth.staff.model import StaffSessionRow
from server.auth.staff.repository import session_rows, session_with_account
from server.platform.crypto.sealing import seal, unseal
from server.platform.db import Document, Store
from server.platform.db.lease import Lease
from server.platform.kit.clock import Clock
from server.platform.kit.digests import digest_of
from server.platform.kit.json import JsonObject

PREFIX = "egs_"
LIFE = timedelta(hours=8)
LEASE = timedelta(seconds=15)
"""How long one process has to ask the provider before another one may."""
PAUSE = timedelta(seconds=5)
"""After a provider that could not be reached, before it is asked again for the same session."""
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Login:
    """What a session has from the provider."""

    identity: str
    issuer: str
    confirmed_at: datetime
    """When the last good answer was asked for."""
    failed: bool
    """Whether the last question got no answer."""
    sealed: bytes


@dataclass(frozen=True, slots=True)
class StaffSession:
    """A session of an account that is active."""

    id: str
    principal: Principal
    until: datetime
    login: Login | None
    """None for an account with a password here."""


class StaffSessions:
    """Rows of `staff_sessions`."""

    def __init__(self, store: Store, clock: Clock, token_key: str) -> None:
        self._store = store
        self._rows = session_rows(store)
        self._clock = clock
        self._key = token_key.encode()
        self._lease = Lease(self._rows, LEASE, clock)

    async def begin(self, account: str, arrival: Arrival | None = None) -> tuple[str, datetime]:
        """A new token and until when it is good; with how its person arrived, where the provider vouches for them."""
        token = PREFIX + secrets.token_urlsafe(32)
        now = self._clock()
        row: StaffSessionRow = {"_id": digest_of(token), "staff": account, "at": now, "until": now + LIFE}
        if arrival is not None:
            row["identity"] = arrival.person.identity
            row["issuer"] = arrival.issuer
            row["sid"] = arrival.session
            row["confirmed_at"] = arrival.at
            row["failed"] = False
            row["sealed"] = self._seal(token, arrival.kept)
        await self._rows.insert_one(row)
        return token, row["until"]

    async def find(self, token: str) -> StaffSession | None:
        """The session of a token; None where there is none, or its account is not active. One question to MongoDB."""
        if not token.startswith(PREFIX) or len(token) > _LONGEST:
            return None
        found = await session_with_account(self._store, digest_of(token))
        if found is None or found["until"] <= self._clock() or not found["account"]["active"]:
            return None
        return _session(found)

    async def end(self, token: str) -> None:
        """This one session."""
        await self._rows.delete_one({"_id": digest_of(token)})

    async def end_all(self, **of: str) -> None:
        """Every session of an account (`staff`), of a person (`identity`), or of one at the provider (`sid`)."""
        await self._rows.delete_many(of)

    async def lease(self, session: StaffSession, login: Login) -> str | None:
        """The right to ask the provider about a session; None where another process has it, or has just failed."""
        owner = secrets.token_hex(8)
        as_read = {"_id": session.id, "confirmed_at": login.confirmed_at}
        return None if await self._lease.take(as_read, owner) is None else owner

    async def confirm(self, session: StaffSession, owner: str, at: datetime, token: str, kept: Kept) -> None:
        """The provider said yes when it was asked at this moment."""
        values = {"confirmed_at": at, "failed": False, "sealed": self._seal(token, kept)}
        await self._lease.release(session.id, owner, values)

    async def fail(self, session: StaffSession, owner: str) -> None:
        """The provider did not answer; for a moment no process asks again."""
        await self._lease.release(session.id, owner, {"failed": True}, until=self._clock() + PAUSE)

    def kept(self, token: str, login: Login) -> Kept:
        """What the provider gave, opened."""
        content: JsonObject = orjson.loads(unseal(self._key_of(token), login.sealed, digest_of(token).encode()))
        return Kept(**content)

    def _seal(self, token: str, kept: Kept) -> bytes:
        return seal(self._key_of(token), orjson.dumps(asdict(kept)), digest_of(token).encode())

    def _key_of(self, token: str) -> bytes:
        return hmac.digest(self._key, b"egret staff session " + token.encode(), "sha256")


def _session(row: Document) -> StaffSession:
    login = None
    if "identity" in row:
        names = ("identity", "issuer", "confirmed_at", "failed", "sealed")
        login = Login(**{name: row[name] for name in names})
    return StaffSession(row["_id"], Principal(Kind(row["account"]["role"]), row["staff"]), row["until"], login)
