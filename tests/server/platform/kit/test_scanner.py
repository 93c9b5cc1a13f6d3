"""A file that the scanner refuses is kept nowhere, and one that it cannot look at neither."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Principal
from server.platform.kit.scanner import Scanner, ScannerError, UnsafeFileError
from tests.support.people import YING
from tests.support.photos import opened, photo
from tests.support.world import World

SIGNATURE = b"this stands for what a scanner knows"


@dataclass
class Daemon:
    """Speaks clamd's protocol on a real socket, and knows one signature."""

    answer: bytes | None = None
    silent: bool = False
    seen: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack(">I", await reader.readexactly(4))[0]:
            content += await reader.readexactly(length)
        self.seen.append(content)
        found = b"stream: Test.Signature FOUND\0" if SIGNATURE in content else b"stream: OK\0"
        if not self.silent:
            writer.write(self.answer if self.answer is not None else found)
        writer.close()


@asynccontextmanager
async def running(daemon: Daemon) -> AsyncIterator[str]:
    server = await asyncio.start_server(daemon.serve, "127.0.0.1", 0)
    async with server:
        yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def check(scanner: Scanner, content: bytes) -> None:
    with opened(content) as file:
        await scanner.check(file)


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 5 * 1024 * 1024])
async def test_the_whole_file_is_shown_to_the_scanner(size: int) -> None:
    daemon, content = Daemon(), bytes(range(256)) * (size // 256 + 1)
    async with running(daemon) as address:
        await check(Scanner(address), content[:size])
    assert daemon.seen == [content[:size]]


async def test_what_it_finds_is_unsafe() -> None:
    async with running(Daemon()) as address:
        with pytest.raises(UnsafeFileError):
            await check(Scanner(address), b"before " + SIGNATURE + b" after")


@pytest.mark.parametrize(
    "daemon",
    [
        Daemon(silent=True),
        Daemon(answer=b""),
        Daemon(answer=b"INSTREAM size limit exceeded. ERROR\0"),
        Daemon(answer=b"stream: OK"),
        Daemon(answer=b"OK\0"),
        Daemon(answer=b"stream: OK FOUND or not\0"),
        Daemon(answer=b"x" * 100_000),
    ],
)
async def test_an_answer_that_says_neither_lets_nothing_through(daemon: Daemon) -> None:
    async with running(daemon) as address:
        with pytest.raises(ScannerError):
            await check(Scanner(address), b"content")


async def test_a_scanner_that_is_not_there_lets_nothing_through(unused_tcp_port: int) -> None:
    with pytest.raises(ScannerError):
        await check(Scanner(f"tcp://127.0.0.1:{unused_tcp_port}"), b"content")


async def test_one_that_never_answers_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.platform.kit.scanner._SECONDS", 0.05)
    held = asyncio.Event()

    async def holds(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await held.wait()
        writer.close()

    async with await asyncio.start_server(holds, "127.0.0.1", 0) as server:
        with pytest.raises(ScannerError):
            await check(Scanner(f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"), b"content")
        held.set()


async def test_a_city_without_a_scanner_takes_files_as_before() -> None:
    await check(Scanner(None), SIGNATURE)


async def put(world: World, me: Principal, content: bytes) -> RefusalCode | None:
    try:
        with opened(content) as file:
            await world.container.evidence.put_in_box(me, "box", file)
    except Refused as refused:
        return refused.code
    return None


async def test_an_unsafe_file_is_refused_in_plain_words_and_kept_nowhere(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, good = await world.enrol(YING), photo(size=(16, 16))
    async with running(Daemon()) as address:
        monkeypatch.setattr(world.container.evidence, "_scanner", Scanner(address))
        assert await put(world, me, good + SIGNATURE) is RefusalCode.PHOTO_UNSAFE
        assert await world.container.store["evidence"].count_documents({}) == 0
        assert await put(world, me, good) is None
    assert await put(world, me, photo(size=(17, 17))) is RefusalCode.PHOTO_NOT_NOW  # it is gone by now
    assert await world.container.store["evidence"].count_documents({}) == 1
    assert "安全检查" in Refused(RefusalCode.PHOTO_UNSAFE).sentence("zh")
