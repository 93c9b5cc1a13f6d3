"""Migrations: expanded while older code works, contracted when none is left; killed, doubled and failing."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.platform.db import FINAL, LAYOUT, Document, Store, layout_state, open_store, prepare
from server.platform.db import migrating as module
from server.platform.db.layout import INDEXES, Layout
from server.platform.db.lease import Lease, LostLeaseError, holder
from server.platform.db.migrating import MigrationError, contract, expand, planned, standing
from server.platform.db.migrations import DISPUTE_INDEXES, MIGRATIONS, PASS_CODES, Walk, index_name
from server.platform.db.versions import FIRST
from tests.server.platform.db.migrations.database import OLD, PASSES, a_pass, everything, indexes, named
from tests.support.paths import ROOT

EXPAND_SLOWLY = """
import asyncio, sys
from server.platform.db import migrating, open_store
migrating.BATCH = 50
async def main():
    store = open_store(sys.argv[1], sys.argv[2], "motor")
    print("begun", flush=True)
    def told(what, done, total):
        print(done, flush=True)
    await migrating.expand(store, told, lease_seconds=5)
    await store.close()
asyncio.run(main())
"""


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
    changed = await at_rest(old)
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


async def at_rest(store: Store) -> int:
    """How many passes were changed; what a process sent before it was killed may still be under way."""
    before, now = -1, 0
    while before != now:
        await asyncio.sleep(1)
        before, now = now, await store["passes"].count_documents({"v": 2})
    return now


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
    changed, told, waits = list[str](), list[str](), asyncio.Event()
    walk = PASS_CODES.backfill
    assert walk is not None

    def tell(line: str) -> None:
        told.append(line)
        if "waiting for" in line:
            waits.set()

    async def change(store: Store, rows: Sequence[Document]) -> None:
        async with asyncio.timeout(60):
            await waits.wait()
        changed.extend(row["_id"] for row in rows)
        await walk.change(store, rows)

    counted = replace(PASS_CODES, backfill=replace(walk, change=change))
    monkeypatch.setattr(module, "MIGRATIONS", (DISPUTE_INDEXES, counted))
    other = open_store(old.uri, old.name, "pymongo")
    done = await asyncio.gather(expand(old, tell=tell), expand(other, tell=tell))
    await other.close()
    assert sorted(done) == [0, len(MIGRATIONS)]
    assert len(changed) == len(set(changed)) == PASSES
    assert sum("waiting for" in one for one in told) == 1


async def test_a_lease_that_was_lost_is_noticed(old: Store) -> None:
    first, second = Lease(old, 30), Lease(old, 30)
    assert await first.take()
    assert not await second.take()
    await old["meta"].update_one({"_id": "migrating"}, {"$set": {"until": datetime.now(UTC) - timedelta(seconds=1)}})
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
