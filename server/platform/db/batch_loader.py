"""Calls that are wanted in the same moment, made as one.

What a driver costs a call is many times what it costs a document, so that under load a few large calls
carry what many small ones could not. A single one waits for nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from server.platform.db.collections import OutsideCollection

Asked = TypeVar("Asked")
Given = TypeVar("Given")

_MOST = 12
"""Larger calls cost less each, but all that share one wait for the whole of it, and ask next together again."""
_AT_ONCE = 3
"""So that a slow call holds up few."""
_DUPLICATE = 11000


class BatchLoader(Generic[Asked, Given]):
    """Gathers what is asked while calls are on their way; the next call carries all of it.

    `call` gets what was asked and returns as many answers in the same order. When it fails, everybody
    who asked gets its error.
    """

    def __init__(self, call: Callable[[Sequence[Asked]], Awaitable[Sequence[Given]]]) -> None:
        self._call = call
        self._waiting: list[tuple[Asked, asyncio.Future[Given]]] = []
        self._going: set[asyncio.Task[None]] = set()

    async def load(self, asked: Asked) -> Given:
        """The answer to this one. Raises what the call raised."""
        answer: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if len(self._going) < _AT_ONCE:
            self._going.add(asyncio.create_task(self._go()))
        return await answer

    async def _go(self) -> None:
        try:
            while self._waiting:
                taken, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
                await self._answer(taken)
        finally:  # at once: a caller after the last look at what waits has to start another
            going = asyncio.current_task()
            if going is not None:
                self._going.discard(going)

    async def _answer(self, taken: Sequence[tuple[Asked, asyncio.Future[Given]]]) -> None:
        try:
            given = await self._call([asked for asked, _ in taken])
        except Exception as error:
            for _, answer in taken:
                if not answer.done():
                    answer.set_exception(error)
            return
        for (_, answer), value in zip(taken, given, strict=True):
            if not answer.done():  # who asked may have been cancelled
                answer.set_result(value)


@dataclass(frozen=True, slots=True)
class Update:
    """One document's change, as for `update_one`."""

    query: Mapping[str, object]
    change: Mapping[str, object]
    upsert: bool = False


async def update_each(rows: OutsideCollection[Any], updates: Sequence[Update]) -> int:
    """Change many documents in one call, each on its own; how many that are no upserts were found.

    An upsert may meet a document which its query leaves out: nothing is changed then. Any other fault of one is
    raised, after the rest went through.
    """
    requests = [UpdateOne(u.query, u.change, upsert=u.upsert) for u in updates]
    try:
        done: Mapping[str, Any] = (await rows.bulk_write(requests, ordered=False)).bulk_api_result
    except BulkWriteError as error:
        done = error.details
        if done["writeConcernErrors"] or any(fault["code"] != _DUPLICATE for fault in done["writeErrors"]):
            raise
    found_by_upserts = sum(u.upsert for u in updates) - len(done["upserted"]) - len(done["writeErrors"])
    return int(done["nMatched"]) - found_by_upserts
