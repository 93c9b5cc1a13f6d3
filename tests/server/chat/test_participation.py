"""Whether a score is computed, in the chat: chosen while binding, changed later; records are there in any case."""

from __future__ import annotations

import pytest

from bot.dialogs.flows.participation import look_only, pause
from scoring.identity import Identity
from tests.support.people import RECORDS, YING, record
from tests.support.world import Chat, World

PARKING = record("traffic.illegal-parking", "2026-09-02", "T1")


async def bind_to_look(world: World, chat: Chat, person: Identity = YING) -> str:
    for said in ("绑定", "4", "1", person.name, person.id_number, person.phone):
        await chat.say(said)
    return await chat.say(await world.last_code())


async def test_records_alone_are_chosen_while_binding(world: World) -> None:
    await world.register(YING)
    await world.deliver(YING, *RECORDS)
    chat = Chat(world)
    await chat.say("绑定")
    assert "不计算信用分" in await chat.say("4")
    await chat.say("返回")
    told = await bind_to_look(world, chat)
    assert "records-2026-1" in told
    assert "没有计算信用分" in told
    assert "【参加】" in await chat.say("查询")
    assert await world.container.store["assessments"].count_documents({}) == 0


async def test_without_a_score_records_are_listed_page_by_page_and_disputed_by_number(world: World) -> None:
    await world.register(YING)
    many = [record("volunteering.hours", f"2026-0{n}-01", f"V{n}") for n in range(1, 9)]
    await world.deliver(YING, PARKING, *many)
    chat = Chat(world)
    await bind_to_look(world, chat)
    first = await chat.say("明细")
    assert "1. 违法停车" in first
    assert "9. " not in first
    assert "9. 志愿" in await chat.say("更多")
    assert "文书 T1" in await chat.say("1")
    assert "违法停车" in await chat.say("异议 1")
    for said in ("1", "这不是我的车", "没有"):
        await chat.say(said)
    filed = await chat.say("确认")
    assert "异议已提交" in filed
    assert "分数是" not in filed
    assert "异议处理中" in await chat.say("明细")
    listed = await chat.say("异议")
    assert "志愿" in listed
    assert "违法停车" not in listed


@pytest.mark.parametrize("cause", ["own", "register"])
async def test_while_the_score_is_paused_records_are_seen_and_disputed_in_the_chat(world: World, cause: str) -> None:
    me = await world.enrol(YING, PARKING)
    chat = Chat(world)
    if cause == "own":
        await chat.say("暂停计算")
        assert "已暂停计算" in await chat.say("确认暂停")
    else:
        moved = {"why": "moved", "since": world.container.clock(), "paused": True}
        await world.container.store["citizens"].update_one({"_id": me.id}, {"$set": {"residence": moved}})
        await world.container.store["assessments"].update_many({}, {"$set": {"current": False}})
    assert "违法停车" in await chat.say("明细")
    assert "违法停车" in await chat.say("异议")


async def test_a_pause_is_confirmed_and_ended_in_one_word(world: World) -> None:
    await world.enrol(YING, *RECORDS)
    chat = Chat(world)
    assert "凭证" in await chat.say("暂停计算")
    await chat.say("取消")
    assert "610" in await chat.say("查询")
    await chat.say("暂停计算")
    await chat.say(pause.confirms[0])
    assert "恢复计算" in await chat.say("查询")
    assert "已暂停" in await chat.say("隐私")
    assert "已恢复计算" in await chat.say("恢复计算")
    assert "610" in await chat.say("查询")


async def test_stopping_is_confirmed_with_its_text_and_taking_part_is_agreed_to(world: World) -> None:
    await world.enrol(YING, *RECORDS)
    chat = Chat(world)
    assert "授权书 records-2026-1" in await chat.say("停止计算")
    assert "已停止计算" in await chat.say(look_only.confirms[0])
    assert await world.container.store["assessments"].count_documents({}) == 0
    assert "只看记录" in await chat.say("隐私")
    assert "授权书 2026-1" in await chat.say("参加")
    assert "授权已记录" in await chat.say("1")
    assert "610" in await chat.say("查询")


async def test_it_is_all_said_in_english(world: World) -> None:
    await world.enrol(YING, *RECORDS)
    chat = Chat(world)
    await chat.say("English")
    await chat.say("pause score")
    assert "paused" in await chat.say("confirm pause")
    assert "resume score" in await chat.say("score")
    assert "Your score is back" in await chat.say("resume score")
    await chat.say("stop computing")
    assert "score stops" in await chat.say("confirm records only")
    assert "take part" in await chat.say("score")
    assert "consent 2026-1" in await chat.say("take part")


async def test_who_is_not_bound_is_offered_to_bind(world: World) -> None:
    chat = Chat(world)
    for said in ("暂停计算", "恢复计算", "停止计算", "参加"):
        assert "绑定" in await chat.say(said)
