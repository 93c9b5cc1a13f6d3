"""Importing the register: snapshots and changes, in batches, taken up where a run was killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from server.citizens.residents.model import RegisterDeliveryRow, ResidentRow
from server.citizens.residents.register import Digests
from server.citizens.residents.repository import RegisterDeliveryRepository, ResidentRepository, delivery_row
from server.platform.db import Collections, Store
from server.platform.db.lease import LostLeaseError, WorkLease, leased
from server.platform.kit.clock import SHANGHAI, Clock, day_of
from server.platform.kit.collecting import few_collections
from server.platform.kit.errors import OperatorError
from server.platform.kit.progress import Report
from server.sources.files.faults import Reject
from server.sources.files.understanding import Understood
from server.sources.importer import OnReject
from server.sources.residents.joining import changed, joined
from server.sources.residents.reading import SENTENCES, ResidentLine, Status, read

BATCH = 5_000
_WORK = "register"
_MOST_FEWER = 10
"""A snapshot may have one in so many fewer people than the register in force; more looks like half a file."""
_MOST_REJECTS_KEPT = 1_000
_WAITING = "waiting for another import"


class RegisterRefusedError(OperatorError):
    """A delivery cannot come into force; `text` says why and what to do, in both languages."""

    def __init__(self, sentence: str, /, **details: str | int) -> None:
        self.text = SENTENCES.fill(sentence, **details)
        super().__init__(self.text.en)


@dataclass(slots=True)
class RegisterImported:
    """What became of the lines of a file, and how many people the register has.

    Lines up to `resumed_after` were stored by an earlier run and are in no other count but `earlier`. Of those that
    are accepted, `removed`, `ended` (moved away or died) and `without_phone` count some.
    """

    accepted: int = 0
    rejected: int = 0
    earlier: int = 0
    removed: int = 0
    ended: int = 0
    without_phone: int = 0
    resumed_after: int = 0
    people: int = 0
    rejects: list[Reject] = field(default_factory=list)

    def add(self, line: ResidentLine) -> None:
        """Count a line that was accepted."""
        self.accepted += 1
        self.removed += line.status is Status.REMOVED
        self.ended += line.resident.residence is not None
        self.without_phone += line.resident.phone is None


@dataclass(slots=True)
class _Batch:
    """Lines that are stored together, each with its row, and what was rejected between them."""

    seen: int = 0
    earlier: int = 0
    last: int = 0
    lines: list[ResidentLine] = field(default_factory=list)
    rows: list[ResidentRow] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


StoreBatch = Callable[[_Batch, RegisterDeliveryRow], Coroutine[object, object, None]]


class RegisterImporter:
    """Stores files of the register, one at a time in the whole city."""

    def __init__(self, store: Store, digests: Digests, clock: Clock) -> None:
        self._store = store
        self._rows = ResidentRepository(store)
        self._deliveries = RegisterDeliveryRepository(store)
        self._digests = digests
        self._clock = clock

    async def run(
        self,
        found: Understood,
        *,
        changes: bool,
        report: Report,
        reject: OnReject,
        fewer: bool = False,
        again: bool = False,
        dry: bool = False,
    ) -> RegisterImported:
        """Store everybody, or what has changed; with `dry`, only check it.

        A snapshot comes into force as a whole, at its end.

        Raises:
            RegisterRefusedError: there is no snapshot that could be changed; these changes are in force already and
                `again` does not say that they are wanted once more; other changes are stored by half; another import
                took over; or this snapshot has a tenth fewer people than the register in force and `fewer` does not
                say that this is right. It is kept then: run again, it goes on from its end.
        """
        with few_collections():
            if dry:
                return await self._check(found, changes=changes, report=report, reject=reject)
            try:
                return await self._run(found, changes=changes, report=report, reject=reject, fewer=fewer, again=again)
            except LostLeaseError:
                raise RegisterRefusedError("another_import") from None

    async def _run(
        self, found: Understood, *, changes: bool, report: Report, reject: OnReject, fewer: bool, again: bool
    ) -> RegisterImported:
        async with leased(self._store, _WORK, lambda _who: report(_WAITING, 0, 1)) as lease:
            newest = await self._deliveries.newest()
            snapshot = await self._to_change(newest, found.digest, again=again) if changes else None
            delivery = await self._begin(found, snapshot)
            result = RegisterImported(resumed_after=delivery["line"])
            await self._each_batch(found, delivery, result, report, reject, partial(self._store_batch, lease))
            result.people = await self._rows.count(delivery["snapshot"])
            before = 0 if newest is None else newest["people"]
            if not fewer and result.people * _MOST_FEWER < before * (_MOST_FEWER - 1):
                raise RegisterRefusedError("fewer_people", people=result.people, before=before)
            await lease.renew()
            _still(await self._deliveries.finish(delivery["_id"], result.people, self._clock()))
            await self._rows.drop_before(delivery["snapshot"])
            await self._deliveries.delete_before(delivery["snapshot"])
        return result

    async def _to_change(self, newest: RegisterDeliveryRow | None, digest: str, *, again: bool) -> int:
        """The snapshot in force, for a file of changes."""
        if newest is None:
            raise RegisterRefusedError("no_snapshot")
        done = None if again else await self._deliveries.finished_as(digest, newest["snapshot"])
        left = await self._deliveries.unfinished()
        if done is not None and not any(_goes_on(one, digest, newest["snapshot"]) for one in left):
            at = done["finished_at"].astimezone(SHANGHAI).isoformat(" ", "minutes")
            raise RegisterRefusedError("changes_again", at=at)
        return newest["snapshot"]

    async def _check(self, found: Understood, *, changes: bool, report: Report, reject: OnReject) -> RegisterImported:
        result = RegisterImported()
        nothing = delivery_row(0, 1 if changes else None, found.digest, self._clock())
        await self._each_batch(found, nothing, result, report, reject, _nothing)
        return result

    async def _begin(self, found: Understood, snapshot: int | None) -> RegisterDeliveryRow:
        """The delivery of a file: what an earlier run left of it, or a new one.

        `snapshot` is what it changes; None for a snapshot. A snapshot that was left is given up for another file;
        changes that are stored by half never are, but the next snapshot ends them when it comes into force.
        """
        unfinished = await self._deliveries.unfinished()
        number = await self._deliveries.next_number()  # before any is deleted, so that none is given twice
        taken_up = next((left for left in unfinished if _goes_on(left, found.digest, snapshot)), None)
        if snapshot is not None and taken_up is None:
            _refuse_beside_half(unfinished)
        for left in unfinished:
            if _is_own(left) and left is not taken_up:
                await self._deliveries.delete(left["_id"])
                await self._rows.drop(left["snapshot"])
        if taken_up is None:
            taken_up = delivery_row(number, snapshot, found.digest, self._clock())
            await self._deliveries.begin(taken_up)
        return taken_up

    async def _each_batch(
        self,
        found: Understood,
        delivery: RegisterDeliveryRow,
        result: RegisterImported,
        report: Report,
        reject: OnReject,
        store: StoreBatch,
    ) -> None:
        """Store what is behind the last line that is stored; a batch is read while the one before is stored."""
        lines = read(found, on=day_of(self._clock()), changes=not _is_own(delivery))
        storing: asyncio.Task[None] | None = None
        seen = 0
        while batch := await asyncio.to_thread(self._next, lines, delivery):
            if storing is not None:
                await storing
            seen += batch.seen
            report("residents", seen, found.lines)
            _count(batch, result, reject)
            storing = asyncio.create_task(store(batch, delivery))
        if storing is not None:
            await storing

    def _next(self, lines: Iterator[ResidentLine | Reject], delivery: RegisterDeliveryRow) -> _Batch | None:
        """The next lines with their digests."""
        batch = _Batch()
        for line in islice(lines, BATCH):
            batch.seen += 1
            if isinstance(line, Reject):
                batch.rejects.append(line)
            elif line.number <= delivery["line"]:
                batch.earlier += 1
            else:
                batch.last = line.number
                batch.lines.append(line)
                batch.rows.append(self._digests.row(delivery["snapshot"], line.resident))
        return batch if batch.seen else None

    async def _store_batch(self, lease: WorkLease, batch: _Batch, delivery: RegisterDeliveryRow) -> None:
        if not batch.lines:
            return
        if not _is_own(delivery):
            await lease.renew()
            await self._store.transaction(partial(_change, batch, delivery))
            return
        renewing = asyncio.create_task(lease.renew())  # rows of a snapshot that was given up go with the next one
        try:
            await self._insert(batch)
        finally:
            await renewing
        _still(await self._deliveries.reach(delivery["_id"], batch.last))

    async def _insert(self, batch: _Batch) -> None:
        """People of a snapshot; one whose number is there already is joined with who has it."""
        known = await self._rows.insert(batch.rows)
        there = await self._rows.among([row["_id"] for row in known])
        for row in known:
            there[row["_id"]] = joined(there[row["_id"]], row)
        await self._rows.replace([*there.values()])


async def _change(batch: _Batch, delivery: RegisterDeliveryRow, within: Collections) -> None:
    """People as they are now, in the order of the lines; the lines count once, since they are stored with their number.

    A line that comes a second time could make two people of one: of somebody who was renamed.
    """
    people = ResidentRepository(within)
    ids = [*dict.fromkeys(row["_id"] for row in batch.rows)]
    before = await people.among(ids)
    after: dict[bytes, ResidentRow | None] = {one: before.get(one) for one in ids}
    for line, row in zip(batch.lines, batch.rows, strict=True):
        after[row["_id"]] = changed(after[row["_id"]], row, line.status)
    await people.replace([row for row in after.values() if row is not None])
    await people.delete([one for one, row in after.items() if row is None])
    _still(await RegisterDeliveryRepository(within).reach(delivery["_id"], batch.last))


async def _nothing(_batch: _Batch, _delivery: RegisterDeliveryRow) -> None:
    """Store nothing."""


def _goes_on(left: RegisterDeliveryRow, digest: str, snapshot: int | None) -> bool:
    """Whether a delivery that was left is of the same file, for the same use."""
    return left["digest"] == digest and (_is_own(left) if snapshot is None else left["snapshot"] == snapshot)


def _refuse_beside_half(unfinished: Sequence[RegisterDeliveryRow]) -> None:
    for left in unfinished:
        if left["line"] and not _is_own(left):
            at = left["begun_at"].astimezone(SHANGHAI).isoformat(" ", "minutes")
            raise RegisterRefusedError("changes_by_half", at=at, line=left["line"])


def _still(known: bool) -> None:
    """Raises LostLeaseError where another import gave this one up."""
    if not known:
        raise LostLeaseError(_WORK)


def _is_own(delivery: RegisterDeliveryRow) -> bool:
    """Whether it is a snapshot itself."""
    return delivery["snapshot"] == delivery["_id"]


def _count(batch: _Batch, result: RegisterImported, reject: OnReject) -> None:
    result.earlier += batch.earlier
    result.rejected += len(batch.rejects)
    for line in batch.lines:
        result.add(line)
    for one in batch.rejects:
        if len(result.rejects) < _MOST_REJECTS_KEPT:
            result.rejects.append(one)
        reject(one)
