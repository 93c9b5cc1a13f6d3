"""Mixed load for minutes at a rate that two cores sustain: errors, latency, memory and its slope, lines of log.

    python deploy/bench/soak.py [--minutes 10] [--rate 40] [--citizens 120] [--storm 10000] [--reading]
        [--cache 64]

Two servers and a worker on the embedded database, and everybody at once: chat messages (each delivered three times, to
both servers, at once and late), questions, passes and disputes over GraphQL, the desk's pages, a source, and `egret
import` of files. Every answer is checked; an error is any 5xx, wrong answer or refusal that no one expected. A minute
before warms up. MongoDB's cache is kept small, so that it is full soon: until then it grows with the data, by design.
Afterwards the database is held against what everybody was told, and a burst of bad requests is sent.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from server.platform.db import Store
from server.platform.observability import flood
from tests.faults.imports import importing
from tests.faults.invariants import faults
from tests.faults.load import Load, Seen
from tests.faults.meters import Memory, Written, percentile
from tests.faults.replica_set import one_member
from tests.faults.town import Town, town

REQUESTS_EACH = 1.55
"""Of an action, on average."""
SAMPLE_SECONDS = 5.0
_UNSENT = {"done": False, "waiting_for": {"$exists": False}}


def processes(made: Town, folder: Path) -> dict[str, int]:
    """By name, their ids."""
    found = {f"server {n + 1}": server.process for n, server in enumerate(made.servers)}
    found |= {"worker": made.workers[0].process}
    pids = {name: process.pid for name, process in found.items() if process is not None}
    return pids | {"mongod": int((folder / "mongodb" / "mongod.lock").read_text("utf-8"))}


class Soak:
    """Totals of all minutes but those that warm up."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.times: dict[str, list[float]] = {}
        self.errors: list[str] = []
        self.refusals: Counter[str] = Counter()

    async def minute(self, load: Load, number: int, began: float) -> None:
        """Let a minute pass and print it."""
        while (now := time.monotonic() - began) < number * 60:
            await asyncio.sleep(min(SAMPLE_SECONDS, number * 60 - now))
            self.memory.sample((time.monotonic() - began) / 60)
        seen = load.take()
        print(f"minute {number}: {_told(seen)}; RSS {self._sizes()}", flush=True)
        self.keep(seen)

    def keep(self, seen: Seen) -> None:
        """Add to the totals."""
        for what, times in seen.times.items():
            self.times.setdefault(what, []).extend(times)
        self.errors += seen.errors
        self.refusals += seen.refusals

    def _sizes(self) -> str:
        return ", ".join(f"{name} {self.memory.now(name):.1f}" for name in self.memory.pids) + " MiB"

    @property
    def requests(self) -> int:
        """All of them."""
        return sum(map(len, self.times.values()))

    def report(self, minutes: int) -> None:
        """Print the totals."""
        for what, times in sorted(self.times.items()):
            half, tail = percentile(times, 0.5), percentile(times, 0.99)
            print(f"{what:>10}: {len(times):7,}, p50 {half:.1f} ms, p99 {tail:.1f} ms, slowest {max(times):.0f} ms")
        every = [one for what, times in self.times.items() if what != "import" for one in times]
        half, tail = percentile(every, 0.5), percentile(every, 0.99)
        print(f"total: {self.requests:,} requests in {minutes} minutes, p50 {half:.1f} ms, p99 {tail:.1f} ms")
        print(f"refusals that were expected: {dict(self.refusals)}")
        print(f"errors: {len(self.errors)}")
        for error in self.errors[:20]:
            print(f"  {error}")
        thousands = self.requests / minutes / 1000
        for name in self.memory.pids:
            grown = self.memory.slope(name, minutes / 2)
            print(f"slope of {name}: {grown:+.3f} MiB/minute, {grown / thousands:+.3f} MiB for 1,000 requests")


def _told(seen: Seen) -> str:
    kinds = ", ".join(f"{what} {len(times)}" for what, times in sorted(seen.times.items()))
    every = [one for what, times in seen.times.items() if what != "import" for one in times]
    latency = f"p50 {percentile(every, 0.5):.1f} ms, p99 {percentile(every, 0.99):.1f} ms"
    return f"{seen.requests:,} requests ({kinds}), errors {len(seen.errors)}, held back {seen.held_back}, {latency}"


async def soak(load: Load, given: Any, folder: Path) -> Soak:
    """The load, minute by minute, and its totals."""
    made, until = load.made, asyncio.Event()
    measured = Soak(Memory(processes(made, folder)))
    if given.reading:
        work = [load.run(given.rate, until, reading=True)]
    else:
        work = [load.run(given.rate / REQUESTS_EACH, until), importing(load, folder, until)]
    running = asyncio.gather(*work)
    await asyncio.sleep(given.warm_up)
    warm = load.take()
    print(f"warm-up: {_told(warm)}", flush=True)
    logs, began = Written([process.log for process in (*made.servers, *made.workers)]), time.monotonic()
    for number in range(1, given.minutes + 1):
        await measured.minute(load, number, began)
    lines = logs.lines()
    until.set()
    await running
    last = load.take()
    measured.errors += warm.errors + last.errors
    measured.report(given.minutes)
    thousands = measured.requests / 1000
    size = sum(map(len, lines))
    print(f"logs: {len(lines) / thousands:,.0f} lines and {size / thousands / 1024:,.1f} KiB for 1,000 requests")
    return measured


async def drained(store: Store) -> int:
    """How many rows of the outbox are not sent within a minute."""
    for _ in range(60):
        if not (left := await store["outbox"].count_documents(_UNSENT)):
            break
        await asyncio.sleep(1)
    return left


async def held_against(load: Load) -> list[str]:
    """What the database says of the messages' effects, and whatever else does not hold."""
    store, switched = load.made.container.store, load.toggles.total()
    links = await store["audit"].count_documents({"action": "item.declined"})
    print(
        f"chat messages delivered three times: {sum(load.messages.values()):,}, each with one answer unless told above"
    )
    print(f"of them {switched:,} switch an item: {links:,} effects")
    left = await drained(store)
    waiting = await store["outbox"].count_documents({"done": False}) - left
    print(f"outbox: {left} rows not sent, {waiting} wait for their person to write again")
    found = await faults(load.made, load.told)
    return found if links == switched else [*found, f"{switched} items switched, {links} effects"]


def bad_request(n: int) -> dict[str, Any]:
    """One of several kinds."""
    kinds: list[dict[str, Any]] = [
        {"url": "/graphql", "content": b"{", "headers": {"content-type": "application/json"}},
        {"url": "/graphql", "json": {"query": f"{{ nothing{n} }}"}},
        {"url": "/graphql", "json": {"query": "{ me { score { value } } }"}, "headers": {"authorization": "Bearer x"}},
        {"url": "/wechat?timestamp=1&nonce=2&signature=3", "content": b"<xml></xml>"},
        {"url": f"/nowhere/{secrets.token_hex(4)}"},
        {"url": f"/desk/cases/{n}/claim", "data": {"csrf": "x"}},
    ]
    return kinds[n % len(kinds)]


async def storm(made: Town, http: httpx.AsyncClient, count: int) -> None:
    """Bad requests as fast as one server answers them; how many lines and bytes it writes about them."""
    base, written, began = made.bases[0], Written([made.servers[0].log]), time.monotonic()
    before, statuses, numbers = await dropped(http, base), Counter[int](), iter(range(count))

    async def sender() -> None:
        for n in numbers:
            request = bad_request(n)
            statuses[(await http.post(base + request.pop("url"), **request)).status_code] += 1

    await asyncio.gather(*(sender() for _ in range(32)))
    taken, lines, seconds = time.monotonic() - began, written.lines(), written.by_second()
    left_out = await dropped(http, base) - before  # a second of the clock may hold parts of two of the bound's
    size = sum(map(len, lines))
    print(f"storm: {count:,} bad requests in {taken:.1f} s ({count / taken:,.0f}/s), by status {dict(statuses)}")
    print(
        f"storm's log: {len(lines):,} lines, {size / 1024:,.0f} KiB, {left_out:,.0f} lines left out; in the fullest "
        f"second {max(seconds.values(), default=0)} lines; the bound is {flood.MOST_REQUESTS} lines of requests a "
        f"second and {flood.MOST_LINES} of everything else in {flood.WINDOW_SECONDS:.0f} s"
    )


async def dropped(http: httpx.AsyncClient, base: str) -> float:
    """The counter of lines left out."""
    text = (await http.get(f"{base}/metrics")).text
    found = re.search(r"^egret_log_lines_dropped_total (\S+)", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def main() -> int:
    """Print the raw figures; 1 where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--rate", type=float, default=40.0, help="requests a second, about")
    parser.add_argument("--citizens", type=int, default=120)
    parser.add_argument("--reading", action="store_true", help="questions alone, so that there is no more data")
    parser.add_argument("--warm-up", type=float, default=60.0, help="seconds that do not count")
    parser.add_argument("--cache", type=int, default=64, help="MiB of mongod's cache")
    parser.add_argument("--storm", type=int, default=10_000)
    given: Any = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with (
            one_member(folder) as database,
            town(database, folder, given.citizens, workers=1, more={"EGRET_METRICS": "true"}) as made,
            httpx.AsyncClient(trust_env=False, timeout=20, limits=httpx.Limits(max_connections=None)) as http,
        ):
            await made.container.store.database.client.admin.command(
                {"setParameter": 1, "wiredTigerEngineRuntimeConfig": f"cache_size={given.cache}M"}
            )
            load = Load(made, http)
            measured = await soak(load, given, folder)
            found = await held_against(load)
            print(f"lost, doubled or broken: {len(found)}")
            for fault in found:
                print(f"  {fault}")
            await storm(made, http, given.storm)
    return 1 if found or measured.errors else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
