"""The whole of a rescore: ranges, an executor, progress, and a note of what is done for the next start."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import date

from schema.types.principal import OPERATOR, Caller
from server.citizens.consents import computable
from server.citizens.repository import CitizenRepository
from server.container import Container
from server.jobs.rescore.columns import CHUNK, range_count, ranges
from server.jobs.rescore.worker import Done, Job, rescore_range
from server.platform.core.unit_of_work import Transaction
from server.platform.kit.clock import day_of
from server.platform.kit.progress import Report
from server.statistics.model import RescoreRow
from server.statistics.repository import RescoreRepository


@dataclass(slots=True)
class Totals:
    """What a rescore did; counts of citizens and records, resumed ranges included."""

    citizens: int = 0
    records: int = 0
    changed: int = 0


async def rescore(container: Container, executor: Executor, job: Job, report: Report, *, chunk: int = CHUNK) -> Totals:
    """Reassess everybody as of the job's day.

    A run that ended early is taken up where it stopped: ranges that are done are not done again.
    `chunk` is how many citizens are read at a time, memory against speed.
    Raises ValueError for a day that has not come.
    """
    today = day_of(container.clock())
    if job.as_of > today:
        raise ValueError(f"{job.as_of} has not come; a score is made as of today ({today}) or a day before.")
    run = await _start(container, job.as_of, chunk)
    totals = Totals(**run["totals"])
    todo = [part for part in ranges(run["ranges"]) if part.low not in run["done"]]
    report("citizens", totals.citizens, run["citizens"])
    futures = [executor.submit(rescore_range, job, part) for part in todo]
    async with contextlib.aclosing(_finished(futures)) as finished:
        async for done in finished:
            await _note(container, run["_id"], done)
            totals.citizens += done.citizens
            totals.records += done.records
            totals.changed += done.changed
            report("citizens", min(totals.citizens, run["citizens"]), run["citizens"])
    await _finish(container, run["_id"], totals)
    return totals


async def _finished(futures: Sequence[Future[Done]]) -> AsyncGenerator[Done]:
    """Ranges as they finish. After a fault nothing new starts, what runs is waited for, then it is raised."""
    fault: Exception | None = None
    try:
        for future in asyncio.as_completed([asyncio.wrap_future(f) for f in futures]):
            try:
                yield await future
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if fault is None or (task is not None and task.cancelling()):
                    raise
            except Exception as error:
                fault = fault or error
                _cancel(futures)
    finally:
        _cancel(futures)
    if fault is not None:
        raise fault


def _cancel(futures: Sequence[Future[Done]]) -> None:
    for future in futures:
        future.cancel()


async def _start(container: Container, as_of: date, chunk: int) -> RescoreRow:
    """The run to go on with: an unfinished one of the same day and scheme, else a new one."""
    citizens = CitizenRepository(container.store)
    run: RescoreRow = {
        "_id": f"{as_of.isoformat()} {container.scheme.digest}",
        "as_of": as_of.isoformat(),
        "started_at": container.clock(),
        "citizens": await citizens.count_taking_part(computable(container.scheme, as_of)),
        "ranges": range_count(await citizens.count(), chunk),
        "done": [],
        "totals": {"citizens": 0, "records": 0, "changed": 0},
    }
    return await RescoreRepository(container.store).begin(run)


async def _note(container: Container, run_id: str, done: Done) -> None:
    counts = {f"totals.{name}": getattr(done, name) for name in ("citizens", "records", "changed")}
    counts |= {f"histogram.{place}": count for place, count in enumerate(done.histogram) if count}
    await RescoreRepository(container.store).note(run_id, done.part.low, counts)


async def _finish(container: Container, run_id: str, totals: Totals) -> None:
    async def body(tx: Transaction) -> None:
        await RescoreRepository(tx).finish(run_id, tx.now)
        counts = {"citizens": totals.citizens, "records": totals.records, "changed": totals.changed}
        await tx.audit("rescore", "rescore.finished", {"run": run_id, **counts})

    await container.unit_of_work.run(Caller(OPERATOR), "rescore", body)
