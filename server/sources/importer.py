"""`egret import`: a file of records into the platform, batch by batch; a run that was killed is taken up again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path

from schema.types.principal import Principal
from scoring.records import Delivery
from scoring.scheme import Scheme
from server.platform.db import Store
from server.platform.kit.progress import Report
from server.sources.deliver import Delivered, Deliveries, Person, Prepared
from server.sources.files import Line, Reject, measure, read_lines
from server.sources.repository import ImportRepository

BATCH = 5000
"""Records in one transaction; fewer cost more a record, more are near what one may hold."""
_MOST_KNOWN = 100_000
OnReject = Callable[[Reject], None]


@dataclass(slots=True)
class Imported:
    """What became of a file; `resumed_after` is the line up to which an earlier run had come."""

    stored: int = 0
    corrected: int = 0
    unchanged: int = 0
    refused: int = 0
    rejected: int = 0
    resumed_after: int = 0
    rejects: list[Reject] = field(default_factory=list)

    def add(self, done: Delivered) -> None:
        """Count a batch."""
        self.stored += done.stored
        self.corrected += done.corrected
        self.unchanged += done.unchanged
        self.refused += done.refused


_MOST_REJECTS_KEPT = 1000


class Importer:
    """Imports files. Each batch is one transaction; how far a file has come is kept next to it."""

    def __init__(self, store: Store, scheme: Scheme, deliveries: Deliveries) -> None:
        self._imports = ImportRepository(store)
        self._scheme = scheme
        self._deliveries = deliveries

    async def run(
        self,
        path: Path,
        actor: Principal,
        *,
        on: date,
        report: Report,
        reject: OnReject | None = None,
        dry: bool = False,
    ) -> Imported:
        """Store a file; with `dry`, only check it. Raises OSError where there is none."""
        digest, total = await asyncio.to_thread(measure, path)
        key = f"{digest} {self._scheme.digest}"
        result = Imported(resumed_after=0 if dry else await self._imports.line_of(key))
        lines = read_lines(path, self._scheme, on=on, after=result.resumed_after)
        storing: asyncio.Task[Delivered] | None = None
        known: dict[str, Person] = {}
        last = 0
        while chunk := await asyncio.to_thread(lambda: list(islice(lines, BATCH))):
            good = self._sort_out(chunk, result, reject)
            prepared = None if dry else await self._deliveries.prepare(good, known=known)
            if storing is not None:
                await self._finish(key, storing, last, result)
            last = max(_last(chunk), result.resumed_after)
            report("records", min(last, total), total)
            if prepared is not None:
                known = _known(known, prepared)
                storing = asyncio.create_task(self._deliveries.deliver(actor, good, prepared))
        if storing is not None:
            await self._finish(key, storing, last, result)
            await self._imports.finish(key)
        report("records", total, total)
        return result

    @staticmethod
    def _sort_out(chunk: list[Line | Reject], result: Imported, reject: OnReject | None) -> list[Delivery]:
        good = []
        for found in chunk:
            if isinstance(found, Line):
                good.append(found.delivery)
                continue
            result.rejected += 1
            if len(result.rejects) < _MOST_REJECTS_KEPT:
                result.rejects.append(found)
            if reject is not None:
                reject(found)
        return good

    async def _finish(self, key: str, storing: asyncio.Task[Delivered], last: int, result: Imported) -> None:
        result.add(await storing)
        await self._imports.reach(key, last)


def _last(chunk: list[Line | Reject]) -> int:
    last = chunk[-1]
    return last.number if isinstance(last, Line) else last.line


def _known(before: dict[str, Person], prepared: Prepared) -> dict[str, Person]:
    """The people whom this import has met: they need not be looked for, or made, again."""
    met = {resident: Person(person.id, person.key) for resident, person in prepared.people.items()}
    return met if len(before) > _MOST_KNOWN else before | met
