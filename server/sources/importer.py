"""`egret import`: a file of records into the platform, batch by batch; a run that was killed is taken up again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import date

from schema.types.delivery import RecordRefusal
from schema.types.principal import Principal
from scoring.scheme import Scheme
from server.platform.db import Store
from server.platform.kit.collecting import few_collections
from server.platform.kit.progress import Report
from server.sources.deliver import Delivered, Deliveries, Person, Prepared
from server.sources.files.faults import SENTENCES, Line, Reject
from server.sources.files.reading import read
from server.sources.files.understanding import Understood
from server.sources.repository import ImportRepository

BATCH = 5000
"""Records in one transaction; fewer cost more a record, more are near what one may hold."""
_MOST_CHARACTERS = 8_000_000
"""Of one batch: records with many facts are stored fewer at a time."""
_MOST_KNOWN = 100_000
_MOST_REJECTS_KEPT = 1000
OnReject = Callable[[Reject], None]


@dataclass(slots=True)
class Imported:
    """What became of a file; every line is in one count.

    `passed` are those of the unchanged that came in batches without anything to store, `held` those that wait for a
    person to decide. `resumed_after` is the line up to which an earlier run had come, `earlier` counts the
    lines that it stored. `rejects` are the first of those that were rejected, refused or held.
    """

    stored: int = 0
    corrected: int = 0
    unchanged: int = 0
    passed: int = 0
    refused: int = 0
    held: int = 0
    rejected: int = 0
    accepted: int = 0
    earlier: int = 0
    resumed_after: int = 0
    rejects: list[Reject] = field(default_factory=list)

    def add(self, done: Delivered) -> None:
        """Count a batch."""
        self.stored += done.stored
        self.corrected += done.corrected
        self.unchanged += done.unchanged


@dataclass(slots=True)
class _Batch:
    """Lines that are stored together, and those between them that are not."""

    last: int
    lines: list[Line]
    rejected: list[Reject]
    refused: list[Reject]


class Importer:
    """Imports files. Each batch is one transaction; how far a file has come is kept next to it."""

    def __init__(self, store: Store, scheme: Scheme, deliveries: Deliveries) -> None:
        self._imports = ImportRepository(store)
        self._scheme = scheme
        self._deliveries = deliveries

    async def run(
        self,
        found: Understood,
        actor: Principal,
        *,
        on: date,
        report: Report,
        reject: OnReject | None = None,
        dry: bool = False,
    ) -> Imported:
        """Store a file; with `dry`, only check it. `reject` gets what was not stored, in order."""
        with few_collections():
            return await self._run(found, actor, on, report, reject, dry=dry)

    async def _run(
        self,
        found: Understood,
        actor: Principal,
        on: date,
        report: Report,
        reject: OnReject | None,
        *,
        dry: bool,
    ) -> Imported:
        key = f"{found.digest} {self._scheme.digest}"
        result = Imported(resumed_after=0 if dry else await self._imports.line_of(key))
        refusals = await self._imports.refusals(key, result.resumed_after) if result.resumed_after else {}
        storing: asyncio.Task[None] | None = None
        known: dict[str, Person] = {}
        seen = 0
        async with aclosing(_read_ahead(_chunks(read(found, self._scheme, on=on)))) as chunks:
            async for chunk in chunks:
                batch = self._sort_out(chunk, result, refusals)
                delivered = [line.delivery for line in batch.lines]
                prepared = None if dry else await self._deliveries.prepare(delivered, known=known)
                if storing is not None:
                    await storing
                seen += len(chunk)
                report("records", seen, found.lines)
                if prepared is None:
                    self._tell(batch, result, reject)
                elif not prepared.fresh:
                    self._pass(batch, prepared, result, reject)
                else:
                    writing = asyncio.Event()
                    storing = asyncio.create_task(self._store(key, actor, batch, prepared, result, reject, writing))
                    _meet(known, prepared)
                    await writing.wait()  # until then each answer of the database would wait for those who read on
        if storing is not None:
            await storing
        if not dry:
            await self._end(key, actor, result)
        return result

    async def _end(self, key: str, actor: Principal, result: Imported) -> None:
        """The audit chain has the counts of each batch that was stored, and one of all that changed nothing."""
        if result.passed:
            await self._deliveries.note_unchanged(actor, result.passed)
        await self._imports.finish(key)

    @staticmethod
    def _sort_out(chunk: list[Line | Reject], result: Imported, refusals: dict[int, str]) -> _Batch:
        batch = _Batch(result.resumed_after, [], [], [])
        for found in chunk:
            if isinstance(found, Reject):
                batch.rejected.append(found)
                batch.last = max(batch.last, found.line)
            elif found.number > result.resumed_after:
                batch.lines.append(found)
                batch.last = max(batch.last, found.number)
            elif found.number in refusals:
                batch.refused.append(_refused(found, refusals[found.number]))
            else:
                result.earlier += 1
        return batch

    async def _store(
        self,
        key: str,
        actor: Principal,
        batch: _Batch,
        prepared: Prepared,
        result: Imported,
        reject: OnReject | None,
        writing: asyncio.Event,
    ) -> None:
        try:
            lines = [line.delivery for line in batch.lines]
            done = await self._deliveries.deliver(actor, lines, prepared, writing=writing.set)
            result.add(done)
            await self._note_refusals(key, batch, done)
            self._tell(batch, result, reject)
            await self._imports.reach(key, batch.last)
        finally:
            writing.set()

    def _pass(self, batch: _Batch, prepared: Prepared, result: Imported, reject: OnReject | None) -> None:
        """Count a batch of which nothing is to be stored; it costs no transaction."""
        result.unchanged += prepared.unchanged
        result.passed += prepared.unchanged
        self._tell(batch, result, reject)

    async def _note_refusals(self, key: str, batch: _Batch, done: Delivered) -> None:
        """Keep which lines were refused, so that a run that takes this one up gives them back too."""
        refused = [_refused(batch.lines[place], why.value) for place, why in done.refusals]
        if refused:
            await self._imports.note_refusals(key, batch.last, {found.line: found.reason for found in refused})
        batch.refused.extend(refused)

    @staticmethod
    def _tell(batch: _Batch, result: Imported, reject: OnReject | None) -> None:
        result.rejected += len(batch.rejected)
        held = sum(found.reason == RecordRefusal.HELD.value for found in batch.refused)
        result.held += held
        result.refused += len(batch.refused) - held
        result.accepted += len(batch.lines)  # as a dry run counts them
        for found in sorted(batch.rejected + batch.refused, key=lambda one: one.line):
            if len(result.rejects) < _MOST_REJECTS_KEPT:
                result.rejects.append(replace(found, raw=""))
            if reject is not None:
                reject(found)


async def _read_ahead(chunks: Iterator[list[Line | Reject]]) -> AsyncGenerator[list[Line | Reject], None]:
    """Each chunk, while a thread reads the next one."""
    following = asyncio.create_task(asyncio.to_thread(next, chunks, None))
    try:
        while chunk := await following:
            following = asyncio.create_task(asyncio.to_thread(next, chunks, None))
            yield chunk
    finally:
        await asyncio.wait([following])  # a thread cannot be stopped: the file stays open until it is done


def _chunks(lines: Iterator[Line | Reject]) -> Iterator[list[Line | Reject]]:
    """Lines for one transaction each: bounded in number and in size."""
    chunk: list[Line | Reject] = []
    size = 0
    for line in lines:
        chunk.append(line)
        size += len(line.raw) if isinstance(line.raw, str) else sum(map(len, line.raw))
        if len(chunk) >= BATCH or size >= _MOST_CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _refused(line: Line, reason: str) -> Reject:
    return Reject(line.number, reason, SENTENCES[reason], line.raw)


def _meet(known: dict[str, Person], prepared: Prepared) -> None:
    """Remember the people whom this import has met: they need not be looked for, or made, again."""
    if len(known) > _MOST_KNOWN:
        known.clear()
    for resident, person in prepared.people.items():
        known[resident] = person if person.new is None else replace(person, new=None)
