"""Helper processes: what they may do, what ends them, and that no one else feels it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import pytest

from server.platform.sandbox.confine import Limits
from server.platform.sandbox.helpers import Helpers, in_memory
from server.platform.sandbox.kept import Kept
from server.platform.sandbox.sandbox import BrokenFileError, Sandbox, SandboxBusyError, UnreadableFileError
from server.platform.sandbox.wire import BrokenAnswerError, Fault, Part
from tests.support.hostile import PDF_BOMBS, PICTURE_BOMBS
from tests.support.paths import ROOT
from tests.support.photos import NOT_PHOTOS, pdf, photo

BOMBS = PDF_BOMBS | PICTURE_BOMBS
LIMITS = Limits(memory=1 << 30, cpu_seconds=20)


async def parts(
    helpers: Helpers, content: bytes, *, limits: Limits = LIMITS, seconds: float = 30.0
) -> list[tuple[Part, bytes]]:
    file = in_memory(content)
    try:
        return [part async for part in helpers.parts("photos", file, limits, seconds, {"most_pages": 10})]
    finally:
        os.close(file)


async def photos(sandbox: Sandbox, content: bytes, person: str = "a") -> int:
    """How many photos came."""
    file = in_memory(content)
    try:
        return len([made async for made in sandbox.photos(person, file, 10) if not isinstance(made, int)])
    finally:
        os.close(file)


async def test_a_file_is_read(helpers: Helpers) -> None:
    kinds = [kind for kind, _ in await parts(helpers, pdf(3))]
    assert kinds == [Part.COUNT, Part.CONTENT, Part.CONTENT, Part.CONTENT, Part.DONE]


@pytest.mark.parametrize("what", NOT_PHOTOS)
async def test_what_is_no_photo_is_said_so(helpers: Helpers, what: str) -> None:
    with pytest.raises(UnreadableFileError):
        await photos(Sandbox(helpers), NOT_PHOTOS[what])


async def test_honest_files_of_all_sizes_are_read(helpers: Helpers) -> None:
    sandbox = Sandbox(helpers)
    assert await photos(sandbox, pdf(5)) == 5
    assert await photos(sandbox, pdf(10)) == 10
    assert await photos(sandbox, photo(size=(8064, 6048))) == 1  # 48 megapixels


@pytest.mark.long
@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_bomb_takes_what_one_document_may_and_no_more(helpers: Helpers, bomb: str) -> None:
    limits = Limits(memory=512 << 20, cpu_seconds=1)
    try:
        answer = await parts(helpers, BOMBS[bomb](), limits=limits, seconds=3.0)
    except BrokenAnswerError:
        answer = []
    assert all(len(content) < 16 << 20 for _, content in answer)
    assert (await parts(helpers, photo()))[-1][0] is Part.DONE


async def test_one_that_sleeps_is_killed_at_its_deadline(helpers: Helpers) -> None:
    with pytest.raises(BrokenAnswerError):
        await parts(helpers, pdf(10), seconds=0.0)


@pytest.mark.long
async def test_a_helper_that_dies_costs_one_answer(helpers: Helpers) -> None:
    sandbox = Sandbox(helpers)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("server.platform.sandbox.sandbox.FILE_LIMITS", Limits(memory=1 << 30, cpu_seconds=1))
        with pytest.raises(BrokenFileError):
            await photos(sandbox, PDF_BOMBS["nested forms"](), "bad")
    others = await asyncio.gather(*(photos(sandbox, photo(), f"person {n}") for n in range(6)))
    assert others == [1] * 6


async def test_too_many_pages_are_refused_before_any_is_painted(helpers: Helpers) -> None:
    answer = await parts(helpers, pdf(11))
    assert answer == [(Part.REFUSED, Fault.TOO_MANY_PAGES.value.encode())]


async def test_who_asked_goes_away_and_the_helper_goes_too(helpers: Helpers) -> None:
    assert await helpers.can("photos")
    asked = asyncio.create_task(photos(Sandbox(helpers), pdf(10)))
    while not children(helpers):  # noqa: ASYNC110 - the kernel tells no one
        await asyncio.sleep(0.001)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    while children(helpers):  # noqa: ASYNC110 - as above; it has 30 seconds of work left
        await asyncio.sleep(0.001)


@pytest.mark.long
async def test_a_zygote_that_died_is_started_again() -> None:
    own = Helpers()
    try:
        assert await own.can("photos")
        assert own.pid is not None
        os.kill(own.pid, signal.SIGKILL)
        await asyncio.to_thread(os.waitid, os.P_PID, own.pid, os.WEXITED | os.WNOWAIT)
        assert (await parts(own, photo()))[-1][0] is Part.DONE
    finally:
        own.close()


async def test_it_holds_no_secret() -> None:
    """Its environment is empty; of files it has its control socket alone, once no one has handed it any."""
    own = Helpers()
    try:
        assert await own.can("photos")
        process = Path(f"/proc/{own.pid}")
        assert (process / "environ").read_bytes().split(b"\0")[:-1] == [b"LC_ALL=C.UTF-8"]
        opened = {os.readlink(file) for file in (process / "fd").iterdir()}
        assert {name for name in opened if name.startswith("socket:")}
        assert all(name.startswith("socket:") or name == "/dev/null" for name in opened)
    finally:
        own.close()


ATTEMPTS = {
    "reads a secret": "open('/etc/passwd')",
    "reads the server's environment": "open(f'/proc/{sys.argv[3]}/environ')",
    "lists the files": "os.listdir('/')",
    "writes a file": "open('/tmp/egret-written', 'w')",
    "connects": "socket.create_connection(('127.0.0.1', 27017), timeout=1)",
    "makes a socket": "socket.socket(socket.AF_UNIX)",
    "runs a program": "os.execv('/bin/true', ['true'])",
    "forks": "os.fork() or os._exit(0)",
    "kills": "os.kill(int(sys.argv[3]), 0)",
    "sends a signal by a file": "import fcntl; fcntl.fcntl(0, fcntl.F_SETOWN, int(sys.argv[3]))",
    "asks for signals": "import fcntl; fcntl.fcntl(0, fcntl.F_SETFL, os.O_ASYNC)",
    "takes memory": "bytearray(2 << 30)",
}
_CONFINED = """
import os, socket, sys
sys.path.insert(0, sys.argv[1])
from server.platform.sandbox import confine
confine.die_with_parent()
limits = confine.Limits(memory=1 << 30, cpu_seconds=5)
calls = confine.Calls()
assert confine.close_files([])
confine.limit(limits)
calls.close()
try:
    exec(sys.argv[2])
except (OSError, MemoryError) as error:
    print(type(error).__name__)
else:
    print("done")
"""


@pytest.mark.parametrize("attempt", ATTEMPTS)
async def test_a_helper_taken_over_can_do_nothing(helpers: Helpers, attempt: str) -> None:
    assert await helpers.can("photos")
    assert helpers.layers == {"files", "calls"}, "this machine has no Landlock or no seccomp"
    given = [str(ROOT), ATTEMPTS[attempt], str(os.getpid())]
    command = [sys.executable, "-I", "-c", _CONFINED, *given]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert done.stdout.strip() in ("PermissionError", "MemoryError", "OSError"), (done.stdout, done.stderr)


def children(helpers: Helpers) -> list[str]:
    """The helpers at work."""
    return Path(f"/proc/{helpers.pid}/task/{helpers.pid}/children").read_text("utf-8").split()


def test_the_server_itself_never_loads_what_reads_files_of_others() -> None:
    names = ("PIL", "pypdfium2", "pypdfium2_raw", "resvg_py", "weasyprint")
    code = f"import server.app, server.cli.main, sys; print([n for n in {names!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


ANSWERS: dict[str, list[tuple[Part, bytes]]] = {
    "no count": [(Part.DONE, b"")],
    "a count that is no number": [(Part.COUNT, b"\0" * 5)],
    "none": [(Part.COUNT, b"\0\0\0\0")],
    "four billion": [(Part.COUNT, b"\xff\xff\xff\xff")],
    "a photo before the count": [(Part.CONTENT, b"\0\0\0\1\0\0\0\1\xff\xd8\xff")],
    "no photo": [(Part.COUNT, b"\0\0\0\1"), (Part.DONE, b"")],
    "a page": [(Part.COUNT, b"\0\0\0\1"), (Part.CONTENT, b"\0\0\0\1\0\0\0\1<html>")],
    "a photo without an end": [(Part.COUNT, b"\0\0\0\1"), (Part.CONTENT, b"\xff" * 8 + b"\xff\xd8\xff")],
    "one too many": [(Part.COUNT, b"\0\0\0\1"), *[(Part.CONTENT, b"\0\0\0\1\0\0\0\1\xff\xd8\xff")] * 2],
    "a reason that nobody knows": [(Part.REFUSED, b"because")],
    "a reason that is no text": [(Part.REFUSED, b"\xff")],
}


@pytest.mark.parametrize("answer", ANSWERS)
async def test_whatever_a_helper_answers_it_is_trusted_in_nothing(
    helpers: Helpers, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    async def parts(_self: Helpers, *_: object) -> AsyncGenerator[tuple[Part, bytes], None]:
        for part in ANSWERS[answer]:
            yield part

    monkeypatch.setattr(Helpers, "parts", parts)
    with pytest.raises(BrokenFileError):
        await photos(Sandbox(helpers), photo())


async def killed_at_work(own: Helpers) -> bool:
    """Kill a zygote whose helper reads a file; False where the helper was done before, as on a slow machine."""
    assert await own.can("photos")
    assert own.pid is not None
    asked = asyncio.create_task(photos(Sandbox(own), pdf(10)))
    while not children(own) and not asked.done():  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.001)
    os.kill(own.pid, signal.SIGKILL)
    try:
        assert await asked == 10
    except SandboxBusyError:
        return True
    return False


@pytest.mark.long
async def test_no_one_is_blamed_when_the_zygote_dies() -> None:
    was_at_work = False
    while not was_at_work:
        own = Helpers()
        try:
            was_at_work = await killed_at_work(own)
            if was_at_work:
                assert await photos(Sandbox(own), photo()) == 1
        finally:
            own.close()


async def test_a_zygote_that_does_not_start_is_not_tried_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.platform.sandbox.helpers._BEGIN", "import sys; sys.exit(1)")
    own, tries, honest = Helpers(), [], subprocess.Popen

    def counted(*given: Any, **named: Any) -> Any:
        tries.append(given)
        return honest(*given, **named)

    monkeypatch.setattr(subprocess, "Popen", counted)
    for _ in range(5):
        with pytest.raises(SandboxBusyError):
            await photos(Sandbox(own), photo())
    assert len(tries) == 1


async def test_what_is_not_kept_any_more_is_not_in_memory() -> None:
    kept = Kept(10)
    for n in range(20):
        await kept.get(bytes([n]), AsyncMock(return_value=b"12345"))
    assert len(kept._known) == 2
