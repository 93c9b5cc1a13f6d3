"""The server's end of the helpers: starts the process that they are forked from, and hands it documents."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import AsyncGenerator, Mapping
from dataclasses import asdict
from itertools import count
from pathlib import Path

from server.platform.kit.errors import BusyError
from server.platform.sandbox import wire
from server.platform.sandbox.confine import Limits
from server.platform.sandbox.wire import BrokenAnswerError, Part

log = logging.getLogger("egret.sandbox")
_ROOT = Path(__file__).parents[3]
_START_SECONDS = 60.0
_AGAIN_SECONDS = 10.0
_DYING_SECONDS = 0.02
_LAYERS = {"files": "Landlock (Linux 5.13)", "calls": "seccomp (Debian: libseccomp2)"}
_BEGIN = """import sys
sys.path.insert(0, sys.argv[2])
from server.platform.sandbox.zygote import main
main(int(sys.argv[1]))"""


class HelpersDownError(BusyError):
    """No helper can be had at this moment."""


class Helpers:
    """One zygote; it is started when it is first needed, and again when it has died. Safe to share between loops."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._numbers = count(1)
        self._not_before = 0.0
        """When a start that failed may be tried again."""
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._end_process: weakref.finalize[..., Helpers] | None = None
        """Called when this is closed, or when there is no reference to it any more."""
        self._tasks: frozenset[str] = frozenset()
        self.layers: frozenset[str] = frozenset()
        """What confines a helper besides its limits: `files`, `calls`."""

    @property
    def pid(self) -> int | None:
        """The process that helpers are forked from, while there is one."""
        return None if self._process is None else self._process.pid

    async def can(self, task: str) -> bool:
        """Whether this machine has the libraries for a task. Raises HelpersDownError."""
        await self._started()
        return task in self._tasks

    async def parts(
        self, task: str, document: int, limits: Limits, seconds: float, options: Mapping[str, object]
    ) -> AsyncGenerator[tuple[Part, bytes], None]:
        """What one helper answers about a document, given as a file descriptor; the last part is DONE or REFUSED.

        When this ends, also half-way, the helper has ended.

        Raises:
            HelpersDownError: no helper began.
            BrokenAnswerError: it died, or was killed for taking too long or too much.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                job, process = await self._hand_over(task, [document, theirs.fileno()], limits, seconds, options)
            reader, writer = await asyncio.open_unix_connection(sock=ours)
        except BaseException:
            ours.close()
            raise
        try:
            kind = None
            while kind not in (Part.DONE, Part.REFUSED):
                kind, content = await wire.read(reader)
                yield kind, content
        except BrokenAnswerError:
            if await self._has_died(process):
                raise HelpersDownError from None
            raise
        finally:
            self._kill(job)
            await _until_gone(reader)
            writer.close()

    async def _hand_over(
        self, task: str, files: list[int], limits: Limits, seconds: float, options: Mapping[str, object]
    ) -> tuple[int, subprocess.Popen[bytes] | None]:
        job = next(self._numbers)
        given = {"id": job, "task": task, "limits": asdict(limits), "seconds": seconds, "options": options}
        for _ in range(2):
            control = await self._started()
            try:
                socket.send_fds(control, [json.dumps(given).encode()], files)
                return job, self._process
            except BlockingIOError:
                break
            except OSError:
                self._forget(control)
        raise HelpersDownError

    async def _has_died(self, process: subprocess.Popen[bytes] | None) -> bool:
        """Whether the zygote ended, and its helpers with it, whatever they read."""
        await asyncio.sleep(_DYING_SECONDS)
        if process is not None and process.poll() is None:
            return False
        if process is self._process and self._control is not None:
            self._forget(self._control)
        return True

    def _kill(self, job: int) -> None:
        """End the helper of a job, if it has not ended."""
        with contextlib.suppress(OSError):
            if self._control is not None:
                self._control.send(json.dumps({"kill": job}).encode())

    async def _started(self) -> socket.socket:
        if self._control is not None:
            return self._control
        return await asyncio.to_thread(self._start)

    def _start(self) -> socket.socket:
        with self._starting:
            if self._control is not None:
                return self._control
            if time.monotonic() < self._not_before:
                raise HelpersDownError
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                command = [sys.executable, "-I", "-c", _BEGIN, str(theirs.fileno()), str(_ROOT)]
                self._process = subprocess.Popen(  # noqa: S603 - our own module
                    command,
                    env={"LC_ALL": "C.UTF-8"},
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                )
            self._end_process = weakref.finalize(self, _ended, self._process)
            self._greet(ours)
            self._control = ours
            return ours

    def _greet(self, ours: socket.socket) -> None:
        ours.settimeout(_START_SECONDS)
        try:
            hello = json.loads(ours.recv(4096))
        except (OSError, ValueError):
            ours.close()
            self._end()
            self._not_before = time.monotonic() + _AGAIN_SECONDS
            log.error("the process for pictures, PDF files and letters does not start")
            raise HelpersDownError from None
        ours.setblocking(False)
        self._tasks = frozenset(hello["tasks"])
        self.layers = frozenset(hello["layers"])
        for name in sorted(_LAYERS.keys() - self.layers):
            log.warning("files of others are read without %s on this machine", _LAYERS[name])
        if "letter" not in self._tasks:
            log.warning("No Pango found (Debian: libpangoft2-1.0-0): letters are pages without a PDF.")

    def _forget(self, control: socket.socket) -> None:
        if not self._starting.acquire(blocking=False):
            return  # another task starts one at this moment
        try:
            if self._control is control:
                control.close()
                self._control = None
                self._end()
        finally:
            self._starting.release()

    def close(self) -> None:
        """End the zygote and its helpers."""
        if self._control is not None:
            self._forget(self._control)

    def _end(self) -> None:
        if self._end_process is not None:
            self._end_process()
            self._process = self._end_process = None


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


async def _until_gone(reader: asyncio.StreamReader) -> None:
    """Wait until the helper's end of the answer is closed, which is when its process has ended."""
    with contextlib.suppress(ConnectionError):
        while await reader.read(1 << 16):
            pass


def in_memory(content: bytes) -> int:
    """A file descriptor of a file that is on no disk, with this content."""
    file = os.memfd_create("egret-document", os.MFD_CLOEXEC)
    left = memoryview(content)
    while left:
        left = left[os.write(file, left) :]
    os.lseek(file, 0, os.SEEK_SET)
    return file
