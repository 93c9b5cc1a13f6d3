"""What was made lately, by what it shows; a request for what is being made waits for that."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

_SECONDS = 600.0


class Kept:
    """Results by key, for ten minutes at most, and `most` bytes in all; the one asked for longest ago goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes = 0
        self._known: OrderedDict[bytes, tuple[bytes, asyncio.TimerHandle]] = OrderedDict()
        self._coming: dict[bytes, asyncio.Task[bytes]] = {}

    async def get(self, key: bytes, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """The result, made at most once at a time. Raises what `make` raises."""
        found = self._known.get(key)
        if found is not None:
            self._known.move_to_end(key)
            return found[0]
        task = self._coming.get(key)
        if task is None:
            task = self._coming[key] = asyncio.ensure_future(self._made(key, make))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(task)

    async def _made(self, key: bytes, make: Callable[[], Awaitable[bytes]]) -> bytes:
        try:
            content = await make()
        finally:
            del self._coming[key]
        self._keep(key, content)
        return content

    def _keep(self, key: bytes, content: bytes) -> None:
        ends = asyncio.get_running_loop().call_later(_SECONDS, self._drop, key)
        self._known[key] = (content, ends)
        self._bytes += len(content)
        while self._bytes > self._most:
            self._drop(next(iter(self._known)))

    def _drop(self, key: bytes) -> None:
        content, ends = self._known.pop(key)
        ends.cancel()
        self._bytes -= len(content)
