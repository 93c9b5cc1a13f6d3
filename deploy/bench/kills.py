"""Kills while everybody works: what was acknowledged and lost, what happened twice, for how long anybody had to try.

    python deploy/bench/kills.py [--kills 200] [--citizens 6] [--patience 60]

A replica set of three, two servers and two workers, as in `tests/faults`; each time one of them is killed at random and
started again. Meanwhile notices of every kind are raised, for real (`tests/faults/raisers.py`). At the end the database
is held against what clients were told, and each notice against the phone of its person.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import httpx

from schema.types.errors import Refused
from server.container import build_container
from server.platform.db import StoreError
from server.web.simulator.platform import message_xml
from tests.faults import work
from tests.faults.counting import Counted, Raised, by_kind, raised_by
from tests.faults.invariants import faults
from tests.faults.raisers import RAISERS
from tests.faults.raising import FIRST, Behind, Raising
from tests.faults.replica_set import replica_set
from tests.faults.town import Town, town
from tests.faults.work import Acknowledged, working

_RAISE_AT_ONCE = 4
_LOOK_SECONDS = 20.0
"""How often it is looked whether a process ended by itself."""
_CHANCE = random.Random()  # noqa: S311 - what dies next is no secret


def supervise(made: Town) -> int:
    """Start again what ended by itself, as a deployment does: a database without a majority ends a start."""
    ended = [one for one in (*made.servers, *made.workers) if one.process is None or one.process.poll() is not None]
    for one in ended:
        one.start()
    return len(ended)


async def stands(made: Town, n: int) -> None:
    """Until a server answers. Raises TimeoutError."""
    async with asyncio.timeout(work.PATIENCE):
        while True:
            with contextlib.suppress(TimeoutError):
                await made.ready(made.bases[n], _LOOK_SECONDS)
                return
            supervise(made)


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
        await stands(made, n)
    else:
        process = _CHANCE.choice(made.workers)
        process.kill()
        process.start()
    return what


async def raise_notices(made: Town, until: asyncio.Event, raised: list[Raised], failed: Counter[str]) -> None:
    """Every kind in turn, each about somebody new; what broke off was not acknowledged, and is not counted."""
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:

        async def write(openid: str) -> None:
            body = message_xml("gh_egret", openid, "text", "帮助", str(secrets.randbelow(10**12)), int(time.time()))
            while not until.is_set():
                with contextlib.suppress(httpx.TransportError):
                    answer = await made.platform.post(http, random.choice(made.bases), body, plain=False)  # noqa: S311
                    if answer["status"] == 200:
                        return
                await asyncio.sleep(0.2)

        async def settled() -> None:
            """The workers do what is left."""

        async def turns(raising: Raising) -> None:
            for kind in kinds:
                if until.is_set():
                    return
                try:
                    raised.append(await raised_by(raising, kind))
                except (Refused, StoreError, TimeoutError) as error:
                    failed[f"{kind}: {type(error).__name__}"] += 1

        ours, numbers, versions = made.container, itertools.count(FIRST), list[str]()
        kinds = itertools.cycle(RAISERS)
        async with asyncio.TaskGroup() as group:
            for _ in range(_RAISE_AT_ONCE):
                clock = Behind(ours.clock)  # each has its own, as it is set back
                container = build_container(ours.settings, ours.store, http, clock, schema=ours.schema.apart())
                raising = Raising(container, clock, write, settled, numbers, versions)
                group.create_task(turns(raising))


async def counted_by_kind(made: Town, raised: list[Raised]) -> dict[str, Counted]:
    """What became of the notices, once none is on its way any more; or after a minute."""
    for _ in range(20):
        found = await by_kind(made.container, made.platform, raised)
        if not any(one.waiting for one in found.values()):
            break
        await asyncio.sleep(3)
    return found


async def main() -> None:
    """Print the raw figures; fails where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--citizens", type=int, default=6)
    parser.add_argument("--patience", type=float, default=work.PATIENCE, help="seconds that anybody tries")
    given = parser.parse_args()
    work.PATIENCE = given.patience
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with replica_set(folder, election_ms=2000) as replicas, town(replicas, folder, given.citizens) as made:
            until, began, killed = asyncio.Event(), time.monotonic(), Counter[str]()
            told, waits = Acknowledged(), dict[str, list[float]]()
            everybody = asyncio.create_task(working(made, until, told))
            raised, failed, ended = list[Raised](), Counter[str](), 0
            raising = asyncio.create_task(raise_notices(made, until, raised, failed))
            for n in range(given.kills):
                told.longest = 0.0
                ended += supervise(made)
                what = await one_kill(made)
                killed[what] += 1
                await asyncio.sleep(_CHANCE.uniform(0.2, 1.5))
                waits.setdefault(what, []).append(told.longest)
                if everybody.done() or raising.done():
                    break
                if n % 10 == 9:
                    print(f"{n + 1} kills in {time.monotonic() - began:.0f} s", flush=True)
            until.set()
            await everybody
            await raising
            found = await faults(made, told)
            for _ in range(20):
                if not found:
                    break
                await asyncio.sleep(3)
                found = await faults(made, told)
            kinds = await counted_by_kind(made, raised)
    print(f"kills: {sum(killed.values())} ({', '.join(f'{w} {n}' for w, n in killed.items())})")
    print(f"ended by themselves and started again: {ended}")
    print(f"answered: {sum(told.counts.values()):,} ({', '.join(f'{w} {n}' for w, n in told.counts.most_common())})")
    print(f"tried again after: {dict(told.tries)}")
    for what, seconds in waits.items():
        print(
            f"until everybody was answered, {what} killed: median {median(seconds):.1f} s, longest {max(seconds):.1f} s"
        )
    print(f"longest until answered: {max(map(max, waits.values())):.1f} s")
    print(f"notices raised: {len(raised):,} of {len(kinds)} kinds; broken off: {dict(failed)}")
    for kind, one in kinds.items():
        print(f"  {kind}: {one.raised} raised, {one.sent} sent, {one.waiting} wait, {one.lost} lost, {one.twice} twice")
    for kind, one in kinds.items():
        for fault in one.faults:
            print(f"  {kind} {fault}")
    lost, twice = sum(one.lost for one in kinds.values()), sum(one.twice for one in kinds.values())
    print(f"notices lost: {lost}; twice: {twice}")
    print(f"lost, doubled or broken: {len(found)}")
    for fault in found:
        print(f"  {fault}")
    sys.exit(1 if found or lost or twice else 0)


if __name__ == "__main__":
    asyncio.run(main())
