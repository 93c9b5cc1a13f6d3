"""Backups: a copy taken while people work, any moment after it, and anyone who has left stays erased."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from schema.types.connection import Page
from schema.types.errors import Refused
from schema.types.principal import Caller
from server.cli.main import main
from server.container import Container, build_container
from server.container.collections import INDEXES, OWNED
from server.platform.core import audit
from server.platform.crypto.vault import KeyDestroyedError
from server.platform.db import Store, open_store
from server.platform.db.backup import BackupError, follow, restore, take
from tests.support.people import FAN, YING, record
from tests.support.world import World

GOOD = [record("housing-fund.timely", f"202{n}-09-01", f"F{n}") for n in (4, 5, 6)]
PARKING = record("traffic.illegal-parking", "2026-09-02", "T1")


def silent(_what: str, _done: int) -> None:
    """Progress that no one watches."""


@pytest_asyncio.fixture
async def elsewhere(mongodb_uri: str) -> AsyncIterator[Store]:
    """An empty database."""
    opened = open_store(mongodb_uri, "restored", "motor")
    await opened.drop()
    yield opened
    await opened.drop()
    await opened.close()


async def container_on(world: World, store: Store, http: httpx.AsyncClient) -> Container:
    return build_container(world.container.settings, store, http, world.container.clock)


async def moment(world: World) -> datetime:
    """Now, with the next change in a later second: that is how fine a restored moment is."""
    now = datetime.now(UTC)
    await asyncio.sleep(1.1)
    return now


async def test_a_copy_gives_everything_back(world: World, elsewhere: Store, tmp_path: Path) -> None:
    me = await world.enrol(YING, *GOOD, PARKING)
    copy = await take(world.container.store, tmp_path, silent)
    done = await restore(elsewhere, copy, silent, indexes=INDEXES, owned=OWNED)
    assert done.documents > 10
    async with httpx.AsyncClient() as http:
        container = await container_on(world, elsewhere, http)
        score = await container.services.scores.current(me)
        assert score.value == (await world.container.services.scores.current(me)).value
        records = (await container.services.records.of_citizen(me, Page(50, None))).edges
        assert {e.node.document_number for e in records} == {"F4", "F5", "F6", "T1"}
        assert await audit.verify(elsewhere) == []
        await container.vault.close()


async def test_what_is_written_while_the_copy_is_taken_is_whole(world: World, elsewhere: Store, tmp_path: Path) -> None:
    await world.enrol(YING, *GOOD)
    stop = asyncio.Event()

    async def work() -> None:
        n = 0
        while not stop.is_set():
            n += 1
            await world.deliver(YING, record("volunteering.hours", "2026-06-02", f"V{n}"))

    working = asyncio.create_task(work())
    try:
        for _ in range(3):
            copy = await take(world.container.store, tmp_path, silent)
    finally:
        stop.set()
        await working
    await follow(world.container.store, copy, silent)
    await restore(elsewhere, copy, silent, indexes=INDEXES, owned=OWNED)
    for name in ("records", "assessments", "audit", "audit_heads"):
        query = {"_id": {"$exists": True}}
        assert await elsewhere[name].count_documents(query) == await world.container.store[name].count_documents(query)
    assert await audit.verify(elsewhere) == []


@pytest.mark.long
async def test_back_to_a_moment(world: World, elsewhere: Store, tmp_path: Path) -> None:
    me = await world.enrol(YING, *GOOD)
    copy = await take(world.container.store, tmp_path, silent)
    await world.deliver(YING, PARKING)
    before = await moment(world)
    after = (await world.container.services.scores.current(me)).value
    await world.deliver(YING, record("volunteering.hours", "2026-06-02", "late"))
    assert await follow(world.container.store, copy, silent) > 0
    await restore(elsewhere, copy, silent, indexes=INDEXES, owned=OWNED, until=before)
    async with httpx.AsyncClient() as http:
        container = await container_on(world, elsewhere, http)
        assert (await container.services.scores.current(me)).value == after
        assert await audit.verify(elsewhere) == []
        await container.vault.close()


@pytest.mark.long
async def test_the_oplog_is_followed_for_as_long_as_wanted(world: World, tmp_path: Path) -> None:
    await world.enrol(YING)
    copy = await take(world.container.store, tmp_path, silent)
    following = asyncio.create_task(follow(world.container.store, copy, silent, seconds=5.0))
    await world.deliver(YING, PARKING)
    assert await following > 0
    assert await follow(world.container.store, copy, silent) == await follow(world.container.store, copy, silent)


async def test_anyone_who_has_left_since_stays_erased(world: World, elsewhere: Store, tmp_path: Path) -> None:
    me = await world.enrol(YING, *GOOD)
    stays = await world.enrol(FAN, PARKING, openid="o-fan")
    copy = await take(world.container.store, tmp_path, silent)
    sealed = await world.container.store["assessments"].find_one({"citizen": me.id})
    await world.container.services.enrolments.leave(Caller(me))
    await follow(world.container.store, copy, silent)
    earliest = datetime.now(UTC) - timedelta(seconds=0)
    with contextlib.suppress(BackupError):
        await restore(elsewhere, copy, silent, indexes=INDEXES, owned=OWNED, until=earliest)
    async with httpx.AsyncClient() as http:
        container = await container_on(world, elsewhere, http)
        with pytest.raises(Refused):
            await container.services.scores.current(me)
        assert sealed is not None
        with pytest.raises(KeyDestroyedError):
            await container.vault.open(sealed["sealed"])
        assert (await container.services.scores.current(stays)).value == 490
        for name in ("records", "assessments"):
            assert await elsewhere[name].count_documents({"citizen": me.id}) == 0
        await container.vault.close()


async def test_what_cannot_be_brought_back_says_why(world: World, elsewhere: Store, tmp_path: Path) -> None:
    await world.enrol(YING)
    copy = await take(world.container.store, tmp_path, silent)
    with pytest.raises(BackupError, match="not empty"):
        await restore(world.container.store, copy, silent, indexes=INDEXES, owned=OWNED)
    with pytest.raises(BackupError, match="before the end"):
        await restore(elsewhere, copy, silent, indexes=INDEXES, owned=OWNED, until=datetime(2020, 1, 1, tzinfo=UTC))
    file = copy / "citizens.bson.gz"
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(BackupError, match="damaged"):
        await restore(elsewhere, copy, silent, indexes=INDEXES, owned=OWNED)
    with pytest.raises(BackupError, match="no copy"):
        await restore(elsewhere, tmp_path, silent, indexes=INDEXES, owned=OWNED)


@pytest.mark.long
def test_the_commands_copy_add_and_bring_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, copies = str(tmp_path / "egret"), tmp_path / "copies"
    assert main(["backup", str(copies), "--data-dir", data]) == 0
    (copy,) = (path for path in copies.iterdir() if path.is_dir())
    assert main(["backup", str(copy), "--add", "--data-dir", data]) == 0
    assert main(["restore", str(copy), "--data-dir", data]) == 0
    told, counted = capsys.readouterr()
    assert f"copied to {copy}" in told
    assert "0 people who have left stay erased\nevery audit chain is whole\n" in told
    counts = re.findall(r"^(\w+): ([\d,]+) /", counted, re.MULTILINE)
    assert counts
    assert all(counts.count(one) >= 2 for one in counts if one[0] != "oplog"), "as many are brought back as were copied"
    assert main(["restore", str(copies), "--data-dir", data]) == 1
    assert "is no copy" in capsys.readouterr().err
