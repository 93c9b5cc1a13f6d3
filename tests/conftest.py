"""Fixtures: one real `mongod` for the whole run, one database for each test."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
from collections.abc import AsyncIterator, Generator, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest
import pytest_asyncio
from pymongo import AsyncMongoClient
from starlette.applications import Starlette
from starlette.types import ASGIApp

from schema.engine.execution import EgretSchema
from server.app import build_app
from server.container import Container, build_container, schema_for
from server.container.collections import INDEXES
from server.platform.db import Store, open_store, prepare
from server.platform.db.embedded import embedded_mongod
from server.platform.kit.memory import settle
from server.platform.sandbox.helpers import Helpers
from server.settings import Settings, demo_settings
from tests.support.live import BROWSER
from tests.support.world import World

_prepared: set[tuple[str, str]] = set()
_LEFT_OPEN = ("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

hypothesis.settings.register_profile("egret", deadline=None)  # machines are noisy; no test is a timed one
hypothesis.settings.load_profile("egret")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Eleven thousand tests are no garbage: looking for some took a third of the time to read them.

    From then on garbage is looked for as in a server: not in what was loaded.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        settle()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where processes are killed, a client leaves a socket to the collector, perhaps in the midst of the next test."""
    for item in items:
        if item.get_closest_marker("long") is not None:
            for ignored in _LEFT_OPEN:
                item.add_marker(pytest.mark.filterwarnings(ignored))


class SetClock:
    """A clock that tests set. It starts on 23 November 2026, 10:00 in Shanghai, a Monday."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def advance(self, **by: float) -> None:
        """Let time pass: days, hours, minutes, seconds."""
        self.now += timedelta(**by)


@pytest_asyncio.fixture(scope="session")
async def mongodb_uri(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a real one-member replica set."""
    async with embedded_mongod(tmp_path_factory.mktemp("egret")) as uri:
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(uri)
        async with client:
            # The clock of tests stands in the past: what MongoDB lets expire by its own clock would vanish at any time.
            await client.admin.command("setParameter", 1, ttlMonitorEnabled=False)
            await _wait_for_no_disk(client)
        yield uri


async def _wait_for_no_disk(client: AsyncMongoClient[dict[str, Any]]) -> None:
    """Let writes be acknowledged before they are on the disk: that wait took most of the suite's time.

    No test kills this server; those about crashes start servers of their own, which wait.
    """
    config = (await client.admin.command("replSetGetConfig"))["config"]
    changed = {"version": config["version"] + 1, "writeConcernMajorityJournalDefault": False}
    await client.admin.command("replSetReconfig", {**config, **changed})
    # Nothing is acknowledged by the new setting before something is written: a first read would wait 20 seconds.
    await client.admin.command("appendOplogNote", data={"acknowledged": "before it is on the disk"})


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@cache
def _settings_of_demo(data_dir: Path) -> Settings:
    """Read once: reading settings takes longer than many a test."""
    return demo_settings(Settings(demo=True, data_dir=data_dir), port=8000)


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    """With a budget that no slow machine uses up; tests about budgets set their own (`World.allow`)."""
    return _settings_of_demo(data_dir).model_copy(update={"api_budget": 10**12}, deep=True)


@pytest_asyncio.fixture(scope="module")
async def stores(mongodb_uri: str) -> AsyncIterator[dict[str, Store]]:
    """The stores of a module, by driver: opening one for each test would take longer than many a test."""
    opened: dict[str, Store] = {}
    yield opened
    for store in opened.values():
        await store.close()


@pytest_asyncio.fixture(params=["motor"])
async def store(mongodb_uri: str, stores: dict[str, Store], request: pytest.FixtureRequest) -> Store:
    """An empty, prepared database. Tests that are about storage ask for both drivers.

    One a driver, emptied before each test: making all the indexes again for each would take longer than
    the tests, and the files of a dropped database stay open until the server ends.
    """
    if request.param not in stores:
        stores[request.param] = open_store(mongodb_uri, f"test-{request.param}", request.param)
        if (mongodb_uri, request.param) not in _prepared:
            await prepare(stores[request.param], INDEXES)
            _prepared.add((mongodb_uri, request.param))
    opened = stores[request.param]
    kept = {"_id": {"$ne": "layout"}}  # a prepared database says so
    full = await _full(opened)
    await asyncio.gather(*(opened[name].delete_many(kept if name == "meta" else {}) for name in full))
    return opened


@pytest.fixture
def database_of_commands(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The empty database is that of commands: with a server of its own each would take seconds to start."""
    monkeypatch.setenv("EGRET_MONGODB_URI", store.uri)
    monkeypatch.setenv("EGRET_DATABASE", store.name)


async def _full(store: Store) -> list[str]:
    """The collections that hold something: one question for all costs a tenth of a deletion in each."""
    names = await store.database.list_collection_names()
    if not names:
        return []
    first, *others = names

    def one(name: str) -> list[dict[str, object]]:
        return [{"$limit": 1}, {"$project": {"_id": {"$literal": name}}}]

    unions = [{"$unionWith": {"coll": name, "pipeline": one(name)}} for name in others]
    return [row["_id"] for row in await store.aggregate(first, [*one(first), *unions])]


class _LateTransport(httpx.AsyncBaseTransport):
    """What leaves the system reaches the application itself: the simulator is the platform."""

    app: Starlette

    def __init__(self) -> None:
        self.others: dict[str, ASGIApp] = {}
        """Every other host that can be reached, by name."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        app = self.others.get(request.url.host, self.app)
        return await httpx.ASGITransport(app=app).handle_async_request(request)


@pytest.fixture
def transport() -> _LateTransport:
    return _LateTransport()


@pytest.fixture(scope="session")
def helpers() -> Iterator[Helpers]:
    """Where pictures and files are read, for all tests."""
    begun = Helpers()
    yield begun
    begun.close()


@pytest.fixture(scope="session")
def schema() -> EgretSchema:
    """Built once: each world has the same, and its own documents that are sent to it."""
    return schema_for(demo_settings(Settings(demo=True), port=8000))


@pytest_asyncio.fixture
async def world(
    store: Store,
    settings: Settings,
    schema: EgretSchema,
    helpers: Helpers,
    clock: SetClock,
    transport: _LateTransport,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[World]:
    """The whole of Egret over an empty database, with the simulator as WeChat and phone.

    However slow the machine, answers are waited for; tests about late ones set their own time. What ends on a whole
    step of time, to tell nothing, does not wait for it.
    """
    for step in (
        "sources.service._EVEN_SECONDS",
        "sources.service._ENDING_SECONDS",
        "disputes.check_codes._EVEN_SECONDS",
    ):
        monkeypatch.setattr(f"server.{step}", 0.001)
    monkeypatch.setattr("server.chat.dispatcher.ANSWER_SECONDS", 60.0)
    async with httpx.AsyncClient(transport=transport, base_url=settings.base_url, headers=BROWSER) as http:
        container = build_container(settings, store, http, clock, schema=schema.apart(), helpers=helpers)
        app = build_app(container)
        app.state.people = []
        transport.app = app
        yield World(container, app, http, clock)
        await container.updates.close()
        with contextlib.suppress(Exception):
            await container.vault.close()


@pytest.fixture
def container(world: World) -> Container:
    return world.container


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine reaches a test."""
    for name in [n for n in os.environ if n.startswith("EGRET_")]:
        monkeypatch.delenv(name)
