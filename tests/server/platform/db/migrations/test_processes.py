"""Who works on the database: contracting is refused while somebody older does, and everybody hears of it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from pymongo import AsyncMongoClient

from server.platform.db import LAYOUT, Document, LayoutError, Layouts, Store, layout_state, prepare
from server.platform.db.layout import Layout
from server.platform.db.migrating import MigrationError, contract, expand
from server.platform.db.migrations import MIGRATIONS, PASS_CODES
from server.platform.db.processes import announced, beat, living, older
from server.platform.db.versions import FIRST, app_name, layout_of
from tests.server.platform.db.migrations.database import OLD, PASSES, everything


async def test_contracting_is_refused_while_an_older_process_lives(old: Store) -> None:
    await expand(old)
    layouts = Layouts(OLD)
    await beat(old, "an-old-one", "serve", layouts)
    await old["processes"].update_one({"_id": "an-old-one"}, {"$set": {"layout": FIRST + 1}})
    (process,) = await living(old)
    assert await older(old, FIRST + 1) == []
    before = await everything(old, "meta", "processes")
    with pytest.raises(MigrationError) as raised:
        await contract(old)
    assert "the database cannot be contracted to layout 3 while an older process lives" in str(raised.value)
    assert f"egret serve {process.release} (layout 2) on {process.host}, process {process.pid}" in str(raised.value)
    assert f"since {process.since:%Y-%m-%d %H:%M:%S} UTC" in str(raised.value)
    assert await everything(old, "meta", "processes") == before
    await old["processes"].delete_one({"_id": "an-old-one"})
    assert await contract(old) == len(MIGRATIONS)


async def test_a_process_that_does_not_announce_itself_is_known_by_its_connection(old: Store) -> None:
    await expand(old)
    client: AsyncMongoClient[Document] = AsyncMongoClient(old.uri, appname="egret")
    await client.admin.command("ping")
    with pytest.raises(MigrationError, match=r"a process of layout 1 that does not announce itself, on 127\.0\.0\.1"):
        await contract(old)
    first = [one.seen_since for one in await older(old, LAYOUT)]  # type: ignore[union-attr]
    assert [one.seen_since for one in await older(old, LAYOUT)] == first  # type: ignore[union-attr]
    assert await layout_state(old) == replace(OLD, version=LAYOUT)
    await client.close()
    async with asyncio.timeout(10):
        while await older(old, LAYOUT):  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.1)
    assert await contract(old) == len(MIGRATIONS)


def test_connections_say_layout_and_database() -> None:
    assert layout_of(app_name("egret"), "egret") == LAYOUT
    assert layout_of(app_name("egret"), "another") is None
    assert layout_of(app_name("城市" * 40), "城市" * 40) == LAYOUT
    assert len(app_name("城市" * 40, "egret-columns").encode()) <= 128
    assert [layout_of(name, "egret") for name in ("egret", "egret-columns", "egret/2/egret", "mongosh")] == [
        1,
        1,
        2,
        None,
    ]


async def test_a_heartbeat_expires_and_a_process_that_ends_says_so(empty: Store) -> None:
    layouts = Layouts()
    await prepare(empty)
    await beat(empty, "one", "worker", layouts, seconds=30)
    assert [process.what for process in await living(empty)] == ["worker"]
    await empty["processes"].update_one({}, {"$set": {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}})
    assert await living(empty) == []
    async with announced(empty, "serve", layouts):
        (process,) = await living(empty)
        assert (process.what, process.layout, process.heard) == ("serve", LAYOUT, LAYOUT)
    assert await living(empty) == []


async def test_a_process_hears_of_the_layout_and_contracting_waits_until_it_did(old: Store) -> None:
    layouts = Layouts(await prepare(old))
    await expand(old)
    async with announced(old, "serve", layouts, every=0.1):
        assert layouts.keeps_old(PASS_CODES.number)
        assert await contract(old) == len(MIGRATIONS)
        assert not layouts.keeps_old(PASS_CODES.number)


async def test_contracting_names_who_does_not_hear(old: Store) -> None:
    await expand(old)
    await beat(old, "deaf", "serve", Layouts())
    with pytest.raises(MigrationError, match=r"did not hear of layout 2 in time.*\n  egret serve"):
        await contract(old, patience=0)
    assert await old["passes"].count_documents({"code_index": {"$exists": True}}) == PASSES


async def test_code_older_than_the_floor_does_not_start_and_ends_where_it_runs(empty: Store) -> None:
    await prepare(empty)
    ended = asyncio.Event()
    async with announced(empty, "serve", Layouts(), every=0.05, end=ended.set):
        await empty["meta"].update_one({"_id": "layout"}, {"$set": asdict(Layout(99, 99, 98, 98))})
        async with asyncio.timeout(5):
            await ended.wait()
    with pytest.raises(LayoutError, match=f"contracted to layout 99 and this release knows no more than {LAYOUT}"):
        await prepare(empty)
    with pytest.raises(LayoutError):
        await expand(empty)
