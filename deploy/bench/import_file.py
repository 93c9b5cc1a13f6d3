"""`egret import` against a bare `insert_many` of the same documents, in each form, and a run that is killed.

    python deploy/bench/import_file.py [--records 100000] [--citizens 10000] [--passes 5] [--again]

Egret understands the file, checks, seals, deduplicates and audits; the baseline puts the very documents that Egret
stored into an empty collection with the same indexes, in the same batches and with the same durability. The same
records then come as CSV in UTF-8 and in GB18030, pass by pass, and as a workbook that is only read. The killed run is
another process, ended with SIGKILL half-way, several times.

With `--again` nothing else is measured than the same file sent once more, as by a source that redelivers its whole
history, against its first import: nothing may be stored, and it should be at least three times as quick.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from schema.types.principal import OPERATOR
from scoring.identity import Identity
from scoring.scheme import Scheme
from server.container import Container, open_container
from server.container.collections import INDEXES
from server.demo.people import residents
from server.platform.kit.clock import day_of
from server.platform.kit.json import JsonObject
from server.settings import Settings, demo_settings
from server.sources.files.reading import read
from server.sources.files.understanding import understand
from server.sources.files.workbook import WorkbookWriter
from server.sources.importer import BATCH, Importer

KILLS = 3


def rows_of(scheme: Scheme, people: Sequence[Identity], count: int, today: date) -> Iterator[JsonObject]:
    """Records in random order, several for each person."""
    chance, rules = random.Random(1), [r for r in scheme.rules if r.points]  # noqa: S311 - made-up records
    day = today - timedelta(days=40)
    for n in range(count):
        rule = rules[n % len(rules)]
        yield {
            "id": f"2026-{n:08d}",
            "resident": chance.choice(people).id_number,
            "source": rule.sources[0],
            "rule": rule.code,
            "class": rule.data_class.value,
            "occurred_on": day.isoformat(),
            "reported_on": day.isoformat(),
            "final": True,
            "facts": {"case": f"案卷{n}"},
        }


def write_objects(path: Path, rows: Sequence[JsonObject]) -> None:
    """NDJSON in UTF-8."""
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def write_table(path: Path, rows: Sequence[JsonObject], coding: str) -> None:
    """CSV."""
    with path.open("w", encoding=coding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(rows[0])
        writer.writerows(map(cells, rows))


def write_workbook(path: Path, rows: Sequence[JsonObject]) -> None:
    """XLSX."""
    with path.open("wb") as file, WorkbookWriter(file) as writer:
        writer.write(list(rows[0]))
        for row in rows:
            writer.write(cells(row))


def cells(row: JsonObject) -> list[str]:
    """A row as text."""
    facts = json.dumps(row["facts"], ensure_ascii=False)
    return [*(str(value) for name, value in row.items() if name != "facts"), facts]


async def make_people(container: Container, people: Sequence[Identity]) -> None:
    """Citizens whom the platform knows already."""
    for chunk in chunks(people, 500):
        made = await asyncio.gather(*(container.citizens.make(p.id_number) for p in chunk))
        await container.store["citizens"].insert_many(made, ordered=False)


def chunks(items: Sequence[Any], size: int) -> Iterator[list[Any]]:
    """Slices of a list."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


async def imported(container: Container, path: Path) -> float:
    """Records a second through Egret, from an unknown file to records that are stored, or were."""
    importer, began = Importer(container.store, container.scheme, container.deliveries), time.perf_counter()
    done = await importer.run(understand(path), OPERATOR, on=day_of(container.clock()), report=lambda *_: None)
    return (done.stored + done.unchanged) / (time.perf_counter() - began)


def read_rate(container: Container, path: Path) -> float:
    """Lines a second of a file that is understood and checked, and not stored."""
    began = time.perf_counter()
    lines = sum(1 for _ in read(understand(path), container.scheme, on=day_of(container.clock())))
    return lines / (time.perf_counter() - began)


async def inserted(container: Container) -> float:
    """Records a second of the same documents by `insert_many` alone."""
    rows = await container.store["records"].find({}).to_list(None)
    bare = container.store["bare"]
    for collection, keys, options in INDEXES:
        if collection == "records":
            await bare.create_index(keys, **options)
    began = time.perf_counter()
    for chunk in chunks(rows, BATCH):
        await bare.insert_many(chunk, ordered=False)
    rate = len(rows) / (time.perf_counter() - began)
    await bare.delete_many({})
    return rate


async def forget(container: Container) -> None:
    """The records away, for another pass."""
    for name in ("records", "imports", "outbox"):
        await container.store[name].delete_many({})


async def killed(container: Container, path: Path, data_dir: Path, count: int) -> None:
    """Runs of the command, each killed on its way but the last."""
    command = [sys.executable, "-m", "server.cli", "import", str(path), "--data-dir", str(data_dir)]
    env = {**os.environ, "EGRET_MONGODB_URI": container.store.uri, "EGRET_DATABASE": container.store.name}
    for kill in range(KILLS):
        nowhere = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, env=env, stdout=nowhere, stderr=nowhere)
        while process.returncode is None:
            await asyncio.sleep(0.05)
            if await container.store["records"].count_documents({}) > count * (kill + 1) // (KILLS + 1):
                process.kill()
                await process.wait()
        stored = await container.store["records"].count_documents({})
        print(f"kill -9 number {kill + 1}: {stored:,} records stored by then")
    done = await asyncio.to_thread(subprocess.run, command, env=env, capture_output=True, text=True, check=False)
    print((done.stdout + done.stderr[-300:]).strip().replace("\n", "; "))
    numbers = {bytes(r["document_index"]) async for r in container.store["records"].find({}, {"document_index": 1})}
    stored = await container.store["records"].count_documents({})
    print(f"afterwards: {stored:,} records, {len(numbers):,} document numbers, {count:,} lines in the file")


async def main() -> None:
    """Print the raw figures and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--citizens", type=int, default=10_000)
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--again", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        data_dir = Path(name)
        settings = demo_settings(Settings(demo=True, data_dir=data_dir), port=0)
        async with open_container(settings) as container:
            chance = random.Random(2)  # noqa: S311 - made-up people
            today = day_of(container.clock())
            people = list(residents(container.scheme.city.demo.region, given.citizens, chance, today))
            await make_people(container, people)
            rows = list(rows_of(container.scheme, people, given.records, today))
            if given.again:
                await sent_again(container, data_dir, rows, given.passes)
                return
            await compare(container, data_dir, rows, given.passes)
            await killed(container, data_dir / "records.ndjson", data_dir, given.records)


async def sent_again(container: Container, folder: Path, rows: Sequence[JsonObject], passes: int) -> None:
    """Print how quick a file of unchanged records is, next to the first import of the same file."""
    path = folder / "records.ndjson"
    write_objects(path, rows)
    first: list[float] = []
    again: list[float] = []
    for _ in range(passes):
        await forget(container)
        first.append(await imported(container, path))
        before = await footprint(container)
        again.append(await imported(container, path))
        added = [now - then for now, then in zip(await footprint(container), before, strict=True)]
        print(f"new {first[-1]:,.0f}/s, again {again[-1]:,.0f}/s; records, versions, outbox, audit added: {added}")
    new, unchanged = statistics.median(first), statistics.median(again)
    print(f"median: new {new:,.0f} records/s, the same file again {unchanged:,.0f}/s: {unchanged / new:.1f} times")


async def footprint(container: Container) -> list[int]:
    """How many rows there are of what an import may leave behind."""
    names = ("records", "record_versions", "outbox", "audit")
    return [await container.store[name].count_documents({}) for name in names]


async def compare(container: Container, folder: Path, rows: Sequence[JsonObject], passes: int) -> None:
    """Print each pass and the medians; leaves no records."""
    objects, table, gb18030, workbook = (
        folder / name for name in ("records.ndjson", "utf-8.csv", "gb18030.csv", "records.xlsx")
    )
    write_objects(objects, rows)
    write_table(table, rows, "utf-8")
    write_table(gb18030, rows, "gb18030")
    write_workbook(workbook, rows)
    found: dict[str, list[float]] = {name: [] for name in ("egret", "bare", "utf-8", "gb18030", "xlsx")}
    for _ in range(passes):
        found["egret"].append(await imported(container, objects))
        found["bare"].append(await inserted(container))
        await forget(container)
        for name, path in (("utf-8", table), ("gb18030", gb18030)):
            found[name].append(await imported(container, path))
            await forget(container)
        found["xlsx"].append(read_rate(container, workbook))
        print(", ".join(f"{name} {rates[-1]:,.0f}/s" for name, rates in found.items()))
    rate = {name: statistics.median(rates) for name, rates in found.items()}
    ratio = rate["egret"] / rate["bare"]
    print(f"median: egret import {rate['egret']:,.0f} records/s, insert_many {rate['bare']:,.0f}/s: {ratio:.0%}")
    ratio = rate["gb18030"] / rate["utf-8"]
    print(f"median: CSV in UTF-8 {rate['utf-8']:,.0f} records/s, in GB18030 {rate['gb18030']:,.0f}/s: {ratio:.0%}")
    print(f"median: XLSX read and checked {rate['xlsx']:,.0f} rows/s")


if __name__ == "__main__":
    asyncio.run(main())
