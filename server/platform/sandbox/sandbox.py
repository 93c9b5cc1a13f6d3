"""Reads photos and PDF files, paints cards and prints letters: each document in a helper of its own, in fair turns."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import AsyncGenerator, Iterator, Sequence

from server.platform.kit.errors import BusyError, FileError
from server.platform.kit.fair_queue import FairQueue, QueueFullError
from server.platform.kit.json import JsonObject
from server.platform.observability import metrics
from server.platform.sandbox.confine import Limits
from server.platform.sandbox.helpers import Helpers, HelpersDownError, in_memory
from server.platform.sandbox.kept import Kept
from server.platform.sandbox.wire import BrokenAnswerError, Fault, Part, Photo, unpacked

_MIB = 1 << 20
FILE_LIMITS = Limits(memory=768 * _MIB, cpu_seconds=20)
"""Address space, of which some 200 MiB are the libraries: two such helpers fit next to a server in 2.5 GiB."""
FILE_SECONDS = 30.0
DRAWING_LIMITS = Limits(memory=512 * _MIB, cpu_seconds=10)
DRAWING_SECONDS = 20.0
_AT_ONCE = 2
_KEPT_BYTES = 16 * 1024 * 1024


class UnreadableFileError(FileError):
    """A file that cannot be read, or that takes too much; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class BrokenFileError(UnreadableFileError):
    """A file that broke its helper, or took more than one document may."""


class SandboxBusyError(BusyError):
    """No helper is free in time; the same file may be read in a while."""


class Sandbox:
    """The door to the helpers. A person is any key that tells people apart."""

    def __init__(self, helpers: Helpers) -> None:
        self.helpers = helpers
        self._files = FairQueue(_AT_ONCE)
        self._drawings = FairQueue(_AT_ONCE)
        self._kept = Kept(_KEPT_BYTES)

    async def begin(self) -> None:
        """Start the process that helpers come from, so that no request waits for it."""
        with contextlib.suppress(HelpersDownError):
            await self.helpers.can("photos")

    async def can_print(self) -> bool:
        """Whether this machine can make a PDF."""
        try:
            return await self.helpers.can("letter")
        except HelpersDownError:
            return False

    async def photos(self, person: str, file: int, most_pages: int) -> AsyncGenerator[int | Photo, None]:
        """How many photos a file gives, then each; `file` is a descriptor that is read from its beginning.

        Raises:
            UnreadableFileError, SandboxBusyError.
        """
        os.lseek(file, 0, os.SEEK_SET)
        with _counted("photos"), _judged(self._files, person):
            async with self._files.turn(person):
                answer = self.helpers.parts("photos", file, FILE_LIMITS, FILE_SECONDS, {"most_pages": most_pages})
                async with contextlib.aclosing(answer):
                    count = _count(await _next(answer, Part.COUNT), most_pages)
                    yield count
                    for _ in range(count):
                        yield unpacked(await _next(answer, Part.CONTENT))
                    await _next(answer, Part.DONE)

    async def picture(self, person: str, svg: str, width: int, fonts: Sequence[str]) -> bytes:
        """One of our SVGs as PNG; the same one is painted once. Raises UnreadableFileError, SandboxBusyError."""
        return await self._made(person, "picture", svg, {"width": width, "fonts": list(fonts)})

    async def letter(self, person: str, html: str) -> bytes:
        """One of our pages as PDF; the same one is printed once. Raises UnreadableFileError, SandboxBusyError."""
        return await self._made(person, "letter", html, {})

    async def _made(self, person: str, task: str, text: str, options: JsonObject) -> bytes:
        key = hashlib.sha256(f"{task}\0{options}\0{text}".encode()).digest()
        return await self._kept.get(key, lambda: self._make(person, task, text, options))

    async def _make(self, person: str, task: str, text: str, options: JsonObject) -> bytes:
        file = in_memory(text.encode())
        try:
            with _counted(task), _judged(self._drawings, person):
                async with self._drawings.turn(person):
                    answer = self.helpers.parts(task, file, DRAWING_LIMITS, DRAWING_SECONDS, options)
                    async with contextlib.aclosing(answer):
                        made = await _next(answer, Part.CONTENT)
                        await _next(answer, Part.DONE)
        finally:
            os.close(file)
        return made

    def close(self) -> None:
        """End the helpers."""
        self.helpers.close()


async def _next(answer: AsyncGenerator[tuple[Part, bytes], None], expected: Part) -> bytes:
    """The next part, which has to be of a kind: a helper that was taken over may answer anything.

    Raises:
        UnreadableFileError, HelpersDownError, BrokenAnswerError.
    """
    kind, content = await anext(answer, (Part.DONE, b""))
    if kind is Part.REFUSED:
        fault = Fault(content.decode())
        if fault is Fault.NOT_NOW:
            raise HelpersDownError
        raise UnreadableFileError(fault)
    if kind is not expected:
        raise BrokenAnswerError
    return content


def _count(content: bytes, most: int) -> int:
    """How many photos a helper says there are. Raises BrokenAnswerError."""
    count = int.from_bytes(content, "big") if len(content) == 4 else 0
    if not 1 <= count <= most:
        raise BrokenAnswerError
    return count


@contextlib.contextmanager
def _judged(queue: FairQueue, person: str) -> Iterator[None]:
    """Tell what went wrong in the words of this room; who broke a helper comes last for a while."""
    try:
        yield
    except (QueueFullError, HelpersDownError):
        raise SandboxBusyError from None
    except (BrokenAnswerError, ValueError):
        queue.blame(person)
        raise BrokenFileError(Fault.TOO_LARGE) from None


@contextlib.contextmanager
def _counted(task: str) -> Iterator[None]:
    """Count what became of a document."""
    outcome = "left"
    try:
        yield
        outcome = "done"
    except BrokenFileError:
        outcome = "broken"
        raise
    except UnreadableFileError:
        outcome = "refused"
        raise
    except SandboxBusyError:
        outcome = "busy"
        raise
    finally:
        metrics.SANDBOX_DOCUMENTS.labels(task, outcome).inc()
