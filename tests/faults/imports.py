"""`egret import` again and again under other load: a new file of records, and the same file once more."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from pathlib import Path

from tests.faults.load import Load
from tests.faults.town import Town
from tests.support.people import id_number

RECORDS = 500
SECONDS = 30.0
_COUNTS = re.compile(r"(\d+) stored, \d+ corrected, (\d+) unchanged")


async def importing(load: Load, folder: Path, until: asyncio.Event) -> None:
    """A run of the command now and then, each file twice: first all is stored, then nothing is changed."""
    number = 0
    while not until.is_set():
        path = folder / f"records-{number // 2}.ndjson"
        if number % 2 == 0:
            path.write_text(import_lines(load.made, number // 2, RECORDS), "utf-8")
        began = time.perf_counter()
        said = await _run(load.made, path)
        load.seen.times.setdefault("import", []).append((time.perf_counter() - began) * 1000)
        counts = _COUNTS.search(said)
        if counts is None or int(counts[number % 2 + 1]) != RECORDS:
            load.seen.errors.append(f"import of {path.name}: {said[-200:]}")
        number += 1
        for _ in range(int(SECONDS)):
            if not until.is_set():
                await asyncio.sleep(1)


async def _run(made: Town, path: Path) -> str:
    command = [sys.executable, "-m", "server.cli", "import", str(path)]
    pipe = asyncio.subprocess.PIPE
    env = made.servers[0].env
    process = await asyncio.create_subprocess_exec(*command, env=env, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
    out, _ = await process.communicate()
    return out.decode("utf-8", "replace")


def import_lines(made: Town, number: int, count: int) -> str:
    """A file of good records: a few about each tenth citizen, the others about people who are not enrolled."""
    chosen = made.people[number % 10 :: 10]
    rule = made.container.scheme.rules_by_code["volunteering.hours"]
    day = made.container.clock().date().replace(day=1).isoformat()
    lines = []
    for n in range(count):
        resident = chosen[n].id_number if n < len(chosen) else stranger(n)
        said = {"id": f"V{number}-{n}", "resident": resident, "source": rule.sources[0], "rule": rule.code}
        said |= {"class": rule.data_class.value, "occurred_on": day, "reported_on": day}
        lines.append(json.dumps({**said, "final": True}, ensure_ascii=False))
    return "\n".join(lines) + "\n"


def stranger(n: int) -> str:
    """The ID number of a made-up person who is not enrolled."""
    return id_number(f"19{60 + n % 40}0{n % 9 + 1}1{n // 360 % 9}", n % 999 + 1)
