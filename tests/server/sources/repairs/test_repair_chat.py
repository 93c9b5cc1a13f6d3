"""Credit repair in the chat: what can be repaired, the form step by step, the answer, and where it stands."""

from __future__ import annotations

import pytest

from schema.types.principal import Caller, Kind, Principal
from tests.support.people import MOLI, YING, record
from tests.support.photos import photo
from tests.support.world import Chat, World

PARKING = record("traffic.illegal-parking", "2026-11-02", "T1")
POLICE = Principal(Kind.SOURCE, "traffic-police")
SERIOUS = next(r for r in MOLI.rules if r.tier is not None and r.tier.value == "serious")
EXTREME = next(r for r in MOLI.rules if r.tier is not None and r.tier.value == "extreme")


async def applied(chat: Chat) -> str:
    for said in ("修复", "1", "11月10日", "罚款已缴，回执 0012"):
        await chat.say(said)
    await chat.photo(photo())
    await chat.say("提交")
    return await chat.say("确认")


async def test_a_repair_is_applied_for_step_by_step_with_its_effect_before_and_its_number_after(world: World) -> None:
    await world.enrol(YING, PARKING)
    chat = Chat(world)
    assert "1. " in await chat.say("修复")
    asked = await chat.say("1")
    assert "凭证" in asked
    assert "之后、今天或以前" in await chat.say("2026-11-01")
    assert "请写日期" in await chat.say("上星期")
    await chat.say("2026/11/10")
    assert "下一步" in await chat.say("罚款已缴，回执 0012")
    assert "收到 1 张照片" in await chat.photo(photo())
    confirm = await chat.say("提交")
    assert "修复后分数约 500（+10）" in confirm
    assert "2026年11月10日" in confirm
    assert "R-2026-000001" in await chat.say("确认")
    assert "最迟 2026年12月7日 答复" in await chat.say("修复")
    status = await chat.say("进度")
    assert "R-2026-000001" in status
    assert "等待答复" in status


@pytest.mark.parametrize("said", ["修复", "信用修复", "罚款交了", "我要申请信用修复", "repair", "fine paid"])
async def test_people_find_it_by_what_they_say(world: World, said: str) -> None:
    await world.enrol(YING, PARKING)
    assert "1. " in await Chat(world).say(said)


async def test_the_lines_say_what_can_be_repaired_from_when_and_what_never(world: World) -> None:
    await world.enrol(YING, PARKING, record(SERIOUS.code, "2026-09-02", "G1"), record(EXTREME.code, "2026-09-02", "G2"))
    chat = Chat(world)
    lines = await chat.say("明细")
    assert "可以修复：【修复 " in lines
    assert "2027年9月2日 起可以申请修复" in lines
    assert "不能修复" in lines
    listed = await chat.say("修复")
    assert "现在可以申请修复" in listed
    assert "以后可以" in listed
    assert "不能修复：" in listed


async def test_a_line_of_the_details_is_repaired_by_its_number(world: World) -> None:
    await world.enrol(YING, PARKING)
    chat = Chat(world)
    lines = await chat.say("明细")
    number = lines.split("【修复 ")[1].split("】")[0]
    assert f"【修复 {number}】" in await chat.say(number)
    assert "您是哪天办完的" in await chat.say(f"修复 {number}")


async def test_the_numbers_of_the_list_are_those_of_the_details(world: World) -> None:
    good = [record("volunteering.hours", f"2026-0{month}-02", f"V{month}") for month in (7, 8, 9)]
    fine = record("urban.posting", "2026-10-02", "P1")
    await world.enrol(YING, PARKING, *good, fine)
    chat = Chat(world)
    lines = await chat.say("明细")
    numbers = sorted(int(part.split("】")[0]) for part in lines.split("【修复 ")[1:])
    assert len(numbers) == 2
    assert numbers != [1, 2]
    listed = await chat.say("修复")
    assert [int(row.split(". ")[0]) for row in listed.splitlines() if ". " in row[:4]] == numbers
    label = next(row.split(". ")[1].split("（")[0] for row in listed.splitlines() if row.startswith(f"{numbers[1]}. "))
    assert label in await chat.say(str(numbers[1]))


async def test_the_proof_that_is_wanted_is_what_the_city_says_of_the_rule(world: World) -> None:
    await world.enrol(YING, record("urban.posting", "2026-10-02", "P1"))
    chat = Chat(world)
    await chat.say("修复")
    assert "清理、修复或补种后的照片" in await chat.say("1")


async def test_the_answer_stands_in_the_status_and_what_is_taken_back_says_so(world: World) -> None:
    await world.enrol(YING, PARKING)
    await world.container.store["sources"].insert_one(
        {"_id": "traffic-police", "source": "traffic-police", "active": True, "rules": [], "counts": {}}
    )
    chat = Chat(world)
    assert "R-2026-000001" in await applied(chat)
    await chat.say("撤回修复")
    assert "已撤回" in await chat.say("确认")
    assert "R-2026-000002" in await applied(chat)
    row = await world.container.store["repairs"].find_one({"open": True})
    assert row is not None
    answers = world.container.services.repair_answers
    await answers.answer(Caller(POLICE), row["_id"], "已核实缴款。", accepted=True)
    status = await chat.say("进度")
    assert "已修复" in status
    assert "已核实缴款。" in status
    assert "500（+10）" in status
    assert "没有失信记录" in await chat.say("修复")


async def test_in_english_too(world: World) -> None:
    await world.enrol(YING, PARKING)
    chat = Chat(world)
    await chat.say("English")
    assert "You can apply for repair now" in await chat.say("repair")
    await chat.say("1")
    await chat.say("yesterday")
    await chat.say("fine paid, receipt 0012")
    assert "your score is about 500 (+10)" in await chat.say("submit")
    assert "R-2026-000001" in await chat.say("confirm")
    assert "waiting" in await chat.say("status")
