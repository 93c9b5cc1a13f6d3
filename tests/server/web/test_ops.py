"""Probes: alive needs nothing, ready needs the database, its layout and a worker; each says what is wrong."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from server.container.collections import INDEXES
from server.platform.core.outbox_figures import outbox_age
from server.platform.db import FINAL, LAYOUT, layout_state, open_store, prepare
from server.web import ops, readiness
from tests.support.people import FAN, YING
from tests.support.world import World


@pytest_asyncio.fixture
async def unreachable(world: World) -> AsyncIterator[World]:
    """The database is gone."""
    store = open_store("mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100", "x", "motor")
    world.app.state.container = replace(world.container, store=store)
    yield world
    await store.close()


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe gives a stalled machine its time, where it is not its patience that is looked at."""
    monkeypatch.setattr(readiness, "_PATIENCE_SECONDS", 30)


async def test_alive_and_ready(world: World) -> None:
    live, ready = await world.http.get("/livez"), await world.http.get("/readyz")
    assert (live.status_code, live.text) == (200, "ok")
    assert (ready.status_code, ready.text.splitlines()[0]) == (200, "ready")


async def test_readiness_says_how_the_register_of_residents_stands(world: World) -> None:
    assert "register: empty" in (await world.http.get("/readyz")).text
    assert "calendar: warning: the working days of 2027 are not known" in (await world.http.get("/readyz")).text
    await world.register(YING, FAN)
    world.clock.advance(hours=5)
    assert "register: 2 people, delivered 5 hours ago" in (await world.http.get("/readyz")).text


async def test_without_the_database_it_is_alive_and_not_ready(
    unreachable: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "_PATIENCE_SECONDS", 0.3)
    assert (await unreachable.http.get("/livez")).status_code == 200
    ready = await unreachable.http.get("/readyz")
    assert (ready.status_code, ready.text) == (503, "the database does not answer")


async def test_a_database_of_an_older_layout_is_not_ready_and_a_newer_one_is(world: World) -> None:
    meta = world.container.store["meta"]
    before = await meta.find_one({"_id": "layout"})
    assert before is not None
    try:
        await meta.update_one({"_id": "layout"}, {"$set": {"version": LAYOUT + 1}})
        assert (await world.http.get("/readyz")).status_code == 200
        await prepare(world.container.store, INDEXES)
        assert await layout_state(world.container.store) == replace(FINAL, version=LAYOUT + 1)
        await meta.delete_one({"_id": "layout"})
        ready = await world.http.get("/readyz")
        assert (ready.status_code, ready.text) == (
            503,
            f"the database is laid out for version 0 and this code needs {LAYOUT}: run `egret migrate --expand`",
        )
        newer = dict.fromkeys(("floor", "contracted", "clean"), LAYOUT + 1)
        await meta.insert_one({"_id": "layout", "version": LAYOUT, **newer})
        ready = await world.http.get("/readyz")
        assert (ready.status_code, ready.headers["egret-layout"]) == (503, str(LAYOUT))
        assert ready.text.startswith(f"the database was contracted to layout {LAYOUT + 1}")
    finally:
        await meta.delete_one({"_id": "layout"})
        await meta.insert_one(before)
    assert (await world.http.get("/readyz")).status_code == 200


async def test_an_outbox_that_no_one_empties_is_not_ready_but_keeps_no_page_from_people(world: World) -> None:
    now = world.container.clock()
    await world.container.store["outbox"].insert_one({"kind": "sms", "due": now, "done": False, "attempts": 0})
    world.clock.advance(seconds=world.container.settings.outbox_limit - 10)
    assert (await world.http.get("/readyz")).status_code == 200
    world.clock.advance(seconds=20)
    ready = await world.http.get("/readyz")
    assert (ready.status_code, ready.text) == (503, "the outbox is 910 s behind: see that a worker runs")
    assert (await world.http.get("/readyz?exclude=outbox")).status_code == 200
    assert (await world.http.get("/readyz?exclude=nonsense")).status_code == 503


async def test_what_waits_for_another_try_is_not_behind(world: World) -> None:
    async def down(*_given: Any) -> None:
        raise ConnectionError

    await world.container.store["outbox"].insert_one(
        {
            "kind": "sms",
            "due": world.container.clock(),
            "created_at": world.container.clock(),
            "until": None,
            "done": False,
            "attempts": 7,
            "sealed": b"",
        }
    )
    await world.container.outbox.deliver_one(down)
    world.clock.advance(seconds=600)
    assert await outbox_age(world.container.store, world.container.clock) < timedelta(seconds=600)


async def test_a_worker_whose_round_stands_still_is_not_alive(world: World) -> None:
    heartbeats = world.container.heartbeats
    heartbeats.beat("deadlines", 60)
    assert (await world.http.get("/livez")).status_code == 200
    heartbeats.beat("outbox", -1)
    live = await world.http.get("/livez")
    assert live.status_code == 503
    assert re.fullmatch(r"outbox has not come round for \d+ s", live.text)


async def test_a_port_of_its_own_has_probes_and_metrics_and_nothing_else(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    container = replace(world.container, settings=world.container.settings.model_copy(update={"ops_port": port}))
    async with ops.served(container), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        for _ in range(100):
            try:
                assert (await http.get("/livez")).text == "ok"
                break
            except httpx.ConnectError:
                await asyncio.sleep(0.05)
        assert (await http.get("/readyz")).text.startswith("ready\n")
        assert "egret_outbox_age_seconds" in (await http.get("/metrics")).text
        for path in ("/graphql", "/desk/", "/h5/", "/wechat", "/"):
            assert (await http.get(path)).status_code == 404


async def test_without_the_setting_there_is_no_such_port(world: World) -> None:
    before = len(asyncio.all_tasks())
    async with ops.served(world.container):
        assert len(asyncio.all_tasks()) == before
