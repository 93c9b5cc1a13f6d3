"""Calls made as one: each gets its own answer, and its own fault."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from server.platform.db import Store
from server.platform.db.batch_loader import BatchLoader, Update, update_each
from tests.support.drivers import both_drivers


class Counting:
    """Doubles numbers, slowly; refuses a batch with a negative one."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    async def call(self, asked: Sequence[int]) -> list[int]:
        self.batches.append(list(asked))
        await asyncio.sleep(0.01)
        if min(asked) < 0:
            raise ValueError("negative")
        return [2 * n for n in asked]


async def test_what_is_asked_meanwhile_goes_together() -> None:
    counting = Counting()
    together = BatchLoader(counting.call)
    answers = await asyncio.gather(*(together.load(n) for n in range(40)))
    assert answers == [2 * n for n in range(40)]
    assert len(counting.batches) < 6
    assert sorted(n for batch in counting.batches for n in batch) == list(range(40))


async def test_a_single_one_waits_for_nothing() -> None:
    counting = Counting()
    together = BatchLoader(counting.call)
    assert await together.load(1) == 2
    assert await together.load(2) == 4
    assert counting.batches == [[1], [2]]


async def test_who_asks_in_the_moment_that_the_last_call_ends_is_answered() -> None:
    async def at_once(asked: Sequence[int]) -> list[int]:
        return [2 * n for n in asked]

    together = BatchLoader(at_once)

    async def again_and_again(n: int) -> None:
        for _ in range(200):
            assert await together.load(n) == 2 * n

    async with asyncio.timeout(10):
        await asyncio.gather(*(again_and_again(n) for n in range(7)))


async def test_a_fault_reaches_everybody_in_its_call_and_no_one_else() -> None:
    together = BatchLoader(Counting().call)
    with pytest.raises(ValueError, match="negative"):
        await together.load(-1)
    assert await together.load(3) == 6


async def test_one_who_no_longer_waits_does_not_hold_up_the_others() -> None:
    together = BatchLoader(Counting().call)
    waiting = [asyncio.create_task(together.load(n)) for n in range(10)]
    await asyncio.sleep(0)
    for task in waiting[:9]:
        task.cancel()
    assert await waiting[9] == 18


@both_drivers
async def test_updates_of_one_call_stand_each_for_itself(store: Store) -> None:
    rows = store["things"]
    await rows.insert_one({"_id": 1, "free": True})
    await rows.insert_one({"_id": 2, "free": False})
    updates = [Update({"_id": n, "free": True}, {"$set": {"taken": True}}, upsert=True) for n in (1, 2, 3)]
    plain = [Update({"_id": 2}, {"$set": {"seen": True}}), Update({"_id": 9}, {"$set": {"seen": True}})]
    assert await update_each(rows, [*updates, *plain]) == 1  # of the plain ones; an upsert makes what it does not find
    taken = {row["_id"]: row.get("taken", False) for row in await rows.find({}).to_list(None)}
    assert taken == {1: True, 2: False, 3: True}
    assert await update_each(rows, updates) == 0
    assert await update_each(rows, plain[:1]) == 1
