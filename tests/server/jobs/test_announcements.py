"""A version of the scheme that takes effect soon is told to everyone who takes part, once, before its day."""

from __future__ import annotations

import asyncio
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from bot.notices import notice
from schema.types.principal import Caller, Kind
from scoring.scheme import SCHEMES_DIR
from server.jobs import announcements
from server.jobs.reminders import Reminders
from server.scores.versions.files import read_folder
from tests.support.people import FAN, YING
from tests.support.world import World

ON = date(2026, 12, 20)


@pytest.fixture
async def version(world: World, tmp_path: Path) -> str:
    """An approved version of the city's folder: a parking penalty costs a point less from ON."""
    folder = Path(shutil.copytree(SCHEMES_DIR / "fuzhou-moli", tmp_path / "next"))
    for file, pattern, new in (
        ("scheme.toml", 'version = "2026-1"', 'version = "2026-2"'),
        ("rules.toml", r'(code = "traffic.illegal-parking"(?:\n.*){6}\npoints = .*?value = )-10', r"\1-9"),
    ):
        text, count = re.subn(pattern, new, (folder / file).read_text("utf-8"), count=1)
        assert count == 1
        (folder / file).write_text(text, "utf-8")
    lin, wu = Caller(await world.hire("lin", Kind.STEWARD)), Caller(await world.hire("wu", Kind.STEWARD))
    made = await world.container.versions.propose(lin, read_folder(folder), "next", ON)
    await world.container.versions.approve(wu, made)
    return made


async def told(world: World, language: str = "zh") -> list[str]:
    rows = await world.container.store["notices"].find({"kind": "scheme_changes"}).to_list(None)
    return [notice(language, "scheme_changes", await world.container.vault.open(row["sealed"])) for row in rows]


async def a_day(world: World) -> None:
    """The round of a day, by two workers at once and by one once more."""
    await asyncio.gather(Reminders(world.container).daily(), Reminders(world.container).daily())
    await Reminders(world.container).daily()


async def test_it_says_from_when_what_changes_and_that_the_past_stays(world: World, version: str) -> None:
    await world.enrol(YING)
    await a_day(world)
    (chinese,), (english,) = await told(world), await told(world, "en")
    assert "2026年12月20日起" in chinese
    assert "2026-2" in chinese
    assert "停车" in chinese
    assert "以前的分数不改" in chinese
    assert "from 20 Dec 2026. What changes:" in english


async def test_everyone_is_told_once_whatever_the_pages_and_days(
    world: World, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "_PAGE", 1)
    await world.enrol(YING)
    await world.enrol(FAN, openid="o-fan")
    for _ in range(3):
        await a_day(world)
        world.clock.advance(days=1)
    rows = await world.container.store["notices"].find({"kind": "scheme_changes"}).to_list(None)
    assert len({row["citizen"] for row in rows}) == len(rows) == 2
    assert {row["about"] for row in rows} == {version}


async def test_where_a_worker_stopped_the_next_goes_on(
    world: World, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "_PAGE", 1)
    await world.enrol(YING)
    await world.enrol(FAN, openid="o-fan")
    (row,) = await announcements.Announcements(world.container).ahead(date(2026, 11, 23), ON)
    first = await announcements.Announcements(world.container).page(row, date(2026, 11, 23), None)
    assert first[0] == 1
    await world.container.store["meta"].update_one(
        {"_id": f"reminders:version:{version}"}, {"$set": {"done": False, "after": ["", first[1]]}}, upsert=True
    )
    await a_day(world)
    assert len(await told(world)) == 2


async def test_a_version_that_was_taken_back_or_is_far_off_is_not_told(world: World, version: str) -> None:
    await world.enrol(YING)
    today = date(2026, 11, 23)
    assert await announcements.Announcements(world.container).ahead(today, date(2026, 12, 19)) == []
    await world.container.versions.withdraw(Caller(await world.hire("zhao", Kind.STEWARD)), version)
    await a_day(world)
    assert await told(world) == []
