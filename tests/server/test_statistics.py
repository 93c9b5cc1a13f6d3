"""Figures: what is counted, what is too few to be shown, and who may see it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from schema.types.figures import DisputeOutcome
from schema.types.principal import Kind
from scoring.disputes import Determination
from server.demo.entities import entities
from server.jobs.impact.city import over_made_up_people
from server.jobs.impact.report import Report, publish
from server.sources.register import register_rows
from server.statistics import published
from server.statistics.published import at_least, part_of, without_rest
from tests.support.desk import sign_in
from tests.support.disputes import PARKING, decide, file
from tests.support.people import FAN, MOLI, TODAY, YING
from tests.support.world import World


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, None), (9, None), (10, 10), (1000, 1000)])
def test_no_group_smaller_than_ten_is_shown(count: int, shown: int | None) -> None:
    assert at_least(count) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(10, 30, 10), (0, 30, 0), (30, 30, 30), (9, 30, None), (25, 30, None)]
)
def test_a_part_is_not_shown_where_it_or_what_is_left_is_small(part: int, whole: int, shown: int | None) -> None:
    assert part_of(part, whole) == shown


def test_what_is_hidden_cannot_be_worked_out_of_the_whole() -> None:
    assert without_rest(40, {"a": 20, "b": 20}) == {"a": 20, "b": 20}
    assert without_rest(45, {"a": 30, "b": 10, "c": None}) == {"a": 30, "b": None, "c": None}
    assert without_rest(25, {"a": 20, "b": None}) == {"a": None, "b": None}
    assert without_rest(60, {"a": 20, "b": 20, "c": None}) == {"a": 20, "b": 20, "c": None}


async def test_everybody_sees_how_disputes_and_repairs_go_and_nothing_of_a_few(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = await world.enrol(YING, PARKING)
    await decide(world, await file(world, me), Determination.DELETED)
    asked = "{ disputeFigures { decided overturned medianWorkingDays bySource { decided overturned } } }"
    few = (await world.ask(asked))["data"]["disputeFigures"]
    assert few == {
        "decided": None,
        "overturned": None,
        "medianWorkingDays": None,
        "bySource": [{"decided": None, "overturned": None}],
    }
    page = (await world.http.get("/figures")).text
    assert "不到10件" in page
    monkeypatch.setattr(published, "SMALLEST", 1)
    world.clock.advance(minutes=9)
    assert (await world.ask(asked))["data"]["disputeFigures"] == few
    world.clock.advance(minutes=2)
    now = (await world.ask(asked))["data"]["disputeFigures"]
    assert (now["decided"], now["overturned"], now["medianWorkingDays"]) == (1, 1, 0)
    assert now["bySource"] == [{"decided": 1, "overturned": 1}]
    english = (await world.http.get("/figures?lang=en")).text
    assert "Traffic police" in english or "traffic" in english.lower()
    assert '<a href="/figures' in (await world.http.get("/letters/check")).text


async def test_how_disputes_go(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    await decide(world, await file(world, me), Determination.DELETED)
    other = await world.enrol(FAN, replace(PARKING, id="T2"), openid="o-2")
    await file(world, other)
    found = await world.container.services.figures.cases(other)
    assert (found.waiting, found.overdue, found.decided, found.lapses, found.median_working_days) == (1, 0, 1, 0, 0)
    assert [(o.outcome, o.count) for o in found.outcomes] == [(DisputeOutcome.DELETED, 1)]
    (rate,) = found.by_source
    assert (rate.code, rate.decided, rate.overturned) == (PARKING.source, 1, 1)
    world.clock.advance(days=8)
    assert (await world.container.services.figures.cases(other)).overdue == 1
    assert await world.container.disputes.lapse_overdue() == 1
    found = await world.container.services.figures.cases(other)
    assert (found.decided, found.lapses) == (2, 1)
    assert found.by_rule[0].overturned == 2
    world.clock.advance(days=100)
    assert (await world.container.services.figures.cases(other)).decided == 0


async def test_the_programme_and_its_distribution(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    me = await world.enrol(YING, PARKING)
    few = await world.container.services.figures.programme(me)
    assert (few.enrolled, few.enrolled_share, few.used_benefit, few.distribution) == (None, None, 0, [])
    assert few.population == 6_900_000
    monkeypatch.setattr(published, "SMALLEST", 1)
    run = {"_id": "x", "as_of": "2026-11-23", "finished_at": world.container.clock(), "histogram": {"9": 1}}
    await world.container.store["rescores"].insert_one(run)
    found = await world.container.services.figures.programme(me)
    assert (found.enrolled, found.used_share) == (1, 0.0)
    assert [(b.floor, b.cap) for b in found.distribution if b.count] == [(450, 499)]
    assert found.distribution[-1].cap == 1000


async def test_the_pages_show_them_to_whom_they_are_for(world: World) -> None:
    await world.container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
    await sign_in(world, "agent", Kind.AGENT)
    page = (await world.http.get("/desk/figures")).text
    assert "办理中" in page
    assert "项目使用情况" not in page
    assert (await world.http.get("/desk/steward")).status_code == 403
    await sign_in(world, "steward", Kind.STEWARD)
    assert (await world.http.get("/desk/")).headers["location"] == "/desk/figures"
    assert "项目使用情况" in (await world.http.get("/desk/figures")).text
    page = (await world.http.get("/desk/steward")).text
    assert "示例" in page
    assert "还没有单位报送过记录" in page
    refused = await world.http.post("/desk/cases/x/claim", data={"csrf": "x"})
    assert refused.status_code == 403


async def test_citizens_and_agents_ask_for_the_programme_in_vain(world: World) -> None:
    await world.hire("agent", Kind.AGENT)
    for token in (await world.mini_program(), await world.staff_token("agent"), None):
        answer = await world.ask("{ programmeFigures { enrolled } }", token=token)
        assert answer["errors"][0]["extensions"]["code"] in ("FORBIDDEN", "NOT_SIGNED_IN")


async def test_an_impact_report_stands_on_the_stewards_page(world: World) -> None:
    report = Report(over_made_up_people(MOLI, MOLI, TODAY, 20, lambda *_: None), MOLI, MOLI, "zh")
    await publish(world.container, report)
    await sign_in(world, "steward", Kind.STEWARD)
    page = (await world.http.get("/desk/steward")).text
    url = re.search(r'href="(/desk/steward/impact/[^"]+)"', page)
    assert url is not None
    shown = await world.http.get(url[1])
    assert "<svg" in shown.text
    assert "script" not in shown.headers["content-security-policy"]
    assert (await world.http.get("/desk/steward/impact/x")).status_code in (403, 404)
    await sign_in(world, "agent", Kind.AGENT)
    assert (await world.http.get(url[1])).status_code == 403
