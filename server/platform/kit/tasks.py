"""Tasks that really end.

On Python 3.11 `asyncio.wait_for` forgets a cancellation that comes in the very moment its own wait ends
(CPython issue 86296, changed in 3.12), and every call of PyMongo passes through it. So a task that was told to
stop once may go on for ever: a caller that stops one has to look whether it stopped.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import Any

_AGAIN_SECONDS = 2.0
"""Long enough for what a task tidies up when it is stopped."""


async def stop(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks until each has ended, even while this is cancelled itself. What one raises on it is not told."""
    clock = asyncio.get_running_loop().time
    interrupted = False
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
            task.add_done_callback(_not_told)
        again = clock() + _AGAIN_SECONDS
        while not all(task.done() for task in running) and (left := again - clock()) > 0:
            try:
                await asyncio.wait(running, timeout=left)
            except asyncio.CancelledError:  # what was told to stop has its time all the same
                interrupted = True
    if interrupted:
        raise asyncio.CancelledError


def _not_told(task: asyncio.Task[Any]) -> None:
    """Read what a task raised, so that asyncio does not report it as lost."""
    if not task.cancelled():
        task.exception()


@contextlib.asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """As `asyncio.timeout`, for what calls the database: what forgot that its time is over is told again.

    Raises TimeoutError.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    if task is None:
        raise RuntimeError("only a task has a time")
    timer: asyncio.TimerHandle
    told, before = 0, task.cancelling()

    def tell() -> None:
        nonlocal told, timer
        told += 1
        task.cancel()
        timer = loop.call_later(_AGAIN_SECONDS, tell)

    timer = loop.call_later(seconds, tell)
    try:
        yield
    except asyncio.CancelledError:
        if not told or task.cancelling() - told > before:  # somebody else has stopped it
            raise
        raise TimeoutError from None
    finally:
        timer.cancel()
        for _ in range(told):
            task.uncancel()


async def run_all(*works: Coroutine[Any, Any, None]) -> None:
    """Run until all have ended, one has failed or this is cancelled; none goes on after. Raises what failed first."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        await stop(*tasks)
