"""Whose work is next: a few at once, one of each person, and who broke a helper comes last."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator

from server.platform.kit.errors import BusyError

WAIT_SECONDS = 20.0
_FORGIVEN_SECONDS = 3600.0
_MOST_BLAMED = 10_000


class QueueFullError(BusyError):
    """There is no place to wait, or the wait was too long."""


class FairQueue:
    """A queue, bounded for all and for each person. Persons are keys that mean nothing here."""

    def __init__(self, at_once: int, *, most_waiting: int = 64, most_of_one: int = 4) -> None:
        self._at_once = at_once
        self._most_waiting = most_waiting
        self._most_of_one = most_of_one
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._running: dict[str, bool] = {}
        """Whose document is being read, and whether they are blamed for an earlier one."""
        self._blamed: OrderedDict[str, float] = OrderedDict()

    @contextlib.asynccontextmanager
    async def turn(self, person: str) -> AsyncIterator[None]:
        """Wait for a turn and have it. Raises QueueFullError."""
        await self._wait(person)
        try:
            yield
        finally:
            del self._running[person]
            self._next()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(map(len, self._waiting.values()))

    def blame(self, person: str) -> None:
        """For an hour others go before this person, whose document broke a helper."""
        self._blamed[person] = asyncio.get_running_loop().time() + _FORGIVEN_SECONDS
        self._blamed.move_to_end(person)
        if len(self._blamed) > _MOST_BLAMED:
            self._blamed.popitem(last=False)

    async def _wait(self, person: str) -> None:
        mine = self._waiting.get(person, ())
        if self.waiting >= self._most_waiting or len(mine) >= self._most_of_one:
            raise QueueFullError
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(person, deque()).append(turn)
        self._next()
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await turn
        except BaseException as error:
            self._leave(person, turn)
            if isinstance(error, TimeoutError):
                raise QueueFullError from None
            raise

    def _leave(self, person: str, turn: asyncio.Future[None]) -> None:
        """Give a turn up that did not come, or that came in the very moment."""
        if turn.done() and not turn.cancelled():
            del self._running[person]
            self._next()
            return
        waiting = self._waiting.get(person)
        if waiting is not None and turn in waiting:
            waiting.remove(turn)
            if not waiting:
                del self._waiting[person]

    def _next(self) -> None:
        """Give turns while there are places: each person one, those with blame behind the others."""
        while len(self._running) < self._at_once:
            person = self._chosen()
            if person is None:
                return
            turn = self._take(person)
            if not turn.cancelled():
                self._running[person] = self._is_blamed(person)
                turn.set_result(None)

    def _take(self, person: str) -> asyncio.Future[None]:
        """The first turn that a person waits for; their next one comes after everybody else's."""
        waiting = self._waiting[person]
        turn = waiting.popleft()
        if waiting:
            self._waiting.move_to_end(person)
        else:
            del self._waiting[person]
        return turn

    def _chosen(self) -> str | None:
        free = [person for person in self._waiting if person not in self._running]
        for person in free:
            if not self._is_blamed(person):
                return person
        if sum(self._running.values()) >= max(1, self._at_once - 1):  # one place is always for the others
            return None
        return free[0] if free else None

    def _is_blamed(self, person: str) -> bool:
        until = self._blamed.get(person)
        return until is not None and until > asyncio.get_running_loop().time()
