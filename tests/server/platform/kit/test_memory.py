"""The memory of a process that runs for months."""

from __future__ import annotations

import asyncio
import gc
import weakref
from types import SimpleNamespace

import pytest

from server.platform.kit import memory
from server.platform.kit.tasks import stop


class Circle:
    """Refers to itself, so that counting references never frees it."""

    def __init__(self) -> None:
        self.itself = self


async def rounds_that_collect(monkeypatch: pytest.MonkeyPatch, most_seconds: float) -> int:
    """Of three rounds."""
    collected, rounds, done = 0, 0, asyncio.Event()

    def collect() -> int:
        nonlocal collected
        collected += 1
        return 0

    async def sleep(_seconds: float) -> None:
        nonlocal rounds
        rounds += 1
        if rounds > 3:
            done.set()
            await asyncio.Event().wait()

    # Its own alone: other tasks of this process sleep and collect as well.
    monkeypatch.setattr(memory, "gc", SimpleNamespace(collect=collect))
    monkeypatch.setattr(memory, "asyncio", SimpleNamespace(sleep=sleep, to_thread=asyncio.to_thread))
    monkeypatch.setattr(memory, "_MOST_SECONDS", most_seconds)
    trimming = asyncio.create_task(memory.trim())
    await done.wait()
    await stop(trimming)
    return collected


@pytest.mark.parametrize(("most_seconds", "rounds"), [(60.0, 3), (0.0, 1)])
async def test_all_is_looked_through_each_minute_until_that_takes_long(
    monkeypatch: pytest.MonkeyPatch, most_seconds: float, rounds: int
) -> None:
    assert await rounds_that_collect(monkeypatch, most_seconds) == rounds


@pytest.mark.long
async def test_what_is_in_circles_is_freed_however_old_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_TRIM_SECONDS", 0.01)
    monkeypatch.setattr(memory, "_MOST_SECONDS", 60.0)
    freed = asyncio.Event()
    circle = Circle()
    weakref.finalize(circle, freed.set)
    gc.collect()  # from here on it is among the oldest
    del circle
    trimming = asyncio.create_task(memory.trim())
    try:
        await asyncio.wait_for(freed.wait(), 10)
    finally:
        await stop(trimming)
