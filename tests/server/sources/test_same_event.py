"""The same event reported by two bodies: once in the score, and a question to the desk."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from schema.types.check import Check, CheckOutcome
from schema.types.connection import Page
from schema.types.principal import Caller, Kind, Principal
from scoring.disputes import Determination
from scoring.statement import WithheldReason
from tests.support.desk import sign_in
from tests.support.disputes import decide, file
from tests.support.people import MOLI, YING, record
from tests.support.world import Chat, World

PAGE = Page(50, None)
RULE = next(r for r in MOLI.rules if len(r.sources) > 1 and r.points[0].value > 0 and not r.optional)
HONOUR = record(RULE.code, "2026-09-01", "A", source=RULE.sources[0])
TWIN = replace(HONOUR, id="B", source=RULE.sources[1], reported_on=date(2026, 9, 5))
POINTS = RULE.points[0].value


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
