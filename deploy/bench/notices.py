"""A night of notices: how many go out a second by template, with the account's quotas kept, and none lost or doubled.

    python deploy/bench/notices.py [--notices 2000] [--workers 2] [--quota 1000000]

A replica set of three and worker processes as in `tests/faults`, against the simulator's platform on loopback. The
people have not written for long, so that each notice goes by template. 100,000 need about a day's quota.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from pydantic import JsonValue

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from schema.types.principal import CLOCK, Caller
from server.citizens.model import CitizenRow
from server.citizens.repository import CitizenRepository
from server.citizens.service import Citizens
from server.platform.core.unit_of_work import Transaction
from tests.faults.replica_set import replica_set
from tests.faults.town import Town, town

_MOST_LOOKS = 200_000
_BATCH, _PEOPLE, _NIGHT = 200, 200, 100_000
_TEMPLATES = '[dispute_accepted]\ntemplate = "T1"\nfields = { thing1 = "title", character_string2 = "number" }\n'


Told = tuple[CitizenRow, Mapping[str, JsonValue]]


async def _raise(citizens: Citizens, told: Sequence[Told], tx: Transaction) -> None:
    await citizens.notify_each(tx, "dispute_accepted", told)


async def raise_all(made: Town, count: int) -> float:
    """Raise so many notices in turn; how many a second."""
    store, citizens = made.container.store, made.container.citizens
    ids = [row["_id"] for row in await store["citizens"].find({}, {"_id": 1}).to_list(None)]
    people = await CitizenRepository(store).enrolled_among(ids)
    began = time.monotonic()
    for first in range(0, count, _BATCH):
        told: list[Told] = [
            (people[n % len(people)], {"number": f"D-2026-{n:06d}", "due": "2026-12-01"})
            for n in range(first, min(first + _BATCH, count))
        ]

        await made.container.unit_of_work.run(Caller(CLOCK), "tell", partial(_raise, citizens, told))
    return count / (time.monotonic() - began)


async def main() -> None:
    """Print the raw figures; fails where a notice is lost or was sent twice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notices", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--quota", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "templates.toml").write_text(_TEMPLATES, "utf-8")
        more = {
            "EGRET_WECHAT_TEMPLATES": str(folder / "templates.toml"),
            "EGRET_WECHAT_TEMPLATES_A_DAY": str(given.quota),
        }
        async with (
            replica_set(folder) as replicas,
            town(replicas, folder, _PEOPLE, servers=1, workers=given.workers, more=more) as made,
        ):
            raised = await raise_all(made, given.notices)
            began, store = time.monotonic(), made.container.store
            expected = min(given.notices, given.quota)
            for _ in range(_MOST_LOOKS):
                if await store["notices"].count_documents({"way": "template"}) >= expected:
                    break
                await asyncio.sleep(0.5)
            sent = expected / (time.monotonic() - began)
            twice = await store["notices"].count_documents({"tries.2": {"$exists": True}})
            asked = await store["throttles"].find_one({"_id": {"$regex": "^notices by template"}})
    print(f"raised: {raised:,.0f} a second, {_BATCH} in a transaction")
    print(f"sent by template, {given.workers} workers: {sent:,.0f} a second")
    print(f"{_NIGHT:,} notices: {_NIGHT / sent / 60:.0f} minutes")
    print(f"quota counted: {0 if asked is None else asked['count']:,} of {given.quota:,} a day")
    print(f"sent more than once: {twice}")
    sys.exit(1 if twice else 0)


if __name__ == "__main__":
    asyncio.run(main())
