"""The whole of `egret rescore` against merely draining the same records, where 5% of the scores change.

    python deploy/bench/rescore.py [--citizens 200000 ...] [--workers 2]

The baseline fetches every record with a raw-batch cursor and looks at nothing. Both run in turn on
the same embedded server. Several sizes also give the fit of time over citizens. To make a large city in
minutes, its people are copies of 1,000, and what no run opens (sealed facts, statements that stay) is sealed once.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, cast
from uuid import uuid4

import numpy as np

from schema.types.score import AssessmentCause
from scoring.calendar import add_months
from scoring.catalogue import DataClass
from scoring.engine import NEWCOMER_BAND, assess
from scoring.records import Record
from scoring.statement import Statement
from server.citizens.consents import consent_document
from server.citizens.model import CitizenRow
from server.container import Container, open_container
from server.container.collections import INDEXES
from server.platform.db import Document, prepare
from server.platform.db.columns import BATCH, ColumnReader
from server.platform.kit.clock import day_of
from server.platform.kit.progress import progress
from server.records.service import HeldRecord
from server.scores.assessor import Computed, fingerprint
from server.settings import Settings, demo_settings

TEMPLATES = 1000
CHANGING = 50  # of TEMPLATES: 5%
PER_CITIZEN = 20
RUNS = 3  # of the drain; 1 for a city of more than 200,000


@dataclass(frozen=True)
class Template:
    """One of the 1,000 people that the city is made of."""

    records: list[Record]
    yesterday: Statement
    changes: bool


def templates(container: Container, today: date) -> list[Template]:
    """People with 20 records each; the first 50 have one that expires today, no one else changes today."""
    random, made = Random(7), list[Template]()  # noqa: S311 - made-up records
    while len(made) < TEMPLATES:
        changes = len(made) < CHANGING
        records = [a_record(container, random, today, n) for n in range(PER_CITIZEN - changes)]
        records += [expiring(container, today)] if changes else []
        before, after = (assess(container.scheme, records, day) for day in (today - timedelta(days=1), today))
        if (before.value != after.value) == changes and (changes or before.dimensions == after.dimensions):
            made.append(Template(records, before, changes))
    return made


def a_record(container: Container, random: Random, today: date, number: int) -> Record:
    """A record of any rule within the last four years."""
    rule = random.choice([r for r in container.scheme.rules if r.data_class is not DataClass.NOTICE])
    reported = today - timedelta(days=random.randrange(2, 1400))
    occurred = reported - timedelta(days=random.randrange(30))
    return Record(
        id=str(number),
        source=rule.sources[0],
        rule=rule.code,
        data_class=rule.data_class,
        occurred_on=occurred,
        reported_on=reported,
    )


def expiring(container: Container, today: date) -> Record:
    """A moderate offence whose year ends today."""
    rule = next(r for r in container.scheme.rules if r.tier == "moderate" and r.data_class is DataClass.ADVERSE)
    reported = add_months(today, -12)
    return Record(
        id="expiring",
        source=rule.sources[0],
        rule=rule.code,
        data_class=rule.data_class,
        occurred_on=reported,
        reported_on=reported,
    )


class City:
    """Fills an empty database with a city of copies."""

    def __init__(self, container: Container, people: Sequence[Template], citizens: int) -> None:
        self._container = container
        self._people = people
        self._ids = sorted(uuid4().hex for _ in range(citizens))
        self._order = np.random.default_rng(1).permutation(citizens) % len(people)

    async def fill(self) -> None:
        """Records come in rounds, as they come in life: a citizen's own lie far apart."""
        store = self._container.store
        await store.drop()
        await prepare(store, [])  # the indexes come last, all at once
        self._shared = await self._container.vault.create_key()
        self._closed = await self._container.vault.seal(self._shared, {"id": "2026-0000001", "facts": {}})
        stays = Computed(self._people[-1].yesterday, [])
        shared = cast(CitizenRow, {"_id": "", "key": self._shared})
        now = self._container.clock()
        self._stays = await self._container.assessor.row(shared, stays, now, AssessmentCause.DAY)
        with progress() as report:
            for number in range(PER_CITIZEN):
                for start in range(0, len(self._ids), 20_000):
                    rows = [self._record(n, number) for n in self._numbers(start)]
                    await store["records"].insert_many(rows, ordered=False)
                report("records", (number + 1) * len(self._ids), PER_CITIZEN * len(self._ids))
            for start in range(0, len(self._ids), 5_000):
                await self._citizens(self._numbers(start, 5_000))
                report("citizens", min(start + 5_000, len(self._ids)), len(self._ids))
        await prepare(store, INDEXES)

    def _numbers(self, start: int, count: int = 20_000) -> range:
        return range(start, min(start + count, len(self._ids)))

    def _template(self, n: int) -> Template:
        return self._people[int(self._order[n])]

    def _record(self, n: int, number: int) -> Document:
        record = self._template(n).records[number]
        return {
            "_id": _record_id(n, number),
            "citizen": self._ids[n],
            "source": record.source,
            "document_index": f"{number:04d}{n:028d}".encode(),
            "rule": record.rule,
            "class": record.data_class.value,
            "occurred_on": record.occurred_on.isoformat(),
            "reported_on": record.reported_on.isoformat(),
            "final": record.final,
            "cured_on": None,
            "barred": None,
            "disputed": None,
            "status": "active",
            "version": 1,
            "content": "0" * 64,
            "sealed": self._closed,
        }

    async def _citizens(self, numbers: range) -> None:
        made = await asyncio.gather(*(self._citizen(n) for n in numbers))
        store = self._container.store
        await store["citizens"].insert_many([citizen for citizen, _ in made], ordered=False)
        await store["assessments"].insert_many([row for _, row in made], ordered=False)

    async def _citizen(self, n: int) -> tuple[Document, Document]:
        """A citizen who follows in WeChat, and yesterday's assessment; a key of their own for who will change."""
        template, now = self._template(n), self._container.clock()
        key = await self._container.vault.create_key() if template.changes else self._shared
        enrolment = {"scheme": self._container.scheme.id, "consent_version": "1", "enrolled_at": now}
        citizen: Document = {
            "_id": self._ids[n],
            "id_index": self._ids[n].encode(),
            "key": key,
            "sealed": self._closed,
            "enrolment": enrolment,
            "contacts": [{"hash": f"contact-{n}", "channel": "wechat", "bound_at": now}],
            "consents": [consent_document("1", self._container.scheme, now)],
            "declined": [],
            "version": 1,
        }
        return citizen, await self._assessment(n, citizen)

    async def _assessment(self, n: int, citizen: Document) -> Document:
        template, now = self._template(n), self._container.clock()
        before = template.yesterday
        if template.changes:
            held = [HeldRecord(_record_id(n, k), r) for k, r in enumerate(template.records)]
            made = await self._container.assessor.row(
                cast(CitizenRow, citizen), Computed(before, held), now, AssessmentCause.DAY
            )
            return dict(made)
        dimensions, has_history = [d.value for d in before.dimensions], before.band_code != NEWCOMER_BAND
        own = fingerprint(self._container.vault, citizen["_id"], before.value, dimensions, has_history)
        return {**self._stays, "_id": uuid4().hex, "citizen": citizen["_id"], "fingerprint": own}


def _record_id(n: int, number: int) -> str:
    return f"{number:08x}{n:024x}"


def run_rescore(folder: Path, workers: int) -> tuple[float, int, str]:
    """The command as an operator runs it: seconds, MiB of all its processes at their most, and what it printed."""
    command = [sys.executable, "-m", "server.cli", "rescore", "--data-dir", str(folder), "--workers", str(workers)]
    began, most = time.perf_counter(), 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            most = max(most, sum(_resident(pid) for pid in _tree(process.pid)))
            time.sleep(0.1)
        taken = time.perf_counter() - began
        printed = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise SystemExit(f"egret rescore failed with status {process.returncode}")
    return taken, most >> 20, printed.strip()


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except OSError:
        return
    for child in children:
        yield from _tree(int(child))


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * 4096
    except OSError:
        return 0


async def measure(container: Container, folder: Path, citizens: int, workers: int) -> float:
    """Fill, then drain and rescore in turn. Prints raw figures; gives the seconds of the rescore."""
    people = templates(container, day_of(container.clock()))
    city = City(container, people, citizens)
    await city.fill()
    drains: dict[int, list[float]] = {0: [], BATCH: []}
    taken, memory, printed, size = 0.0, 0, "", 0
    with ColumnReader(container.store) as reader:
        for run in range(RUNS if citizens <= 200_000 else 1):
            for batch_size, times in drains.items():
                began = time.perf_counter()
                size = await asyncio.to_thread(reader.drain, "records", batch_size)
                times.append(time.perf_counter() - began)
            if run == 0:
                taken, memory, printed = await asyncio.to_thread(run_rescore, folder, workers)
    print(f"{printed}")
    print(f"  rescore {taken:.2f} s with {workers} workers, {memory} MiB in all its processes")
    for batch_size, times in drains.items():
        drain, name = statistics.median(times), f"batches of {batch_size or 'the default size'}"
        each = ", ".join(f"{t:.2f}" for t in times)
        print(f"  drain   {each} s, median {drain:.2f} s, {size / 1e6:,.0f} MB in {name}: ratio {taken / drain:.2f}")
    return taken


async def main() -> None:
    """Print the raw figures of every size, and their fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--citizens", type=int, nargs="+", default=[200_000])
    parser.add_argument("--workers", type=int, default=2)
    given: Any = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with open_container(demo_settings(Settings(demo=True, data_dir=folder), port=0)) as container:
            times = [await measure(container, folder, citizens, given.workers) for citizens in given.citizens]
    if len(times) > 1:
        slope, offset = np.polyfit(given.citizens, times, 1)
        fit = np.corrcoef(given.citizens, times)[0, 1] ** 2
        print(f"fit: {slope * 1e6:.1f} s a million citizens + {offset:.1f} s, r² = {fit:.4f}")


if __name__ == "__main__":
    asyncio.run(main())
