"""A year's calendar that comes later: the last day of the desk becomes earlier, and never later."""

from __future__ import annotations

from datetime import date

import pytest

from scoring import calendar
from scoring.deadlines import due_on
from server.jobs.working_days import renew_due_dates
from tests.support.disputes import PARKING, file
from tests.support.people import YING
from tests.support.world import World


async def due_of(world: World) -> str:
    row = await world.container.store["disputes"].find_one({})
    assert row is not None
    return str(row["due_on"])


async def test_a_day_that_is_made_up_brings_the_last_day_forward(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    me = await world.enrol(YING, PARKING)
    await file(world, me)
    assert await renew_due_dates(world.container) == 0
    was = calendar.is_working_day
    monkeypatch.setattr(calendar, "is_working_day", lambda day: day == date(2026, 11, 28) or was(day))
    assert due_on(date(2026, 11, 23)) == date(2026, 11, 28)
    assert await renew_due_dates(world.container) == 1
    assert await due_of(world) == "2026-11-28"
    assert await renew_due_dates(world.container) == 0


async def test_a_day_that_is_taken_off_never_makes_it_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    me = await world.enrol(YING, PARKING)
    await file(world, me)
    was = calendar.is_working_day
    monkeypatch.setattr(calendar, "is_working_day", lambda day: day != date(2026, 11, 27) and was(day))
    assert due_on(date(2026, 11, 23)) > date(2026, 11, 30)
    assert await renew_due_dates(world.container) == 0
    assert await due_of(world) == "2026-11-30"
