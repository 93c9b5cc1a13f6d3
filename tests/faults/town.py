"""A town under fault: real server and worker processes on a replica set, and the platform that their pushes reach."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.routing import Mount

from schema.types.principal import OPERATOR, Kind
from scoring.identity import Identity, check_character
from server.auth.api_keys import key_row
from server.citizens.consents import consent_document
from server.container import Container, build_container
from server.container.collections import INDEXES
from server.demo.entities import entities
from server.platform.db import Document, open_store, prepare
from server.platform.kit.clock import utc_now
from server.settings import Settings, demo_settings
from server.sources.register import register_rows
from server.web import simulator
from tests.faults.replica_set import ReplicaSet, free_port
from tests.support.people import colleague, delivery, record

SECRETS = ("token_key", "index_key", "master_key", "wechat_token", "wechat_aes_key", "wechat_app_secret")
DATABASE = "faults"
GOOD = ("social-insurance.timely", "housing-fund.timely")
"""Enough for the first benefit."""
_FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Process:
    """A server or a worker, started again after each kill."""

    arguments: tuple[str, ...]
    env: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    tree: Path | None = None
    """Whose code it runs; ours by default."""

    def start(self) -> None:
        with self.log.open("ab") as out:
            command = [sys.executable, "-m", "server.cli", *self.arguments]
            self.process = subprocess.Popen(command, env=self.env, cwd=self.tree, stdout=out, stderr=out)

    def send(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def end(self, seconds: float = 60) -> int:
        """Ask it to stop; its exit code."""
        self.send(signal.SIGTERM)
        return 0 if self.process is None else self.process.wait(seconds)

    def kill(self) -> None:
        """As a power cut."""
        self.send(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()


@dataclass
class Town:
    """Everything that runs, and what a test may ask of it."""

    container: Container
    replicas: ReplicaSet
    platform: simulator.Platform
    servers: list[Process]
    workers: list[Process]
    bases: list[str]
    people: list[Identity] = field(default_factory=list)

    def token(self, n: int) -> str:
        """A session of a citizen."""
        return self.container.sessions.log_in_page(openid(n)).token

    async def ready(self, base: str, seconds: float = 60) -> None:
        """Until a server answers for its database."""
        async with asyncio.timeout(seconds), httpx.AsyncClient(trust_env=False, timeout=3) as http:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await http.get(f"{base}/readyz")).status_code == 200:
                        return
                await asyncio.sleep(0.1)


def openid(n: int) -> str:
    """Of a citizen."""
    return f"o-{n}"


def person(n: int) -> Identity:
    """A made-up citizen."""
    first = f"35019919{70 + n // 300:02d}{n // 25 % 12 + 1:02d}{n % 25 + 1:02d}{n % 999 + 1:03d}"
    return Identity("陈小萤", first + check_character(first), f"139{n:08d}")


@contextlib.asynccontextmanager
async def town(
    replicas: ReplicaSet,
    folder: Path,
    citizens: int,
    *,
    servers: int = 2,
    workers: int = 2,
    more: Mapping[str, str] | None = None,
) -> AsyncIterator[Town]:
    """So many servers, workers and citizens, on an empty database; `more` is for the environment of the processes."""
    async with contextlib.AsyncExitStack() as stack:
        platform_port, ports = free_port(), [free_port() for _ in range(servers)]
        settings = demo_settings(Settings(demo=True, data_dir=folder), port=platform_port)
        store = open_store(replicas.uri, DATABASE, "motor")
        stack.push_async_callback(store.close)
        await prepare(store, INDEXES)
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        container = build_container(settings, store, http, utc_now)
        stack.push_async_callback(container.vault.close)
        platform = simulator.Platform(settings)
        platform.most_phones = 100_000  # what arrived is counted at the end
        await stack.enter_async_context(platform_on(platform, container, platform_port))
        env = environment(settings, replicas.uri, DATABASE) | dict(more or {})
        serving = [Process(("serve",), {**env, "EGRET_PORT": str(p)}, folder / f"server-{p}.log") for p in ports]
        working = [Process(("worker",), env, folder / f"worker-{n}.log") for n in range(workers)]
        made = Town(container, replicas, platform, serving, working, [f"http://127.0.0.1:{p}" for p in ports])
        await fill(made, citizens)
        for process in (*serving, *working):
            process.start()
            stack.callback(process.kill)
        for base in made.bases:
            await made.ready(base)
        yield made


def environment(settings: Settings, uri: str, database: str) -> dict[str, str]:
    """What a process has to know: the database, its secrets, and where the platform is."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("EGRET_")}
    env |= {f"EGRET_{name.upper()}": getattr(settings, name).get_secret_value() for name in SECRETS}
    return env | {
        "EGRET_MONGODB_URI": uri,
        "EGRET_DATABASE": database,
        "EGRET_SCHEME": settings.scheme,
        "EGRET_WECHAT_API_BASE": settings.wechat_api_base,
        "EGRET_WECHAT_OPEN_BASE": settings.wechat_open_base,
        "EGRET_SMS_URL": settings.sms_url or "",
        "EGRET_API_BUDGET": "100000000",
        "EGRET_TRUSTED_ONLY": "false",  # tests send documents of their own
    }


@contextlib.asynccontextmanager
async def platform_on(platform: simulator.Platform, container: Container, port: int) -> AsyncIterator[None]:
    """The platform, served."""
    app = Starlette(routes=[Mount("/simulator", routes=simulator.ROUTES)])
    app.state.platform, app.state.container, app.state.people = platform, container, []
    config = uvicorn.Config(app, http="httptools", ws="none", lifespan="off", log_config=None)
    server = _Quiet(config)
    listening = socket.create_server(("127.0.0.1", port))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await running


class _Quiet(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


async def fill(made: Town, citizens: int) -> None:
    """Citizens with a WeChat account, two of the desk, a source and a partner."""
    container = made.container
    made.people = [person(n) for n in range(citizens)]
    now, scheme = container.clock(), container.scheme
    for n, someone in enumerate(made.people):
        contact = (await container.contacts.enter("wechat", openid(n))).contact
        row = await container.citizens.make(someone.id_number)
        told = {"name": someone.name, "id_number": someone.id_number, "phone": someone.phone}
        consent = consent_document(scheme.consent.version, scheme, now)
        row |= {
            "sealed": await container.vault.seal(row["key"], told),
            "enrolment": {"scheme": scheme.id, "consent_version": scheme.consent.version, "enrolled_at": now},
            "consents": [consent],
            "contacts": [{"hash": contact.id, "channel": "wechat", "bound_at": now}],
        }
        await container.store["citizens"].insert_one(row)
        good = [record(rule, f"202{year}-09-01", f"{rule}-{n}-{year}") for rule in GOOD for year in (4, 5, 6)]
        await container.deliveries.deliver(OPERATOR, delivery(someone, *good))
    await hire(container)
    await container.store["sources"].insert_many(register_rows(scheme, entities(scheme)))
    await give_keys(container)


async def hire(container: Container) -> None:
    """One agent and one approver; the password is the role twice."""
    rows = [_staff(container, n, role) for n, role in enumerate((Kind.AGENT, Kind.APPROVER))]
    await container.store["staff"].insert_many(rows)


async def give_keys(container: Container) -> None:
    """API keys for the partner of the first benefit, and for a source."""
    keys = [(Kind.PARTNER, container.scheme.benefits[0].partner), (Kind.SOURCE, "traffic-police")]
    await container.store["api_keys"].insert_many([key_row(kind, owner, api_key(kind)) for kind, owner in keys])


def _staff(container: Container, n: int, role: Kind) -> Document:
    return {
        "_id": role.value,
        "name": role.value,
        "role": role.value,
        "password_hash": _FAST.hash(role.value * 2),
        "active": True,
        "id_index": container.citizens.id_index(colleague(n)),
    }


def api_key(kind: Kind) -> str:
    """The key of the source, or of the partner."""
    return f"egp_{kind.value}_for_faults"


def logs(made: Town) -> Sequence[str]:
    """What the processes said."""
    return [process.log.read_text("utf-8", "replace") for process in (*made.servers, *made.workers)]
