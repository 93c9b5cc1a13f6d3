"""Codes of passes: each is good once, for its partner, and every no looks the same."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from schema.types.principal import Caller, Kind, Principal
from tests.support.people import YING, record
from tests.support.world import World

GOOD = [record("housing-fund.timely", f"202{n}-09-01", f"F{n}") for n in (4, 5, 6)]
GOOD += [record("social-insurance.timely", f"202{n}-09-01", f"S{n}") for n in (4, 5, 6)]


@pytest_asyncio.fixture
async def me(world: World) -> AsyncIterator[Principal]:
    yield await world.enrol(YING, *GOOD)


async def issued(world: World, me: Principal) -> tuple[str, Principal]:
    """A pass's code, and the partner whom it is for."""
    known = world.container.scheme.benefits[0]
    made = await world.container.services.benefits.issue_pass(Caller(me), known.code)
    assert made.code is not None
    return made.code, Principal(Kind.PARTNER, known.partner)


async def test_a_pass_is_good_once(world: World, me: Principal) -> None:
    code, partner = await issued(world, me)
    benefits = world.container.services.benefits
    assert [await benefits.redeem(Caller(partner), code) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("form", ["{0}{1}", "{0} {1}", "{0}–{1}", " {0}-{1}。", "\u200b{0}-{1}\ufeff", "lower", "wide"])
async def test_a_pass_is_good_however_its_code_is_typed(world: World, me: Principal, form: str) -> None:
    code, partner = await issued(world, me)
    wide = code.translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)})
    typed = {"lower": code.lower(), "wide": wide}.get(form, form.format(*code.split("-")))
    assert await world.container.services.benefits.redeem(Caller(partner), typed)


async def test_a_code_stands_next_to_its_pass_and_names_its_citizen(world: World, me: Principal) -> None:
    code, _ = await issued(world, me)
    row = await world.container.store["passes"].find_one({"citizen": me.id})
    assert row is not None
    (kept,) = await world.container.store["pass_codes"].find({}).to_list(None)
    assert (kept["pass"], kept["citizen"]) == (row["_id"], me.id)
    assert code.replace("-", "") not in str(row) + str(kept)


async def test_every_no_asks_the_database_the_same(world: World, me: Principal) -> None:
    benefits = world.container.services.benefits
    used, partner = await issued(world, me)
    assert await benefits.redeem(Caller(partner), used)
    elsewhere, _ = await issued(world, me)
    asked: list[list[str]] = []
    for by, code in ((partner, used), (Principal(Kind.PARTNER, "another"), elsewhere), (partner, "ABCD-2345")):
        async with profiled(world) as touched:
            assert not await benefits.redeem(Caller(by), code)
        asked.append(touched)
    assert asked == [["pass_codes", "passes"]] * 3


@contextlib.asynccontextmanager
async def profiled(world: World) -> AsyncIterator[list[str]]:
    """The collections about passes that are asked meanwhile, once a command; filled in at the end."""
    store, touched = world.container.store, list[str]()
    await store.database.command("profile", 2)
    try:
        yield touched
    finally:
        await store.database.command("profile", 0)
        rows = await store["system.profile"].find({"ns": {"$regex": "pass"}}).to_list(None)
        touched += sorted(row["ns"].partition(".")[2] for row in rows)
        await store.database.drop_collection("system.profile")


async def test_anyone_who_leaves_leaves_no_code(world: World, me: Principal) -> None:
    await issued(world, me)
    await world.container.enrolments.leave(Caller(me))
    assert await world.container.store["pass_codes"].count_documents({}) == 0
