"""A TCP proxy that can be slow, cut everything, swallow everything, or break off in the middle of what it carries."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

_CHUNK = 64 * 1024


@dataclass
class Proxy:
    """Carries bytes to one port; what its fields say holds for every connection, old and new."""

    target: int
    port: int = 0
    delay: float = 0.0
    """Seconds before each piece goes on."""
    refuse: bool = False
    """New connections are closed at once."""
    swallow: bool = False
    """Nothing goes on any more, and nothing is closed."""
    break_after: int | None = None
    """After so many bytes of an answer both ends are cut, then this is over."""
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _carrying: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    @contextlib.asynccontextmanager
    async def to(cls, target: int) -> AsyncIterator[Proxy]:
        """A proxy that listens."""
        proxy = cls(target)
        server = await asyncio.start_server(proxy._carry, "127.0.0.1", 0)
        proxy.port = server.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            server.close()
            proxy.cut()
            if proxy._carrying:
                await asyncio.wait(proxy._carrying, timeout=5)

    def cut(self) -> None:
        """Cut every connection there is, without a farewell."""
        for writer in list(self._open):
            writer.transport.abort()
        self._open.clear()

    def heal(self) -> None:
        """Carry everything again."""
        self.delay, self.refuse, self.swallow, self.break_after = 0.0, False, False, None

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        carrying = asyncio.current_task()
        assert carrying is not None
        self._carrying.add(carrying)
        carrying.add_done_callback(self._carrying.discard)
        if self.refuse:
            writer.transport.abort()
            return
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        ends = (writer, there_writer)
        self._open.update(ends)
        try:
            await asyncio.gather(
                self._pump(reader, there_writer, answers=False),
                self._pump(there_reader, writer, answers=True),
                return_exceptions=True,
            )
        finally:
            for end in ends:
                self._open.discard(end)
                end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        try:
            while data := await reader.read(_CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                if self.swallow:
                    continue
                if answers and self.break_after is not None:
                    data, self.break_after = data[: self.break_after], None
                    writer.write(data)
                    await writer.drain()
                    self.cut()
                    return
                writer.write(data)
                await writer.drain()
        finally:
            if not self.swallow:
                writer.transport.abort()
