"""Whose document is next."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from server.platform.kit import fair_queue
from server.platform.kit.fair_queue import FairQueue, QueueFullError


class Queue:
    """People who wait and work, and who began in which order."""

    def __init__(self, queue: FairQueue) -> None:
        self.queue = queue
        self.began: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self.tasks: list[asyncio.Task[None]] = []

    async def come(self, *people: str) -> None:
        for person in people:
            self.tasks.append(asyncio.create_task(self._work(person)))
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def end(self, person: str) -> None:
        """The document that a person has with a helper is done."""
        self._ends.pop(person).set()
        for _ in range(3):
            await asyncio.sleep(0)

    async def _work(self, person: str) -> None:
        async with self.queue.turn(person):
            self.began.append(person)
            self._ends[person] = asyncio.Event()
            await self._ends[person].wait()


@contextlib.asynccontextmanager
async def queue(at_once: int = 2, **bounds: int) -> AsyncIterator[Queue]:
    made = Queue(FairQueue(at_once, **bounds))
    yield made
    for task in made.tasks:
        task.cancel()
    await asyncio.gather(*made.tasks, return_exceptions=True)


async def test_one_document_of_each_person_at_a_time() -> None:
    async with queue() as q:
        await q.come("a", "a", "a", "b")
        assert q.began == ["a", "b"]
        await q.end("b")
        assert q.began == ["a", "b"]
        await q.end("a")
        assert q.began == ["a", "b", "a"]


async def test_who_sends_much_waits_behind_who_sends_little() -> None:
    async with queue(at_once=1) as q:
        await q.come("much", "much", "much", "much", "b", "c")
        for _ in range(3):
            await q.end(q.began[-1])
        assert q.began == ["much", "much", "b", "c"]


async def test_there_is_a_bound_for_each_person_and_for_all() -> None:
    async with queue(at_once=1, most_waiting=3, most_of_one=2) as q:
        await q.come("a", "a", "a")
        with pytest.raises(QueueFullError):
            async with q.queue.turn("a"):
                pass
        await q.come("b")
        with pytest.raises(QueueFullError):
            async with q.queue.turn("c"):
                pass


async def test_who_broke_a_helper_comes_last_and_leaves_a_place_free() -> None:
    async with queue() as q:
        q.queue.blame("bad")
        q.queue.blame("worse")
        await q.come("bad", "worse")
        assert q.began == ["bad"]
        await q.come("good")
        assert q.began == ["bad", "good"]
        await q.come("better")
        await q.end("bad")
        assert q.began == ["bad", "good", "better"]


async def test_no_one_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_queue, "WAIT_SECONDS", 0.01)
    async with queue(at_once=1) as q:
        await q.come("a")
        with pytest.raises(QueueFullError):
            async with q.queue.turn("b"):
                pass
        await q.come("c")
        await q.end("a")
        assert q.began == ["a", "c"]


async def test_who_goes_away_frees_the_place() -> None:
    async with queue(at_once=1) as q:
        await q.come("a", "b", "c")
        q.tasks[1].cancel()
        q.tasks[0].cancel()
        for _ in range(4):
            await asyncio.sleep(0)
        assert q.began == ["a", "c"]
