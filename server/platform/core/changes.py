"""A change: one transaction with its audit link, outbox rows and idempotency row."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import JsonValue

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Kind, Principal
from server.platform.core import audit
from server.platform.core.outbox import Outbox
from server.platform.core.throttle import Throttle
from server.platform.crypto.vault import Vault
from server.platform.db import Collection, Document, DuplicateError, Layouts, Store, Transaction
from server.platform.db.store import Sealed
from server.platform.kit.clock import Clock, day_of
from server.platform.kit.digests import digest_of

Outcome = dict[str, Any]
"""What a change leaves behind: ids and small values, stored for a retry with the same key."""

A_DAY = {
    "decline": 20,
    "grant": 20,
    "export": 20,
    "open_upload": 100,
    "open_binding_form": 50,
    "open_dispute": 50,
    "supply_dispute": 50,
    "withdraw_dispute": 50,
    "appeal_dispute": 20,
    "issue_pass": 100,
    "read_export": 50,
}
"""How often one citizen may do in a day what nobody does a thousand times a day."""


@dataclass(slots=True)
class Change:
    """An open transaction on behalf of a principal."""

    _transaction: Transaction
    by: Principal
    now: datetime
    _outbox: Outbox
    _layouts: Layouts

    @property
    def today(self) -> date:
        """The day in Asia/Shanghai."""
        return day_of(self.now)

    def keeps_old(self, number: int) -> bool:
        """Whether what a migration replaces is still written beside the new, and looked at where that is missing."""
        return self._layouts.keeps_old(number)

    def __getitem__(self, name: str) -> Collection:
        return self._transaction[name]

    async def audit(
        self, chain: str, action: str, details: Mapping[str, Any] | None = None, *, look: bool = False
    ) -> None:
        """Add an audit link."""
        await audit.append(self._transaction, chain, self.by, action, self.now, details, look=look)

    async def notify(
        self, kind: str, key: Sealed, payload: Mapping[str, JsonValue], until: datetime | None = None
    ) -> None:
        """Add an outbox row, sealed under the recipient's key; of no use after `until`."""
        await self._outbox.put(self._transaction, kind, key, payload, until)

    async def notify_each(self, kind: str, messages: Sequence[tuple[Sealed, Mapping[str, JsonValue]]]) -> None:
        """As `notify`, to many recipients."""
        await self._outbox.put_each(self._transaction, kind, messages)


Body = Callable[[Change], Awaitable[Outcome]]


class Changes:
    """Runs changes."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        outbox: Outbox,
        clock: Clock,
        throttle: Throttle,
        layouts: Layouts | None = None,
    ) -> None:
        self._store = store
        self._vault = vault
        self._outbox = outbox
        self._clock = clock
        self._throttle = throttle
        self._layouts = layouts or Layouts()

    async def run(
        self,
        by: Principal,
        action: str,
        body: Body,
        *,
        key: str | None = None,
        request: Any = None,
        patience: float | None = None,
    ) -> Outcome:
        """Commit `body` once. The same `key` and request give the stored outcome again.

        A digest of `request` is kept: what a person wrote comes in it as `Vault.blind_text` alone.

        `patience` is for how many seconds a conflict with others is tried again.

        Raises:
            Refused: from `body`, KEY_REUSED when the key came with another request, or DAILY_LIMIT where a
                citizen did it all day (`A_DAY`).
        """
        if action in A_DAY and by.kind is Kind.CITIZEN:
            known = await self.outcome(by, action, key=key, request=request)
            if known is not None:
                return known
            await self._count(by, action)
        row_id = _row_id(by, key)
        fingerprint = digest_of(_printed([action, request]))

        async def attempt(within: Transaction) -> Outcome:
            if row_id is not None:
                known = await within["idempotency"].find_one({"_id": row_id})
                if known is not None:
                    return _replayed(known, fingerprint)
            change = Change(within, by, self._clock(), self._outbox, self._layouts)
            outcome = await body(change)
            if row_id is not None:
                row = {"_id": row_id, "owner": _owner(by), "request": fingerprint, "outcome": outcome, "at": change.now}
                await within["idempotency"].insert_one(row)
            return outcome

        try:
            outcome = await self._store.transaction(attempt, **({} if patience is None else {"patience": patience}))
        except DuplicateError:
            known = await self.outcome(by, action, key=key, request=request)
            if known is None:
                raise
            return known
        self._outbox.wake()
        return outcome

    async def made_once(
        self, by: Principal, action: str, make: Callable[[], Outcome], key: str | None, sealed_for: Sealed
    ) -> Outcome:
        """What was made for a key, such as an address, kept sealed under a person's data key.

        Without a key it is kept nowhere. Refused as `run`.
        """
        if key is None:
            if action in A_DAY and by.kind is Kind.CITIZEN:
                await self._count(by, action)
            return make()

        async def body(_change: Change) -> Outcome:
            return {"sealed": await self._vault.seal(sealed_for, make())}

        done = await self.run(by, action, body, key=key)
        return await self._vault.open(done["sealed"]) if "sealed" in done else done  # as the release before kept it

    @staticmethod
    async def forget(change: Change, *owners: str) -> None:
        """Delete what was kept for the retries of somebody who leaves: by contact, and by `citizen_owner`."""
        digests = [digest_of(_printed([owner])) for owner in owners]
        await change["idempotency"].delete_many({"owner": {"$in": digests}})

    async def _count(self, by: Principal, action: str) -> None:
        try:
            await self._throttle.spend(f"a day {action}:{by.id}", A_DAY[action], timedelta(days=1))
        except Refused as often:
            raise Refused(RefusalCode.DAILY_LIMIT, retry_after=often.retry_after) from None

    async def outcome(self, by: Principal, action: str, *, key: str | None, request: Any = None) -> Outcome | None:
        """What an earlier call with this key left, for changes that cannot start twice. KEY_REUSED."""
        row_id = _row_id(by, key)
        known = None if row_id is None else await self._store["idempotency"].find_one({"_id": row_id})
        return None if known is None else _replayed(known, digest_of(_printed([action, request])))


def citizen_owner(citizen: str) -> str:
    """Whose keys those are that came without a contact."""
    return f"{Kind.CITIZEN.value}:{citizen}"


def _whose(by: Principal) -> str:
    """By contact where there is one: binding and leaving change who a contact is, not whose key it is."""
    return by.contact.id if by.contact else f"{by.kind.value}:{by.id}"


def _owner(by: Principal) -> str:
    return digest_of(_printed([_whose(by)]))


def _row_id(by: Principal, key: str | None) -> str | None:
    return digest_of(_printed([_whose(by), key])) if key else None


def _replayed(row: Document, fingerprint: str) -> Outcome:
    if row["request"] != fingerprint:
        raise Refused(RefusalCode.KEY_REUSED)
    outcome: Outcome = row["outcome"]
    return outcome


def _printed(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
