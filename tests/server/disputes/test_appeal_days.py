"""An appeal runs from the day on which the decision reached its citizen, and never runs out before."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.phrases import day
from schema.types.dispute import Dispute
from schema.types.errors import RefusalCode
from schema.types.principal import Caller, Kind, Principal
from scoring.disputes import Determination, DisputeState
from server.disputes.repository import DisputeRepository
from server.platform.kit.clock import day_of
from tests.support.disputes import PAGE, PARKING, decide, file, refusal, reject
from tests.support.people import YING
from tests.support.world import Chat, World

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def untold(world: World) -> tuple[World, Principal, Dispute]:
    """A decision against someone that no worker has sent yet."""
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    await decide(world, dispute, Determination.UPHELD)
    return world, me, dispute


Untold = tuple[World, Principal, Dispute]


async def told_on(world: World) -> str | None:
    """The day on which the decision is known to have reached its citizen."""
    (row,) = await world.container.store["disputes"].find({}).to_list(None)
    day: str | None = row["told_on"]
    return day


def today(world: World) -> date:
    return day_of(world.container.clock())


async def appeal(world: World, me: Principal, dispute: Dispute) -> Dispute:
    return await world.container.disputes.appeal(Caller(me), dispute.key, "请再看看。")


async def test_what_never_reached_anyone_never_runs_out(untold: Untold) -> None:
    world, me, dispute = untold
    world.clock.advance(days=700)
    assert await told_on(world) is None
    assert (await appeal(world, me, dispute)).state is DisputeState.SUBMITTED


async def test_it_runs_from_the_day_on_which_the_notice_was_delivered(untold: Untold) -> None:
    world, me, dispute = untold
    world.clock.advance(hours=40)
    told = next(text for text in await Chat(world).pushes() if "有答复了" in text)
    delivered = today(world)
    assert f"{day('zh', (delivered + timedelta(days=30)).isoformat())}前（含当天）可以回复【复核】一次" in told
    assert "理由：" in told
    assert "您现在的分数是" in told
    assert await told_on(world) == delivered.isoformat()
    world.clock.advance(days=10)
    seen = await world.container.disputes.one(me, dispute.key)
    assert (seen.can_appeal, seen.appeal_until) == (True, delivered + timedelta(days=30))
    world.clock.advance(days=21)
    assert not (await world.container.disputes.one(me, dispute.key)).can_appeal
    assert await refusal(appeal(world, me, dispute)) is RefusalCode.NO_APPEAL


async def test_it_runs_from_the_first_reading_where_that_came_first(untold: Untold) -> None:
    world, me, dispute = untold
    world.clock.advance(days=5)
    read = today(world)
    assert (await world.container.disputes.one(me, dispute.key)).appeal_until == read + timedelta(days=30)
    world.clock.advance(days=5)
    await world.deliver_outbox()
    assert await told_on(world) == read.isoformat()


@pytest.mark.parametrize("way", ["the list", "the letter", "the chat"])
async def test_whatever_shows_the_decision_is_a_reading(untold: Untold, way: str) -> None:
    world, me, dispute = untold
    world.clock.advance(days=3)
    if way == "the list":
        await world.container.disputes.mine(me, PAGE)
    elif way == "the letter":
        await world.container.services.letters.letter(me, dispute.key)
    else:
        await Chat(world).say("进度")
    assert await told_on(world) == today(world).isoformat()


async def test_what_the_desk_looks_at_is_no_reading_and_its_letter_says_from_when_it_runs(untold: Untold) -> None:
    world, _, dispute = untold
    agent = await world.hire("looks", Kind.AGENT)
    letter = await world.container.services.letters.letter(agent, dispute.key)
    assert (letter.appeal_until, letter.appeal_days) == (None, 30)
    assert await told_on(world) is None


async def test_a_reading_marks_the_notice_as_delivered_and_read(untold: Untold) -> None:
    world, me, dispute = untold
    await world.container.disputes.one(me, dispute.key)
    (row,) = await world.container.store["notices"].find({"kind": "dispute_decided"}).to_list(None)
    assert (row["way"], row["read_at"] is not None) == ("read", True)
    assert not any("有答复了" in text for text in await Chat(world).pushes())


@pytest.mark.parametrize(("seconds", "in_time"), [(-2, True), (0, False)])
async def test_an_appeal_at_the_last_second_of_its_day_in_shanghai_is_in_time(
    untold: Untold, seconds: int, in_time: bool
) -> None:
    world, me, dispute = untold
    seen = await world.container.disputes.one(me, dispute.key)
    assert seen.appeal_until is not None
    after = seen.appeal_until + timedelta(days=1)
    midnight = datetime(after.year, after.month, after.day, tzinfo=SHANGHAI)
    world.clock.advance(seconds=(midnight - world.container.clock()).total_seconds() + seconds)
    if in_time:
        assert (await appeal(world, me, dispute)).state is DisputeState.SUBMITTED
    else:
        assert await refusal(appeal(world, me, dispute)) is RefusalCode.NO_APPEAL


async def test_a_dispute_that_can_still_be_appealed_is_kept(untold: Untold) -> None:
    world, me, dispute = untold
    disputes = DisputeRepository(world.container.store)
    far = (today(world) + timedelta(days=3000)).isoformat()
    assert [one async for one in disputes.ended_before(far)] == []
    world.clock.advance(days=2000)
    await world.container.disputes.one(me, dispute.key)
    assert [one async for one in disputes.ended_before(today(world).isoformat())] == []
    assert [one async for one in disputes.ended_before(far)] == [dispute.key]


async def test_who_leaves_keeps_no_decision_waiting(untold: Untold) -> None:
    world, me, dispute = untold
    await world.container.enrolments.leave(Caller(me))
    far = (today(world) + timedelta(days=1)).isoformat()
    assert [one async for one in DisputeRepository(world.container.store).ended_before(far)] == [dispute.key]


async def test_a_decision_in_the_list_of_notices_has_the_same_last_day(untold: Untold) -> None:
    world, _, _ = untold
    world.clock.advance(hours=40)
    told = next(text for text in await Chat(world).pushes() if "有答复了" in text)
    world.clock.advance(days=2)
    words, _, _ = told.partition("\n点开查看：")
    assert words in await Chat(world).say("消息")


async def test_a_decision_in_favour_offers_no_appeal(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    await decide(world, await file(world, me), Determination.DELETED)
    told = next(text for text in await Chat(world).pushes() if "有答复了" in text)
    assert "记录已删除" in told
    assert "复核" not in told


async def test_what_is_not_taken_up_is_told_with_the_score_and_the_way_to_appeal(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    await reject(world, await file(world, me))
    told = next(text for text in await Chat(world).pushes() if "不予受理" in text)
    assert "您现在的分数是 490" in told
    assert "【复核】一次" in told
