"""Complaints: what is disputed without a record, who answers it, and what silence does."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.notices import notice
from schema.types.complaint import (
    DataError,
    MissingRecord,
    RefusedPass,
    RefusedSignIn,
    ServiceRating,
    WrongComputation,
)
from schema.types.dispute import QueueFilter
from schema.types.errors import RefusalCode
from schema.types.principal import Caller, Kind, Principal
from scoring.disputes import DataAspect, Determination, DisputeAction, DisputeState, DisputeTopic, Finding
from scoring.missing import NEAR_DAYS
from server.demo.entities import entities
from server.platform.kit.clock import day_of
from server.sources.register import register_rows
from tests.support.desk import sign_in
from tests.support.disputes import PAGE, PARKING, complain, decide, file, refusal
from tests.support.people import MOLI, YING, record
from tests.support.world import World

DAY = date(2026, 11, 2)
COMPLAINTS = (
    DataError(DataAspect.NAME),
    WrongComputation(DAY),
    RefusedPass("library.deposit-free", "市图书馆", DAY),
    RefusedSignIn(DAY),
    ServiceRating(1, None),
)


async def told(world: World) -> str:
    """All that the person was told so far."""
    return "\n".join(notice("zh", kind, data) for kind, data in await world.told())


async def missing(world: World, me: Principal) -> tuple[str, str]:
    """A missing record, filed: its key and the source that should have reported it."""
    await world.container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
    rule = next(r for r in world.container.scheme.rules if r.optional)
    return (await complain(world, me, MissingRecord(rule.sources[0], rule.code, DAY))).key, rule.sources[0]


async def test_a_missing_record_goes_to_its_source_at_once(world: World) -> None:
    me = await world.enrol(YING)
    key, source = await missing(world, me)
    mine = await world.container.disputes.one(me, key)
    assert (mine.topic, mine.state) == (DisputeTopic.MISSING_RECORD, DisputeState.AWAITING_SOURCE)
    entity = Principal(Kind.SOURCE, source)
    (edge,) = (await world.container.services.inquiries.open(entity, PAGE)).edges
    asked = edge.node
    assert (asked.citizen_name, asked.id_number, asked.concerns_on) == (YING.name, YING.id_number, DAY)
    assert (asked.words, asked.document_number) == ("少了这一次", "")


async def test_a_record_that_was_missing_and_is_delivered_ends_the_case_and_its_citizen_is_told(world: World) -> None:
    me = await world.enrol(YING)
    key, source = await missing(world, me)
    rule = next(r for r in world.container.scheme.rules if r.optional)
    await world.deliver(YING, record(rule.code, (DAY - timedelta(NEAR_DAYS + 1)).isoformat(), "V0", source=source))
    assert (await world.container.disputes.one(me, key)).state is DisputeState.AWAITING_SOURCE
    await world.deliver(YING, record(rule.code, (DAY + timedelta(NEAR_DAYS)).isoformat(), "V1", source=source))
    mine = await world.container.disputes.one(me, key)
    assert (mine.state, mine.determination) == (DisputeState.RESOLVED, Determination.DELIVERED)
    assert "已经补报" in await told(world)
    assert (await world.container.services.inquiries.open(Principal(Kind.SOURCE, source), PAGE)).edges == []


async def test_who_decides_sees_what_may_be_the_missing_record_and_can_find_that_it_is(world: World) -> None:
    me = await world.enrol(YING)
    key, source = await missing(world, me)
    rule = next(r for r in world.container.scheme.rules if r.optional)
    await sign_in(world, "agent", Kind.AGENT)
    agent, desk = Caller(Principal(Kind.AGENT, "agent")), world.container.services.desk
    case = await desk.claim(agent, key)
    assert (case.candidates, Determination.DELIVERED in case.outcomes) == ([], False)
    unseen = desk.decide(agent, key, case.revision, Determination.DELIVERED, "记录已经在了。")
    assert await refusal(unseen) is RefusalCode.NOT_FOR_TOPIC
    await world.deliver(YING, record(rule.code, (DAY - timedelta(9)).isoformat(), "V0", source=source))
    case = await desk.case(agent.principal, key)
    assert [one.document_number for one in case.candidates] == ["V0"]
    page = (await world.http.get(f"/desk/cases/{case.id}")).text
    assert "可能就是少的这一条" in page
    assert "V0" in page
    await desk.decide(agent, key, case.revision, Determination.DELIVERED, "就是这一条。")
    mine = await world.container.disputes.one(me, key)
    assert (mine.state, mine.determination) == (DisputeState.RESOLVED, Determination.DELIVERED)


async def test_its_answer_is_about_what_is_missing_and_the_desk_decides_with_it(world: World) -> None:
    me = await world.enrol(YING)
    key, source = await missing(world, me)
    entity = Caller(Principal(Kind.SOURCE, source))
    inquiries, desk = world.container.services.inquiries, world.container.services.desk
    assert await refusal(inquiries.answer(entity, key, Finding.CONFIRMED, "属实")) is RefusalCode.NOT_FOR_TOPIC
    assert await inquiries.answer(entity, key, Finding.WILL_DELIVER, "系统升级漏报，下周补报")
    agent = Caller(await world.hire("a", Kind.AGENT))
    case = await desk.claim(agent, key)
    assert case.inquiry is not None
    assert (case.inquiry.finding, case.outcomes) == (
        Finding.WILL_DELIVER,
        [Determination.TO_BE_DELIVERED, Determination.NOT_FOUND],
    )
    upheld = desk.decide(agent, key, case.revision, Determination.UPHELD, "属实")
    assert await refusal(upheld) is RefusalCode.NOT_FOR_TOPIC
    case = await desk.decide(agent, key, case.revision, Determination.TO_BE_DELIVERED, "市文明办下周补报。")
    assert case.dispute.state is DisputeState.RESOLVED
    assert "会补报" in await told(world)


async def test_a_missing_record_that_its_source_does_not_have_can_be_appealed(world: World) -> None:
    me = await world.enrol(YING)
    key, _ = await missing(world, me)
    dispute = await world.container.disputes.one(me, key)
    await decide(world, dispute, Determination.NOT_FOUND)
    assert (await world.container.disputes.one(me, key)).can_appeal
    again = await world.container.disputes.appeal(Caller(me), key, "我有服务时长证明")
    assert (again.state, again.appealed) == (DisputeState.SUBMITTED, True)


@pytest.mark.parametrize("complaint", COMPLAINTS, ids=lambda c: type(c).__name__)
async def test_each_topic_is_filed_shown_decided_and_answered_on_paper(world: World, complaint: object) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await complain(world, me, complaint)  # type: ignore[arg-type]
    assert (dispute.points, dispute.record_key, dispute.state) == (0, None, DisputeState.SUBMITTED)
    (outcome, *_) = (await world.container.services.desk.case(await world.hire("x", Kind.AGENT), dispute.key)).outcomes
    case = await decide(world, dispute, outcome)
    assert case.dispute.state is DisputeState.RESOLVED
    letter = await world.container.services.letters.letter(me, dispute.key)
    assert (letter.determination, letter.rule, letter.score_now) == (outcome, None, None)


async def test_what_is_put_right_takes_two_people(world: World) -> None:
    me = await world.enrol(YING)
    dispute = await complain(world, me, DataError(DataAspect.NAME))
    agent, desk = Caller(await world.hire("a", Kind.AGENT)), world.container.services.desk
    case = await desk.claim(agent, dispute.key)
    case = await desk.decide(agent, dispute.key, case.revision, Determination.REMEDIED, "姓名已按登记更正。")
    assert case.dispute.state is DisputeState.PROPOSED
    assert case.proposal is not None
    assert not case.proposal.changes_record


async def test_the_desk_sees_a_computation_made_again_by_the_engine(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await complain(world, me, WrongComputation(day_of(world.container.clock())))
    again = (await world.container.services.desk.case(await world.hire("a", Kind.AGENT), dispute.key)).recomputation
    assert again is not None
    assert (again.value, again.recomputed, again.same) == (490, 490, True)
    assert [(rule.stored, rule.recomputed) for rule in again.rules] == [(-10, -10)]


async def test_silence_takes_a_complaint_to_a_supervisor_and_then_says_so(world: World) -> None:
    me = await world.enrol(YING)
    dispute = await complain(world, me, DataError(DataAspect.PHONE))
    agent, desk = Caller(await world.hire("a", Kind.AGENT)), world.container.services.desk
    await desk.claim(agent, dispute.key)
    world.clock.advance(days=8)
    assert await world.container.disputes.lapse_overdue() == 1
    escalated = await world.container.disputes.one(me, dispute.key)
    assert (escalated.state, escalated.escalated) == (DisputeState.SUBMITTED, True)
    assert escalated.due_on > day_of(world.container.clock())
    assert "复核员" in await told(world)
    other = Caller(await world.hire("b", Kind.AGENT))
    assert await refusal(desk.claim(other, dispute.key)) is RefusalCode.FOUR_EYES
    (edge,) = (await desk.queue(other.principal, QueueFilter.ESCALATED, PAGE)).edges
    assert edge.node.key == dispute.key
    supervisor = Caller(await world.hire("s", Kind.APPROVER))
    assert (await desk.claim(supervisor, dispute.key)).held_by_me
    world.clock.advance(days=15)
    assert await world.container.disputes.lapse_overdue() == 1
    ended = await world.container.disputes.one(me, dispute.key)
    assert (ended.determination, ended.lapsed) == (Determination.UNANSWERED, True)
    assert "没有按期答复" in await told(world)


async def test_a_missing_record_is_never_invented_by_silence(world: World) -> None:
    me = await world.enrol(YING)
    before = (await world.container.services.scores.current(me)).value
    await missing(world, me)
    for _ in range(2):
        world.clock.advance(days=15)
        await world.container.disputes.lapse_overdue()
    assert (await world.container.services.scores.current(me)).value == before


async def test_a_good_rating_is_received_and_a_low_one_is_answered_by_another_person(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    await decide(world, dispute, Determination.UPHELD)
    low = await complain(world, me, ServiceRating(1, dispute.key), "答非所问")
    desk = world.container.services.desk
    handled = Caller(Principal(Kind.AGENT, f"a-{dispute.key}"))
    assert await refusal(desk.claim(handled, low.key)) is RefusalCode.FOUR_EYES
    assert (await desk.claim(Caller(await world.hire("c", Kind.AGENT)), low.key)).held_by_me
    assert await refusal(complain(world, me, ServiceRating(5, dispute.key))) is RefusalCode.RATED_ALREADY
    good = await complain(world, me, ServiceRating(5, None), "很快")
    assert (good.state, good.determination) == (DisputeState.RESOLVED, Determination.ACKNOWLEDGED)
    assert good.events[-1].action is DisputeAction.ACKNOWLEDGE


async def test_one_thing_is_filed_once_and_of_one_kind_only_so_many_are_open(world: World) -> None:
    me = await world.enrol(YING)
    await complain(world, me, WrongComputation(DAY))
    assert await refusal(complain(world, me, WrongComputation(DAY))) is RefusalCode.COMPLAINT_OPEN
    for day in (1, 2, 3):
        await complain(world, me, RefusedPass("library.deposit-free", "", date(2026, 11, day)))
    fourth = complain(world, me, RefusedPass("library.deposit-free", "", date(2026, 11, 4)))
    assert await refusal(fourth) is RefusalCode.COMPLAINTS_TOO_MANY


async def test_a_day_to_come_and_what_nobody_reports_are_refused(world: World) -> None:
    me = await world.enrol(YING)
    assert await refusal(complain(world, me, WrongComputation(date(2027, 1, 1)))) is RefusalCode.DAY_NOT_PAST
    assert await refusal(complain(world, me, MissingRecord("nobody", None, DAY))) is RefusalCode.NOT_FOUND
    assert await refusal(complain(world, me, RefusedPass("nothing", "", DAY))) is RefusalCode.NOT_FOUND


async def test_leaving_ends_complaints_too_and_tells_the_source(world: World) -> None:
    me = await world.enrol(YING)
    key, source = await missing(world, me)
    assert await world.container.services.enrolments.leave(Caller(me)) == 1
    assert not (await world.container.services.inquiries.open(Principal(Kind.SOURCE, source), PAGE)).edges
    row = await world.container.store["disputes"].find_one({"_id": key})
    assert row is not None
    assert not row["open"]


async def test_what_it_is_about_is_said_in_words(world: World) -> None:
    me = await world.enrol(YING)
    refused = await complain(world, me, RefusedPass("library.deposit-free", "市图书馆", DAY))
    assert refused.subject.zh == "凭证被拒：图书馆免押金借书（市图书馆）"
    assert (await complain(world, me, DataError(DataAspect.NAME))).subject.zh == "我的资料有误：姓名有误"
    assert (await complain(world, me, WrongComputation(DAY))).subject.zh == "分数算得不对"


async def test_a_longer_deadline_says_nothing_of_a_record(world: World) -> None:
    me = await world.enrol(YING)
    dispute = await complain(world, me, WrongComputation(DAY))
    agent, desk = Caller(await world.hire("a", Kind.AGENT)), world.container.services.desk
    case = await desk.claim(agent, dispute.key)
    await desk.extend(agent, dispute.key, case.revision, "要核对四个单位的记录")
    words = await told(world)
    assert "期限延长一次" in words
    assert "计分" not in words
