"""A city on this release, which the next one is coming to: its processes, and people who use its public doors."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from schema.types.principal import Kind
from server.container import build_container
from server.platform.db import open_store
from server.platform.kit.clock import utc_now
from server.settings import Settings, demo_settings
from server.web import simulator
from server.web.simulator.platform import message_xml
from tests.faults.replica_set import ReplicaSet, free_port
from tests.faults.town import GOOD, Process, Town, api_key, environment, give_keys, hire, openid, person, platform_on
from tests.faults.work import DOCUMENTS, ITEM, looked_at
from tests.support.paths import ROOT
from tests.support.people import wire

PEOPLE = 6
PARKING = "traffic.illegal-parking"
EVERYTHING = """{ me { maskedName maskedIdNumber
  score { value band { code } asOf digest statement nextBenefit { shortBy benefit { code } }
    lines(first: 50) { edges { node { kind points documentNumber rule { code } record { id }
      occurredOn countsFrom expiresOn legalBasis } } }
    withheld(first: 50) { edges { node { record { id } points withheldReason until } } } }
  records(first: 50) { edges { node { id documentNumber points disputed } } }
  disputes(first: 50) { edges { node { id number state reason words filedOn dueOn determination points } } }
  passes(first: 50) { edges { node { id code state usedAt benefit { code } } } }
  benefits(first: 50) { edges { node { eligible shortBy benefit { code } } } }
  history(first: 50) { edges { node { value asOf } } } } }"""
PAGES = ("", "history", "benefits", "records", "disputes", "privacy", "privacy/looks")
_FIGURES = re.compile(r"\d[\d:.-]*")
_TAGS = re.compile(r"<(script|style|svg)\b.*?</\1>|<[^>]+>", re.DOTALL)


@dataclass
class City:
    """A town whose first server and worker are of this release, the old one here."""

    town: Town
    folder: Path
    new_tree: Path
    env: dict[str, str]
    http: httpx.AsyncClient
    processes: list[Process] = field(default_factory=list)

    @property
    def old(self) -> str:
        return self.town.bases[0]

    def server(self, tree: Path, **changed: str) -> tuple[Process, str]:
        """A server of a tree, started; its address."""
        port = free_port()
        process = self._process(tree, "serve", EGRET_PORT=str(port), **changed)
        return process, f"http://127.0.0.1:{port}"

    def worker(self, tree: Path) -> Process:
        """A worker of a tree, started."""
        return self._process(tree, "worker")

    def _process(self, tree: Path, command: str, **changed: str) -> Process:
        env = self.env_of(tree) | changed
        log = self.folder / f"{command}-{len(self.processes)}.log"
        process = Process((command,), env, log, tree=tree)
        process.start()
        self.processes.append(process)
        return process

    def kill(self) -> None:
        """Everything that was started."""
        for process in self.processes:
            process.kill()

    def env_of(self, tree: Path) -> dict[str, str]:
        return self.env | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}

    async def run(self, tree: Path, *arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        """A command of a tree, to its end."""
        command = [sys.executable, "-m", "server.cli", *arguments]
        env = self.env_of(tree) | changed
        return await asyncio.to_thread(
            subprocess.run, command, cwd=tree, env=env, capture_output=True, text=True, timeout=120, check=False
        )

    async def succeed(self, tree: Path, *arguments: str, **changed: str) -> str:
        """What a command says, which has to end well."""
        done = await self.run(tree, *arguments, **changed)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    # People

    async def ask(self, base: str, what: str, token: str, key: str | None = None, **variables: Any) -> Any:
        """What a document says, or one of `tests.faults.work` by its name."""
        headers = {"idempotency-key": key or secrets.token_hex(12)}
        headers |= {"authorization": f"Bearer {token}"} if token else {}
        body = {"query": DOCUMENTS.get(what, what), "variables": variables}
        answer = (await self.http.post(f"{base}/graphql", json=body, headers=headers)).json()
        assert "errors" not in answer, (what, answer)
        return looked_at(answer)

    def message(self, n: int, text: str) -> str:
        """What WeChat sends when someone types."""
        return message_xml("gh_egret", openid(n), "text", text, str(secrets.randbelow(10**12)), int(time.time()))

    async def say(self, body: str, *bases: str) -> str:
        """Deliver a message to each of these, and again to the last until it is answered, as WeChat does; the reply."""
        for base in (*bases, *[bases[-1]] * 10):
            answer = await self.town.platform.post(self.http, base, body, plain=False)
            if answer["reply"] is not None and base == bases[-1]:
                return str(answer["reply"])
        raise AssertionError("nobody answered")

    async def bind(self, n: int, *bases: str) -> None:
        """The whole of 绑定, each message to the next of these in turn."""
        someone, sms = person(n), self.town.platform.sms
        known = len(sms.arrived)
        said = ("绑定", "1", someone.name, someone.id_number, someone.phone)
        for turn, text in enumerate(said):
            await self.say(self.message(n, text), bases[turn % len(bases)])
        async with asyncio.timeout(30):
            while len(sms.arrived) == known:  # noqa: ASYNC110 - the phone does not tell
                await asyncio.sleep(0.1)
        code = re.search(r"\d{6}", sms.arrived[-1]["text"])
        assert code is not None
        await self.say(self.message(n, code[0]), bases[len(said) % len(bases)])
        citizen = await self.town.container.citizens.find(someone.id_number)
        assert citizen is not None
        assert citizen["contacts"], "bound by now"
        self.town.people.append(someone)

    async def import_good(self, tree: Path, *numbers: int) -> None:
        """Good records of some people, as a file."""
        rows = [
            wire(rule, id=f"{rule}-{n}-{year}", resident=person(n).id_number, occurred_on=day, reported_on=day)
            for n in numbers
            for rule in GOOD
            for year in (4, 5, 6)
            for day in (f"202{year}-09-01",)
        ]
        path = self.folder / f"good-{numbers[0]}.ndjson"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
        await self.succeed(tree, "import", str(path))

    async def fine(self, base: str, n: int, number: str) -> None:
        """The traffic police report a parking penalty."""
        day = utc_now().date().replace(day=1).isoformat()
        record = {"documentNumber": number, "resident": person(n).id_number, "source": "traffic-police"}
        record |= {"rule": PARKING, "dataClass": "ADVERSE", "occurredOn": day, "reportedOn": day}
        report = await self.ask(base, "deliver", api_key(Kind.SOURCE), i={"records": [{**record, "final": True}]})
        assert report["stored"] == 1, report

    async def record_of(self, base: str, n: int, number: str) -> str:
        """The id of someone's record by its document number."""
        me = await self.ask(base, "records", self.town.token(n))
        ids = {e["node"]["documentNumber"]: str(e["node"]["id"]) for e in me["records"]["edges"]}
        return ids[number]

    async def settled(self) -> None:
        """Wait until everybody is reassessed whom a delivery touched."""
        left = {"kind": "reassess", "done": False}
        async with asyncio.timeout(60):
            while await self.town.container.store["outbox"].count_documents(left, limit=1):  # noqa: ASYNC110 - no one tells
                await asyncio.sleep(0.1)

    async def seen(self, base: str) -> Seen:
        """What everybody sees there: the answer of the API, and each page as text."""
        await self.settled()
        found: Seen = {}
        for n in range(len(self.town.people)):
            token = self.town.token(n)
            found[n, "api"] = await self.ask(base, EVERYTHING, token)
            for path in PAGES:
                found[n, f"/h5/{path}"] = await self._page(base, path, token)
        return found

    async def _page(self, base: str, path: str, token: str) -> str:
        response = await self.http.get(f"{base}/h5/{path}", headers={"cookie": f"egret_page={token}"})
        assert response.status_code == 200, (path, response.status_code)
        return " ".join(_TAGS.sub(" ", response.text).split())


@contextlib.asynccontextmanager
async def old_city(uri: str, folder: Path, new_tree: Path) -> AsyncIterator[City]:
    """This release serves an empty database; people bind, are reported, dispute and take passes there."""
    async with contextlib.AsyncExitStack() as stack:
        platform_port = free_port()
        settings = demo_settings(Settings(demo=True, data_dir=folder), port=platform_port)
        store = open_store(uri, "upgrade", "motor")
        await store.drop()
        stack.push_async_callback(store.close)
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=30))
        container = build_container(settings, store, http, utc_now)
        stack.push_async_callback(container.vault.close)
        platform = simulator.Platform(settings)
        await stack.enter_async_context(platform_on(platform, container, platform_port))
        city = City(
            Town(container, ReplicaSet(), platform, [], [], []),
            folder,
            new_tree,
            environment(settings, uri, "upgrade"),
            http,
        )
        stack.callback(city.kill)
        process, base = city.server(ROOT)
        city.town.servers.append(process)
        city.town.bases.append(base)
        try:
            await city.town.ready(base)
        except TimeoutError:
            raise AssertionError(f"it does not start:\n{process.log.read_text('utf-8')}") from None
        city.town.workers.append(city.worker(ROOT))
        await _live(city)
        yield city
        await store.drop()


async def _live(city: City) -> None:
    container, old = city.town.container, city.old
    await hire(container)
    await container.register.enter([person(n) for n in range(PEOPLE + 2)], container.clock())
    named = ("--of", "traffic-police", "--zh", "交警", "--en", "Traffic police")
    await city.succeed(ROOT, "source", "add", "traffic-police", *named)
    await give_keys(container)  # after it: a new key ends those before
    await city.import_good(ROOT, *range(PEOPLE))
    for n in range(PEOPLE):
        await city.bind(n, old)
        await city.fine(old, n, f"OLD-{n}")
    for n in (0, 1):
        record = await city.record_of(old, n, f"OLD-{n}")
        filed = await city.ask(old, "open", city.town.token(n), i=dispute_of(record))
        assert "number" in filed, filed
    assert "code" in await city.ask(old, "issue", city.town.token(2), i=benefit(city))
    assert (await city.ask(old, "decline", city.town.token(3), i=switched(off=True)))["declined"]


def dispute_of(record: str) -> dict[str, str]:
    """What a citizen says who was never there."""
    return {"recordId": record, "reason": "NOT_MINE", "words": "不是我的车，已经卖了"}


def benefit(city: City) -> dict[str, str]:
    """The first benefit, which everybody here is close enough to."""
    return {"benefit": city.town.container.scheme.benefits[0].code}


def switched(*, off: bool) -> dict[str, Any]:
    """The optional item, off or on."""
    return {"rule": ITEM, "declined": off}


Seen = dict[tuple[int, str], Any]
"""What everybody sees, by person and page."""


def differences(one: Seen, other: Seen) -> list[Any]:
    """What is not the same, of either side."""
    assert one.keys() == other.keys()
    return [(where, one[where], other[where]) for where in one if one[where] != other[where]]


def disagreements(old: Seen, new: Seen) -> list[Any]:
    """Where two releases tell people different things: answers of the API, and figures and dates on pages.

    A release may say more, and word it again.
    """
    found = []
    for where, was, now in differences(old, new):
        lost = None if where[1] == "api" else Counter(_FIGURES.findall(was)) - Counter(_FIGURES.findall(now))
        if lost is None or lost:
            found.append((where, lost, was, now))
    return found


def ends(process: Process, seconds: float = 40) -> int:
    """Ask a process to stop; its exit code."""
    assert process.process is not None
    process.send(signal.SIGTERM)
    return process.process.wait(seconds)


def runs(process: Process, tree: Path) -> bool:
    """Whether a living process works in a tree, and would import our floors from there."""
    assert process.process is not None
    looked = Path(os.readlink(f"/proc/{process.process.pid}/cwd")) == tree.resolve()
    told = subprocess.run(
        [sys.executable, "-c", "import server, schema, bot, scoring as s; print(server.__file__, s.__file__)"],
        cwd=tree,
        env=process.env,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return looked and all(Path(path).is_relative_to(tree) for path in told)
