"""Drafts: read by their person at their page alone, with what the browser holds; for a day."""

from __future__ import annotations

import pytest

from scoring.dated import Text
from server.platform.core.drafts import LIFE, Draft, Drafts
from server.platform.core.throttle import Throttle
from tests.support.world import World

WORDS = "这辆车八月已经卖了"
DRAFT = Draft("supply", "0" * 32, {"words": WORDS}, Text(zh="说明最多500字。", en="At most 500 characters."))
PLACE = "/h5/disputes/x"


async def test_what_was_typed_comes_back_and_why_it_was_refused_is_told_once(world: World) -> None:
    drafts = world.container.drafts
    secret = await drafts.keep("me", PLACE, DRAFT)
    assert await drafts.read(secret, "me", PLACE) == DRAFT
    again = await drafts.read(secret, "me", PLACE)
    assert again == Draft(DRAFT.action, DRAFT.key, DRAFT.fields)


@pytest.mark.parametrize(("person", "place"), [("another", PLACE), ("me", "/h5/disputes/y"), ("", "")])
async def test_no_one_else_and_no_other_page_reads_it(world: World, person: str, place: str) -> None:
    secret = await world.container.drafts.keep("me", PLACE, DRAFT)
    assert await world.container.drafts.read(secret, person, place) is None


@pytest.mark.parametrize("secret", ["", "x", "x" * 10_000, "é", "\x00"])
async def test_a_made_up_secret_reads_nothing(world: World, secret: str) -> None:
    await world.container.drafts.keep("me", PLACE, DRAFT)
    assert await world.container.drafts.read(secret, "me", PLACE) is None
    await world.container.drafts.end(secret)
    assert await world.container.store["drafts"].count_documents({}) == 1


async def test_it_ends_with_use_or_after_a_day(world: World) -> None:
    drafts = world.container.drafts
    used, old = [await drafts.keep("me", PLACE, DRAFT) for _ in range(2)]
    await drafts.end(used)
    assert await drafts.read(used, "me", PLACE) is None
    world.clock.advance(seconds=LIFE.total_seconds() - 1)
    assert await drafts.read(old, "me", PLACE) is not None
    world.clock.advance(seconds=1)
    assert await drafts.read(old, "me", PLACE) is None
    indexes = await world.container.store["drafts"].index_information()
    assert indexes["expires_at_1"]["expireAfterSeconds"] == 0


async def test_who_has_the_database_reads_nothing(world: World) -> None:
    secret = await world.container.drafts.keep("me", PLACE, DRAFT)
    (row,) = await world.container.store["drafts"].find({}).to_list(None)
    assert secret not in str(row)
    for plain in ("me", PLACE, WORDS, "500"):
        assert plain.encode() not in bytes(row["sealed"]) + bytes(row["refusal"])
    throttle = Throttle(world.container.store, world.container.clock)
    other = Drafts(world.container.store, world.container.clock, throttle, "another token key")
    assert await other.read(secret, "me", PLACE) is None
