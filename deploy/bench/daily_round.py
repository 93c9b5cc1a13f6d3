"""The daily round of reminders at scale: how many rows and citizens a second it looks at, and what a million takes.

    python deploy/bench/daily_round.py [--citizens 20000] [--bills 50]

An embedded server, one process, copies of 1,000 people with twenty records each as in `rescore.py`; one citizen in
`--bills` has a bill that counts in a week and is told of it. The baseline reads the same citizens with a cursor alone.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from deploy.bench.rescore import City, templates
from server.container import Container, open_container
from server.jobs.closings import part_of
from server.jobs.reminders import Page, Reminders
from server.platform.kit.clock import day_of
from server.platform.kit.progress import progress
from server.settings import Settings, demo_settings

_BILL = "utility.power-overdue"
_MILLION = 1_000_000


async def add_bills(container: Container, today: date, each: int) -> None:
    """Make one record of every `each` citizens a bill that counts in a week."""
    rule = container.scheme.rules_by_code[_BILL]
    reported = (today + timedelta(days=7 - rule.grace_days[-1].value)).isoformat()
    rows = container.store["records"]
    ids = [row["_id"] async for row in rows.find({"_id": {"$lt": "00000001"}}, {"_id": 1}).sort([("_id", 1)])]
    bill = {"rule": _BILL, "class": rule.data_class.value, "source": rule.sources[0]}
    days = {"occurred_on": reported, "reported_on": reported}
    await rows.update_many({"_id": {"$in": ids[::each]}}, {"$set": bill | days})


async def walk(container: Container, today: date) -> dict[str, tuple[int, float]]:
    """Each step of the round, page by page: how much it looked at, in how many seconds."""
    rounds, first, end = Reminders(container), *part_of(today)
    people = await container.store["citizens"].count_documents({"_id": {"$gt": first, "$lt": end}})
    bills = await container.store["records"].count_documents({"rule": _BILL, "cured_on": None})
    found: dict[str, tuple[int, float]] = {}
    with progress() as report:
        for name, step, total in (("bills", rounds._bills, bills), ("closings", rounds._closings, people)):
            began, count = time.perf_counter(), 0
            after: Page | None = None
            while True:
                told, after = await step(today, after)
                count += told
                report(name, count, max(total, count))
                if after is None:
                    break
            found[name] = count, time.perf_counter() - began
    return found


async def drain(container: Container, today: date) -> float:
    """The seconds of reading the same citizens and looking at nothing."""
    first, end = part_of(today)
    began = time.perf_counter()
    async for _ in container.store["citizens"].find({"_id": {"$gt": first, "$lt": end}}):
        pass
    return time.perf_counter() - began


async def main() -> None:
    """Print the raw figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--citizens", type=int, default=20_000)
    parser.add_argument("--bills", type=int, default=50)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        settings = demo_settings(Settings(demo=True, data_dir=Path(name)), port=0)
        async with open_container(settings) as container:
            today = day_of(container.clock())
            await City(container, templates(container, today), given.citizens).fill()
            await add_bills(container, today, given.bills)
            found = await walk(container, today)
            read = await drain(container, today)
            rows = await container.store["notices"].find({}, {"kind": 1}).to_list(None)
    for step, (count, seconds) in found.items():
        print(f"{step}: {count:,} in {seconds:.1f} s, {count / seconds:,.0f} a second")
    for kind, count in sorted(Counter(row["kind"] for row in rows).items()):
        print(f"told {kind}: {count:,}")
    people, seconds = found["closings"]
    print(f"closings against a cursor that looks at nothing: {seconds / read:.1f} x")
    print(f"a seventh of a million citizens: {_MILLION / 7 * seconds / people / 60:.0f} minutes in one process")


if __name__ == "__main__":
    asyncio.run(main())
