"""Expanding and contracting a database while it is used; see `server/platform/db/migrations/README.md`.

Every step can be killed and run again: a walk looks for what still needs it, so what is done stays done.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pymongo
from pymongo.errors import OperationFailure

from server.platform.db.collections import Document
from server.platform.db.layout import META, MIGRATIONS_DONE, Layout, drop_indexes, layout_state, prepare, refuse_newer
from server.platform.db.lease import LEASE_SECONDS, MIGRATING, LostLeaseError, WorkLease, leased
from server.platform.db.migrations import MIGRATIONS, Index, Migration, Walk, index_name
from server.platform.db.processes import EXPIRY_SECONDS, living, older
from server.platform.db.store import Store
from server.platform.kit.errors import OperatorError

BATCH = 500
_DAY = 24 * 3600
_POLL_SECONDS = 0.5
Report = Callable[[str, int, int], None]
"""What is being done, how much is done, how much there is."""
Tell = Callable[[str], None]


class MigrationError(OperatorError):
    """A migration cannot go on; the text says why, what the database is like, and what to do."""


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """How far a migration is."""

    migration: Migration
    phase: str
    """`waiting`, `expanding`, `expanded`, `contracting` or `contracted`."""
    done: int
    total: int


def _silent(*_told: object) -> None:
    """Progress that is not watched."""


async def migration_statuses(store: Store) -> list[MigrationStatus]:
    """How far each migration is on a prepared database."""
    state = await layout_state(store)
    rows = {row["_id"]: row for row in await store[MIGRATIONS_DONE].find({}).to_list(None)}
    found = []
    for one in MIGRATIONS:
        row = rows.get(one.id, {})
        found.append(MigrationStatus(one, _phase(state, one, row), row.get("done", 0), row.get("total", 0)))
    return found


def _phase(state: Layout | None, one: Migration, row: Document) -> str:
    if state is None or (state.version < one.number and not row):
        return "waiting"
    if state.version < one.number:
        return "expanding"
    if state.clean >= one.number:
        return "contracted"
    return "contracting" if state.floor >= one.number else "expanded"


async def expand(
    store: Store,
    indexes: Sequence[Index],
    report: Report = _silent,
    tell: Tell = _silent,
    *,
    lease_seconds: float = LEASE_SECONDS,
) -> int:
    """Bring the database to this code's layout, besides all that older code needs; how many migrations that took.

    `indexes` as for `prepare`.

    Raises:
        MigrationError: one failed; older processes go on, and running it again goes on from there.
        LayoutError: the database was contracted beyond what this code knows.
    """
    await prepare(store, indexes)
    if not await _pending(store):
        return 0
    async with leased(
        store, MIGRATING, lambda who: tell(f"waiting for {who}, which is migrating"), lease_seconds
    ) as lease:
        waiting = await _pending(store)
        for one in waiting:
            with _explained(one, "expand"):
                await _make(store, one.adds, one, report)
                await _walk(store, one, "backfill", one.backfill, lease, report)
                await lease.renew()
            await _advance(store, one.number, "version")
            tell(f"{one.id}: expanded")
    return len(waiting)


async def contract(
    store: Store,
    indexes: Sequence[Index],
    report: Report = _silent,
    tell: Tell = _silent,
    *,
    patience: float = EXPIRY_SECONDS + 10,
    lease_seconds: float = LEASE_SECONDS,
) -> int:
    """Take away what only older code needs; how many migrations that took.

    `patience` is for how long a living process may take to hear of it, in seconds.

    Raises:
        MigrationError: an older process lives, the database is not expanded, or a step failed.
        LayoutError: the database was contracted beyond what this code knows.
    """
    await prepare(store, indexes)
    if await _pending(store):
        raise MigrationError("the database is not expanded yet: run `egret migrate --expand` first")
    count = 0
    async with leased(
        store, MIGRATING, lambda who: tell(f"waiting for {who}, which is migrating"), lease_seconds
    ) as lease:
        steps = await left(store)
        if steps:
            await refuse_older(store, steps[-1].number)
        for one in steps:
            with _explained(one, "contract"):
                await _leave(store, one, lease, report)
                await _wait_for_processes(store, one.number, patience)
                await _finish(store, one, "clean", one.clean, lease, report)
            await _advance(store, one.number, "clean")
            tell(f"{one.id}: contracted")
            count += 1
    return count


def _alone(store: Store, tell: Tell, seconds: float) -> contextlib.AbstractAsyncContextManager[WorkLease]:
    return leased(store, MIGRATING, lambda who: tell(f"waiting for {who}, which is migrating"), seconds)


async def _leave(store: Store, one: Migration, lease: WorkLease, report: Report) -> None:
    """Refuse older code, bring over what it wrote last, and end the use of what is old.

    Its indexes go before writers leave its fields out: a unique one takes no second document without.
    """
    await _advance(store, one.number, "floor")
    await refuse_older(store, one.number)
    await _finish(store, one, "late", one.backfill, lease, report)
    await drop_indexes(store, one.retires)
    await _make(store, one.follows, one, report)
    await lease.renew()
    await _advance(store, one.number, "contracted")


async def planned(store: Store, *, contracting: bool) -> list[str]:
    """What a run would do, a line each; changes nothing."""
    lines = []
    for one in await left(store) if contracting else await _pending(store):
        made, dropped = (one.follows, one.retires) if contracting else (one.adds, ())
        lines += [f"{one.id}: drop index {index_name(i)} of {i[0]}" for i in dropped]
        lines += [f"{one.id}: make index {index_name(i)} of {i[0]}" for i in made]
        for walk in [one.backfill, one.clean] if contracting else [one.backfill]:
            if walk is not None:
                count = await store[walk.collection].count_documents(dict(walk.query))
                lines.append(f"{one.id}: change {count:,} documents of {walk.collection}")
    return lines


async def refuse_older(store: Store, number: int) -> None:
    """Raise MigrationError while a process lives that does not know a layout, and say which and since when."""
    found = await older(store, number)
    if found:
        named = "".join(f"\n  {process}" for process in found)
        raise MigrationError(
            f"the database cannot be contracted to layout {number} while an older process lives; all that it uses is "
            f"still there. Stop these, then run `egret migrate --contract` again:{named}"
        )


async def _state(store: Store) -> Layout:
    state = await layout_state(store)
    if state is None:
        raise MigrationError("the database was never prepared: run `egret migrate --expand`")
    refuse_newer(state)
    return state


async def _pending(store: Store) -> list[Migration]:
    version = (await _state(store)).version
    return [one for one in MIGRATIONS if one.number > version]


async def left(store: Store) -> list[Migration]:
    """What is still to be contracted."""
    clean = (await _state(store)).clean
    return [one for one in MIGRATIONS if one.number > clean]


async def _advance(store: Store, number: int, what: str) -> None:
    """Write how far the database is. Numbers only grow."""
    now = datetime.now(UTC)
    await store[META].update_one({"_id": "layout"}, {"$max": {what: number}, "$set": {f"{what}_at": now}})


async def _make(store: Store, indexes: tuple[Index, ...], one: Migration, report: Report) -> None:
    with pymongo.timeout(_DAY):
        for count, (collection, keys, options) in enumerate(indexes, 1):
            await store[collection].create_index(keys, **options)
            report(f"{one.id}: indexes", count, len(indexes))


async def _walk(store: Store, one: Migration, step: str, walk: Walk | None, lease: WorkLease, report: Report) -> None:
    """Change whatever the walk's query still finds, batch by batch; what is done is written down for who asks."""
    if walk is None:
        return
    rows, kept, done, after = store[walk.collection], store[MIGRATIONS_DONE], 0, None
    total = await rows.count_documents(dict(walk.query))
    told: Document = {"step": step, "total": total, "done": 0, "at": datetime.now(UTC)}
    await kept.update_one({"_id": one.id}, {"$set": told}, upsert=True)
    while batch := await _batch(store, walk, after):
        await lease.renew()
        await walk.change(store, batch)
        done = done + len(batch)
        after = batch[-1]["_id"]
        await kept.update_one({"_id": one.id}, {"$set": {"done": done, "at": datetime.now(UTC)}})
        report(f"{one.id}: {step}", done, max(done, total))


async def _batch(store: Store, walk: Walk, after: object) -> list[Document]:
    beyond = {} if after is None else {"_id": {"$gt": after}}
    found = store[walk.collection].find({**walk.query, **beyond}).sort([("_id", 1)]).limit(BATCH)
    return await found.to_list(None)


async def _finish(store: Store, one: Migration, step: str, walk: Walk | None, lease: WorkLease, report: Report) -> None:
    """As `_walk`, when no process writes the old shape any more: nothing may be left. Raises MigrationError."""
    await _walk(store, one, step, walk, lease, report)
    if walk is not None and await store[walk.collection].find_one(dict(walk.query), {"_id": 1}) is not None:
        raise MigrationError(f"{one.id}: {step} leaves documents of {walk.collection} as they were; run it again")


async def _wait_for_processes(store: Store, number: int, patience: float) -> None:
    """Wait until every living process knows that nothing old is used any more. Raises MigrationError."""
    deadline = time.monotonic() + patience
    while deaf := [process for process in await living(store) if process.heard < number]:
        if time.monotonic() > deadline:
            named = "".join(f"\n  {process}" for process in deaf)
            again = "stop them, then run `egret migrate --contract` again"
            raise MigrationError(f"these did not hear of layout {number} in time; {again}:{named}")
        await asyncio.sleep(_POLL_SECONDS)


@contextlib.contextmanager
def _explained(one: Migration, what: str) -> Iterator[None]:
    """A failure as a sentence: what the database is like now, and what to do."""
    try:
        yield
    except MigrationError:
        raise
    except LostLeaseError as error:
        raise MigrationError(f"{one.id}: {error}") from None
    except Exception as error:  # whatever a migration meets, the operator reads what to do
        code = error.details.get("codeName") if isinstance(error, OperationFailure) and error.details else None
        fault = f"{type(error).__name__}{f', {code}' if code else ''}"
        raise MigrationError(
            f"{one.id} stopped while it was to {what} ({fault}). The database serves as before, and what is done stays "
            f"done. Mend the cause, then run `egret migrate --{what}` again: it goes on from there"
        ) from error
