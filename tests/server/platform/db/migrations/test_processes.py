"""Who works on the database: contracting is refused while someone older does, and everybody hears of it."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.container.collections import INDEXES as BASE
from server.platform.db import LayoutError, Layouts, Store, open_store, prepare
from server.platform.db.embedded import embedded_mongod
from server.platform.db.layout import Layout
from server.platform.db.migrating import MigrationError, contract, expand
from server.platform.db.processes import announced, beat, living, older
from server.platform.db.versions import FIRST, LAYOUT, app_name
from tests.server.platform.db.migrations.database import LABELS, OLD, everything
from tests.server.platform.db.migrations.synthetic import LABEL_CODES, NEWEST, SYNTHETIC


async def test_contracting_is_refused_while_an_older_process_lives(old: Store) -> None:
    await expand(old, BASE)
    layouts = Layouts(OLD)
    await beat(old, "an-old-one", "serve", layouts)
    await old["processes"].update_one({"_id": "an-old-one"}, {"$set": {"layout": FIRST + 1}})
    (process,) = await living(old)
    assert await older(old, FIRST + 1) == []
    before = await everything(old, "meta", "processes")
    with pytest.raises(MigrationError) as raised:
        await contract(old, BASE)
    assert "the database cannot be contracted to layout 3 while an older process lives" in str(raised.value)
    assert f"egret serve {process.release} (layout 2) on {process.host}, process {process.pid}" in str(raised.value)
    assert f"since {process.since:%Y-%m-%d %H:%M:%S} UTC" in str(raised.value)
    assert await everything(old, "meta", "processes") == before
    await old["processes"].delete_one({"_id": "an-old-one"})
    assert await contract(old, BASE) == len(SYNTHETIC)


def test_connections_say_layout_and_database() -> None:
    assert app_name("egret") == f"egret/{LAYOUT}/egret"
    assert len(app_name("城市" * 40, "egret-columns").encode()) <= 128


async def test_a_heartbeat_expires_and_a_process_that_ends_says_so(empty: Store) -> None:
    layouts = Layouts()
    await prepare(empty, BASE)
    await beat(empty, "one", "worker", layouts, seconds=30)
    assert [process.what for process in await living(empty)] == ["worker"]
    await empty["processes"].update_one({}, {"$set": {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}})
    assert await living(empty) == []
    async with announced(empty, "serve", layouts):
        (process,) = await living(empty)
        assert (process.what, process.layout, process.heard) == ("serve", NEWEST, NEWEST)
    assert await living(empty) == []


@pytest.mark.long
async def test_a_process_hears_of_the_layout_and_contracting_waits_until_it_did(old: Store) -> None:
    layouts = Layouts(await prepare(old, BASE))
    await expand(old, BASE)
    async with announced(old, "serve", layouts, every=0.1):
        assert layouts.keeps_old(LABEL_CODES.number)
        assert await contract(old, BASE) == len(SYNTHETIC)
        assert not layouts.keeps_old(LABEL_CODES.number)


async def test_contracting_names_who_does_not_hear(old: Store) -> None:
    await expand(old, BASE)
    await beat(old, "deaf", "serve", Layouts())
    with pytest.raises(MigrationError, match=r"did not hear of layout 2 in time.*\n  egret serve"):
        await contract(old, BASE, patience=0)
    assert await old["labels"].count_documents({"code_index": {"$exists": True}}) == LABELS


async def test_code_older_than_the_floor_does_not_start_and_ends_where_it_runs(empty: Store) -> None:
    await prepare(empty, BASE)
    ended = asyncio.Event()
    async with announced(empty, "serve", Layouts(), every=0.05, end=ended.set):
        await empty["meta"].update_one({"_id": "layout"}, {"$set": asdict(Layout(99, 99, 98, 98))})
        async with asyncio.timeout(5):
            await ended.wait()
    with pytest.raises(LayoutError, match=f"contracted to layout 99 and this release knows no more than {NEWEST}"):
        await prepare(empty, BASE)
    with pytest.raises(LayoutError):
        await expand(empty, BASE)


@pytest.mark.long
async def test_a_process_ends_though_its_database_is_away(tmp_path: Path) -> None:
    async with contextlib.AsyncExitStack() as parting:
        async with embedded_mongod(tmp_path) as uri:
            store = open_store(uri, "test", "motor")
            parting.push_async_callback(store.close)
            await parting.enter_async_context(announced(store, "serve", Layouts()))
        async with asyncio.timeout(20):  # a server is looked for for 30 seconds
            await parting.aclose()
