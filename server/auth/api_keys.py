"""API keys of reporting entities and partners: kept as digests, with scopes, an end, and an overlap on rotation."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from schema.types.principal import Kind, Principal, Scope
from server.auth.model import ApiKeyRow
from server.auth.repository import api_key_rows
from server.platform.db import Store
from server.platform.kit.clock import Clock, day_of
from server.platform.kit.digests import digest_of
from server.platform.kit.errors import CredentialError

PREFIX = "egp_"
LIFE = timedelta(days=365)
OVERLAP = timedelta(days=1)
"""For so long earlier keys stay good when a new one is given, so that no delivery stops."""
SCOPES = {
    Kind.SOURCE: frozenset(
        {
            Scope.DELIVER_RECORDS,
            Scope.REVOKE_RECORDS,
            Scope.REPAIR_RECORDS,
            Scope.ANSWER_INQUIRIES,
            Scope.MANAGE_WEBHOOKS,
        }
    ),
    Kind.PARTNER: frozenset({Scope.REDEEM_PASSES, Scope.MANAGE_WEBHOOKS}),
}
"""All that a key of a kind may be good for."""


class BadKeyError(CredentialError):
    """No key, or one that is over; the reader learns nothing more."""


@dataclass(frozen=True, slots=True)
class KnownKey:
    """What is kept of a key. `hint` is how it begins, and says nothing of the rest."""

    hint: str
    scopes: frozenset[Scope]
    ends_at: datetime | None
    used_on: str | None


class ApiKeys:
    """Gives keys, ends them, and says whose one is."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._rows = api_key_rows(store)
        self._clock = clock

    async def give(
        self,
        kind: Kind,
        owner: str,
        scopes: Iterable[Scope] = (),
        *,
        life: timedelta = LIFE,
        overlap: timedelta = OVERLAP,
    ) -> str:
        """A new key, told only this once, for some scopes or all of its kind; earlier ones end after the overlap.

        Raises:
            ValueError: a scope that this kind of key cannot have.
        """
        chosen = frozenset(scopes) or SCOPES[kind]
        if strange := chosen - SCOPES[kind]:
            raise ValueError(f"a key of a {kind} has no scope {', '.join(sorted(strange))}; it may have {_all(kind)}")
        key = f"{PREFIX}{secrets.token_urlsafe(32)}"
        now = self._clock()
        await self.end(kind, owner, now + overlap)
        await self._rows.insert_one(key_row(kind, owner, key, chosen, now, now + life))
        return key

    async def end(self, kind: Kind, owner: str, at: datetime | None = None) -> None:
        """Let every key of an owner end, now or at a moment; one that ends before does so."""
        owned: dict[str, object] = {"kind": kind.value, "owner": owner, "active": True}
        if at is None or at <= self._clock():
            await self._rows.update_many(owned, {"$set": {"active": False}})
            return
        later: dict[str, object] = {"$or": [{"ends_at": {"$gt": at}}, {"ends_at": None}]}
        await self._rows.update_many(owned | later, {"$set": {"ends_at": at}})

    async def known(self, kind: Kind, owner: str) -> list[KnownKey]:
        """The keys of an owner that are good, oldest first."""
        rows = await self._rows.find({"kind": kind.value, "owner": owner, "active": True}).to_list(None)
        keys = [KnownKey(row["hint"], scopes_of(row), row["ends_at"], row.get("used_on")) for row in rows]
        good = [key for key in keys if key.ends_at is None or key.ends_at > self._clock()]
        return sorted(good, key=lambda key: (key.ends_at is None, key.ends_at))

    async def owners_with(self, kind: Kind, owners: Iterable[str], scope: Scope) -> frozenset[str]:
        """Those of some owners who have a key that is good, and good for this."""
        query = {"kind": kind.value, "owner": {"$in": sorted(owners)}, "active": True}
        rows = await self._rows.find(query).to_list(None)
        now = self._clock()
        good = (row for row in rows if row["ends_at"] is None or row["ends_at"] > now)
        return frozenset(row["owner"] for row in good if scope in scopes_of(row))

    async def principal_of(self, key: str) -> Principal:
        """Whose key this is and what for. Raises BadKeyError."""
        row = await self._rows.find_one({"_id": digest(key), "active": True})
        now = self._clock()
        if row is None or (row["ends_at"] is not None and row["ends_at"] <= now):
            raise BadKeyError
        today = day_of(now).isoformat()
        if row.get("used_on") != today:  # once a day: who looks after keys sees which are not used any more
            await self._rows.update_one({"_id": row["_id"]}, {"$set": {"used_on": today}})
        return Principal(Kind(row["kind"]), row["owner"], scopes=scopes_of(row))


def key_row(
    kind: Kind,
    owner: str,
    key: str,
    scopes: Iterable[Scope] = (),
    given_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> ApiKeyRow:
    """A row for a key, which itself is not in it; good for all scopes of its kind and without end unless said."""
    return {
        "_id": digest(key),
        "kind": kind.value,
        "owner": owner,
        "active": True,
        "hint": key[: len(PREFIX) + 4],
        "scopes": sorted(frozenset(scopes) or SCOPES[kind]),
        "given_at": given_at,
        "ends_at": ends_at,
    }


def scopes_of(row: ApiKeyRow) -> frozenset[Scope]:
    """What a key is good for."""
    return frozenset(Scope(scope) for scope in row["scopes"])


def digest(key: str) -> str:
    """What is kept of a key: SHA-256, enough for 32 random bytes."""
    return digest_of(key)


def _all(kind: Kind) -> str:
    return ", ".join(sorted(SCOPES[kind]))
