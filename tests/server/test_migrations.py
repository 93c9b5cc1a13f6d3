"""Migrations: expanded while older code works, contracted when none is left; killed, doubled, refused and failing."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pymongo import AsyncMongoClient

from server.mongo import FINAL, LAYOUT, Document, LayoutError, Layouts, Store, layout_state, open_store, prepare
from server.mongo import migrating as module
from server.mongo.layout import INDEXES, Layout
from server.mongo.lease import Lease, LostLeaseError, holder
from server.mongo.migrating import MigrationError, contract, expand, planned, standing
from server.mongo.migrations import DISPUTE_INDEXES, MIGRATIONS, PASS_CODES, Migration, Walk, index_name
from server.mongo.processes import announced, beat, living, older
from server.mongo.versions import FIRST, app_name, layout_of

PASSES = 1200
OLD = Layout(FIRST, FIRST, FIRST, FIRST)
ROOT = Path(__file__).parent.parent.parent
EXPAND_SLOWLY = """
import asyncio, sys
from server.mongo import migrating, open_store
migrating.BATCH = 50
async def main():
    store = open_store(sys.argv[1], sys.argv[2], "motor")
    print("begun", flush=True)
    def told(what, done, total):
        print(done, flush=True)
    await migrating.expand(store, told, lease_seconds=1)
    await store.close()
asyncio.run(main())
"""


@pytest_asyncio.fixture
async def empty(mongodb_uri: str) -> AsyncIterator[Store]:
    """A database that nobody prepared."""
    opened = open_store(mongodb_uri, "migrating", "motor")
    await opened.drop()
    yield opened
    await opened.drop()
    await opened.close()


@pytest_asyncio.fixture
async def old(empty: Store) -> Store:
    """A database of the first layout, with passes as it kept them: every second one is still good."""
    await empty["meta"].insert_one({"_id": "layout", "version": FIRST})
    await prepare(empty)
    await empty["passes"].insert_many([a_pass(n) for n in range(PASSES)])
    return empty


def a_pass(n: int) -> Document:
    now = datetime.now(UTC).replace(microsecond=0)
    return {
        "_id": f"{n:06d}",
        "citizen": f"c{n % 10}",
        "benefit": "library.deposit-free",
        "partner": "library",
        "code_index": f"code-{n}".encode(),
        "sealed": b"",
        "issued_at": now,
        "expires_at": now + timedelta(minutes=10 if n % 2 else -10),
        "used_at": None,
    }


async def everything(store: Store, *leave_out: str) -> dict[str, Any]:
    """All documents and indexes, times of the machinery aside."""
    found: dict[str, Any] = {}
    for name in sorted(await store.database.list_collection_names()):
        if name not in leave_out:
            rows = await store[name].find({}).sort([("_id", 1)]).to_list(None)
            found[name] = (rows, sorted((await store[name].index_information()).items()))
    return found


async def indexes(store: Store) -> set[tuple[str, str]]:
    names = await store.database.list_collection_names()
    return {(n, index) for n in names for index in await store[n].index_information() if index != "_id_"}


def named(*migrations_: Migration, what: str) -> set[tuple[str, str]]:
    return {(index[0], index_name(index)) for one in migrations_ for index in getattr(one, what)}


# Layouts


def test_migrations_are_numbered_without_a_gap_up_to_what_the_code_knows() -> None:
    assert [one.number for one in MIGRATIONS] == list(range(FIRST + 1, LAYOUT + 1))


async def test_an_empty_database_has_the_newest_layout_and_nothing_old(empty: Store) -> None:
    assert await prepare(empty) == FINAL
    assert await indexes(empty) == {(index[0], index_name(index)) for index in INDEXES}
    assert (await empty["disputes"].index_information())["number_1"].get("unique") is None
    assert await expand(empty) == await contract(empty) == 0


async def test_a_database_of_before_keeps_its_layout_until_it_is_expanded(old: Store) -> None:
    assert await prepare(old) == OLD
    assert named(*MIGRATIONS, what="retires") <= await indexes(old)
    assert not named(*MIGRATIONS, what="adds") & await indexes(old)
    assert [one.phase for one in await standing(old)] == ["waiting", "waiting"]


async def test_people_without_a_layout_are_of_the_first_one(empty: Store) -> None:
    await empty["register"].insert_one({"_id": b"somebody"})
    assert await prepare(empty) == OLD


# Expanding and contracting


async def test_expanding_adds_and_takes_nothing_away(old: Store) -> None:
    before = {row["_id"]: row for row in await old["passes"].find({}).to_list(None)}
    indexes_before = await indexes(old)
    assert await expand(old) == len(MIGRATIONS)
    assert await layout_state(old) == replace(OLD, version=LAYOUT)
    assert indexes_before | named(*MIGRATIONS, what="adds") <= await indexes(old)
    for row in await old["passes"].find({}).to_list(None):
        assert row == {**before[row["_id"]], "v": 2}
    codes = await old["pass_codes"].find({}).to_list(None)
    good = [row for row in before.values() if row["expires_at"] > datetime.now(UTC)]
    assert {(c["_id"], c["pass"], c["citizen"]) for c in codes} == {
        (row["code_index"], row["_id"], row["citizen"]) for row in good
    }
    assert {one.phase for one in await standing(old)} == {"expanded"}


async def test_contracting_takes_away_what_is_old_and_what_came_late(old: Store) -> None:
    await expand(old)
    await old["passes"].insert_one(a_pass(9999))
    assert await contract(old) == len(MIGRATIONS)
    assert await layout_state(old) == FINAL
    assert await indexes(old) == {(i[0], index_name(i)) for i in INDEXES} | {("processes", "expires_at_1")}
    assert (await old["disputes"].index_information())["number_1"].get("unique") is None
    assert await old["passes"].count_documents({"code_index": {"$exists": True}}) == 0
    assert await old["pass_codes"].count_documents({"_id": b"code-9999", "pass": "009999"}) == 1
    assert {one.phase for one in await standing(old)} == {"contracted"}


async def test_each_half_can_be_run_again(old: Store) -> None:
    await expand(old)
    once = await everything(old)
    assert await expand(old) == 0
    assert await everything(old) == once
    await contract(old)
    once = await everything(old)
    assert await contract(old) == await expand(old) == 0
    assert await everything(old) == once


async def test_migrations_run_in_their_order_and_expanding_comes_first(old: Store) -> None:
    with pytest.raises(MigrationError, match="not expanded yet: run `egret migrate --expand`"):
        await contract(old)
    told: list[str] = []
    await expand(old, tell=told.append)
    await contract(old, tell=told.append)
    ids = [one.id for one in MIGRATIONS]
    assert told == [f"{one}: expanded" for one in ids] + [f"{one}: contracted" for one in ids]


async def test_a_dry_run_says_what_would_happen_and_changes_nothing(old: Store) -> None:
    before = await everything(old)
    lines = await planned(old, contracting=False)
    assert f"{PASS_CODES.id}: change {PASSES:,} documents of passes" in lines
    assert f"{DISPUTE_INDEXES.id}: make index one_open_of_citizen of disputes" in lines
    assert await everything(old) == before
    await expand(old)
    before = await everything(old)
    lines = await planned(old, contracting=True)
    assert f"{DISPUTE_INDEXES.id}: drop index one_open of disputes" in lines
    assert await everything(old) == before


# Killed, doubled, failing


async def test_an_expansion_that_is_killed_half_way_goes_on_and_ends_the_same(
    old: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
        [sys.executable, "-c", EXPAND_SLOWLY, old.uri, old.name], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    while await asyncio.to_thread(process.stdout.readline) not in ("200\n", ""):
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    changed = await old["passes"].count_documents({"v": 2})
    assert 200 <= changed < PASSES
    (_, codes) = await standing(old)
    assert codes.phase == "expanding"
    assert await holder(old) is not None
    again = 0

    def told(what: str, done: int, _total: int) -> None:
        nonlocal again
        again = done if what.endswith("backfill") else again

    assert await expand(old, told) == 1
    assert again == PASSES - changed
    killed = await everything(old, "meta", "migrations")
    await undone(old)
    await expand(old)
    assert await everything(old, "meta", "migrations") == killed


async def undone(store: Store) -> None:
    """As before it was expanded."""
    await store["passes"].update_many({}, {"$unset": {"v": ""}})
    await store["pass_codes"].delete_many({})
    await store["meta"].update_one({"_id": "layout"}, {"$set": {"version": FIRST}})


@pytest.mark.parametrize("step", ["late", "clean"])
async def test_a_contraction_that_is_stopped_goes_on(old: Store, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await expand(old)
    monkeypatch.setattr(module, "BATCH", 100)
    await old["passes"].insert_many([a_pass(n) for n in range(PASSES, PASSES + 300)])
    stopped = asyncio.create_task(contract(old, lambda what, done, _: stopping(what, done)))

    def stopping(what: str, done: int) -> None:
        if what.endswith(step) and done == 200:
            stopped.cancel()

    with pytest.raises(asyncio.CancelledError):
        await stopped
    assert (await standing(old))[-1].phase == "contracting"
    contracted = LAYOUT if step == "clean" else LAYOUT - 1
    assert await prepare(old) == Layout(LAYOUT, LAYOUT, contracted, LAYOUT - 1)
    assert await contract(old) == 1
    assert await old["passes"].count_documents({"code_index": {"$exists": True}}) == 0
    assert await old["passes"].count_documents({"v": 2}) == PASSES + 300


async def test_of_two_at_once_one_works_and_the_other_waits(old: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    changed, told = list[str](), list[str]()
    walk = PASS_CODES.backfill
    assert walk is not None

    async def change(store: Store, rows: Sequence[Document]) -> None:
        changed.extend(row["_id"] for row in rows)
        await walk.change(store, rows)

    counted = replace(PASS_CODES, backfill=replace(walk, change=change))
    monkeypatch.setattr(module, "MIGRATIONS", (DISPUTE_INDEXES, counted))
    other = open_store(old.uri, old.name, "pymongo")
    done = await asyncio.gather(expand(old, tell=told.append), expand(other, tell=told.append))
    await other.close()
    assert sorted(done) == [0, len(MIGRATIONS)]
    assert len(changed) == len(set(changed)) == PASSES
    assert sum("waiting for" in one for one in told) == 1


async def test_a_lease_that_was_lost_is_noticed(old: Store) -> None:
    first, second = Lease(old, 0.1), Lease(old, 30)
    assert await first.take()
    assert not await second.take()
    await asyncio.sleep(0.3)
    assert await second.take()
    with pytest.raises(LostLeaseError):
        await first.renew()
    await first.let_go()
    assert await holder(old) is not None


async def test_a_migration_that_fails_leaves_the_database_usable_and_says_what_to_do(
    old: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_store: Store, _rows: Sequence[Document]) -> None:
        raise KeyError("citizen")

    bad = replace(PASS_CODES, backfill=Walk("passes", {"v": {"$exists": False}}, fail))
    monkeypatch.setattr(module, "MIGRATIONS", (DISPUTE_INDEXES, bad))
    with pytest.raises(MigrationError) as raised:
        await expand(old)
    assert str(raised.value) == (
        "0003-pass-codes stopped while it was to expand (KeyError). The database serves as before, and what is done "
        "stays done. Mend the cause, then run `egret migrate --expand` again: it goes on from there"
    )
    assert await layout_state(old) == replace(OLD, version=2)
    assert await holder(old) is None
    assert await prepare(old) == replace(OLD, version=2)
    await old["passes"].insert_one(a_pass(5555))
    monkeypatch.undo()
    assert await expand(old) == 1


# Who is alive


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
    await beat(empty, "one", "worker", layouts, seconds=0.3)
    assert [process.what for process in await living(empty)] == ["worker"]
    await asyncio.sleep(0.5)
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
