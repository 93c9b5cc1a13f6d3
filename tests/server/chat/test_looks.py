"""谁看过 in the chat: others first, the number of a line asks why, and the answer stands on it."""

from __future__ import annotations

from schema.types.connection import Page
from schema.types.dispute import QueueFilter
from schema.types.look import LookQuestionState
from schema.types.principal import Caller, Kind
from scoring.disputes import DisputeReason
from tests.support.people import YING, record
from tests.support.world import Chat, World

PAGE = Page(20, None)


async def looked_at(world: World) -> Chat:
    """A citizen whose dispute an agent looked at nine times within two minutes."""
    me = await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02", "T1"))
    (held,) = (await world.container.services.records.of_citizen(me, PAGE)).edges
    await world.container.disputes.open(Caller(me), held.node.key, DisputeReason.NOT_MINE, "不是我", [])
    agent = await world.hire("agent", Kind.AGENT)
    (case,) = (await world.container.services.desk.queue(agent, QueueFilter.OPEN, PAGE)).edges
    for _ in range(9):
        await world.container.services.desk.case(agent, case.node.key)
    return Chat(world)


async def test_others_come_first_and_a_number_asks_why(world: World) -> None:
    chat = await looked_at(world)
    told = await chat.say("谁看过")
    assert "1. " in told
    assert "2. " not in told
    assert "办理您的异议 D-2026-000001（9次）" in told
    assert "您本人" not in told
    assert "agent" not in told
    assert "最迟 2026年11月30日" in await chat.say("1")
    assert "已问过为什么" in await chat.say("谁看过")
    assert "最迟" in await chat.say("1"), "asked again, it is the same question"
    (open_,) = (await world.container.looks.inquiries(LookQuestionState.OPEN, PAGE)).edges
    approver = await world.hire("approver", Kind.APPROVER)
    await world.container.looks.answer(Caller(approver), str(open_.node.id), "承办人办理您的异议时查看。")
    assert any("承办人办理您的异议时查看" in text for text in await chat.pushes())
    assert "答复：承办人办理您的异议时查看。" in await chat.say("谁看过")


async def test_own_looks_are_a_list_apart(world: World) -> None:
    chat = await looked_at(world)
    await chat.say("谁看过")
    assert "您本人" in await chat.say("我自己")
    assert "不用问" in await chat.say("1")


async def test_silence_is_told(world: World) -> None:
    chat = await looked_at(world)
    await chat.say("谁看过")
    await chat.say("1")
    world.clock.advance(days=8)
    await world.container.looks.escalate()
    await chat.say("帮助")
    assert any("已交给审计员" in text for text in await chat.pushes())
    assert "已交给审计员" in await chat.say("谁看过")


async def test_it_is_said_in_english_too(world: World) -> None:
    chat = await looked_at(world)
    await chat.say("English")
    assert "Working on your dispute D-2026-000001 (9 times)" in await chat.say("who looked")
    assert "You get an answer by 30 Nov 2026" in await chat.say("1")
    assert "goes to the auditor" in chat.heard[-1]
    assert "You: " in await chat.say("mine")


async def test_where_no_one_looked_it_says_so(world: World) -> None:
    await world.enrol(YING)
    chat = Chat(world)
    assert "还没有别人看过" in await chat.say("谁看过")
    assert "回复一条的编号" in await chat.say("7")
