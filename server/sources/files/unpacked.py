"""gzip as a stream, whatever the file is called."""

from __future__ import annotations

import io
import zlib
from typing import BinaryIO

from server.sources.files.faults import UnreadableDeliveryError

GZIP = b"\x1f\x8b"
_BLOCK = 1 << 18
_WITH_GZIP_HEADER = 31


class Unpacked(io.RawIOBase):
    """What is in a gzip file, member after member (RFC 1952).

    Once it is read to its end, `cut` says that the file ends within a member, and `behind` that something else follows
    the last one. Raises UnreadableDeliveryError where the data are damaged.
    """

    def __init__(self, packed: BinaryIO) -> None:
        super().__init__()
        self._packed = packed
        self._member = zlib.decompressobj(_WITH_GZIP_HEADER)
        self._waiting = b""
        self._over = False
        self.cut = False
        self.behind = False

    def readable(self) -> bool:
        """A raw stream says so itself."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # what BufferedReader gives
        """Fill as much of the buffer as there is; 0 at the end."""
        while not self._over:
            self._waiting = self._waiting or self._packed.read(_BLOCK)
            try:
                found = self._member.decompress(self._waiting, len(buffer))
            except zlib.error:
                raise UnreadableDeliveryError("file_damaged") from None
            at_end = not self._waiting
            self._waiting = self._member.unconsumed_tail
            if self._member.eof:
                self._next_member()
            elif at_end and not found:
                self._over = self.cut = True
            if found:
                buffer[: len(found)] = found
                return len(found)
        return 0

    def close(self) -> None:
        """Close the file as well."""
        self._packed.close()
        super().close()

    def _next_member(self) -> None:
        rest = self._member.unused_data.lstrip(b"\0")
        while len(rest) < len(GZIP) and (more := self._packed.read(_BLOCK)):
            rest = (rest + more).lstrip(b"\0")  # zeros behind a member are padding
        self._waiting = rest
        if rest.startswith(GZIP):
            self._member = zlib.decompressobj(_WITH_GZIP_HEADER)
        else:
            self._over = True
            self.behind = bool(rest)
