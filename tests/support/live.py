"""A world that is served on a real port, for what needs a real connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
import uvicorn
from starlette.types import ASGIApp
from websockets.asyncio.client import ClientConnection, connect

from server.api import sockets
from server.platform.http.listener import server_config
from tests.support.world import World

BROWSER = {"sec-fetch-site": "same-origin"}
"""What a browser says of a form on one of our own pages."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


@contextlib.asynccontextmanager
async def served(world: World, trusted_proxies: str = "127.0.0.1") -> AsyncIterator[int]:
    """The port that it listens on."""
    async with listening_for(world.app, trusted_proxies) as port:
        yield port


@contextlib.asynccontextmanager
async def listening_for(app: ASGIApp, trusted_proxies: str = "127.0.0.1") -> AsyncIterator[int]:
    """The port that an application listens on."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = server_config(app, trusted_proxies, lifespan="off", timeout_graceful_shutdown=1)
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    await until(lambda: server.started)
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await running


def opened(port: int, **options: Any) -> connect:
    """A WebSocket that speaks the protocol of subscriptions."""
    protocol: Any = options.pop("subprotocols", [sockets.PROTOCOL])
    return connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=protocol, **options)


async def signed_in(websocket: ClientConnection, token: str | None = None) -> None:
    """Begin, as someone or as no one."""
    payload = {} if token is None else {"authorization": f"Bearer {token}"}
    await send(websocket, type="connection_init", payload=payload)
    assert await heard(websocket) == {"type": "connection_ack"}


async def send(websocket: ClientConnection, **message: Any) -> None:
    await websocket.send(orjson.dumps(message).decode())


async def heard(websocket: ClientConnection, seconds: float = 30) -> Any:
    """The next message."""
    async with asyncio.timeout(seconds):
        return orjson.loads(await websocket.recv())


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that no one tells."""
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)
