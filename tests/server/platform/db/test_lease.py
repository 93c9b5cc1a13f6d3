"""Leases: one process at a time holds a row, by a clock or by the database's own time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from server.platform.db import Store
from server.platform.db.lease import Lease
from tests.conftest import SetClock

LIFE = timedelta(seconds=10)
ROW = {"_id": "row"}


@pytest.fixture(params=["clock", "database"])
def lease(store: Store, clock: SetClock, request: pytest.FixtureRequest) -> Lease:
    return Lease(store["leases"], LIFE, clock if request.param == "clock" else None)


async def test_of_many_at_once_one_holds_it(lease: Lease) -> None:
    held = await asyncio.gather(*(lease.take(ROW, f"process {n}", upsert=True) for n in range(20)))
    assert sum(row is not None for row in held) == 1


async def test_who_holds_it_renews_and_releases_it(lease: Lease) -> None:
    assert await lease.take(ROW, "one", upsert=True) is not None
    assert await lease.renew("row", "one")
    assert not await lease.renew("row", "two")
    await lease.release("row", "two", {"value": "lost"})
    assert await lease.take(ROW, "two") is None
    await lease.release("row", "one", {"value": "kept"})
    row = await lease.take(ROW, "two")
    assert row is not None
    assert row["value"] == "kept"


async def test_a_row_that_is_not_there_is_held_by_no_one(lease: Lease) -> None:
    assert await lease.take(ROW, "one") is None


async def test_who_died_holds_it_no_longer_than_its_time(store: Store, clock: SetClock) -> None:
    lease = Lease(store["leases"], LIFE, clock)
    await lease.take(ROW, "dead", upsert=True)
    clock.advance(seconds=9)
    assert await lease.take(ROW, "alive") is None
    clock.advance(seconds=2)
    assert await lease.take(ROW, "alive") is not None
    assert not await lease.renew("row", "dead")


async def test_it_may_stay_held_by_no_one_for_a_while(store: Store, clock: SetClock) -> None:
    lease = Lease(store["leases"], LIFE, clock)
    await lease.take(ROW, "one", upsert=True)
    await lease.release("row", "one", until=clock() + timedelta(seconds=5))
    assert await lease.take(ROW, "two") is None
    clock.advance(seconds=6)
    assert await lease.take(ROW, "two") is not None
