"""The bounds of the HTTP server itself, on a real port."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from server.platform.http import bodies, listener
from tests.support.live import opened, served, signed_in
from tests.support.world import World

UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nhost: egret\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"sec-websocket-protocol: graphql-transport-ws\r\n\r\n"
)
HELLO = b"GET /livez HTTP/1.1\r\nhost: egret\r\n\r\n"


@contextlib.asynccontextmanager
async def line(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def answer(port: int, *pieces: bytes) -> bytes:
    """All that comes until the server closes."""
    async with line(port) as (reader, writer), asyncio.timeout(30):
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
        with contextlib.suppress(ConnectionError):
            return await reader.read()
    return b""


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nhost: egret\r\n\r\n", b"414"),
        (b"GET /livez HTTP/1.1\r\nhost: egret\r\nx: " + b"a" * 40_000 + b"\r\n\r\n", b"431"),
        (b"GET /livez HTTP/1.1\r\nhost: egret\r\n" + b"x: a\r\n" * 200 + b"\r\n", b"431"),
        (b"GET /livez HTTP/1.1\r\nhost: egret\r\nx: " + b"a" * 200_000, b"431"),
        (b"GET /" + b"a" * 200_000, b"431"),
        (b"\r\n" * 100_000, b"431"),
    ],
    ids=["a long address", "a long header", "many headers", "a header without end", "an address without end", "blanks"],
)
async def test_a_head_that_is_too_long_is_refused(world: World, head: bytes, status: bytes) -> None:
    async with served(world) as port:
        assert (await answer(port, head))[9:12] in (status, b"400", b"")
        assert (await answer(port, HELLO.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")))[9:12] == b"200"


async def test_an_ordinary_line_goes_on_for_many_requests(world: World) -> None:
    async with served(world) as port, line(port) as (reader, writer), asyncio.timeout(30):
        for _ in range(50):
            writer.write(HELLO)
            assert b" 200 " in await reader.readline()
            length = 0
            while (header := await reader.readline()) != b"\r\n":
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            await reader.readexactly(length)


async def test_a_head_that_does_not_come_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "HEAD_SECONDS", 0.1)
    async with served(world) as port:
        assert (await answer(port, b"GET /livez HTTP/1.1\r\nhost"))[9:12] == b"408"
        assert await answer(port) == b""


async def test_one_address_has_so_many_connections_and_a_proxy_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "MOST_OF_ONE", 3)
    for proxies, expected in (("10.0.0.0/8", b""), ("127.0.0.0/8", b"200")):
        async with served(world, proxies) as port, contextlib.AsyncExitStack() as stack:
            for _ in range(3):
                await stack.enter_async_context(line(port))
            await asyncio.sleep(0)
            said = await answer(port, HELLO.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
            assert said[9:12] == expected


async def test_a_place_is_free_again_when_its_line_or_socket_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "MOST_OF_ONE", 1)
    async with served(world, "10.0.0.0/8") as port:
        for _ in range(3):
            async with opened(port) as websocket:
                await signed_in(websocket)
            said = b""
            while not said:  # the server hears of the end in its own time
                said = await answer(port, HELLO.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))


async def ping(websocket: ClientConnection, times: int) -> None:
    for _ in range(times):
        await websocket.ping()
        await asyncio.sleep(0)


async def test_a_line_that_is_only_pinged_is_closed(world: World) -> None:
    async with served(world) as port, opened(port) as websocket:
        await signed_in(websocket)
        with pytest.raises(ConnectionClosed):
            await ping(websocket, 10_000)


@pytest.mark.parametrize("frame", [b"\x00\x80\0\0\0\0", b"\x8a\x80\0\0\0\0"], ids=["empty pieces", "pongs"])
async def test_a_line_of_frames_that_say_nothing_is_closed(world: World, frame: bytes) -> None:
    """RFC 6455, 5.2: masked and without content; pieces of a message, or pongs that no one asked for."""
    async with served(world) as port, line(port) as (reader, writer), asyncio.timeout(30):
        writer.write(UPGRADE)
        while await reader.readline() != b"\r\n":
            pass
        with contextlib.suppress(ConnectionError):
            writer.write(b"\x01\x80\0\0\0\0")  # a message that goes on
            for _ in range(1000):
                writer.write(frame * 10)
                await writer.drain()
                await asyncio.sleep(0)
            await reader.read()


async def test_an_upgrade_that_never_gets_its_body_is_not_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "HEAD_SECONDS", 0.1)
    async with served(world) as port:
        await answer(port, UPGRADE.replace(b"\r\n\r\n", b"\r\ncontent-length: 9\r\n\r\n"))


async def test_anyone_who_goes_on_sending_after_the_answer_is_not_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "HEAD_SECONDS", 0.1)
    async with served(world) as port, line(port) as (reader, writer), asyncio.timeout(30):
        writer.write(post("/no-such-page", 999_999))
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.01):
                        await reader.read(1000)


def post(path: str, length: int, kind: str = "application/json") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nhost: egret\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
    return head.encode()


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(("path", "kind"), [("/graphql", "application/json"), ("/desk/sign-in", FORM)])
async def test_a_body_that_does_not_come_is_not_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch, path: str, kind: str
) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.1)
    async with served(world) as port:
        said = await answer(port, post(path, 1000, kind) + b"{")
        assert said[9:12] == b"408"
        assert b"connection: close" in said.lower()


async def test_a_stranger_at_the_callback_is_refused_before_the_body(world: World) -> None:
    async with served(world) as port, line(port) as (reader, writer), asyncio.timeout(30):
        writer.write(post("/wechat?signature=no&timestamp=1&nonce=2", 60_000))
        assert (await reader.readline())[9:12] == b"403"


async def test_bodies_of_one_address_are_bounded_in_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MOST_OF_ONE", 2)
    async with served(world) as port, contextlib.AsyncExitStack() as stack, asyncio.timeout(30):
        for _ in range(2):
            _, writer = await stack.enter_async_context(line(port))
            writer.write(post("/graphql", 100) + b"{")
            await writer.drain()
        said = b""
        while said[9:12] != b"429":  # the two begin in their own time
            async with line(port) as (reader, writer):
                writer.write(post("/graphql", 2) + b"{}")
                said = await reader.readline()
    assert "data" in await world.ask("{ __typename }")


async def test_bodies_of_one_address_are_bounded_in_bytes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MOST_BYTES_OF_ONE", 100_000)
    token = await world.bound_token()
    document = "mutation { openEvidenceUpload { ... on OpenEvidenceUploadSuccess { upload { url } } } }"
    upload = (await world.ask(document, token=token))["data"]["openEvidenceUpload"]["upload"]
    path = "/uploads/" + upload["url"].rpartition("/")[2]
    refused = await world.http.post(path, content=bytes(300_000))
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert (await world.http.post(path, content=bytes(300_000))).status_code == 429
    assert (await world.http.post(path, content=bytes(150_000))).status_code == 422  # it has arrived; it is no photo
