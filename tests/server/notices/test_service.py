"""One's own list, the choices, and what the desk tells by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schema.types.connection import Page
from schema.types.errors import RefusalCode
from schema.types.notice import NoticeWay
from schema.types.principal import CLOCK, Caller, Kind, Principal
from scoring.disputes import Determination
from server.notices.kinds import notice_kinds
from server.platform.core.unit_of_work import Transaction
from server.platform.kit.clock import day_of
from tests.support.disputes import PAGE, PARKING, decide, file, refusal, unreachable
from tests.support.people import FAN, YING, record
from tests.support.world import Chat, World

SEND = "/cgi-bin/message/custom/send"


async def raise_many(world: World, me: Principal, count: int, kind: str = "score_resumed") -> None:
    """Tell someone so many things that may wait."""
    citizen = await world.container.citizens.get(me.id)

    async def body(tx: Transaction) -> None:
        await world.container.citizens.notify_each(tx, kind, [(citizen, {})] * count)

    await world.container.unit_of_work.run(Caller(CLOCK), "tell", body)


async def choose(world: World, me: Principal, *off: str, quiet: tuple[int, int] = (0, 0), digest: bool = False) -> None:
    await world.container.services.notices.choose(Caller(me), off, quiet, digest=digest)


async def read_all(world: World, me: Principal) -> None:
    """What the list of a person's own does after it was shown."""
    notices = world.container.services.notices
    shown = (await notices.mine(me, PAGE)).edges
    await notices.mark_read(Caller(me), [str(edge.node.id) for edge in shown])


async def test_ones_own_list_is_newest_first_and_says_what_was_read(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    await raise_many(world, me, 3)
    await world.deliver(YING, record("volunteering.hours", "2026-11-01", "V"))
    notices = world.container.services.notices
    assert await notices.unread(me) == 4
    first = await notices.mine(me, Page(2, None))
    assert [edge.node.kind for edge in first.edges] == ["score_changed", "score_resumed"]
    await notices.mark_read(Caller(me), [str(edge.node.id) for edge in first.edges])
    assert first.edges[0].node.read_at is None
    assert "510" not in first.edges[1].node.words.zh
    assert await notices.unread(me) == 2
    rest = await notices.mine(me, Page(5, first.edges[-1].key))
    assert len(rest.edges) == 2
    again = await notices.mine(me, Page(2, None))
    assert again.edges[0].node.read_at is not None
    assert again.edges[0].node.delivered_by is NoticeWay.READ


async def test_what_was_read_in_the_list_is_not_sent_any_more_and_starts_the_appeal(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    await decide(world, dispute, Determination.UPHELD)
    world.clock.advance(hours=30)
    await read_all(world, me)
    (row,) = await world.container.store["disputes"].find({}).to_list(None)
    assert row["told_on"] == day_of(world.container.clock()).isoformat()
    assert not any("有答复了" in text for text in await Chat(world).pushes())


async def test_no_one_marks_what_is_anothers(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    await raise_many(world, me, 1)
    other = await world.enrol(FAN, openid="o-other")
    notices = world.container.services.notices
    (edge,) = (await notices.mine(me, PAGE)).edges
    await notices.mark_read(Caller(other), [str(edge.node.id)])
    assert await notices.unread(me) == 1
    assert await refusal(notices.mark_read(Caller(me), ["x"] * 101)) is RefusalCode.BAD_INPUT


async def test_the_desk_tells_by_hand_and_the_appeal_runs_from_that_day(world: World) -> None:
    me, dispute = await unreachable(world)
    agent, notices = await world.hire("tells", Kind.AGENT), world.container.services.notices
    (edge,) = (await notices.undelivered(agent, PAGE)).edges
    found = edge.node
    assert (found.kind, found.number, found.phone) == ("dispute_decided", dispute.number, YING.phone)
    assert found.masked_name is not None
    assert YING.name not in found.masked_name
    world.clock.advance(days=5)
    told = day_of(world.container.clock()) - timedelta(days=2)
    await notices.mark_told(Caller(agent), str(found.id), NoticeWay.LETTER, told)
    assert (await notices.undelivered(agent, PAGE)).edges == []
    (row,) = await world.container.store["disputes"].find({}).to_list(None)
    assert row["told_on"] == told.isoformat()
    seen = await world.container.disputes.one(me, dispute.key)
    assert seen.appeal_until == told + timedelta(days=30)
    again = notices.mark_told(Caller(agent), str(found.id), NoticeWay.CALL, told)
    assert await refusal(again) is RefusalCode.CONFLICT


async def test_the_citizen_sees_that_the_desk_looked(world: World) -> None:
    me, _ = await unreachable(world)
    agent = await world.hire("tells", Kind.AGENT)
    await world.container.services.notices.undelivered(agent, PAGE)
    log = (await world.container.services.looks.access_log(me, PAGE)).edges
    assert "NOTICE_VIEWED" in [edge.node.action.name for edge in log]


@pytest.mark.parametrize(
    ("by", "days", "code"),
    [
        (NoticeWay.SMS, 0, RefusalCode.BAD_INPUT),
        (NoticeWay.CALL, 1, RefusalCode.BAD_INPUT),
        (NoticeWay.CALL, -1, RefusalCode.BAD_INPUT),
    ],
)
async def test_a_day_or_a_way_that_cannot_be_is_refused(
    world: World, by: NoticeWay, days: int, code: RefusalCode
) -> None:
    await unreachable(world)
    agent, notices = await world.hire("tells", Kind.AGENT), world.container.services.notices
    (edge,) = (await notices.undelivered(agent, PAGE)).edges
    on = day_of(world.container.clock()) + timedelta(days=days)
    assert await refusal(notices.mark_told(Caller(agent), str(edge.node.id), by, on)) is code
    unknown = notices.mark_told(Caller(agent), "none", NoticeWay.CALL, on)
    assert await refusal(unknown) is RefusalCode.NOT_FOUND


async def test_a_kind_that_is_off_is_in_the_list_alone(world: World) -> None:
    me = await world.enrol(YING)
    await choose(world, me, "score_resumed")
    await raise_many(world, me, 1)
    assert await Chat(world).pushes() == []
    assert await world.container.services.notices.unread(me) == 1


@pytest.mark.parametrize("kind", sorted(name for name, one in notice_kinds().kinds.items() if one.required))
async def test_what_the_law_wants_told_cannot_be_switched_off(world: World, kind: str) -> None:
    me = await world.enrol(YING)
    assert await refusal(choose(world, me, kind)) is RefusalCode.BAD_INPUT


@pytest.mark.parametrize("quiet", [(-1, 8), (22, 24)])
async def test_an_hour_that_is_none_is_refused(world: World, quiet: tuple[int, int]) -> None:
    me = await world.enrol(YING)
    assert await refusal(choose(world, me, quiet=quiet)) is RefusalCode.BAD_INPUT
    assert await refusal(choose(world, me, "no such kind")) is RefusalCode.BAD_INPUT


async def test_in_the_quiet_hours_comes_only_what_cannot_wait(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    world.clock.advance(hours=12, minutes=30)  # from ten in the morning
    await raise_many(world, me, 1)
    await decide(world, dispute, Determination.UPHELD)
    told = await Chat(world).pushes()
    assert any("有答复了" in text for text in told)
    assert not any("恢复计算" in text for text in told)
    world.clock.advance(hours=9)
    assert len(await Chat(world).pushes()) == len(told)
    world.clock.advance(minutes=40)
    assert len(await Chat(world).pushes()) == len(told) + 1


@pytest.mark.long
async def test_a_thousand_things_of_a_day_are_one_short_message(world: World) -> None:
    me = await world.enrol(YING)
    await choose(world, me, quiet=(22, 8), digest=True)
    await raise_many(world, me, 1000)
    await world.deliver(YING, record("volunteering.hours", "2026-11-01", "V"))
    assert await Chat(world).pushes() == []
    world.clock.advance(hours=23)
    (text,) = await Chat(world).pushes()
    assert "1001" in text
    assert len(text) < 200
    assert await world.container.store["outbox"].count_documents({"done": False}) == 0
    assert await world.container.store["notices"].count_documents({"way": "chat"}) == 1001


async def test_a_digest_waits_for_its_person_as_one_message(world: World) -> None:
    me = await world.enrol(YING)
    await choose(world, me, digest=True)
    await raise_many(world, me, 2)
    world.clock.advance(hours=73)
    assert await Chat(world).pushes() == []
    await Chat(world).say("帮助")
    (told,) = await Chat(world).pushes()
    assert "您有 2 条新消息" in told


async def test_what_cannot_wait_is_in_no_digest(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    await choose(world, me, digest=True)
    dispute = await file(world, me)
    await decide(world, dispute, Determination.UPHELD)
    assert any("有答复了" in text for text in await Chat(world).pushes())


async def test_the_choices_are_shown_as_they_are(world: World) -> None:
    me = await world.enrol(YING)
    before = await world.container.services.notices.choices(me)
    assert (before.quiet_from, before.quiet_until, before.digest) == (22, 8, False)
    assert all(kind.on for kind in before.kinds)
    await choose(world, me, "pass_used", quiet=(20, 9), digest=True)
    after = await world.container.services.notices.choices(me)
    assert (after.quiet_from, after.quiet_until, after.digest) == (20, 9, True)
    assert [kind.kind for kind in after.kinds if not kind.on] == ["pass_used"]
