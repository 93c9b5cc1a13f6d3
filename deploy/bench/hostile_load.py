"""Hostile work among honest people: what it costs the server, and what the others feel.

    python deploy/bench/hostile_load.py [--only files flood letters export timing pdf] [--seconds 20] [--files 200]

A real server and a worker with their ordinary budgets, on an embedded database; `export` and `pdf` run in this process.
The honest people are 120 citizens who ask for their score, 20 times a second; their quiet p99 is measured just before.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import orjson

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from deploy.bench.hostile import held
from schema.types.principal import OPERATOR, Caller, Contact, Kind, Principal
from scoring.disputes import Determination, DisputeReason
from server.app import build_app
from server.platform.sandbox import documents
from server.platform.sandbox.helpers import Helpers, in_memory
from server.platform.sandbox.sandbox import Sandbox
from tests.faults.meters import percentile, resident
from tests.faults.replica_set import one_member
from tests.faults.town import Town, api_key, openid, person, town
from tests.faults.work import change, looked_at, penalty
from tests.support.hostile import PDF_BOMBS, PICTURE_BOMBS
from tests.support.people import delivery, record
from tests.support.photos import pdf

CITIZENS, ATTACKERS = 120, 10
_AN_HOUR = timedelta(hours=1)
RATE = 20
SCORE = b'{"query":"{ me { score { value } } }"}'
UPLOAD = b'{"query":"mutation { openEvidenceUpload { ... on OpenEvidenceUploadSuccess { upload { url } } } }"}'


class Others:
    """Honest citizens, and how long each waited."""

    def __init__(self, made: Town, http: httpx.AsyncClient) -> None:
        self._http = http
        self._base = made.bases[0]
        self._tokens = cycle([made.token(n) for n in range(ATTACKERS, CITIZENS)])

    async def ask(self, until: asyncio.Event) -> list[float]:
        """Ask at the rate until told to stop; milliseconds."""
        asked: list[asyncio.Task[float]] = []
        while not until.is_set():
            asked.append(asyncio.create_task(self._one()))
            await asyncio.sleep(1 / RATE)
        return list(await asyncio.gather(*asked))

    async def during(self, work: Callable[[], Awaitable[object]]) -> list[float]:
        """Ask while some work is done."""
        over = asyncio.Event()
        asking = asyncio.create_task(self.ask(over))
        try:
            await work()
        finally:
            over.set()
        return await asking

    async def _one(self) -> float:
        headers = {"authorization": f"Bearer {next(self._tokens)}", "content-type": "application/json"}
        began = time.perf_counter()
        answer = await self._http.post(f"{self._base}/graphql", content=SCORE, headers=headers)
        if answer.status_code != 200 or b"errors" in answer.content:
            raise AssertionError(answer.text)
        return (time.perf_counter() - began) * 1000


class Watched:
    """The most memory of the server and of its helpers, sampled."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.before = self.most = resident(pid)
        self.helpers = 0.0

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            self.most = max(self.most, resident(self._pid))
            self.helpers = max([self.helpers, *self._of_helpers()])
            await asyncio.sleep(0.05)

    def _of_helpers(self) -> list[float]:
        found = []
        for zygote in _children(self._pid):
            for helper in _children(zygote):
                with contextlib.suppress(OSError, IndexError):
                    found.append(resident(helper))
        return found

    def __str__(self) -> str:
        return f"server {self.before:.1f} MiB before, {self.most - self.before:+.1f} MiB at most"


def _children(pid: int) -> list[int]:
    """Of all threads of a process."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(one) for one in task.read_text("utf-8").split()]
    return found


@contextlib.asynccontextmanager
async def watched(made: Town) -> AsyncIterator[Watched]:
    process = made.servers[0].process
    if process is None:
        raise SystemExit("the server is not running")
    seen = Watched(process.pid)
    running = asyncio.create_task(seen.run())
    try:
        yield seen
    finally:
        running.cancel()


def _told(what: str, quiet: list[float], busy: list[float]) -> str:
    before, now = percentile(quiet, 0.99), percentile(busy, 0.99)
    half = percentile(busy, 0.5)
    return f"{what}: others' p99 {now:.1f} ms, quiet {before:.1f} ms, {now / before:.2f} times (p50 {half:.1f} ms)"


async def files(made: Town, others: Others, given: Any) -> None:
    """Hostile files from ten people at once, who are another process."""
    quiet = await others.during(lambda: asyncio.sleep(given.seconds))
    tokens = [made.token(n) for n in range(ATTACKERS)]
    loop, codes = asyncio.get_running_loop(), Counter[int]()
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as elsewhere:
        await loop.run_in_executor(elsewhere, hostile_files)  # made before anything is measured

        async def attack() -> None:
            codes.update(await loop.run_in_executor(elsewhere, attack_with_files, made.bases[0], tokens, given.files))

        async with watched(made) as seen:
            busy = await others.during(attack)
    print(f"files: {given.files} hostile files from {ATTACKERS} people at once, answers by status {dict(codes)}")
    print(f"files: {seen}; largest helper {seen.helpers:.0f} MiB of its 768")
    print(_told("files", quiet, busy))


@cache
def hostile_files() -> list[bytes]:
    """One of each kind."""
    return [make() for make in (*PDF_BOMBS.values(), *PICTURE_BOMBS.values())]


def attack_with_files(base: str, tokens: list[str], count: int) -> Counter[int]:
    """Send so many files, from all of these people at once; the answers by status."""
    return asyncio.run(_attack_with_files(base, tokens, count))


async def _attack_with_files(base: str, tokens: list[str], count: int) -> Counter[int]:
    bombs, places = cycle(hostile_files()), []
    limits = httpx.Limits(max_connections=400)
    async with httpx.AsyncClient(trust_env=False, timeout=120, limits=limits) as http:
        for token in tokens:
            headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
            for _ in range(count // len(tokens)):
                answer = (await http.post(f"{base}/graphql", content=UPLOAD, headers=headers)).json()
                places.append(answer["data"]["openEvidenceUpload"]["upload"]["url"].rpartition("/")[2])
        answers = await asyncio.gather(*(http.post(f"{base}/uploads/{p}", content=next(bombs)) for p in places))
    return Counter(answer.status_code for answer in answers)


async def flood(made: Town, others: Others, given: Any) -> None:
    """Documents that no one sent before, 500 a second, from one address without a token."""
    quiet = await others.during(lambda: asyncio.sleep(given.seconds))
    statuses: dict[bytes, int] = {}
    port = int(made.bases[0].rpartition(":")[2])

    async def line(n: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        until = time.monotonic() + given.seconds
        count = 0
        while time.monotonic() < until:
            began, count = time.monotonic(), count + 1
            fields = " ".join(f"a{k}: benefits(first: {k + 1}) {{ edges {{ cursor }} }}" for k in range(14))
            body = orjson.dumps({"query": f"{{ {fields} }} #{n}.{count}"})
            head = f"POST /graphql HTTP/1.1\r\nhost: e\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
            writer.write(f"{head}\r\n\r\n".encode() + body)
            status = (await reader.readline())[9:12]
            statuses[status] = statuses.get(status, 0) + 1
            length = 0
            while (header := await reader.readline()) != b"\r\n":
                if header.lower().startswith(b"content-length:"):
                    length = int(header.partition(b":")[2])
            await reader.readexactly(length)
            await asyncio.sleep(max(0.0, began + 0.05 - time.monotonic()))
        writer.close()

    busy = await others.during(lambda: asyncio.gather(*(line(n) for n in range(25))))
    rate = sum(statuses.values()) / given.seconds
    print(f"flood: {rate:.0f} unknown documents a second for {given.seconds:.0f} s, answers by status {statuses}")
    print(_told("flood", quiet, busy))


async def letters(made: Town, http: httpx.AsyncClient) -> None:
    """24 different letters as PDF at once."""
    agent, desk = Principal(Kind.AGENT, "agent"), made.container.services.desk
    paths = []
    for n in range(24):
        me = await made.container.citizens.principal_of(
            Contact("wechat", made.container.contacts.id_of("wechat", openid(n)))
        )
        (row,) = await made.container.store["records"].find({"citizen": me.id, "disputed": None}).limit(1).to_list(None)
        dispute = await made.container.disputes.open(Caller(me), row["_id"], DisputeReason.NOT_MINE, f"不是我 {n}", [])
        case = await desk.claim(Caller(agent), dispute.key)
        await desk.decide(Caller(agent), dispute.key, case.revision, Determination.UPHELD, "核实无误。")
        content = {"dispute": dispute.key, "citizen": me.id}
        token, _ = made.container.signed_tokens.issue("letter", content, _AN_HOUR)
        paths.append((f"/h5/letters/{token}.pdf", made.token(n)))
    async with watched(made) as seen:
        began = time.monotonic()
        asked = [http.get(made.bases[0] + path, headers={"cookie": f"egret_page={token}"}) for path, token in paths]
        answers = await asyncio.gather(*asked)
        taken = time.monotonic() - began
    kinds = sorted({(a.status_code, a.headers["content-type"].partition(";")[0]) for a in answers})
    print(f"letters: 24 at once in {taken:.1f} s, {kinds}; {seen}; largest helper {seen.helpers:.0f} MiB")


async def timing(made: Town, http: httpx.AsyncClient, given: Any) -> None:
    """Whether a source can tell by time who takes part: the area under the ROC curve, 0.5 for not at all."""
    strangers = [person(n) for n in range(CITIZENS, 2 * CITIZENS)]
    for n, one in enumerate(strangers):
        await made.container.deliveries.deliver(
            OPERATOR, delivery(one, record("volunteering.hours", "2026-09-01", f"s{n}"))
        )
    headers = {"authorization": f"Bearer {api_key(Kind.SOURCE)}", "content-type": "application/json"}
    document = change("deliverRecords", "entity: report { stored }")
    taken: dict[bool, list[float]] = {True: [], False: []}
    rounds = [enrolled for enrolled in (True, False) for _ in range(given.deliveries)]
    rounds.sort(key=lambda _: secrets.randbits(64))

    async def deliver(places: Sequence[tuple[int, bool]]) -> None:
        for n, enrolled in places:
            of = secrets.choice(made.people if enrolled else strangers)
            sent = penalty(made, of.id_number, f"T-{n}")
            body = orjson.dumps({"query": document, "variables": {"i": {"records": [sent]}}})
            began = time.perf_counter()
            answer = await http.post(f"{made.bases[0]}/graphql", content=body, headers=headers)
            if "errors" in (content := answer.json()) or looked_at(content).get("stored") != 1:
                raise AssertionError(answer.text)
            taken[enrolled].append(time.perf_counter() - began)

    numbered = list(enumerate(rounds))
    await asyncio.gather(*(deliver(numbered[n::8]) for n in range(8)))
    halves = {who: percentile(times, 0.5) * 1000 for who, times in taken.items()}
    area = auc(taken[True], taken[False])
    print(
        f"timing: {len(taken[True]):,} deliveries about each, median {halves[True]:.1f} ms about those who take part, "
        f"{halves[False]:.1f} ms about others; AUC {area:.3f}"
    )


def auc(first: Sequence[float], second: Sequence[float]) -> float:
    """How often a value of the first is larger than one of the second."""
    ranked = sorted([(value, True) for value in first] + [(value, False) for value in second])
    ranks = sum(place for place, (_, of_first) in enumerate(ranked, 1) if of_first)
    return (ranks - len(first) * (len(first) + 1) / 2) / (len(first) * len(second))


async def export(made: Town) -> None:
    """The longest that the event loop is held while a history of 5,000 entries is sent, as a file and as a page."""
    me = await made.container.citizens.principal_of(
        Contact("wechat", made.container.contacts.id_of("wechat", openid(0)))
    )
    (row,) = await made.container.store["assessments"].find({"citizen": me.id}).limit(1).to_list(None)
    rows = [{**row, "_id": f"{row['_id']}-{n}", "current": False} for n in range(5000)]
    await made.container.store["assessments"].insert_many(rows)
    began, size = time.monotonic(), 0
    async with held() as longest:
        async for piece in (await made.container.exports.begin(me)).json():
            size += len(piece)
    print(
        f"export: {len(rows):,} entries, {size / 1e6:.1f} MB in {time.monotonic() - began:.1f} s, event loop held "
        f"{longest[0] * 1000:.1f} ms at most"
    )
    token, _ = made.container.signed_tokens.issue("data", {"citizen": me.id}, _AN_HOUR)
    transport = httpx.ASGITransport(build_app(made.container))
    async with httpx.AsyncClient(transport=transport, base_url="http://egret") as http, held() as longest:
        page = await http.get(f"/h5/data/{token}", headers={"cookie": f"egret_page={made.token(0)}"})
    print(f"export: the page {page.status_code}, {len(page.content) / 1e3:.0f} kB, held {longest[0] * 1000:.1f} ms")


async def ordinary() -> None:
    """An ordinary PDF of five pages to photos: by a helper, and in a thread of this process as the baseline."""
    helpers = Helpers()
    sandbox, content = Sandbox(helpers), pdf(5)
    times: dict[str, list[float]] = {"helper": [], "thread": []}
    try:
        await helpers.can("photos")
        for _ in range(20):
            began = time.perf_counter()
            made = [photo async for photo in sandbox.photos("a", in_memory(content), 10)]
            times["helper"].append(time.perf_counter() - began)
            began = time.perf_counter()
            same = await asyncio.to_thread(lambda: list(documents.photos(content, 10)))
            if len(made) != len(same):
                raise AssertionError("a helper makes other photos")
            times["thread"].append(time.perf_counter() - began)
    finally:
        helpers.close()
    helper, thread = (percentile(times[name], 0.5) * 1000 for name in ("helper", "thread"))
    print(f"pdf: five pages in {helper:.0f} ms by a helper, {thread:.0f} ms in a thread, {helper / thread:.2f} times")


async def main(given: Any) -> None:
    """Print every figure."""
    wanted = set(given.only)
    if "pdf" in wanted:
        await ordinary()
    if wanted == {"pdf"}:
        return
    limits = httpx.Limits(max_connections=400)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with contextlib.AsyncExitStack() as stack:
            replicas = await stack.enter_async_context(one_member(folder / "mongodb"))
            more = {"EGRET_API_BUDGET": "400000"}
            made = await stack.enter_async_context(town(replicas, folder, CITIZENS, servers=1, workers=1, more=more))
            http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=120, limits=limits))
            others = Others(made, http)
            await others.during(lambda: asyncio.sleep(3))
            if "flood" in wanted:
                await flood(made, others, given)
            if "files" in wanted:
                await files(made, others, given)
            if "letters" in wanted:
                await letters(made, http)
            if "timing" in wanted:
                await timing(made, http, given)
            if "export" in wanted:
                await export(made)


if __name__ == "__main__":
    parts = ("files", "flood", "letters", "export", "timing", "pdf")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=parts, default=list(parts))
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--deliveries", type=int, default=2000)
    asyncio.run(main(parser.parse_args()))
