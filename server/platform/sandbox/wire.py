"""What a helper answers: parts with a kind and a length, the last of them `DONE` or `REFUSED`.

The reader trusts none of it: lengths are bounded, and an answer that ends without its last part is none.
"""

from __future__ import annotations

import asyncio
import os
import struct
from enum import Enum

from server.platform.kit.errors import FileError

_HEAD = struct.Struct(">cI")
_SIZE = struct.Struct(">II")
_JPEG = b"\xff\xd8\xff"
LONGEST_EDGE = 2560
"""Of a photo, in pixels."""
LONGEST_PART = 16 * 1024 * 1024


Photo = tuple[bytes, tuple[int, int]]
"""A JPEG, and its width and height in pixels."""


class Part(Enum):
    """What a part holds."""

    COUNT = b"C"
    """How many pages follow, as an unsigned integer of four bytes."""
    CONTENT = b"P"
    """A picture or a document."""
    REFUSED = b"E"
    """A `Fault` by its value."""
    DONE = b"D"


class Fault(Enum):
    """Why a document was not read."""

    UNREADABLE = "unreadable"
    TOO_LARGE = "too large"
    """Too many pixels, or pages of kilometres."""
    LOCKED = "locked"
    """It needs a password."""
    TOO_MANY_PAGES = "too many pages"
    NOT_NOW = "not now"
    """No helper could be forked."""


class BrokenAnswerError(FileError):
    """The helper ended before its answer did, or answered with something else."""


def write(file: int, kind: Part, content: bytes = b"") -> None:
    """Write one part to a file descriptor."""
    for piece in (_HEAD.pack(kind.value, len(content)), content):
        left = memoryview(piece)
        while left:
            left = left[os.write(file, left) :]


async def read(reader: asyncio.StreamReader) -> tuple[Part, bytes]:
    """The next part. Raises BrokenAnswerError."""
    try:
        kind, length = _HEAD.unpack(await reader.readexactly(_HEAD.size))
        if length > LONGEST_PART:
            raise BrokenAnswerError
        return Part(kind), await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError, ValueError):
        raise BrokenAnswerError from None


def packed(photo: Photo) -> bytes:
    """A photo as the content of a part."""
    content, size = photo
    return _SIZE.pack(*size) + content


def unpacked(content: bytes) -> Photo:
    """A photo from the content of a part. Raises BrokenAnswerError where it is no JPEG of a usable size."""
    if not content[_SIZE.size :].startswith(_JPEG):
        raise BrokenAnswerError
    width, height = _SIZE.unpack_from(content)
    if not (0 < width <= LONGEST_EDGE and 0 < height <= LONGEST_EDGE):
        raise BrokenAnswerError
    return content[_SIZE.size :], (width, height)
