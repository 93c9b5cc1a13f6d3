"""More information, and a second look by other people."""

from __future__ import annotations

from typing import Any

import pytest

from schema.types.connection import Page
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Kind, Principal
from scoring.disputes import Determination, DisputeReason, DisputeState
from tests.support.people import YING, record
from tests.support.photos import photo
from tests.support.world import Chat, World

PARKING = record("traffic.illegal-parking", "2026-09-02")


async def filed(world: World) -> tuple[Principal, str]:
    me = await world.enrol(YING, PARKING)
    (held,) = (await world.container.services.records.of_citizen(me, Page(5, None))).edges
    dispute = await world.container.disputes.open(Caller(me), held.node.key, DisputeReason.NOT_MINE, "不是我的车", [])
    return me, dispute.key


async def asked(world: World, key: str, question: str = "请发过户单") -> Principal:
    agent = await world.hire("agent", Kind.AGENT)
    case = await world.container.services.desk.claim(Caller(agent), key)
    case = await world.container.services.desk.ask_citizen(Caller(agent), key, case.revision, question)
    assert case.dispute.state is DisputeState.AWAITING_CITIZEN
    assert case.dispute.question == question
    return agent


async def upheld(world: World, key: str, account: str = "agent") -> None:
    agent = await world.hire(account, Kind.AGENT)
    case = await world.container.services.desk.claim(Caller(agent), key)
    await world.container.services.desk.decide(Caller(agent), key, case.revision, Determination.UPHELD, "核查属实")


async def refusal(call: Any) -> RefusalCode:
    with pytest.raises(Refused) as refused:
        await call
    return refused.value.code


async def test_the_desk_asks_and_the_citizen_answers_with_a_photo(world: World) -> None:
    _, key = await filed(world)
    agent = await asked(world, key)
    chat = Chat(world)
    assert any("请发过户单" in text and "我们仍会在" in text for text in await chat.pushes())
    assert "等您补充" in await chat.say("进度")
    assert "请发过户单" in await chat.say("补充")
    assert "再多写几个字" in await chat.say("！")
    assert "可以发照片" in await chat.say("八月十二日过户，见照片")
    assert "收到 1 张" in await chat.photo(photo())
    assert "照片：" in await chat.say("提交")
    assert "收到您对 D-2026-000001 的补充" in await chat.say("确认")
    case = await world.container.services.desk.case(agent, key)
    assert case.dispute.state is DisputeState.UNDER_REVIEW
    assert len(case.dispute.evidence) == 1
    assert case.dispute.events[-1].text == "八月十二日过户，见照片"
    assert "没有需要您补充" in await chat.say("补充")


async def test_nothing_is_supplied_where_nothing_was_asked(world: World) -> None:
    me, key = await filed(world)
    assert await refusal(world.container.disputes.supply(Caller(me), key, "说明", [])) is RefusalCode.NOTHING_ASKED


async def test_asking_does_not_move_the_deadline(world: World) -> None:
    me, key = await filed(world)
    before = (await world.container.disputes.one(me, key)).due_on
    await asked(world, key)
    assert (await world.container.disputes.one(me, key)).due_on == before
    world.clock.advance(days=8)
    assert await world.container.disputes.lapse_overdue() == 1
    assert (await world.container.disputes.one(me, key)).determination is Determination.UNVERIFIABLE


async def test_without_an_answer_the_desk_may_still_decide(world: World) -> None:
    _, key = await filed(world)
    agent = await asked(world, key)
    case = await world.container.services.desk.case(agent, key)
    case = await world.container.services.desk.decide(
        Caller(agent), key, case.revision, Determination.UPHELD, "没有过户单，核查属实"
    )
    assert case.dispute.state is DisputeState.RESOLVED


async def test_an_appeal_is_one_other_peoples_and_neutral_again(world: World) -> None:
    me, key = await filed(world)
    await upheld(world, key)
    scores = world.container.services.scores
    assert (await scores.current(me)).value == 490
    chat = Chat(world)
    assert "【复核】一次" in await chat.say("进度")
    assert "没有经手过的人员" in await chat.say("复核")
    assert "申请复核" in await chat.say("过户单在附件里")
    assert "请从下面选一项回复：\n【确认】提交" in await chat.say("嗯")
    assert "复核申请已提交" in await chat.say("确认")
    assert (await scores.current(me)).value == 500
    same = Principal(Kind.AGENT, "agent")
    assert await refusal(world.container.services.desk.claim(Caller(same), key)) is RefusalCode.FOUR_EYES
    await upheld(world, key, "another")
    assert (await scores.current(me)).value == 490
    assert await refusal(world.container.disputes.appeal(Caller(me), key, "还是不对")) is RefusalCode.NO_APPEAL
    assert "没有可以复核的答复" in await chat.say("复核")


async def test_an_appeal_that_no_one_decides_is_won(world: World) -> None:
    me, key = await filed(world)
    await upheld(world, key)
    await world.container.disputes.appeal(Caller(me), key, "请再看一次")
    world.clock.advance(days=8)
    assert await world.container.disputes.lapse_overdue() == 1
    assert (await world.container.services.scores.current(me)).value == 500


async def test_after_thirty_days_a_decision_stands(world: World) -> None:
    me, key = await filed(world)
    await upheld(world, key)
    await world.deliver_outbox()
    world.clock.advance(days=31)
    assert await refusal(world.container.disputes.appeal(Caller(me), key, "请再看一次")) is RefusalCode.NO_APPEAL


async def test_an_appeal_sent_twice_is_one(world: World) -> None:
    me, key = await filed(world)
    await upheld(world, key)
    first = await world.container.disputes.appeal(Caller(me, "k"), key, "请再看一次")
    again = await world.container.disputes.appeal(Caller(me, "k"), key, "请再看一次")
    assert (again.state, again.events) == (first.state, first.events)


async def test_withdrawing_again_and_again_keeps_no_record_neutral(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    (held,) = (await world.container.services.records.of_citizen(me, Page(5, None))).edges
    disputes = world.container.disputes
    for _ in range(2):
        dispute = await disputes.open(Caller(me), held.node.key, DisputeReason.NOT_MINE, "不是我的车", [])
        await disputes.withdraw(Caller(me), dispute.key)
    again = disputes.open(Caller(me), held.node.key, DisputeReason.NOT_MINE, "不是我的车", [])
    assert await refusal(again) is RefusalCode.DISPUTE_WITHDRAWN_OFTEN


async def test_an_appeal_taken_back_leaves_the_decision(world: World) -> None:
    me, key = await filed(world)
    await upheld(world, key)
    await world.container.disputes.appeal(Caller(me), key, "请再看一次")
    await world.container.disputes.withdraw(Caller(me), key)
    assert (await world.container.services.scores.current(me)).value == 490
    (held,) = (await world.container.services.records.of_citizen(me, Page(5, None))).edges
    again = world.container.disputes.open(Caller(me), held.node.key, DisputeReason.NOT_MINE, "不是我的车", [])
    assert await refusal(again) is RefusalCode.DISPUTE_DECIDED
    assert await refusal(world.container.disputes.appeal(Caller(me), key, "再来")) is RefusalCode.NO_APPEAL


async def test_a_question_that_was_decided_on_is_not_asked_any_more(world: World) -> None:
    me, key = await filed(world)
    agent = await asked(world, key)
    case = await world.container.services.desk.case(agent, key)
    await world.container.services.desk.decide(Caller(agent), key, case.revision, Determination.DELETED, "不是本人")
    assert (await world.container.disputes.one(me, key)).question is None
