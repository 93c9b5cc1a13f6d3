"""A unit of work: one transaction with its audit links, its outbox rows and its idempotency row.

A use case is a method that gets an open transaction; `use_case` makes it a method that gets a caller:

    @use_case("withdraw_dispute")
    async def _withdraw(self, tx: Transaction, dispute_id: str) -> None: ...

    await self._withdraw(caller, dispute_id)
"""

from __future__ import annotations

import functools
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from pydantic import JsonValue

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Kind, Principal
from server.platform.core import audit
from server.platform.core.layout import IDEMPOTENCY
from server.platform.core.outbox import Outbox
from server.platform.core.throttle import Throttle
from server.platform.crypto.vault import Vault
from server.platform.db import Collection, DatabaseTransaction, Document, DuplicateError, Layouts, Sealed, Store
from server.platform.kit.clock import Clock, day_of
from server.platform.kit.digests import digest_of

A_DAY = {
    "decline": 20,
    "grant": 20,
    "look_only": 20,
    "pause_by_citizen": 20,
    "resume_by_citizen": 20,
    "export": 20,
    "ask_about_look": 20,
    "open_upload": 100,
    "open_binding_form": 50,
    "open_evidence_form": 100,
    "open_dispute": 50,
    "open_complaint": 20,
    "supply_dispute": 50,
    "withdraw_dispute": 50,
    "appeal_dispute": 20,
    "issue_pass": 100,
    "read_export": 50,
}
"""How often in a day one citizen may do what no person needs a thousand times."""

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class Transaction:
    """An open transaction on behalf of a principal."""

    _inner: DatabaseTransaction
    actor: Principal
    now: datetime
    _outbox: Outbox
    _layouts: Layouts

    @property
    def today(self) -> date:
        """The day in Asia/Shanghai."""
        return day_of(self.now)

    def keeps_old(self, number: int) -> bool:
        """Whether what a migration replaces is still written next to the new, and looked at where that is missing."""
        return self._layouts.keeps_old(number)

    def __getitem__(self, name: str) -> Collection[Any]:
        return self._inner[name]

    async def audit(
        self, chain: str, action: str, details: Mapping[str, object] | None = None, *, look: bool = False
    ) -> None:
        """Add an audit link."""
        await audit.append(self._inner, chain, self.actor, action, self.now, details, look=look)

    async def notify(
        self, kind: str, key: Sealed, payload: Mapping[str, JsonValue], until: datetime | None = None
    ) -> None:
        """Add an outbox row, sealed under the recipient's key; of no use after `until`."""
        await self._outbox.put(self._inner, kind, key, payload, until)

    async def notify_each(
        self,
        kind: str,
        messages: Sequence[tuple[Sealed, Mapping[str, JsonValue]]],
        ids: Sequence[str] | None = None,
        *,
        urgent: bool = True,
    ) -> None:
        """As `notify`, to many recipients; `ids` are of the rows, and what is `urgent` goes before all else."""
        await self._outbox.put_each(self._inner, kind, messages, ids=ids, urgent=urgent)


class UnitOfWork:
    """Runs use cases, each in one transaction and once for each idempotency key."""

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
        caller: Caller,
        action: str,
        body: Callable[[Transaction], Awaitable[R]],
        *,
        request: Sequence[object] = (),
        patience: float | None = None,
    ) -> R:
        """Commit `body` once. The same idempotency key and request give the stored outcome again.

        The outcome is what BSON can hold. Of the request a keyed digest is stored, which does not tell what it was.
        `patience` is for how many seconds a conflict with others is tried again.

        Raises:
            Refused: from `body`, KEY_REUSED when the key came with another request, or DAILY_LIMIT where a
                citizen did it all day (`A_DAY`).
        """
        if _is_daily(caller, action):
            known = await self._find(caller, action, request)
            if known is not None:
                return cast(R, known["outcome"])
            await self._count(caller, action)
        row_id = _row_id(caller)

        async def attempt(within: DatabaseTransaction) -> R:
            if row_id is not None:
                known = await within[IDEMPOTENCY].find_one({"_id": row_id})
                if known is not None:
                    return cast(R, self._checked(known, action, request)["outcome"])
            tx = Transaction(within, caller.principal, self._clock(), self._outbox, self._layouts)
            outcome = await body(tx)
            if row_id is not None:
                row = {
                    "_id": row_id,
                    "owner": _owner(caller),
                    "request": self._fingerprint(action, request),
                    "outcome": outcome,
                    "at": tx.now,
                }
                await within[IDEMPOTENCY].insert_one(row)
            return outcome

        try:
            outcome = await self._store.transaction(attempt, **({} if patience is None else {"patience": patience}))
        except DuplicateError:
            known = await self._find(caller, action, request)
            if known is None:
                raise
            return cast(R, known["outcome"])
        self._outbox.wake()
        return outcome

    async def outcome(self, caller: Caller, action: str, request: Sequence[object] = ()) -> Any:
        """What an earlier call with this key left, or None, for use cases that cannot start twice. KEY_REUSED."""
        known = await self._find(caller, action, request)
        return None if known is None else known["outcome"]

    async def make_once(
        self, caller: Caller, action: str, make: Callable[[], Document], sealed_for: Sealed
    ) -> Document:
        """What was made for an idempotency key, such as an address, stored sealed under a person's data key.

        Without a key it is stored nowhere. Refused as `run`.
        """
        if caller.idempotency_key is None:
            if _is_daily(caller, action):
                await self._count(caller, action)
            return make()

        async def body(_tx: Transaction) -> Sealed:
            return await self._vault.seal(sealed_for, make())

        return await self._vault.open(await self.run(caller, action, body))

    @staticmethod
    async def forget(tx: Transaction, *owners: str) -> None:
        """Delete what was kept for the retries of a person who leaves: by contact, and by `citizen_owner`."""
        digests = [digest_of(_as_json([owner])) for owner in owners]
        await tx[IDEMPOTENCY].delete_many({"owner": {"$in": digests}})

    async def _count(self, caller: Caller, action: str) -> None:
        try:
            await self._throttle.spend(f"a day {action}:{caller.principal.id}", A_DAY[action], timedelta(days=1))
        except Refused as often:
            raise Refused(RefusalCode.DAILY_LIMIT, retry_after=often.retry_after) from None

    async def _find(self, caller: Caller, action: str, request: Sequence[object]) -> Document | None:
        row_id = _row_id(caller)
        if row_id is None:
            return None
        known = await self._store[IDEMPOTENCY].find_one({"_id": row_id})
        return None if known is None else self._checked(known, action, request)

    def _checked(self, row: Document, action: str, request: Sequence[object]) -> Document:
        if row["request"] != self._fingerprint(action, request):
            raise Refused(RefusalCode.KEY_REUSED)
        return row

    def _fingerprint(self, action: str, request: Sequence[object]) -> str:
        return self._vault.blind_text("request", _as_json([action, *request]))


class Service(Protocol):
    """What has use cases."""

    @property
    def _unit_of_work(self) -> UnitOfWork: ...


S = TypeVar("S", bound=Service)
Body = Callable[Concatenate[S, Transaction, P], Awaitable[R]]
UseCase = Callable[Concatenate[S, Caller, P], Coroutine[Any, Any, R]]


def use_case(
    action: str, *, duplicate: RefusalCode | None = None, patience: float | None = None
) -> Callable[[Body[S, P, R]], UseCase[S, P, R]]:
    """Make a method that gets a transaction into one that gets a caller, and runs in a unit of work.

    Arguments by position are the request, which an idempotency key stands for; those by keyword are what was
    prepared for it, and may differ in a retry. `duplicate` is how a duplicate in a unique index is refused,
    `patience` as for `UnitOfWork.run`.
    """

    def decorate(body: Body[S, P, R]) -> UseCase[S, P, R]:
        @functools.wraps(body)
        async def run(service: S, caller: Caller, /, *args: P.args, **kwargs: P.kwargs) -> R:
            async def within(tx: Transaction) -> R:
                return await body(service, tx, *args, **kwargs)

            try:
                return await service._unit_of_work.run(caller, action, within, request=args, patience=patience)
            except DuplicateError:
                if duplicate is None:
                    raise
                raise Refused(duplicate) from None

        return run

    return decorate


def citizen_owner(citizen: str) -> str:
    """The owner of keys that came without a contact."""
    return f"{Kind.CITIZEN.value}:{citizen}"


def _is_daily(caller: Caller, action: str) -> bool:
    return action in A_DAY and caller.principal.kind is Kind.CITIZEN


def _owner_name(caller: Caller) -> str:
    """By contact where there is one: binding and leaving change who a contact is, not whose key it is."""
    principal = caller.principal
    return principal.contact.id if principal.contact else f"{principal.kind.value}:{principal.id}"


def _owner(caller: Caller) -> str:
    return digest_of(_as_json([_owner_name(caller)]))


def _row_id(caller: Caller) -> str | None:
    key = caller.idempotency_key
    return digest_of(_as_json([_owner_name(caller), key])) if key else None


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
