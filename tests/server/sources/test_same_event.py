"""The same event reported by two bodies: once in the score, and a question to the desk."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from schema.types.check import Check, CheckOutcome
from schema.types.connection import Page
from schema.types.dispute import Dispute
from schema.types.principal import OPERATOR, Caller, Kind, Principal
from scoring.disputes import Determination, DisputeReason
from scoring.records import Record, RevocationReason
from scoring.statement import WithheldReason
from server.demo.entities import entities
from server.sources.register import register_rows
from tests.support.desk import sign_in
from tests.support.disputes import decide, file
from tests.support.people import MOLI, YING, delivery, record
from tests.support.world import Chat, World

PAGE = Page(50, None)
RULE = next(r for r in MOLI.rules if len(r.sources) > 1 and r.points[0].value > 0 and not r.optional)
HONOUR = record(RULE.code, "2026-09-01", "A", source=RULE.sources[0])
TWIN = replace(HONOUR, id="B", source=RULE.sources[1], reported_on=date(2026, 9, 5))
POINTS = RULE.points[0].value
FINE = record("traffic.illegal-parking", "2026-09-02", "F")
FINE_TWIN = replace(FINE, id="G", source="tax-bureau", reported_on=date(2026, 9, 5))


async def value(world: World, me: Principal) -> int:
    return (await world.container.services.scores.current(me)).value


async def checks(world: World, desk: Principal) -> list[Check]:
    found = await world.container.services.checks.page(desk, PAGE, is_open=True)
    return [edge.node for edge in found.edges]


async def test_it_counts_once_and_the_desk_is_asked_once(world: World) -> None:
    me = await world.enrol(YING, HONOUR)
    for _ in range(2):
        await world.deliver(YING, TWIN)
        await world.deliver(YING, record("volunteering.hours", "2026-09-02", "V"))
    await world.deliver(YING, record("volunteering.hours", "2026-09-03", "W"))
    records = (await world.container.services.records.of_citizen(me, PAGE)).edges
    reasons = {edge.node.document_number: edge.node.withheld_reason for edge in records}
    assert (reasons["A"], reasons["B"]) == (None, WithheldReason.SAME_EVENT)
    (check,) = await checks(world, await world.hire("agent", Kind.AGENT))
    assert (check.kind, check.times) == ("same_event", 1)
    assert check.record is not None
    assert check.record.document_number == "B"


async def test_both_count_when_two_people_find_them_to_be_two_events(world: World) -> None:
    me = await world.enrol(YING, HONOUR)
    before = await value(world, me)
    await world.deliver(YING, TWIN)
    assert await value(world, me) == before
    agent, approver = await world.hire("agent", Kind.AGENT), await world.hire("approver", Kind.APPROVER)
    (check,) = await checks(world, agent)
    for person in (agent, approver):
        await world.container.services.checks.close(Caller(person), str(check.id), CheckOutcome.LIFTED)
    assert await value(world, me) == before + POINTS
    assert [text for text in await Chat(world).pushes() if "这条记录计入您的分数" in text]


async def test_one_event_stays_one_and_is_not_asked_about_again(world: World) -> None:
    me = await world.enrol(YING, HONOUR, TWIN)
    before = await value(world, me)
    await world.deliver(YING, record("volunteering.hours", "2026-09-03", "W"))
    agent = await world.hire("agent", Kind.AGENT)
    (check,) = await checks(world, agent)
    await world.container.services.checks.close(Caller(agent), str(check.id), CheckOutcome.KEPT)
    await world.container.store["checks"].delete_many({})  # as after ninety days
    await world.deliver(YING, record("volunteering.hours", "2026-09-04", "X"))
    assert await checks(world, agent) == []
    assert await value(world, me) > before


async def test_the_desk_sees_what_it_is_asked(world: World) -> None:
    await world.enrol(YING, HONOUR)
    await world.deliver(YING, TWIN)
    await sign_in(world, "agent", Kind.AGENT)
    page = (await world.http.get("/desk/checks")).text
    assert "同一件事" in page
    assert "是同一件事，不计入" in page
    assert f"B：{RULE.label.zh}，2026-09-01发生，2026-09-05首次报送" in page


async def test_a_dispute_of_the_one_that_counts_leaves_its_twin_out(world: World) -> None:
    me = await world.enrol(YING, HONOUR)
    before = await value(world, me)
    dispute = await file(world, me, RULE.code)
    await world.deliver(YING, TWIN)
    assert await value(world, me) == before - POINTS
    await decide(world, dispute, Determination.UPHELD)
    assert await value(world, me) == before


async def test_who_joins_with_two_records_of_one_event_has_the_desk_asked(world: World) -> None:
    await world.deliver(YING, HONOUR, TWIN)
    agent = await world.hire("agent", Kind.AGENT)
    assert await checks(world, agent) == []
    await world.enrol(YING)
    await world.reassess()
    (check,) = await checks(world, agent)
    assert (check.kind, check.record and check.record.document_number) == ("same_event", "B")


async def test_a_decision_that_deletes_one_deletes_the_event_and_its_citizen_is_told(world: World) -> None:
    me = await world.enrol(YING, HONOUR, TWIN)
    before = await value(world, me)
    await decide(world, await file_about(world, me, "A"), Determination.DELETED)
    assert await value(world, me) == before - POINTS
    assert await shown(world, me) == []
    assert [text for text in await Chat(world).pushes() if f"{RULE.label.zh}（" in text and "一并删除" in text]


async def test_who_approves_sees_beforehand_what_ends_too(world: World) -> None:
    me = await world.enrol(YING, HONOUR, TWIN)
    dispute = await file_about(world, me, "A")
    desk, agent = world.container.services.desk, Caller(await world.hire("a", Kind.AGENT))
    case = await desk.claim(agent, dispute.key)
    case = await desk.decide(agent, dispute.key, case.revision, Determination.DELETED, "核查过")
    assert case.proposal is not None
    assert [one.document_number for one in case.proposal.also_ends] == ["B"]
    await sign_in(world, "approver", Kind.APPROVER)
    page = (await world.http.get(f"/desk/cases/{case.id}")).text
    assert "一并结束" in page
    assert "· B ·" in page


@pytest.mark.parametrize("why", ["the record stays", "it is a duplicate", "the twin is disputed itself"])
async def test_where_no_twin_ends_none_is_shown(world: World, why: str) -> None:
    me = await world.enrol(YING, HONOUR, TWIN)
    dispute = await file_about(world, me, "A")
    if why == "the twin is disputed itself":
        await file_about(world, me, "B")
    desk, agent = world.container.services.desk, Caller(await world.hire("a", Kind.AGENT))
    case = await desk.claim(agent, dispute.key)
    if why == "it is a duplicate":
        case = await desk.refine(agent, dispute.key, case.revision, DisputeReason.DUPLICATE)
    outcome = Determination.UPHELD if why == "the record stays" else Determination.DELETED
    case = await desk.decide(agent, dispute.key, case.revision, outcome, "核查过")
    assert case.proposal is None or case.proposal.also_ends == []


async def test_a_correction_that_is_awaited_brings_no_twin_up(world: World) -> None:
    me = await world.enrol(YING, HONOUR, TWIN)
    before = await value(world, me)
    await decide(world, await file_about(world, me, "A"), Determination.CORRECTED)
    assert await value(world, me) == before - POINTS
    assert [text for text in await Chat(world).pushes() if "等待来源更正" in text]


async def test_what_is_found_to_be_an_event_of_its_own_counts_after_its_twin_was_deleted(world: World) -> None:
    me = await world.enrol(YING, HONOUR)
    await world.deliver(YING, TWIN)
    before = await value(world, me)
    await decide(world, await file_about(world, me, "A"), Determination.DELETED)
    assert await value(world, me) == before - POINTS
    agent, approver = await world.hire("agent", Kind.AGENT), await world.hire("approver", Kind.APPROVER)
    (check,) = await checks(world, agent)
    for person in (agent, approver):
        await world.container.services.checks.close(Caller(person), str(check.id), CheckOutcome.LIFTED)
    assert await value(world, me) == before


async def test_a_twin_that_comes_after_a_decision_is_held_for_a_person(world: World) -> None:
    me = await world.enrol(YING, HONOUR)
    await decide(world, await file(world, me, RULE.code), Determination.DELETED)
    before = await value(world, me)
    done = await world.container.deliveries.deliver(OPERATOR, delivery(YING, TWIN))
    assert (done.stored, done.held) == (0, 1)
    await world.reassess()
    assert await value(world, me) == before
    (check,) = await checks(world, await world.hire("agent", Kind.AGENT))
    assert check.kind == "record_held"
    assert [text for text in await Chat(world).pushes() if "同一件事已经有过处理结果" in text]


async def test_a_duplicate_that_is_deleted_leaves_the_other_one_and_its_citizen_is_told(world: World) -> None:
    me = await world.enrol(YING, HONOUR, TWIN)
    before = await value(world, me)
    dispute = await file_about(world, me, "A")
    agent, approver = await world.hire("agent", Kind.AGENT), await world.hire("approver", Kind.APPROVER)
    desk = world.container.services.desk
    case = await desk.claim(Caller(agent), dispute.key)
    case = await desk.refine(Caller(agent), dispute.key, case.revision, DisputeReason.DUPLICATE)
    case = await desk.decide(Caller(agent), dispute.key, case.revision, Determination.DELETED, "重复了")
    await desk.approve(Caller(approver), dispute.key, case.revision, Determination.DELETED)
    assert await shown(world, me) == ["B"]
    assert await value(world, me) == before
    assert [text for text in await Chat(world).pushes() if "现在计入您的分数" in text]


async def test_a_record_that_its_source_takes_back_leaves_the_other_one_and_its_citizen_is_told(world: World) -> None:
    me = await world.enrol(YING, HONOUR, TWIN)
    before = await value(world, me)
    await revoke(world, HONOUR, RevocationReason.ISSUED_IN_ERROR)
    assert (await shown(world, me), await value(world, me)) == (["B"], before)
    assert [text for text in await Chat(world).pushes() if "现在计入您的分数" in text]


async def test_what_counts_for_a_person_stays_when_only_its_twin_is_deleted(world: World) -> None:
    me = await world.enrol(YING, HONOUR, TWIN)
    before = await value(world, me)
    await decide(world, await file_about(world, me, "B"), Determination.DELETED)
    assert (await shown(world, me), await value(world, me)) == (["A"], before)


async def test_a_repair_of_one_repairs_the_event_and_its_citizen_is_told(world: World) -> None:
    me = await world.enrol(YING, FINE, FINE_TWIN)
    before = await value(world, me)
    await world.container.services.reports.repair(await owner(world, FINE), FINE.id, FINE.occurred_on)
    assert await shown(world, me) == []
    assert await value(world, me) > before
    assert [text for text in await Chat(world).pushes() if "一并修复" in text]


async def file_about(world: World, me: Principal, number: str) -> Dispute:
    records = (await world.container.services.records.of_citizen(me, PAGE)).edges
    key = next(edge.node.key for edge in records if edge.node.document_number == number)
    return await world.container.disputes.open(Caller(me), key, DisputeReason.NOT_MINE, "不是我", [])


async def shown(world: World, me: Principal) -> list[str]:
    records = (await world.container.services.records.of_citizen(me, PAGE)).edges
    return [edge.node.document_number for edge in records]


async def revoke(world: World, taken: Record, reason: RevocationReason) -> None:
    await world.container.services.reports.revoke(await owner(world, taken), taken.id, reason)


async def owner(world: World, taken: Record) -> Caller:
    """The entity whose record it is from now on."""
    entity = next(code for code, source, _, _ in entities(MOLI) if source == taken.source)
    await world.container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
    await world.container.store["records"].update_one({"source": taken.source}, {"$set": {"reporter": entity}})
    return Caller(Principal(Kind.SOURCE, entity))
