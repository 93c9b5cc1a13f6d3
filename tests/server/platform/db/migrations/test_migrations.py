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

from server.container.collections import INDEXES as BASE
from server.platform.db import Document, LayoutError, Store, layout_state, open_store, prepare
from server.platform.db import migrating as module
from server.platform.db.layout import Layout
from server.platform.db.lease import MIGRATING, LostLeaseError, WorkLease, holder
from server.platform.db.migrating import MigrationError, contract, expand, migration_statuses, planned
from server.platform.db.migrations import MIGRATIONS, Walk, index_name
from server.platform.db.migrations.retired import RETIRED
from server.platform.db.versions import FIRST, LAYOUT, LINE
from tests.server.platform.db.migrations.database import LABELS, OLD, a_label, everything, indexes, named
from tests.server.platform.db.migrations.synthetic import (
    ALL_DONE,
    INDEXES,
    LABEL_CODES,
    LETTER_INDEXES,
    NEWEST,
    SYNTHETIC,
)
from tests.support.paths import ROOT

EXPAND_SLOWLY = """
import asyncio, sys
from tests.server.platform.db.migrations.synthetic import install
install()
from server.container.collections import INDEXES as BASE
from server.platform.db import migrating, open_store
migrating.BATCH = 50
async def main():
    store = open_store(sys.argv[1], sys.argv[2], "motor")
    print("begun", flush=True)
    def told(what, done, total):
        print(done, flush=True)
    await migrating.expand(store, BASE, told, lease_seconds=5)
    await store.close()
asyncio.run(main())
"""


# Layouts


def test_migrations_are_numbered_without_a_gap_up_to_what_the_code_knows() -> None:
    assert [one.number for one in MIGRATIONS] == list(range(FIRST + 1, LAYOUT + 1))
    assert [one.number for one in SYNTHETIC] == list(range(FIRST + 1, NEWEST + 1))


async def test_an_empty_database_has_the_newest_layout_and_nothing_old(empty: Store) -> None:
    assert await prepare(empty, BASE) == ALL_DONE
    assert await indexes(empty) == {(index[0], index_name(index)) for index in INDEXES}
    assert (await empty["letters"].index_information())["number_1"].get("unique") is None
    assert await expand(empty, BASE) == await contract(empty, BASE) == 0


async def test_an_old_index_of_the_same_name_or_that_refuses_what_is_written_now_is_replaced(empty: Store) -> None:
    first = dict.fromkeys(("version", "floor", "contracted", "clean"), FIRST)
    await empty["meta"].insert_one({"_id": "layout", "line": LINE, **first})
    open_only = {"partialFilterExpression": {"open": True}}
    of_one_time = [one for one in RETIRED if len(one[1]) != len(RETIRED[1][1])]
    for collection, keys, options in of_one_time:
        await empty[collection].create_index(keys, **options, **(open_only if "unique" in options else {}))
    await empty["disputes"].create_index([("number", 1)], name="made_by_hand")
    await prepare(empty, [one for one in BASE if one[0] != "disputes" or "number" not in dict(one[1])])
    there = await indexes(empty)
    assert ("records", "score_columns") in there
    assert ("disputes", "made_by_hand") in there
    assert not there & {("records", "columns"), ("disputes", "one_open_of_citizen")}
    assert len((await empty["records"].index_information())["score_columns"]["key"]) > len(RETIRED[2][1])
    await empty["disputes"].insert_many([{"citizen": "c", "record": None, "open": True} for _ in range(2)])


async def test_a_database_of_before_keeps_its_layout_until_it_is_expanded(old: Store) -> None:
    assert await prepare(old, BASE) == OLD
    assert named(*SYNTHETIC, what="retires") <= await indexes(old)
    assert not named(*SYNTHETIC, what="adds") & await indexes(old)
    assert [one.phase for one in await migration_statuses(old)] == ["waiting", "waiting"]


async def test_a_database_of_before_this_line_is_refused_and_left_as_it_is(empty: Store) -> None:
    await empty["register"].insert_one({"_id": b"somebody"})
    for row in (None, {"_id": "layout", "version": 3, "floor": 3, "contracted": 3, "clean": 3}):
        if row is not None:
            await empty["meta"].insert_one(row)
        before = await everything(empty)
        for started in (prepare, expand, contract):
            with pytest.raises(LayoutError, match=rf"is not of release {LINE} or a later one.*Take another database"):
                await started(empty, BASE)
        assert await everything(empty) == before


# Expanding and contracting


async def test_expanding_adds_and_takes_nothing_away(old: Store) -> None:
    before = {row["_id"]: row for row in await old["labels"].find({}).to_list(None)}
    indexes_before = await indexes(old)
    assert await expand(old, BASE) == len(SYNTHETIC)
    assert await layout_state(old) == replace(OLD, version=NEWEST)
    assert indexes_before | named(*SYNTHETIC, what="adds") <= await indexes(old)
    for row in await old["labels"].find({}).to_list(None):
        assert row == {**before[row["_id"]], "v": 2}
    codes = await old["label_codes"].find({}).to_list(None)
    good = [row for row in before.values() if row["expires_at"] > datetime.now(UTC)]
    assert {(c["_id"], c["label"], c["citizen"]) for c in codes} == {
        (row["code_index"], row["_id"], row["citizen"]) for row in good
    }
    assert {one.phase for one in await migration_statuses(old)} == {"expanded"}


async def test_contracting_takes_away_what_is_old_and_what_came_late(old: Store) -> None:
    await expand(old, BASE)
    await old["labels"].insert_one(a_label(9999))
    assert await contract(old, BASE) == len(SYNTHETIC)
    assert await layout_state(old) == ALL_DONE
    assert await indexes(old) == {(i[0], index_name(i)) for i in INDEXES} | {("processes", "expires_at_1")}
    assert (await old["letters"].index_information())["number_1"].get("unique") is None
    assert await old["labels"].count_documents({"code_index": {"$exists": True}}) == 0
    assert await old["label_codes"].count_documents({"_id": b"code-9999", "label": "009999"}) == 1
    assert {one.phase for one in await migration_statuses(old)} == {"contracted"}


@pytest.mark.long
async def test_each_half_can_be_run_again(old: Store) -> None:
    await expand(old, BASE)
    once = await everything(old)
    assert await expand(old, BASE) == 0
    assert await everything(old) == once
    await contract(old, BASE)
    once = await everything(old)
    assert await contract(old, BASE) == await expand(old, BASE) == 0
    assert await everything(old) == once


async def test_migrations_run_in_their_order_and_expanding_comes_first(old: Store) -> None:
    with pytest.raises(MigrationError, match="not expanded yet: run `egret migrate --expand`"):
        await contract(old, BASE)
    told: list[str] = []
    await expand(old, BASE, tell=told.append)
    await contract(old, BASE, tell=told.append)
    ids = [one.id for one in SYNTHETIC]
    assert told == [f"{one}: expanded" for one in ids] + [f"{one}: contracted" for one in ids]


async def test_a_dry_run_says_what_would_happen_and_changes_nothing(old: Store) -> None:
    before = await everything(old)
    lines = await planned(old, contracting=False)
    assert f"{LABEL_CODES.id}: change {LABELS:,} documents of labels" in lines
    assert f"{LETTER_INDEXES.id}: make index one_open_of_citizen of letters" in lines
    assert await everything(old) == before
    await expand(old, BASE)
    before = await everything(old)
    lines = await planned(old, contracting=True)
    assert f"{LETTER_INDEXES.id}: drop index one_open of letters" in lines
    assert await everything(old) == before


# Killed, doubled, failing


@pytest.mark.long
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
    assert 200 <= changed < LABELS
    (_, codes) = await migration_statuses(old)
    assert codes.phase == "expanding"
    assert await holder(old, MIGRATING) is not None
    again = 0

    def told(what: str, done: int, _total: int) -> None:
        nonlocal again
        again = done if what.endswith("backfill") else again

    assert await expand(old, BASE, told) == 1
    assert again == LABELS - changed
    killed = await everything(old, "meta", "migrations")
    await undone(old)
    await expand(old, BASE)
    assert await everything(old, "meta", "migrations") == killed


async def at_rest(store: Store) -> int:
    """How many labels were changed; what a process sent before it was killed may still be under way."""
    before, now = -1, 0
    while before != now:
        await asyncio.sleep(1)
        before, now = now, await store["labels"].count_documents({"v": 2})
    return now


async def undone(store: Store) -> None:
    """As before it was expanded."""
    await store["labels"].update_many({}, {"$unset": {"v": ""}})
    await store["label_codes"].delete_many({})
    await store["meta"].update_one({"_id": "layout"}, {"$set": {"version": FIRST}})


@pytest.mark.parametrize("step", ["late", "clean"])
async def test_a_contraction_that_is_stopped_goes_on(old: Store, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await expand(old, BASE)
    monkeypatch.setattr(module, "BATCH", 100)
    await old["labels"].insert_many([a_label(n) for n in range(LABELS, LABELS + 300)])
    stopped = asyncio.create_task(contract(old, BASE, lambda what, done, _: stopping(what, done)))

    def stopping(what: str, done: int) -> None:
        if what.endswith(step) and done == 200:
            stopped.cancel()

    with pytest.raises(asyncio.CancelledError):
        await stopped
    assert (await migration_statuses(old))[-1].phase == "contracting"
    contracted = NEWEST if step == "clean" else NEWEST - 1
    assert await prepare(old, BASE) == Layout(NEWEST, NEWEST, contracted, NEWEST - 1)
    assert await contract(old, BASE) == 1
    assert await old["labels"].count_documents({"code_index": {"$exists": True}}) == 0
    assert await old["labels"].count_documents({"v": 2}) == LABELS + 300


async def test_of_two_at_once_one_works_and_the_other_waits(old: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    changed, told, waits = list[str](), list[str](), asyncio.Event()
    walk = LABEL_CODES.backfill
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

    counted = replace(LABEL_CODES, backfill=replace(walk, change=change))
    monkeypatch.setattr(module, "MIGRATIONS", (LETTER_INDEXES, counted))
    other = open_store(old.uri, old.name, "pymongo")
    done = await asyncio.gather(expand(old, BASE, tell=tell), expand(other, BASE, tell=tell))
    await other.close()
    assert sorted(done) == [0, len(SYNTHETIC)]
    assert len(changed) == len(set(changed)) == LABELS
    assert sum("waiting for" in one for one in told) == 1


async def test_a_lease_that_was_lost_is_noticed(old: Store) -> None:
    first, second = WorkLease(old, MIGRATING, 30), WorkLease(old, MIGRATING, 30)
    assert await first.take()
    assert not await second.take()
    await old["meta"].update_one(
        {"_id": "migrating"}, {"$set": {"lease.until": datetime.now(UTC) - timedelta(seconds=1)}}
    )
    assert await second.take()
    with pytest.raises(LostLeaseError):
        await first.renew()
    await first.release()
    assert await holder(old, MIGRATING) is not None


@pytest.mark.long
async def test_a_migration_that_fails_leaves_the_database_usable_and_says_what_to_do(
    old: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_store: Store, _rows: Sequence[Document]) -> None:
        raise KeyError("citizen")

    bad = replace(LABEL_CODES, backfill=Walk("labels", {"v": {"$exists": False}}, fail))
    with monkeypatch.context() as patched:
        patched.setattr(module, "MIGRATIONS", (LETTER_INDEXES, bad))
        with pytest.raises(MigrationError) as raised:
            await expand(old, BASE)
    assert str(raised.value) == (
        "0003-label-codes stopped while it was to expand (KeyError). The database serves as before, and what is done "
        "stays done. Mend the cause, then run `egret migrate --expand` again: it goes on from there"
    )
    assert await layout_state(old) == replace(OLD, version=2)
    assert await holder(old, MIGRATING) is None
    assert await prepare(old, BASE) == replace(OLD, version=2)
    await old["labels"].insert_one(a_label(5555))
    assert await expand(old, BASE) == 1
