"""What staff do for a citizen is told to the citizen, who can say that it was otherwise."""

from __future__ import annotations

import pytest

from bot.notices import notice
from schema.types.notice import NoticeWay
from schema.types.principal import Caller, Kind
from scoring.disputes import DisputeReason
from server.notices.service import BY_HAND
from server.platform.kit.clock import day_of
from tests.support.disputes import PAGE, PARKING, file, unreachable
from tests.support.people import YING
from tests.support.world import World

SAID = {NoticeWay.LETTER: "用信函", NoticeWay.CALL: "打电话", NoticeWay.COUNTER: "在窗口"}


async def told(world: World) -> list[tuple[str, str]]:
    data = [data for kind, data in await world.told() if kind == "acted_for_you"]
    return [(notice("zh", "acted_for_you", one), notice("en", "acted_for_you", one)) for one in data]


@pytest.mark.parametrize("by", BY_HAND)
async def test_that_the_desk_told_something_by_hand_is_told_itself(world: World, by: NoticeWay) -> None:
    me, _ = await unreachable(world)
    agent, notices = await world.hire("tells", Kind.AGENT), world.container.services.notices
    (edge,) = (await notices.undelivered(agent, PAGE)).edges
    await notices.mark_told(Caller(agent), str(edge.node.id), by, day_of(world.container.clock()))
    ((chinese, english),) = await told(world)
    assert SAID[by] in chinese
    assert "异议" in chinese
    assert "If you were not, reply [person]" in english
    shown = [edge.node.kind for edge in (await notices.mine(me, PAGE)).edges]
    assert "acted_for_you" in shown


async def test_that_staff_named_the_reason_of_a_dispute_is_told(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    agent, desk = Caller(await world.hire("a", Kind.AGENT)), world.container.services.desk
    case = await desk.claim(agent, dispute.key)
    await desk.refine(agent, dispute.key, case.revision, DisputeReason.IDENTITY_THEFT)
    ((chinese, english),) = await told(world)
    assert dispute.number in chinese
    assert "您的原话没有改" in chinese
    assert "Your words are unchanged" in english
