"""A server that is asked to stop while everybody works, again and again: how long it takes, and what is lost by it.

    python deploy/bench/shutdown.py [--times 20] [--citizens 24]

One server and one worker on the embedded database. Citizens, the desk, a source, a partner and the chat keep their
connections open; each sends a mutation again with the same idempotency key until it is answered. At the end the
database is held against what they were told, as in `tests/faults`.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from tests.faults.invariants import faults
from tests.faults.replica_set import one_member
from tests.faults.town import Town, town
from tests.faults.work import Acknowledged, working

_CHANCE = random.Random()  # noqa: S311 - when it is asked to stop is no secret
_READING = ("records", "queue", "chat", "sign in")


async def stopped(made: Town) -> float:
    """Seconds from SIGTERM until the end; it is started again. Raises RuntimeError where it does not end with 0."""
    (server,) = made.servers
    began = time.monotonic()
    code = await asyncio.to_thread(server.end)
    taken = time.monotonic() - began
    if code != 0:
        raise RuntimeError(f"the server ended with {code}")
    server.start()
    await made.ready(made.bases[0])
    return taken


async def settled(made: Town, told: Acknowledged) -> list[str]:
    """What does not hold once the worker had the time to finish."""
    for _ in range(20):
        found = await faults(made, told)
        if not found:
            break
        await asyncio.sleep(3)
    return found


def mutations(told: Acknowledged) -> int:
    """How many were answered with success."""
    return sum(n for what, n in told.counts.items() if what not in _READING and ": " not in what)


async def main() -> int:
    """Print the raw figures; 1 where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--citizens", type=int, default=24)
    given: Any = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with (
            one_member(folder) as database,
            town(database, folder, given.citizens, servers=1, workers=1) as made,
        ):
            until, exits, told = asyncio.Event(), list[float](), Acknowledged()
            work, served = asyncio.create_task(working(made, until, told)), 0.0
            for _ in range(given.times):
                load = _CHANCE.uniform(2, 4)
                await asyncio.sleep(load)
                served += load
                exits.append(await stopped(made))
            until.set()
            await work
            found = await settled(made, told)
    wrong = sum(n for what, n in told.tries.items() if what.removeprefix("chat: ").startswith("5"))
    print(f"asked to stop {len(exits)} times: median {statistics.median(exits):.2f} s, longest {max(exits):.2f} s")
    print("each: " + ", ".join(f"{taken:.2f}" for taken in exits))
    print(f"answered: {sum(told.counts.values()):,}, about {sum(told.counts.values()) / served:.0f}/s while it served")
    print(f"by kind: {', '.join(f'{what} {n}' for what, n in told.counts.most_common())}")
    print(f"sent again after: {dict(told.tries)}; longest until answered: {told.longest:.1f} s")
    print(f"answers of 5xx: {wrong}")
    print(f"mutations answered with success: {mutations(told):,}; missing, doubled or broken: {len(found)}")
    for fault in found:
        print(f"  {fault}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
