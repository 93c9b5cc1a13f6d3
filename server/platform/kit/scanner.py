"""Asks a virus scanner about a file before anything else looks at it, where the city has one.

The protocol is that of ClamAV's daemon: `zINSTREAM\\0`, the content in pieces with their length before each, a piece
of no length; then one answer (clamd(8), COMMANDS). A scanner that cannot be asked lets nothing through.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import struct
from typing import IO
from urllib.parse import urlsplit

from server.platform.kit.errors import BusyError, FileError

log = logging.getLogger("egret.scanner")
_SECONDS = 15.0
_PIECE = 64 * 1024
_LONGEST_ANSWER = 4096


class UnsafeFileError(FileError):
    """The scanner found something in it."""


class ScannerError(BusyError):
    """The scanner cannot be asked; nothing is known of the file."""


class Scanner:
    """A ClamAV daemon at `tcp://host:port`; without an address every file passes."""

    def __init__(self, address: str | None) -> None:
        self._address = urlsplit(address) if address else None

    async def check(self, file: IO[bytes]) -> None:
        """Look at a file from its beginning. Raises UnsafeFileError, or ScannerError."""
        if self._address is None:
            return
        try:
            async with asyncio.timeout(_SECONDS):
                answer = await self._ask(self._address.hostname or "", self._address.port or 3310, file)
        except (OSError, TimeoutError, asyncio.LimitOverrunError, asyncio.IncompleteReadError) as error:
            log.error("the scanner cannot be asked: %s", type(error).__name__)
            raise ScannerError from error
        if answer == b"stream: OK":
            return
        if answer.endswith(b" FOUND"):
            log.warning("the scanner found something in a file")
            raise UnsafeFileError
        log.error("the scanner could not look at a file")
        raise ScannerError

    @staticmethod
    async def _ask(host: str, port: int, file: IO[bytes]) -> bytes:
        reader, writer = await asyncio.open_connection(host, port, limit=_LONGEST_ANSWER)
        try:
            writer.write(b"zINSTREAM\0")
            file.seek(0)
            while piece := file.read(_PIECE):
                writer.write(struct.pack(">I", len(piece)) + piece)
                await writer.drain()
            writer.write(struct.pack(">I", 0))
            await writer.drain()
            return (await reader.readuntil(b"\0")).rstrip(b"\0")
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
