"""The queue: what came back, what a case has with it, what belongs to it, and taking a proposal back."""

from __future__ import annotations

from schema.types.dispute import Case, CaseReturn, QueueFilter
from schema.types.errors import RefusalCode
from schema.types.principal import Caller, Kind, Principal
from scoring.disputes import Determination, DisputeReason, DisputeState, Finding
from server.demo.entities import entities
from server.sources.register import register_rows
from tests.support.disputes import PAGE, PARKING, file, refusal
from tests.support.people import FAN, MOLI, YING, record
from tests.support.world import World

POLICE = Principal(Kind.SOURCE, PARKING.source)
LITTER = record("traffic.illegal-parking", "2026-09-05", "T2")
THEIRS = record("traffic.illegal-parking", "2026-09-06", "T3")


async def part(world: World, agent: Principal, part: QueueFilter) -> list[Case]:
    queue = await world.container.services.desk.queue(agent, part, PAGE)
    assert await queue.total_count() == len(queue.edges)
    return [edge.node for edge in queue.edges]


async def came_back(world: World, agent: Principal) -> list[CaseReturn | None]:
    return [case.came_back for case in await part(world, agent, QueueFilter.CAME_BACK)]


async def held(world: World) -> tuple[Principal, Principal, Case]:
    """A citizen, an agent, and the case that the agent has claimed."""
    await world.container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    agent = await world.hire("a", Kind.AGENT)
    return me, agent, await world.container.services.desk.claim(Caller(agent), dispute.key)


async def test_what_its_citizen_answered_is_with_its_holder_again(world: World) -> None:
    me, agent, case = await held(world)
    desk = world.container.services.desk
    assert await came_back(world, agent) == []
    case = await desk.ask_citizen(Caller(agent), case.key, case.revision, "请补充过户单")
    assert await came_back(world, agent) == []
    await world.container.disputes.supply(Caller(me), case.key, "见照片", [])
    assert await came_back(world, agent) == [CaseReturn.SUPPLIED]
    case = await desk.case(agent, case.key)
    case = await desk.extend(Caller(agent), case.key, case.revision, "等原单位调档")
    assert case.came_back is CaseReturn.SUPPLIED, "how long it takes is no answer to it"
    other = await world.hire("b", Kind.AGENT)
    assert await came_back(world, other) == []
    case = await desk.take_over(Caller(other), case.key, case.revision, "同事病假")
    assert (await came_back(world, other), await came_back(world, agent)) == ([CaseReturn.SUPPLIED], [])


async def test_what_the_source_answered_came_back_and_a_call_did_not(world: World) -> None:
    _, agent, case = await held(world)
    desk = world.container.services.desk
    case = await desk.ask_source(Caller(agent), case.key, case.revision, "请核对车主")
    await world.container.services.inquiries.answer(Caller(POLICE), case.key, Finding.WRONG, "车已过户")
    assert await came_back(world, agent) == [CaseReturn.ANSWERED]
    case = await desk.case(agent, case.key)
    case = await desk.ask_source(Caller(agent), case.key, case.revision, "请再核对")
    case = await desk.log_call(Caller(agent), case.key, case.revision, "王科长", Finding.WRONG, "车已过户")
    assert case.came_back is None
    assert await came_back(world, agent) == []


async def test_a_proposal_can_be_taken_back_until_it_is_approved(world: World) -> None:
    _, agent, case = await held(world)
    desk, approver = world.container.services.desk, await world.hire("b", Kind.APPROVER)
    proposed = await desk.decide(Caller(agent), case.key, case.revision, Determination.DELETED, "过户单属实")
    another = desk.retract(Caller(approver), case.key, proposed.revision)
    assert await refusal(another) is RefusalCode.CASE_TAKEN
    stale = desk.retract(Caller(agent), case.key, case.revision)
    assert await refusal(stale) is RefusalCode.CONFLICT
    case = await desk.retract(Caller(agent), case.key, proposed.revision)
    assert (case.dispute.state, case.proposal, case.held_by_me) == (DisputeState.UNDER_REVIEW, None, True)
    assert await part(world, approver, QueueFilter.TO_APPROVE) == []
    late = desk.approve(Caller(approver), case.key, case.revision, Determination.DELETED)
    assert await refusal(late) is RefusalCode.CASE_TAKEN
    case = await desk.decide(Caller(agent), case.key, case.revision, Determination.DELETED, "过户单属实")
    case = await desk.send_back(Caller(approver), case.key, case.revision, "请附依据")
    assert await came_back(world, agent) == [CaseReturn.RETURNED]


async def test_a_note_is_a_change_and_no_step(world: World) -> None:
    _, agent, case = await held(world)
    desk = world.container.services.desk
    before = await desk.changes(agent, case.key)
    assert before == case.changes
    noted = await desk.note(Caller(agent), case.key, "打过电话")
    assert noted.revision == case.revision, "nobody's open form becomes stale by a note"
    (listed,) = await part(world, agent, QueueFilter.MINE)
    assert await desk.changes(agent, case.key) == noted.changes == listed.changes == before + 1


async def test_a_case_names_what_else_its_person_and_its_source_have(world: World) -> None:
    await world.container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
    me, other = await world.enrol(YING, PARKING, LITTER), await world.enrol(FAN, THEIRS, openid="o-2")
    theirs = await file(world, other)
    records = (await world.container.services.records.of_citizen(me, PAGE)).edges
    first, second = [
        await world.container.disputes.open(Caller(me), edge.node.key, DisputeReason.NOT_MINE, "不是我", [])
        for edge in records
    ]
    case = await world.container.services.desk.case(await world.hire("a", Kind.AGENT), first.key)
    assert [one.number for one in case.same_citizen] == [second.number]
    assert [one.number for one in case.same_source] == [theirs.number]
    (other_case,) = case.same_citizen
    assert (other_case.state, other_case.determination) == (DisputeState.SUBMITTED, None)
