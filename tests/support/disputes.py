"""Disputes: filing one, deciding it, and what a call is refused with."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from schema.types.complaint import Complaint
from schema.types.connection import Page
from schema.types.dispute import Case, Dispute
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Kind, Principal
from scoring.disputes import Determination, DisputeReason, DisputeState
from tests.support.people import YING, record
from tests.support.world import World

PARKING = record("traffic.illegal-parking", "2026-09-02", "T1")


EVASION = record("tax.evasion", "2026-01-05", "X1")


PAGE = Page(50, None)


async def file(world: World, me: Principal, rule: str = "traffic.illegal-parking") -> Dispute:
    records = (await world.container.services.records.of_citizen(me, PAGE)).edges
    key = next(edge.node.key for edge in records if edge.node.rule_of().code == rule)
    return await world.container.disputes.open(Caller(me), key, DisputeReason.NOT_MINE, "不是我", [])


async def complain(world: World, me: Principal, complaint: Complaint, words: str = "少了这一次") -> Dispute:
    return await world.container.disputes.complain(Caller(me), complaint, words, [])


async def decide(world: World, dispute: Dispute, determination: Determination) -> Case:
    agent, desk = await world.hire(f"a-{dispute.key}", Kind.AGENT), world.container.services.desk
    case = await desk.claim(Caller(agent), dispute.key)
    case = await desk.decide(Caller(agent), dispute.key, case.revision, determination, "核查过")
    if case.dispute.state is DisputeState.PROPOSED:
        approver = await world.hire(f"b-{dispute.key}", Kind.APPROVER)
        case = await desk.approve(Caller(approver), dispute.key, case.revision, determination)
    return case


async def reject(world: World, dispute: Dispute) -> Case:
    agent, desk = await world.hire(f"a-{dispute.key}", Kind.AGENT), world.container.services.desk
    case = await desk.claim(Caller(agent), dispute.key)
    return await desk.reject(Caller(agent), dispute.key, case.revision, "没有写明哪里不对。")


async def refusal(call: Any) -> RefusalCode:
    with pytest.raises(Refused) as refused:
        await call
    return refused.value.code


async def unreachable(world: World) -> tuple[Principal, Dispute]:
    """Someone whose decision went by no way."""
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    await world.deliver_outbox()
    await decide(world, dispute, Determination.UPHELD)
    world.platform.faults["/cgi-bin/message/custom/send"] = deque([43004])
    world.platform.faults["/sms"] = deque([403])
    await world.deliver_outbox()
    return me, dispute
