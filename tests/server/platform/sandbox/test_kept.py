"""What was made lately."""

from __future__ import annotations

import asyncio

import pytest

from server.platform.sandbox.kept import Kept


class Maker:
    def __init__(self, content: bytes = b"made") -> None:
        self.content = content
        self.times = 0
        self.go_on = asyncio.Event()

    async def __call__(self) -> bytes:
        self.times += 1
        await self.go_on.wait()
        if not self.content:
            raise ValueError("nothing")
        return self.content


async def test_what_many_ask_for_at_once_is_made_once() -> None:
    kept, make = Kept(100), Maker()
    asked = [asyncio.create_task(kept.get(b"a", make)) for _ in range(10)]
    await asyncio.sleep(0)
    asked[0].cancel()  # anyone who goes away takes nothing from the others
    make.go_on.set()
    assert await asyncio.gather(*asked[1:]) == [b"made"] * 9
    assert await kept.get(b"a", make) == b"made"
    assert make.times == 1


async def test_what_could_not_be_made_is_tried_again() -> None:
    kept, make = Kept(100), Maker(b"")
    make.go_on.set()
    for _ in range(2):
        with pytest.raises(ValueError, match="nothing"):
            await kept.get(b"a", make)
    assert make.times == 2


async def test_no_more_bytes_are_kept_than_may_be() -> None:
    kept, make = Kept(10), Maker(b"four")
    make.go_on.set()
    for key in (b"a", b"b", b"a", b"c", b"a", b"b"):
        await kept.get(key, make)
    assert make.times == 4  # a, b, c, and b again: a was asked for in between


async def test_nothing_is_kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.platform.sandbox.kept._SECONDS", 0.0)
    kept, make = Kept(10), Maker()
    make.go_on.set()
    await kept.get(b"a", make)
    await asyncio.sleep(0.01)
    await kept.get(b"a", make)
    assert make.times == 2
