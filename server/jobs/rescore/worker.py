"""One range of a rescore, in whatever process the executor runs it: this one, another, another machine's.

A process opens the database once and keeps it. Secrets never travel with a job: each process
reads its own settings, as `egret worker` does.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from scoring.city import CityEngine
from server.citizens.consents import computable
from server.container import Container, open_container
from server.jobs.rescore.columns import Part, Range, read_part
from server.jobs.rescore.renewal import Renewal
from server.platform.db.columns import ColumnReader
from server.scores.assessor import fingerprint
from server.settings import Settings, demo_settings, real_settings
from server.statistics.service import BIN


@dataclass(frozen=True, slots=True)
class Job:
    """What every range of one rescore has in common. `data_dir` is set for a demo's database only.

    `proof` shows, without telling, that a worker has the same database, keys and scheme.
    """

    as_of: date
    scheme: str
    proof: str
    data_dir: Path | None = None


def job_of(container: Container, as_of: date, data_dir: Path | None = None) -> Job:
    """The job of rescoring the city."""
    return Job(as_of, container.settings.scheme, _proof(container), data_dir)


def _proof(container: Container) -> str:
    return container.vault.blind_text("rescore", f"{container.store.name} {container.scheme.digest}")


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a range; counts of citizens, and of records read."""

    part: Range
    citizens: int
    records: int
    changed: int
    histogram: tuple[int, ...]
    """How many scores there are in each 50 points, from the lowest on."""


def rescore_range(job: Job, part: Range) -> Done:
    """Reassess a range in this process; safe to repeat.

    Raises ValueError where the settings of this process are of another city, and what the database raises.
    """
    return _worker(job).rescore(part)


class Rescorer:
    """Reassesses ranges as of a day."""

    def __init__(self, container: Container, reader: ColumnReader, as_of: date) -> None:
        self._container = container
        self._reader = reader
        self._as_of = as_of
        self._engine = CityEngine(container.scheme, as_of)
        self._renewal = Renewal(container, as_of)
        self._agreed = computable(container.scheme, as_of)

    async def rescore(self, part: Range) -> Done:
        """Read a range, assess it, write what changed."""
        found = await asyncio.to_thread(read_part, self._reader, self._container.scheme, part, self._agreed)
        changed, histogram = await asyncio.to_thread(self._changed, found)
        written = await self._renewal.renew(changed)
        return Done(part, len(found.citizens), len(found.columns), written, histogram)

    def _changed(self, part: Part) -> tuple[list[str], tuple[int, ...]]:
        """Whose score is not the one of the current statement, a newer one left alone; and the distribution."""
        today = self._as_of.isoformat()
        vault = self._container.vault
        assessed = self._engine.assess(part.columns, len(part.citizens))
        rows = zip(
            part.citizens,
            assessed.value.tolist(),
            assessed.dimensions.tolist(),
            assessed.has_history.tolist(),
            strict=True,
        )
        changed = []
        for citizen, value, dimensions, has_history in rows:
            known = part.known.get(citizen)
            if known is not None and known.as_of > today:
                continue
            if known is None or known.fingerprint != fingerprint(vault, citizen, value, dimensions, has_history):
                changed.append(citizen)
        edition = self._container.scheme.scheme_at(self._as_of)
        edges = range(edition.lowest, edition.highest + BIN, BIN)
        counts, _ = np.histogram(assessed.value, bins=[*edges[:-1], edition.highest + 1])
        return changed, tuple(counts.tolist())


class _Worker:
    """This process's own connections, for one job."""

    def __init__(self, job: Job) -> None:
        self._lock = threading.Lock()
        self._runner = asyncio.Runner()
        self._stack = contextlib.AsyncExitStack()
        try:
            self._rescorer = self._runner.run(self._open(job))
        except BaseException:
            self.close()
            raise

    def rescore(self, part: Range) -> Done:
        """One range at a time, whichever thread asks."""
        with self._lock:
            return self._runner.run(self._rescorer.rescore(part))

    def close(self) -> None:
        """Close every connection, after the range that is being worked on."""
        with self._lock:
            self._runner.run(self._stack.aclose())
            self._runner.close()

    async def _open(self, job: Job) -> Rescorer:
        container = await self._stack.enter_async_context(open_container(_settings(job)))
        if _proof(container) != job.proof:
            raise ValueError("this worker has another database, index key or scheme: give it the same EGRET_ settings")
        reader = self._stack.enter_context(ColumnReader(container.store))
        return Rescorer(container, reader, job.as_of)


_open_workers = threading.Lock()
_workers: dict[Job, _Worker] = {}


def _worker(job: Job) -> _Worker:
    with _open_workers:
        if job not in _workers:
            close_workers()
            _workers[job] = _Worker(job)
        return _workers[job]


def close_workers() -> None:
    """Close what this process keeps open."""
    while _workers:
        _workers.popitem()[1].close()


def _settings(job: Job) -> Settings:
    if job.data_dir is None:
        return real_settings()
    return demo_settings(Settings(demo=True, data_dir=job.data_dir, scheme=job.scheme), port=0)
