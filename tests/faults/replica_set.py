"""A replica set of three real `mongod`s on loopback, each reached through a proxy, to kill, stop and cut off."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from server.platform.db.embedded import embedded_mongod, find_mongod
from tests.faults.proxy import Proxy

_PATIENCE = 60


def free_port() -> int:
    """A port that no one listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Member:
    """One `mongod`; everybody, the others too, reaches it through its proxy."""

    folder: Path
    port: int
    proxy: Proxy
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """As the replica set knows it."""
        return f"127.0.0.1:{self.proxy.port}"

    def start(self) -> None:
        """Start it, again after a kill."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [
            str(find_mongod()),
            *("--dbpath", str(self.folder), "--port", str(self.port), "--bind_ip", "127.0.0.1"),
            *("--replSet", "faults", "--logpath", str(self.folder / "mongod.log"), "--logappend"),
            *("--wiredTigerCacheSizeGB", "0.25", "--quiet", "--nounixsocket", "--oplogSize", "200"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            *("--setParameter", "transactionLifetimeLimitSeconds=8"),
            *("--setParameter", "minSnapshotHistoryWindowInSeconds=0"),
            *self.options,
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def send(self, number: signal.Signals) -> None:
        """A signal, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """As a power cut."""
        self.send(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()


@dataclass
class ReplicaSet:
    """Three members."""

    members: list[Member] = field(default_factory=list)

    @property
    def uri(self) -> str:
        return f"mongodb://{','.join(m.address for m in self.members)}/?replicaSet=faults"

    async def primary(self) -> Member:
        """The present primary; waits for an election."""
        for _ in range(_PATIENCE * 10):
            for member in self.members:
                hello = await hello_of(member)
                if hello.get("isWritablePrimary"):
                    return member
            await asyncio.sleep(0.1)
        raise TimeoutError("nobody became primary")

    async def whole(self) -> None:
        """Until there is a primary and two that follow it."""
        for _ in range(_PATIENCE * 10):
            states = [await hello_of(member) for member in self.members]
            if sum(bool(s.get("secondary")) for s in states) == len(self.members) - 1 and any(
                s.get("isWritablePrimary") for s in states
            ):
                return
            await asyncio.sleep(0.1)
        raise TimeoutError("the replica set is not whole")


@dataclass
class OneMember(ReplicaSet):
    """The embedded server: one member, for what needs no fail-over."""

    address: str = ""

    @property
    def uri(self) -> str:
        return self.address


@contextlib.asynccontextmanager
async def one_member(folder: Path) -> AsyncIterator[ReplicaSet]:
    """A real `mongod` under a folder, as `egret demo` starts it."""
    async with embedded_mongod(folder) as uri:
        yield OneMember(address=uri)


async def hello_of(member: Member) -> dict[str, Any]:
    """What a member says of itself, behind its proxy's back; nothing where it does not answer."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        f"mongodb://127.0.0.1:{member.port}/?directConnection=true",
        serverSelectionTimeoutMS=300,
        socketTimeoutMS=500,
    )
    try:
        with contextlib.suppress(PyMongoError):
            return dict(await client.admin.command("hello"))
        return {}
    finally:
        await client.close()


@contextlib.asynccontextmanager
async def replica_set(folder: Path, *, election_ms: int = 10_000) -> AsyncIterator[ReplicaSet]:
    """Three members; `election_ms` is for how long a primary may be silent, 10 s as MongoDB comes."""
    made = ReplicaSet()
    async with contextlib.AsyncExitStack() as stack:
        for n in range(3):
            port = free_port()
            proxy = await stack.enter_async_context(Proxy.to(port))
            member = Member(folder / f"member-{n}", port, proxy)
            member.start()
            stack.callback(member.kill)
            stack.callback(member.send, signal.SIGCONT)
            made.members.append(member)
        await _initiate(made, election_ms)
        await made.whole()
        yield made


async def _initiate(made: ReplicaSet, election_ms: int) -> None:
    config = {
        "_id": "faults",
        "members": [{"_id": n, "host": member.address} for n, member in enumerate(made.members)],
        "settings": {
            "electionTimeoutMillis": election_ms,
            "heartbeatIntervalMillis": min(2000, election_ms // 2),
            "catchUpTimeoutMillis": 2000,
        },
    }
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        f"mongodb://127.0.0.1:{made.members[0].port}/?directConnection=true", serverSelectionTimeoutMS=500
    )
    try:
        for _ in range(_PATIENCE * 10):
            with contextlib.suppress(PyMongoError):
                await client.admin.command("replSetInitiate", config)
                return
            await asyncio.sleep(0.1)
        raise TimeoutError("the members did not start")
    finally:
        await client.close()
