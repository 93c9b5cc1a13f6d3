"""What idle subscriptions cost: memory of the server with so many WebSockets open, each listening to something.

python deploy/bench/sockets.py [--sockets 1000]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect

from schema.types.principal import Kind
from server.api.listeners import MOST_OF_ONE
from server.auth.staff.sessions import StaffSessions
from server.container import Container, open_container
from server.settings import Settings, demo_settings

SECRETS = ("token_key", "index_key", "master_key", "wechat_token", "wechat_aes_key", "wechat_app_secret")
LISTEN = {
    "type": "subscribe",
    "id": "1",
    "payload": {"query": "subscription { queueChanged { case { id revision } } }"},
}


def memory(process: subprocess.Popen[bytes]) -> float:
    """Resident memory in MiB."""
    status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def start(settings: Settings, uri: str, port: int) -> subprocess.Popen[bytes]:
    """A server on the same database."""
    env = {**os.environ, "EGRET_MONGODB_URI": uri, "EGRET_DATABASE": settings.database, "EGRET_PORT": str(port)}
    env |= {f"EGRET_{name.upper()}": getattr(settings, name).get_secret_value() for name in SECRETS}
    env["EGRET_SCHEME"] = settings.scheme
    return subprocess.Popen([sys.executable, "-m", "server.cli", "serve"], env=env, stderr=subprocess.DEVNULL)


async def started(base: str) -> None:
    """Wait until the server answers."""
    async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
        for _ in range(200):
            try:
                await http.get("/livez")
                return
            except httpx.ConnectError:
                await asyncio.sleep(0.05)


async def tokens_of_staff(container: Container, key: str, sockets: int) -> list[str]:
    """A token for each socket: no one may have more than a few open."""
    sessions = StaffSessions(container.store, container.clock, key)
    tokens = []
    for n in range(-(-sockets // MOST_OF_ONE)):
        account = f"agent-{n}"
        staff = {"_id": account, "name": "agent", "role": Kind.AGENT.value, "active": True, "id_index": None}
        await container.store["staff"].insert_one(staff)
        token, _ = await sessions.begin(account)
        tokens += [token] * MOST_OF_ONE
    return tokens


async def listener(port: int, token: str) -> ClientConnection:
    """A socket that listens."""
    websocket = await connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=["graphql-transport-ws"])  # type: ignore[list-item]
    begin = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
    await websocket.send(orjson.dumps(begin).decode())
    await websocket.recv()
    await websocket.send(orjson.dumps(LISTEN).decode())
    return websocket


async def main() -> None:
    """Print the raw figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sockets", type=int, default=1000)
    given: Any = parser.parse_args()
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    with tempfile.TemporaryDirectory() as name:
        settings = demo_settings(Settings(demo=True, data_dir=Path(name)), port=0)
        async with open_container(settings) as container:
            process = start(settings, container.store.uri, port)
            try:
                await started(f"http://127.0.0.1:{port}")
                key = settings.token_key.get_secret_value()
                tokens = iter(await tokens_of_staff(container, key, given.sockets + 1))
                websockets = [await listener(port, next(tokens))]
                await asyncio.sleep(1)
                before = memory(process)
                websockets += [await listener(port, next(tokens)) for _ in range(given.sockets)]
                await asyncio.sleep(3)
                after = memory(process)
                print(f"{given.sockets:,} idle subscriptions: {before:.0f} MiB before, {after:.0f} MiB with them,")
                print(f"so {after - before:.0f} MiB, {(after - before) * 1024 / given.sockets:.0f} KiB each")
                for websocket in websockets:
                    await websocket.close()
            finally:
                process.terminate()
                process.wait()


if __name__ == "__main__":
    asyncio.run(main())
