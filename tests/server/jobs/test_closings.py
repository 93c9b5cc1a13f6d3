"""A benefit that closes soon is told of beforehand, once, with what stays and what can be done."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from bot.notices import notice
from server.jobs.closings import part_of
from server.jobs.reminders import Reminders
from tests.support.people import RECORDS, YING, record
from tests.support.world import World

FIVE = tuple(one for one in RECORDS if one.rule != "utility.power-overdue")[:5]
BILL = record("utility.power-overdue", "2026-11-01", "N9")
"""Counts from 1 December: five good records are just enough for the library, and with this they are not."""


async def a_week(world: World, weeks: int = 1) -> list[str]:
    """What was told of closing benefits after the rounds of each day, by two workers at once."""
    for _ in range(7 * weeks):
        await asyncio.gather(Reminders(world.container).daily(), Reminders(world.container).daily())
        world.clock.advance(days=1)
    rows = await world.container.store["notices"].find({"kind": "benefit_closing"}).to_list(None)
    texts = [await world.container.vault.open(row["sealed"]) for row in rows]
    return [notice(language, "benefit_closing", data) for data in texts for language in ("zh", "en")]


async def test_it_says_what_when_why_what_stays_and_what_can_be_done(world: World) -> None:
    await world.enrol(YING, *FIVE, BILL)
    chinese, english = await a_week(world)
    assert "2026年12月1日起" in chinese
    assert "电费" in chinese
    assert "普通渠道一直都在，服务不变：交押金" in chinese
    assert "您不做什么也没关系" in chinese
    assert "pauses from 1 Dec 2026, because of" in english
    assert "The ordinary way stays" in english


async def test_it_is_told_once_however_many_weeks_see_it(world: World) -> None:
    await world.enrol(YING, *FIVE, BILL)
    assert len(await a_week(world, weeks=2)) == 2


async def test_who_keeps_every_benefit_is_told_nothing(world: World) -> None:
    await world.enrol(YING, *FIVE, replace(BILL, facts={"cured_on": "2026-11-20"}))
    assert await a_week(world) == []


async def test_who_paused_their_score_is_told_nothing(world: World) -> None:
    await world.enrol(YING, *FIVE, BILL)
    now = world.container.clock()
    await world.container.store["citizens"].update_many({}, {"$set": {"paused_since": now}})
    assert await a_week(world) == []


def test_seven_days_look_at_every_citizen_once() -> None:
    parts = sorted(part_of(date(2026, 11, 23) + timedelta(days=n)) for n in range(7))
    assert parts[0][0] == "00000000"
    assert parts[-1][1] > "ffffffffffffffffffffffffffffffff"
    assert all(before[1] == after[0] for before, after in pairwise(parts))
