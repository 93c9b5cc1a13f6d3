"""A task that was told to stop does, even where its first cancellation was forgotten on the way."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from server.chat.dispatcher import Renewing
from server.platform.kit import tasks
from server.platform.kit.tasks import run_all, stop, within


async def forgets(times: int, ended: list[str]) -> None:
    """Goes on as often as a call of PyMongo might have swallowed the cancellation."""
    try:
        for _ in range(times):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        await asyncio.Event().wait()
    finally:
        ended.append("ended")


@pytest.mark.parametrize("times", [0, 1, 3])
async def test_a_task_that_did_not_hear_is_told_again(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_AGAIN_SECONDS", 0.01)
    ended: list[str] = []
    task = asyncio.create_task(forgets(times, ended))
    await asyncio.sleep(0)
    await stop(task)
    assert task.cancelled()
    assert ended == ["ended"]


async def test_what_is_over_is_left_alone() -> None:
    task = asyncio.create_task(asyncio.sleep(0))
    await task
    await stop(task)
    assert not task.cancelled()


async def test_when_one_work_fails_no_other_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_AGAIN_SECONDS", 0.01)
    ended: list[str] = []

    async def fails() -> None:
        await asyncio.sleep(0)
        raise LookupError("of itself")

    with pytest.raises(LookupError, match="of itself"):
        await run_all(forgets(1, ended), fails(), forgets(0, ended))
    assert ended == ["ended", "ended"]


async def test_when_the_whole_is_stopped_no_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_AGAIN_SECONDS", 0.01)
    ended: list[str] = []
    whole = asyncio.create_task(run_all(forgets(1, ended), forgets(2, ended)))
    await asyncio.sleep(0.01)
    await stop(whole)
    assert whole.cancelled()
    assert ended == ["ended", "ended"]


@pytest.mark.parametrize("times", [0, 1, 3])
async def test_what_forgot_that_its_time_is_over_is_told_again(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_AGAIN_SECONDS", 0.01)
    ended: list[str] = []
    with pytest.raises(TimeoutError):
        async with within(0.01):
            await forgets(times, ended)
    assert ended == ["ended"]
    await asyncio.sleep(0.03)  # nothing is told any more


async def test_who_is_stopped_by_somebody_else_is_stopped_and_not_late(monkeypatch: pytest.MonkeyPatch) -> None:
    async def works() -> None:
        async with within(60):
            await asyncio.Event().wait()

    task = asyncio.create_task(works())
    await asyncio.sleep(0)
    await stop(task)
    assert task.cancelled()


async def test_what_ends_in_its_time_is_left_alone() -> None:
    async with within(60):
        await asyncio.sleep(0)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_lock_is_not_renewed_for_ever_where_its_cancellation_was_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("server.chat.dispatcher._KEEP_SECONDS", 0.0)
    monkeypatch.setattr("server.chat.dispatcher._RENEW_SECONDS", 0.0)
    renewals = 0

    async def renew() -> None:
        nonlocal renewals
        renewals += 1
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0.01)

    renewing = Renewing(renew)
    await asyncio.sleep(0.005)
    renewing.cancel()
    await asyncio.sleep(0.05)
    assert renewals == 1


async def test_what_tidies_up_has_its_time_however_often_anyone_who_waits_is_told_to_stop() -> None:
    ended: list[str] = []

    async def tidies() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            ended.append("tidied")

    task = asyncio.create_task(tidies())
    await asyncio.sleep(0)
    stopping = asyncio.create_task(stop(task))
    while not stopping.done():  # as anyio tells what is in a scope that was cancelled
        await asyncio.sleep(0)
        stopping.cancel()
    assert ended == ["tidied"]
    assert stopping.cancelled()
