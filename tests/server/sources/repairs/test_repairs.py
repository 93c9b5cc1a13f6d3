"""Credit repair by the citizen: applying, the answer of the source or of two at the desk, silence, and what is left."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.notices import notice
from schema.types.enrolment import AccessAction
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Kind, Principal
from schema.types.repair import RepairApplication
from scoring.records import RevocationReason
from scoring.repair import RepairState
from server.demo.entities import entities
from server.jobs.retention import Retention
from server.sources.register import register_rows
from tests.support.disputes import PAGE, file, refusal
from tests.support.people import MOLI, YING, record
from tests.support.photos import photo as draw
from tests.support.world import Chat, World

POLICE = Principal(Kind.SOURCE, "traffic-police")
DONE = date(2026, 11, 10)
PARKING = record("traffic.illegal-parking", "2026-11-02", "T1")
WORDS = "罚款已缴，回执 0012"


@pytest.fixture
async def city(world: World) -> World:
    await world.container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
    return world


async def key_of(city: World, me: Principal, rule: str = "traffic.illegal-parking") -> str:
    records = (await city.container.services.records.of_citizen(me, PAGE)).edges
    return next(edge.node.key for edge in records if edge.node.rule_of().code == rule)


async def apply(city: World, me: Principal, photos: tuple[str, ...] = ()) -> RepairApplication:
    return await city.container.repairs.apply(Caller(me), await key_of(city, me), DONE, WORDS, list(photos))


async def values(city: World, me: Principal) -> set[int]:
    history = (await city.container.services.scores.history(me, PAGE)).edges
    return {edge.node.value for edge in history}


async def photo(city: World, me: Principal) -> str:
    media = city.platform.keep_media("image/jpeg", draw())
    return (await city.container.evidence.keep_photo(Caller(me), media)).key


async def test_what_the_source_accepts_leaves_score_and_history_and_the_citizen_hears_the_new_score(
    city: World,
) -> None:
    me = await city.enrol(YING, PARKING)
    chat = Chat(city)
    applied = await apply(city, me)
    assert (applied.number, applied.state, applied.due_on) == ("R-2026-000001", RepairState.APPLIED, date(2026, 12, 7))
    assert (await city.container.services.scores.current(me)).value == 490
    answers = city.container.services.repair_answers
    (edge,) = (await answers.waiting(POLICE, PAGE)).edges
    assert (edge.node.document_number, edge.node.words, edge.node.done_on) == ("T1", WORDS, DONE)
    await answers.answer(Caller(POLICE), edge.node.key, "已核实缴款。", accepted=True)
    assert (await city.container.services.scores.current(me)).value == 500
    assert await values(city, me) == {500}
    (told,) = [text for text in await chat.pushes() if "R-2026-000001" in text]
    assert "已核实缴款。" in told
    assert "500（+10）" in told
    ended = await city.container.repairs.one(me, applied.key)
    assert (ended.state, ended.score_after, ended.points) == (RepairState.ACCEPTED, 500, 10)
    assert (await answers.waiting(POLICE, PAGE)).edges == []
    assert await refusal(answers.answer(Caller(POLICE), applied.key, "又一次", accepted=True)) is (
        RefusalCode.REPAIR_CLOSED
    )


async def test_a_refusal_is_told_with_its_reason_and_how_to_go_on_and_changes_nothing(city: World) -> None:
    me = await city.enrol(YING, PARKING)
    applied = await apply(city, me)
    answers = city.container.services.repair_answers
    await answers.answer(Caller(POLICE), applied.key, "没有查到缴款。", accepted=False)
    (told,) = [text for text in await Chat(city).pushes() if "R-2026-000001" in text]
    assert "没有查到缴款。" in told
    assert "【异议】" in told
    assert (await city.container.services.scores.current(me)).value == 490
    assert (await apply(city, me)).number == "R-2026-000002"


async def test_only_the_source_of_the_record_sees_and_answers(city: World) -> None:
    me = await city.enrol(YING, PARKING)
    applied = await apply(city, me)
    other = Principal(Kind.SOURCE, "housing-fund")
    answers = city.container.services.repair_answers
    assert (await answers.waiting(other, PAGE)).edges == []
    assert await refusal(answers.answer(Caller(other), applied.key, "属实", accepted=True)) is RefusalCode.NOT_FOUND
    assert await refusal(answers.one_for_source(other, applied.key)) is RefusalCode.NOT_FOUND


async def test_what_cannot_be_repaired_is_refused_with_the_day_or_the_reason(city: World) -> None:
    grave = next(r for r in MOLI.rules if r.tier is not None and r.tier.value == "extreme")
    serious = next(r for r in MOLI.rules if r.tier is not None and r.tier.value == "serious")
    me = await city.enrol(YING, record(grave.code, "2026-09-02", "G1"), record(serious.code, "2026-09-02", "G2"))
    repairs = city.container.repairs
    with pytest.raises(Refused) as never:
        await repairs.apply(Caller(me), await key_of(city, me, grave.code), DONE, WORDS, [])
    assert "不能修复" in never.value.sentence("zh")
    with pytest.raises(Refused) as later:
        await repairs.apply(Caller(me), await key_of(city, me, serious.code), DONE, WORDS, [])
    assert "2027年9月2日" in later.value.sentence("zh")


@pytest.mark.parametrize("done_on", [date(2026, 11, 1), date(2026, 11, 24)])
async def test_it_was_done_after_the_record_and_not_after_today(city: World, done_on: date) -> None:
    me = await city.enrol(YING, PARKING)
    applying = city.container.repairs.apply(Caller(me), await key_of(city, me), done_on, WORDS, [])
    assert await refusal(applying) is RefusalCode.NOT_REPAIRABLE


async def test_a_record_has_one_open_application_and_five_in_all(city: World) -> None:
    me = await city.enrol(YING, PARKING)
    repairs = city.container.repairs
    applied = await apply(city, me)
    assert await refusal(apply(city, me)) is RefusalCode.REPAIR_OPEN
    for _ in range(4):
        await repairs.withdraw(Caller(me), applied.key)
        applied = await apply(city, me)
    await repairs.withdraw(Caller(me), applied.key)
    assert await refusal(repairs.withdraw(Caller(me), applied.key)) is RefusalCode.REPAIR_CLOSED
    assert await refusal(apply(city, me)) is RefusalCode.REPAIR_APPLIED_OFTEN


async def test_silence_repairs_nothing_is_told_once_counted_and_still_answered(city: World) -> None:
    me = await city.enrol(YING, PARKING)
    applied = await apply(city, me)
    repairs, services = city.container.repairs, city.container.services
    assert await repairs.keep_deadlines() == 0
    city.clock.advance(days=20)
    await Chat(city).say("你好")
    assert await repairs.keep_deadlines() == 1
    assert await repairs.keep_deadlines() == 0
    late = await repairs.one(me, applied.key)
    assert (late.state, late.is_open, late.lapsed) == (RepairState.LAPSED, True, True)
    assert (await services.scores.current(me)).value == 490
    (told,) = [text for text in await Chat(city).pushes() if "R-2026-000001" in text]
    assert "不等于同意" in told
    agent = await city.hire("a", Kind.AGENT)
    (edge,) = (await services.repair_answers.queue(agent, PAGE)).edges
    assert (edge.node.lapsed, edge.node.application) == (True, None)
    figures = (await services.figures.cases(agent)).repairs
    assert (figures.applied, figures.waiting, figures.overdue, figures.answer_working_days) == (1, 1, 1, 10)
    public = await services.figures.repairs()
    assert (public.applied, public.waiting) == (None, None)
    await services.repair_answers.answer(Caller(POLICE), applied.key, "已核实。", accepted=True)
    assert (await services.scores.current(me)).value == 500
    assert (await services.figures.cases(agent)).repairs.lapses == 1


async def test_the_desk_writes_an_answer_down_and_another_person_approves_it(city: World) -> None:
    me = await city.enrol(YING, PARKING)
    applied = await apply(city, me)
    agent, approver = await city.hire("a", Kind.AGENT), await city.hire("b", Kind.APPROVER)
    answers = city.container.services.repair_answers
    case = await answers.case(agent, applied.key)
    assert (case.document_number, case.has_program) == ("T1", False)
    assert case.office_phone
    case = await answers.log_answer(Caller(agent), case.key, case.revision, "王科", "电话确认已缴款。", accepted=True)
    assert case.state is RepairState.PROPOSED
    assert (await city.container.services.scores.current(me)).value == 490
    assert (await city.container.repairs.one(me, applied.key)).answer is None
    assert await refusal(answers.approve(Caller(agent), case.key, case.revision)) is RefusalCode.FORBIDDEN
    back = await answers.send_back(Caller(approver), case.key, case.revision)
    assert back.state is RepairState.APPLIED
    case = await answers.log_answer(Caller(agent), case.key, back.revision, "王科", "电话确认已缴款。", accepted=True)
    await answers.approve(Caller(approver), case.key, case.revision)
    assert (await city.container.services.scores.current(me)).value == 500
    ended = await city.container.repairs.one(me, applied.key)
    assert (ended.state, ended.answer) == (RepairState.ACCEPTED, "电话确认已缴款。")
    calls = [notice("en", kind, data) for kind, data in await city.told() if kind == "acted_for_you"]
    assert len(calls) == 2
    assert all("called the reporting body" in call for call in calls)


async def test_no_one_approves_what_they_wrote_down_or_works_on_their_own_application(city: World) -> None:
    me = await city.enrol(YING, PARKING)
    applied = await apply(city, me)
    approver = await city.hire("b", Kind.APPROVER)
    answers = city.container.services.repair_answers
    case = await answers.case(approver, applied.key)
    case = await answers.log_answer(Caller(approver), case.key, case.revision, "王科", "已缴款。", accepted=True)
    assert not case.can_approve
    assert await refusal(answers.approve(Caller(approver), case.key, case.revision)) is RefusalCode.FOUR_EYES
    own = await city.hire("c", Kind.AGENT, YING)
    assert await refusal(answers.case(own, applied.key)) is RefusalCode.FOUR_EYES


@pytest.mark.parametrize("how", ["repaired", "revoked"])
async def test_an_application_ends_with_its_record_whoever_ends_it(city: World, how: str) -> None:
    me = await city.enrol(YING, PARKING)
    applied = await apply(city, me)
    reports = city.container.services.reports
    if how == "repaired":
        await reports.repair(Caller(POLICE), "T1", DONE)
    else:
        await reports.revoke(Caller(POLICE), "T1", RevocationReason.ISSUED_IN_ERROR)
    ended = await city.container.repairs.one(me, applied.key)
    assert ended.state is (RepairState.ACCEPTED if how == "repaired" else RepairState.CLOSED)
    assert (await city.container.services.scores.current(me)).value == 500


async def test_an_application_about_a_record_that_a_decision_deleted_is_closed(city: World) -> None:
    me = await city.enrol(YING, PARKING)
    applied = await apply(city, me)
    await city.container.store["records"].update_one({}, {"$set": {"status": "annulled"}})
    assert await city.container.repairs.keep_deadlines() == 1
    assert (await city.container.repairs.one(me, applied.key)).state is RepairState.CLOSED
    assert any("已不再计入" in text for text in await Chat(city).pushes())


async def test_a_disputed_record_can_be_repaired_and_the_dispute_is_won(city: World) -> None:
    me = await city.enrol(YING, PARKING)
    await file(city, me)
    applied = await apply(city, me)
    await city.container.services.repair_answers.answer(Caller(POLICE), applied.key, "已核实。", accepted=True)
    assert (await city.container.repairs.one(me, applied.key)).state is RepairState.ACCEPTED
    (dispute,) = (await city.container.disputes.mine(me, PAGE)).edges
    assert dispute.node.determination is not None


async def test_each_look_at_an_application_is_on_the_access_log(city: World) -> None:
    me = await city.enrol(YING, PARKING)
    applied = await apply(city, me)
    answers = city.container.services.repair_answers
    await answers.waiting(POLICE, PAGE)
    await answers.case(await city.hire("a", Kind.AGENT), applied.key)
    log = (await city.container.services.looks.access_log(me, PAGE)).edges
    looks = [(e.node.role, e.node.why) for e in log if e.node.action is AccessAction.REPAIR_READ]
    assert looks == [(Kind.AGENT, "R-2026-000001"), (Kind.SOURCE, "R-2026-000001")]


async def test_the_proof_is_shown_to_who_decides_exported_and_deleted_with_time_and_on_leaving(city: World) -> None:
    me = await city.enrol(YING, PARKING)
    first = await apply(city, me, (await photo(city, me),))
    answers = city.container.services.repair_answers
    (edge,) = (await answers.waiting(POLICE, PAGE)).edges
    assert len(edge.node.evidence) == 1
    export: dict[str, Any] = await city.export(me)
    assert [r["number"] for r in export["repairs"]] == [e["dispute"] for e in export["evidence"]] == [first.number]
    assert export["repairs"][0]["words"] == WORDS
    await city.container.repairs.withdraw(Caller(me), first.key)
    city.clock.advance(days=800)
    gone = await Retention(city.container).run()
    assert gone["evidence"] == 1
    city.clock.advance(days=1200)
    assert (await Retention(city.container).run())["applications for repair"] == 1


async def test_leaving_deletes_applications_and_their_proof(city: World) -> None:
    me = await city.enrol(YING, PARKING)
    await apply(city, me, (await photo(city, me),))
    await city.container.enrolments.leave(Caller(me))
    assert await city.container.store["repairs"].count_documents({}) == 0
    assert await city.container.store["evidence"].count_documents({}) == 0


async def test_the_effect_is_told_beforehand_and_writes_nothing(city: World) -> None:
    me = await city.enrol(YING, PARKING)
    key = await key_of(city, me)
    before = await city.container.store["assessments"].count_documents({})
    effects = await city.container.services.what_if.repaired(me, [key])
    assert (effects[key].value, effects[key].points) == (500, 10)
    assert await city.container.store["assessments"].count_documents({}) == before
