"""Kills while everybody works: what was acknowledged and lost, what happened twice, for how long anybody had to try.

    python deploy/bench/kills.py [--kills 200] [--citizens 6]

A replica set of three, two servers and two workers, as in `tests/faults`; each time one of them is killed at random and
started again. At the end the database is held against what clients were told.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from tests.faults.invariants import faults
from tests.faults.replica_set import replica_set
from tests.faults.town import Town, town
from tests.faults.work import Acknowledged, working

_CHANCE = random.Random()  # noqa: S311 - what dies next is no secret


async def one_kill(made: Town) -> str:
    """Kill something, start it again, and wait until it is there; what it was."""
    what = _CHANCE.choice(("primary", "secondary", "server", "server", "worker"))
    if what in ("primary", "secondary"):
        primary = await made.replicas.primary()
        others = [member for member in made.replicas.members if member is not primary]
        member = primary if what == "primary" else _CHANCE.choice(others)
        member.kill()
        await made.replicas.primary()
        member.start()
        await made.replicas.whole()
    elif what == "server":
        n = _CHANCE.randrange(len(made.servers))
        made.servers[n].kill()
        made.servers[n].start()
        await made.ready(made.bases[n])
    else:
        process = _CHANCE.choice(made.workers)
        process.kill()
        process.start()
    return what


async def main() -> None:
    """Print the raw figures; fails where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--citizens", type=int, default=6)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with replica_set(folder, election_ms=2000) as replicas, town(replicas, folder, given.citizens) as made:
            until, began, killed = asyncio.Event(), time.monotonic(), Counter[str]()
            told, waits = Acknowledged(), dict[str, list[float]]()
            work = asyncio.create_task(working(made, until, told))
            for n in range(given.kills):
                told.longest = 0.0
                what = await one_kill(made)
                killed[what] += 1
                await asyncio.sleep(_CHANCE.uniform(0.2, 1.5))
                waits.setdefault(what, []).append(told.longest)
                if work.done():
                    break
                if n % 10 == 9:
                    print(f"{n + 1} kills in {time.monotonic() - began:.0f} s", flush=True)
            until.set()
            await work
            found = await faults(made, told)
            for _ in range(20):
                if not found:
                    break
                await asyncio.sleep(3)
                found = await faults(made, told)
    print(f"kills: {sum(killed.values())} ({', '.join(f'{w} {n}' for w, n in killed.items())})")
    print(f"answered: {sum(told.counts.values()):,} ({', '.join(f'{w} {n}' for w, n in told.counts.most_common())})")
    print(f"tried again after: {dict(told.tries)}")
    for what, seconds in waits.items():
        print(
            f"until everybody was answered, {what} killed: median {median(seconds):.1f} s, longest {max(seconds):.1f} s"
        )
    print(f"longest until answered: {max(map(max, waits.values())):.1f} s")
    print(f"lost, doubled or broken: {len(found)}")
    for fault in found:
        print(f"  {fault}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    asyncio.run(main())
