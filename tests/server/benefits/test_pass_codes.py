"""Passes on every layout: whatever code issued one, whoever redeems it gets the same answer, once."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from schema.types.principal import Kind, Principal
from server.benefits.service import BenefitService
from server.platform.db import FINAL, Layout, Layouts
from server.platform.db.versions import FIRST
from tests.people import YING, record
from tests.world import World

GOOD = [record("housing-fund.timely", f"202{n}-09-01", f"F{n}") for n in (4, 5, 6)]
GOOD += [record("social-insurance.timely", f"202{n}-09-01", f"S{n}") for n in (4, 5, 6)]
BEFORE = Layout(FINAL.version, FIRST, FIRST, FIRST)
"""Expanded, while older processes work."""
NOT_YET = Layout(FIRST, FIRST, FIRST, FIRST)
LAYOUTS = pytest.mark.parametrize(
    "layout", [NOT_YET, BEFORE, FINAL], ids=["not expanded", "beside older code", "alone"]
)


@pytest_asyncio.fixture
async def me(world: World) -> AsyncIterator[Principal]:
    yield await world.enrol(YING, *GOOD)


def service_on(world: World, layout: Layout) -> tuple[BenefitService, Layouts]:
    """Benefits as a process knows them that heard of this layout."""
    benefits = world.system.services.benefits
    assert isinstance(benefits, BenefitService)
    layouts = benefits._layouts
    layouts.state = layout
    return benefits, layouts


async def issued(world: World, me: Principal, benefits: BenefitService) -> tuple[str, Principal]:
    """A pass's code, and the partner whom it is for."""
    known = world.system.scheme.benefits[0]
    made = await benefits.issue_pass(me, known.code, None)
    assert made.code is not None
    return made.code, Principal(Kind.PARTNER, known.partner)


@LAYOUTS
async def test_a_pass_is_good_once(world: World, me: Principal, layout: Layout) -> None:
    benefits, _ = service_on(world, layout)
    code, partner = await issued(world, me, benefits)
    assert [await benefits.redeem(partner, code, None) for _ in range(2)] == [True, False]


async def test_beside_older_code_a_pass_has_both_shapes_and_later_the_new_one(world: World, me: Principal) -> None:
    benefits, layouts = service_on(world, BEFORE)
    await issued(world, me, benefits)
    row = await world.system.store["passes"].find_one({"citizen": me.id})
    assert row is not None
    code = await world.system.store["pass_codes"].find_one({"_id": row["code_index"]})
    assert code is not None
    assert (row["v"], code["pass"], code["citizen"]) == (2, row["_id"], me.id)
    layouts.state = FINAL
    await issued(world, me, benefits)
    rows = await world.system.store["passes"].find({"_id": {"$ne": row["_id"]}}).to_list(None)
    assert [("code_index" in one, one["v"]) for one in rows] == [(False, 2)]


async def test_a_pass_of_older_code_is_good_until_it_is_brought_over(world: World, me: Principal) -> None:
    benefits, layouts = service_on(world, BEFORE)
    code, partner = await issued(world, me, benefits)
    await world.system.store["pass_codes"].delete_many({})
    await world.system.store["passes"].update_many({}, {"$unset": {"v": ""}})
    layouts.state = FINAL
    assert not await benefits.redeem(partner, code, None)
    layouts.state = BEFORE
    assert await benefits.redeem(partner, code, None)


@LAYOUTS
async def test_every_no_asks_the_database_the_same(world: World, me: Principal, layout: Layout) -> None:
    benefits, _ = service_on(world, layout)
    used, partner = await issued(world, me, benefits)
    assert await benefits.redeem(partner, used, None)
    elsewhere, _ = await issued(world, me, benefits)
    asked: list[list[str]] = []
    for by, code in ((partner, used), (Principal(Kind.PARTNER, "another"), elsewhere), (partner, "ABCD-2345")):
        async with profiled(world) as touched:
            assert not await benefits.redeem(by, code, None)
        asked.append(touched)
    assert asked == [["pass_codes", "passes"]] * 3


@contextlib.asynccontextmanager
async def profiled(world: World) -> AsyncIterator[list[str]]:
    """The collections about passes that are asked meanwhile, once a command; filled in at the end."""
    store, touched = world.system.store, list[str]()
    await store.database.command("profile", 2)
    try:
        yield touched
    finally:
        await store.database.command("profile", 0)
        rows = await store["system.profile"].find({"ns": {"$regex": "pass"}}).to_list(None)
        touched += sorted(row["ns"].partition(".")[2] for row in rows)
        await store.database.drop_collection("system.profile")


async def test_whoever_leaves_leaves_no_code(world: World, me: Principal) -> None:
    benefits, _ = service_on(world, FINAL)
    await issued(world, me, benefits)
    await world.system.enrolments.leave(me, None)
    assert await world.system.store["pass_codes"].count_documents({}) == 0
