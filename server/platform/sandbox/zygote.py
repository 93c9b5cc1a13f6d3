"""The process that helpers are forked from: it has the libraries, and never looks into a document itself.

It holds no secret, no database and no network: its environment is empty, and only its control socket is open. For
each document it forks a helper, which gets the file and a socket to answer on, reads one document, and ends. A helper
that takes too long is killed. When the server ends, the control socket ends, and everything here with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path

from server.platform.kit.json import JsonObject
from server.platform.sandbox import confine, wire
from server.platform.sandbox.wire import Fault, Part

_LONGEST_JOB = 4096
_NICE = 19
"""Others go first: a helper never makes the server late."""
_READABLE = ("/usr/lib", "/lib", "/lib64", "/usr/share", "/usr/local/share", "/etc/fonts", "/var/cache/fontconfig")
_READABLE_FILES = ("/etc/ld.so.cache", "/dev/urandom", "/dev/null")


@dataclass(frozen=True, slots=True)
class Job:
    """What a helper is to do; `id` is what it can be killed by."""

    id: int
    task: str
    limits: confine.Limits
    seconds: float
    options: JsonObject


def main(control_file: int) -> None:
    """Serve jobs until the control socket ends."""
    confine.die_with_parent()
    with contextlib.suppress(OSError):  # where memory runs out, a helper goes first
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    control = socket.socket(fileno=control_file)
    control.set_inheritable(False)
    os.nice(_NICE)
    tasks = _load()
    closed = confine.close_files([*_libraries(), *map(Path, _READABLE), *map(Path, _READABLE_FILES)])
    calls = _calls()
    layers = [name for name, there in (("files", closed), ("calls", calls is not None)) if there]
    control.send(json.dumps({"tasks": tasks, "layers": layers}).encode())
    _serve(control, calls)


def _load() -> list[str]:
    """Import the libraries and let them find their fonts, once for all; the tasks that this machine can do."""
    from server.platform.sandbox import documents

    tasks = ["photos", "picture"]
    try:
        documents.letter(b"<p>\xe4\xbf\xa1")
    except OSError:  # no Pango
        return tasks
    return [*tasks, "letter"]


def _libraries() -> list[Path]:
    return [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")]


def _calls() -> confine.Calls | None:
    try:
        return confine.Calls()
    except OSError:  # no libseccomp
        return None


@dataclass(frozen=True, slots=True)
class _Helper:
    """A helper at work."""

    job: int
    process: int
    until: float


def _serve(control: socket.socket, calls: confine.Calls | None) -> None:
    """Fork a helper for each job; kill those that are late or not wanted any more."""
    helpers: dict[int, _Helper] = {}  # by pidfd
    while True:
        now = time.monotonic()
        for watched, helper in helpers.items():
            if helper.until <= now:
                signal.pidfd_send_signal(watched, signal.SIGKILL)
        wait = min((max(0.02, helper.until - now) for helper in helpers.values()), default=None)
        ready, _, _ = select.select([control.fileno(), *helpers], [], [], wait)
        for watched in helpers.keys() & set(ready):
            os.waitpid(helpers.pop(watched).process, 0)
            os.close(watched)
        if control.fileno() in ready and not _obey(control, helpers, calls):
            return


def _obey(control: socket.socket, helpers: dict[int, _Helper], calls: confine.Calls | None) -> bool:
    """Do what the next message says; False where there are no more messages."""
    message, files, _, _ = socket.recv_fds(control, _LONGEST_JOB, 2)
    if not message:
        return False
    given = json.loads(message)
    if "kill" in given:
        for watched, helper in helpers.items():
            if helper.job == given["kill"]:
                signal.pidfd_send_signal(watched, signal.SIGKILL)
        return True
    job = Job(given["id"], given["task"], confine.Limits(**given["limits"]), given["seconds"], given["options"])
    try:
        process = _start(control, job, files, calls)
    except OSError:  # no more processes, or no memory
        wire.write(files[1], Part.REFUSED, Fault.NOT_NOW.value.encode())
        for file in files:
            os.close(file)
        return True
    helpers[os.pidfd_open(process)] = _Helper(job.id, process, time.monotonic() + job.seconds)
    return True


def _start(control: socket.socket, job: Job, files: list[int], calls: confine.Calls | None) -> int:
    """Fork a helper for a job; its process."""
    document, answer = files
    process = os.fork()
    if process == 0:
        control.close()
        _help(job, document, answer, calls)
    os.close(document)
    os.close(answer)
    return process


def _help(job: Job, document: int, answer: int, calls: confine.Calls | None) -> None:
    """The whole life of a helper."""
    status = 1
    try:
        confine.die_with_parent()
        confine.limit(job.limits)
        if calls is not None:
            calls.close()
        _do(job, document, answer)
        status = 0
    finally:
        os._exit(status)  # nothing of the zygote is tidied up in here


def _do(job: Job, document: int, answer: int) -> None:
    from server.platform.sandbox import documents

    with open(document, "rb", closefd=False) as file:
        content = file.read()
    try:
        if job.task == "photos":
            _photos(content, job.options["most_pages"], answer)
        elif job.task == "picture":
            wire.write(answer, Part.CONTENT, documents.picture(content, **job.options))
        else:
            wire.write(answer, Part.CONTENT, documents.letter(content))
    except documents.UnreadableError as error:
        wire.write(answer, Part.REFUSED, error.fault.value.encode())
    except MemoryError:
        wire.write(answer, Part.REFUSED, Fault.TOO_LARGE.value.encode())
    else:
        wire.write(answer, Part.DONE)


def _photos(content: bytes, most_pages: int, answer: int) -> None:
    from server.platform.sandbox import documents

    for made in documents.photos(content, most_pages):
        if isinstance(made, int):
            wire.write(answer, Part.COUNT, made.to_bytes(4, "big"))
        else:
            wire.write(answer, Part.CONTENT, wire.packed(made))


if __name__ == "__main__":
    main(int(sys.argv[1]))
