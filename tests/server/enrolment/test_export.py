"""Everything that is held about a person: sent while it is read, and no one waits for it."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from schema.types.principal import Caller
from tests.support.h5 import log_in, my_data
from tests.support.people import YING, record
from tests.support.world import Chat, World


async def lengthen(world: World, citizen: str, count: int) -> None:
    """A long history: the same statement again and again."""
    (row,) = await world.container.store["assessments"].find({"citizen": citizen}).to_list(None)
    rows = [{**row, "_id": f"{row['_id']}-{n}", "current": False} for n in range(count)]
    await world.container.store["assessments"].insert_many(rows)


async def test_others_have_their_turn_after_each_item(world: World) -> None:
    me = await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02"))
    await lengthen(world, str(me.id), 200)
    export, turns, over = await world.container.exports.begin(me), 0, asyncio.Event()

    async def others() -> None:
        nonlocal turns
        while not over.is_set():
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    pieces = [piece async for piece in export.json()]
    over.set()
    await task
    assert turns > 200
    assert max(map(len, pieces)) < 64 * 1024
    assert len(orjson.loads(b"".join(pieces))["assessments"]) == 201


async def test_the_page_shows_the_newest_and_the_file_has_all(world: World) -> None:
    me = await world.enrol(YING)
    await lengthen(world, str(me.id), 30)
    url = await my_data(world, Chat(world))
    page = await world.http.get(url)
    assert "这里列出 20 项，一共 31 项" in page.text
    held: dict[str, Any] = (await world.http.get(url + "?as=json")).json()
    assert len(held["assessments"]) == 31


async def test_reading_it_all_day_ends(world: World) -> None:
    await world.enrol(YING)
    url = await my_data(world, Chat(world))
    await log_in(world, "o-test")
    world.allow(50_000)
    assert [(await world.http.get(url)).status_code for _ in range(3)] == [200, 200, 429]


async def test_anyone_who_leaves_meanwhile_leaves_no_more_than_was_sent(world: World) -> None:
    me = await world.enrol(YING)
    export = await world.container.exports.begin(me)
    await world.container.enrolments.leave(Caller(me))
    sent = b""
    async for piece in export.json():
        sent += piece
    held = orjson.loads(sent)
    assert held["records"] == held["assessments"] == []
