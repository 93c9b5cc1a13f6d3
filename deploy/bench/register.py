"""`egret register import` against a bare `insert_many` of the same rows, and a snapshot whose import is killed.

    python deploy/bench/register.py [--people 1000000] [--passes 1]

Egret understands the file (CSV in UTF-8), checks each line, makes the digests and stores them; the baseline puts the
very rows that Egret stored into an empty collection with the same indexes, in the same batches and with the same
durability. Afterwards the same file is imported by another process that is ended with SIGKILL half-way.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from scoring.identity import check_character
from server.citizens.residents.repository import DELIVERIES, INDEXES, REGISTER
from server.container import Container, open_container
from server.settings import Settings, demo_settings
from server.sources.files.understanding import understand
from server.sources.residents.importer import BATCH, RegisterImporter
from server.sources.residents.reading import RESIDENTS

_FAMILY = "陈林黄张吴李王郑刘杨蔡许叶苏谢郭曾洪庄何"
_GIVEN = "小雨明安宁若水一帆晓文思远佳音子墨清和以沫书言嘉木星河知夏云舟向阳"


def write_people(path: Path, count: int) -> None:
    """Made-up people, each number once."""
    chance = random.Random(1)  # noqa: S311 - made-up people
    first = date(1940, 1, 1)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["姓名", "公民身份号码", "手机号码", "状态"])
        for n in range(count):
            born = first + timedelta(days=n % 24_000)
            start = f"110101{born:%Y%m%d}{(n // 24_000 + n * 7) % 999 + 1:03d}"
            name = chance.choice(_FAMILY) + chance.choice(_GIVEN) + chance.choice(_GIVEN)
            writer.writerow([name, start + check_character(start), f"139{n % 10**8:08d}", "" if n % 100 else "迁出"])


async def imported(container: Container, path: Path) -> float:
    """Seconds of a snapshot, from an unknown file until it is in force."""
    importer = RegisterImporter(container.store, container.register.digests, container.clock)
    began = time.perf_counter()
    found = await asyncio.to_thread(understand, path, None, RESIDENTS)
    done = await importer.run(found, changes=False, report=lambda *_: None, reject=lambda _: None)
    seconds = time.perf_counter() - began
    print(f"{done.people:,} people in force, {done.rejected:,} lines rejected")
    return seconds


async def inserted(container: Container) -> float:
    """Seconds of the same rows by `insert_many` alone."""
    rows = await container.store[REGISTER].find({}).to_list(None)
    bare = container.store["bare"]
    for _collection, keys, options in INDEXES:
        await bare.create_index(keys, **options)
    began = time.perf_counter()
    for start in range(0, len(rows), BATCH):
        await bare.insert_many(rows[start : start + BATCH], ordered=False)
    seconds = time.perf_counter() - began
    await emptied(container, "bare")
    return seconds


async def emptied(container: Container, name: str) -> None:
    """A collection without rows, some at a time."""
    rows = container.store[name]
    while some := await rows.find({}, {"_id": 1}).limit(20_000).to_list(None):
        await rows.delete_many({"_id": {"$in": [row["_id"] for row in some]}})


async def forget(container: Container) -> None:
    """The register away, for another pass."""
    await emptied(container, REGISTER)
    await emptied(container, DELIVERIES)


async def killed(container: Container, path: Path, data_dir: Path, count: int) -> None:
    """A run of the command that is killed half-way, and the one that takes it up."""
    command = [sys.executable, "-m", "server.cli", "register", "import", str(path), "--data-dir", str(data_dir)]
    env = {**os.environ, "EGRET_MONGODB_URI": container.store.uri, "EGRET_DATABASE": container.store.name}
    nowhere = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, env=env, stdout=nowhere, stderr=nowhere)
    rows = container.store[REGISTER]
    while process.returncode is None:
        await asyncio.sleep(0.05)
        if await rows.count_documents({}) > count // 2:
            process.kill()
            await process.wait()
    print(f"kill -9: {await rows.count_documents({}):,} people stored by then, and none in force")
    done = await asyncio.to_thread(subprocess.run, command, env=env, capture_output=True, text=True, check=False)
    print(done.stdout.strip().replace("\n", "; "))


async def main() -> None:
    """Print the raw figures and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--passes", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        data_dir = Path(name)
        path = data_dir / "people.csv"
        write_people(path, given.people)
        async with open_container(demo_settings(Settings(demo=True, data_dir=data_dir), port=0)) as container:
            ratios = []
            for _ in range(given.passes):
                egret = await imported(container, path)
                bare = await inserted(container)
                await forget(container)
                ratios.append(egret / bare)
                print(f"{given.people:,} people: egret {egret:.1f} s, insert_many {bare:.1f} s: {egret / bare:.2f} x")
            print(f"median: {statistics.median(ratios):.2f} x the time of insert_many")
            await killed(container, path, data_dir, given.people)


if __name__ == "__main__":
    asyncio.run(main())
