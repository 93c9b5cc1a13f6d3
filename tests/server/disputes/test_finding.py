"""Cases are found by what one hears on the telephone; where there are too many, that is told."""

from __future__ import annotations

import re
from typing import Any

import pytest

from schema.types.principal import Kind
from server.disputes.finding import CaseFinder
from tests.support.desk import after, fields, file_dispute, open_case, sign_in
from tests.support.people import FAN, YING
from tests.support.world import World

MASKED = f"{YING.id_number[:4]}{'*' * 10}{YING.id_number[-4:]}"


async def looked_for(world: World, text: str) -> Any:
    csrf = re.search('name="csrf" value="([^"]*)"', (await world.http.get("/desk/")).text)
    assert csrf is not None
    return await after(world, await world.http.post("/desk/search", data={"csrf": csrf[1], "text": text}))


WAYS = (
    *("1", "01", "000001", "１", "第1号", "#1", "No. 1", "D1", "D-1"),
    *("2026-1", "D-2026-1", "d 2026 000001", "D—2026—000001", "2026－000001"),
    *("案号 1", "尾号000001", "2026000001", "2026/1", "编号：D-2026-000001"),
    *("陈", " 陈 ", "陈*", "陈＊", "陈小萤", "陈 小 萤", "姓陈", "陈先生", "陈女士", "姓名：陈小萤", "陈小*", "陈小"),
    *(f"身份证{YING.id_number}", f"证件号码：{YING.id_number}"),
)
"""Of typing a case's number, or its citizen's."""
OTHERS = ("2", "2025-1", "1000001", "林", "小", "萤", "欧阳", "*", "D", "第号")


async def test_a_part_of_a_number_or_a_family_name_finds_the_case(world: World, subtests: pytest.Subtests) -> None:
    url = await open_case(world)
    for text in WAYS:
        with subtests.test(text):
            assert (await looked_for(world, text)).url.path == url


async def test_what_is_another_number_or_name_finds_nothing(world: World, subtests: pytest.Subtests) -> None:
    await open_case(world)
    for text in OTHERS:
        with subtests.test(text):
            assert "没有找到案件" in (await looked_for(world, text)).text


@pytest.mark.parametrize("text", [YING.name, MASKED])
async def test_of_many_who_share_a_name_or_a_masked_number_the_one_with_a_case_is_found(
    world: World, text: str
) -> None:
    url = await open_case(world)
    citizens = world.container.store["citizens"]
    (known,) = await citizens.find({"name_index": {"$exists": True}}).to_list(None)
    others = [
        {
            "_id": f"{n:024x}",
            "id_index": n.to_bytes(32, "big"),
            "enrolment": None,
            "contacts": [{"hash": f"h{n}", "channel": "wechat", "bound_at": known["contacts"][0]["bound_at"]}],
            "name_index": known["name_index"],
            "masked_index": known["masked_index"],
        }
        for n in range(200)
    ]
    await citizens.insert_many(others)
    assert (await looked_for(world, text)).url.path == url


async def test_more_than_can_be_shown_is_told(world: World) -> None:
    await open_case(world)
    disputes = world.container.store["disputes"]
    (row,) = await disputes.find({}).to_list(None)
    more = [row | {"_id": f"{n:032x}", "number": f"D-2025-{n:06d}", "record": f"r{n}"} for n in range(60)]
    await disputes.insert_many(more)
    page = (await looked_for(world, YING.name)).text
    assert page.count('href="/desk/cases/') == 50
    assert "只列出了最近的 50 件，还有更多" in page


async def test_a_family_name_leaves_no_index_and_looks_at_open_cases_alone(world: World) -> None:
    await file_dispute(world)
    await world.enrol(FAN, openid="o-fan")
    finder = CaseFinder(world.container.store, world.container.vault, world.container.citizens)
    on = world.container.clock().date()
    kind, query = await finder.query("陈", on)
    assert (kind, query is not None) == ("family_name", True)
    assert await finder.query("林", on) == ("family_name", None), "who has no case is not found"
    citizen = await world.container.store["citizens"].find_one({"enrolment": {"$ne": None}})
    assert citizen is not None
    assert {name for name in citizen if name.endswith("_index")} == {"id_index", "name_index", "masked_index"}
    await world.container.store["disputes"].update_many({}, {"$set": {"open": False}})
    assert await finder.query("陈", on) == ("family_name", None)


async def test_what_was_looked_for_stands_in_the_field_again(world: World) -> None:
    await sign_in(world, "agent", Kind.AGENT)
    assert 'value="查无此人"' in (await looked_for(world, "查无此人")).text


async def test_the_answer_of_a_search_is_that_of_its_person(world: World) -> None:
    url = await open_case(world)
    assert (await fields(world, url))["csrf"]
    await looked_for(world, YING.name)
    await sign_in(world, "second", Kind.AGENT)
    assert (await world.http.get("/desk/search")).headers["location"] == "/desk/"
