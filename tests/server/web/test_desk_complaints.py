"""Complaints at the desk: listed by topic, shown with what belongs to them, decided in their own ways."""

from __future__ import annotations

import re

import pytest

from schema.types.complaint import Complaint, DataError, MissingRecord, RefusedPass, ServiceRating, WrongComputation
from schema.types.connection import global_id
from schema.types.principal import Kind
from scoring.disputes import DataAspect
from server.demo.entities import entities
from server.platform.kit.clock import day_of
from server.sources.register import register_rows
from tests.support.desk import act, file_dispute, sign_in
from tests.support.disputes import PARKING, complain
from tests.support.people import MOLI, YING
from tests.support.world import World


async def case_page(world: World, complaint: Complaint) -> str:
    """The address of a complaint's page, open before a person of the desk."""
    await world.container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
    me = await world.enrol(YING, PARKING)
    dispute = await complain(world, me, complaint)
    await sign_in(world, "agent", Kind.AGENT)
    return f"/desk/cases/{global_id('Case', dispute.key)}"


async def test_the_queue_lists_one_topic_alone(world: World) -> None:
    await case_page(world, DataError(DataAspect.NAME))
    listed = (await world.http.get("/desk/?part=OPEN&topic=DATA")).text
    assert "D-2026-000001" in listed
    assert "资料有误" in listed
    assert "D-2026-000001" not in (await world.http.get("/desk/?part=OPEN&topic=SERVICE")).text


async def test_a_missing_record_shows_its_source_and_is_decided_in_its_own_ways(world: World) -> None:
    today = day_of(world.container.clock())
    url = await case_page(world, MissingRecord("civilisation-office", "volunteering.hours", today))
    page = (await world.http.get(url)).text
    assert "应当报送" in page
    assert "对分数的影响" not in page
    await act(world, url, "claim")
    page = (await world.http.get(url)).text
    assert re.findall(r'name="determination" value="(\w+)"', page) == ["TO_BE_DELIVERED", "NOT_FOUND"]
    assert set(re.findall(r'<option value="(WILL_DELIVER|NEVER_REPORTED|NOT_OURS|CONFIRMED)"', page)) == {
        "WILL_DELIVER",
        "NEVER_REPORTED",
        "NOT_OURS",
    }
    await act(world, url, "log-call", spokeWith="王科长", finding="WILL_DELIVER", words="漏报，下周补")
    await act(world, url, "decide", determination="TO_BE_DELIVERED", explanation="市文明办下周补报。")
    assert "单位会补报" in (await world.http.get(url)).text


async def test_a_computation_stands_there_twice(world: World) -> None:
    page = (await world.http.get(await case_page(world, WrongComputation(day_of(world.container.clock()))))).text
    assert "重新计算的结果和当天一样：<strong>490</strong>" in page


@pytest.mark.parametrize(
    ("complaint", "shown"),
    [
        (RefusedPass("library.deposit-free", "市图书馆", PARKING.reported_on), "凭证被拒"),
        (ServiceRating(1, None), "1 分（满分 5 分）"),
        (DataError(DataAspect.PHONE), "/desk/checks"),
    ],
)
async def test_each_topic_is_shown_and_answered(world: World, complaint: Complaint, shown: str) -> None:
    url = await case_page(world, complaint)
    assert shown in (await world.http.get(url)).text
    await act(world, url, "claim")
    (outcome, *_) = re.findall(r'name="determination" value="(\w+)"', (await world.http.get(url)).text)
    await act(world, url, "decide", determination=outcome, explanation="已经核对。")


async def test_the_reason_of_a_record_is_made_more_exact(world: World) -> None:
    await file_dispute(world)
    await sign_in(world, "agent", Kind.AGENT)
    (url,) = set(re.findall(r'href="(/desk/cases/[\w=-]+)"', (await world.http.get("/desk/")).text))
    await act(world, url, "claim")
    await act(world, url, "refine", reason="IDENTITY_THEFT")
    page = (await world.http.get(url)).text
    assert "不是我（身份被冒用）" in page


async def test_the_figures_count_topics_and_ratings(world: World) -> None:
    await case_page(world, ServiceRating(5, None))
    page = (await world.http.get("/desk/figures")).text
    assert "服务评价" in page
    assert "5 分" in page
