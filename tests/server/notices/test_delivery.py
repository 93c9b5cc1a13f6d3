"""A notice reaches its person by the first way that is open, once; and what the law wants told ends at the desk."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from pathlib import Path

import pytest

from bot.wechat.templates import Templates
from schema.types.connection import global_id
from schema.types.principal import CLOCK, Caller, Principal
from scoring.disputes import Determination
from server.citizens.model import CitizenRow
from server.citizens.repository import CitizenRepository
from server.notices.kinds import wait_on
from server.notices.model import NoticeRow
from server.notices.repository import NoticeRepository
from server.platform.core.unit_of_work import Transaction
from server.platform.kit.clock import day_of
from tests.support.disputes import PARKING, decide, file
from tests.support.people import YING, record
from tests.support.world import Chat, World

SEND = "/cgi-bin/message/custom/send"
VOLUNTEERING = record("volunteering.hours", "2026-11-01", "V")
CLOSED_FOR_GOOD = [40003, 43004, 43019]
CLOSED_NOW = [48001, 48002, 48004, 48008, 50002, 50005]


async def notices(world: World, kind: str) -> list[NoticeRow]:
    """The notices of a kind, oldest first."""
    found = world.container.store["notices"].find({"kind": kind}).sort([("created_at", 1)])
    rows: list[NoticeRow] = await found.to_list(None)
    return rows


async def decided(world: World, *, silent: bool = True) -> Principal:
    """Someone whose dispute was decided against them, after they had not written for three days."""
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    await world.deliver_outbox()
    if silent:
        world.clock.advance(hours=73)
    await decide(world, dispute, Determination.UPHELD)
    return me


def texts(world: World) -> list[str]:
    """The text messages to the phone that carry no code."""
    return [told["text"] for told in world.platform.sms.arrived if "验证码" not in told["text"]]


async def on_the_list(world: World) -> list[str]:
    """The kinds of what the desk has to tell."""
    rows = await NoticeRepository(world.container.store).not_delivered(world.container.clock(), 100, None)
    return [row["kind"] for row in rows]


async def test_a_notice_is_a_row_with_the_day_and_the_way_by_which_it_came(world: World) -> None:
    await decided(world, silent=False)
    await world.deliver_outbox()
    (row,) = await notices(world, "dispute_decided")
    assert (row["state"], row["way"], row["read_at"]) == ("delivered", "chat", None)
    assert row["delivered_at"] is not None
    assert abs(row["delivered_at"] - world.container.clock()) < timedelta(seconds=5)
    assert "desk_at" not in row


async def test_what_the_law_wants_told_waits_three_days_and_goes_by_text_message(world: World) -> None:
    await decided(world)
    await world.deliver_outbox()
    assert texts(world) == []
    world.clock.advance(days=2, hours=23)
    await world.deliver_outbox()
    assert texts(world) == []
    world.clock.advance(hours=2)
    await world.deliver_outbox()
    (text,) = texts(world)
    assert "异议有答复了" in text
    (row,) = await notices(world, "dispute_decided")
    assert f"/h5/disputes/{global_id('Dispute', str(row['about']))}" in text
    assert (row["state"], row["way"]) == ("delivered", "sms")


async def test_who_writes_meanwhile_is_told_in_the_chat_and_gets_no_text_message(world: World) -> None:
    await decided(world)
    await world.deliver_outbox()
    await Chat(world).say("帮助")
    assert any("有答复了" in text for text in await Chat(world).pushes())
    world.clock.advance(days=8)
    await world.deliver_outbox()
    assert texts(world) == []
    assert await on_the_list(world) == []


@pytest.mark.parametrize("code", CLOSED_FOR_GOOD + CLOSED_NOW)
async def test_where_writing_would_not_help_the_text_message_follows_at_once(world: World, code: int) -> None:
    await decided(world, silent=False)
    world.platform.faults[SEND] = deque([code])
    await world.deliver_outbox()
    assert len(texts(world)) == 1
    (row,) = await notices(world, "dispute_decided")
    assert [one["way"] for one in row["tries"]] == ["chat", "sms"]


@pytest.mark.parametrize("code", [-1, 45009, 45011])
async def test_a_busy_platform_and_a_quota_are_waited_for(world: World, code: int) -> None:
    await decided(world, silent=False)
    world.platform.faults[SEND] = deque([code] * (2 if code == -1 else 1))
    await world.deliver_outbox()
    assert texts(world) == []
    world.clock.advance(minutes=6)
    await world.deliver_outbox()
    (row,) = await notices(world, "dispute_decided")
    assert row["way"] == "chat"


async def test_a_person_who_unfollowed_is_told_by_text_message(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    await Chat(world).unfollow()
    await world.app.state.dispatcher.drain()
    await decide(world, dispute, Determination.UPHELD)
    await world.deliver_outbox()
    (row,) = await notices(world, "dispute_decided")
    assert row["way"] == "sms"


@pytest.mark.parametrize("status", [400, 403, 404, 422])
async def test_a_number_that_the_gateway_refuses_goes_to_the_desk(world: World, status: int) -> None:
    await decided(world, silent=False)
    world.platform.faults[SEND] = deque([43019])
    world.platform.faults["/sms"] = deque([status])
    await world.deliver_outbox()
    assert await on_the_list(world) == ["dispute_decided"]
    (row,) = await notices(world, "dispute_decided")
    assert (row["state"], row["delivered_at"]) == ("closed", None)
    assert [(one["way"], one["outcome"]) for one in row["tries"]][-1] == (
        "sms",
        f"the gateway refuses it with {status}",
    )


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_a_gateway_that_is_down_or_has_too_much_is_waited_for(world: World, status: int) -> None:
    await decided(world, silent=False)
    world.platform.faults[SEND] = deque([43019, 43019])
    world.platform.faults["/sms"] = deque([status])
    await world.deliver_outbox()
    assert await on_the_list(world) == []
    world.clock.advance(minutes=1)
    await world.deliver_outbox()
    assert len(texts(world)) == 1


async def test_whatever_stands_still_the_desk_has_it_after_twice_as_long(world: World) -> None:
    await decided(world, silent=False)  # and no worker runs
    waits = 2 * wait_on(day_of(world.container.clock()))
    world.clock.advance(seconds=waits.total_seconds() - 60)
    assert await on_the_list(world) == []
    world.clock.advance(seconds=60)
    assert await on_the_list(world) == ["dispute_decided"]


async def test_what_may_be_left_untold_never_goes_by_text_message_nor_to_the_desk(world: World) -> None:
    await world.enrol(YING)
    world.clock.advance(hours=73)
    await world.deliver(YING, VOLUNTEERING)
    for _ in range(9):
        await world.deliver_outbox()
        world.clock.advance(days=1)
    assert texts(world) == []
    assert await on_the_list(world) == []


async def test_a_closed_chat_leads_on_to_the_template_and_to_the_mini_program(world: World, tmp_path: Path) -> None:
    (tmp_path / "mini.toml").write_text(
        '[score_changed]\nsubscription = "S1"\nfields = { thing1 = "title" }\n', "utf-8"
    )
    world.container.delivery.ways.mini_templates = Templates(tmp_path / "mini.toml")
    await world.bound_token()
    world.clock.advance(hours=73)
    world.platform.allowed_notices["mini-1"] = 1
    await world.deliver(YING, VOLUNTEERING)
    await world.deliver_outbox()
    assert [told["text"] for told in world.platform.phone("mini-1").arrived] == ["分数变化"]
    (row,) = await notices(world, "score_changed")
    assert row["way"] == "mini"


async def test_what_the_platform_lost_is_not_delivered_any_more(world: World, tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text('[dispute_decided]\ntemplate = "T1"\nfields = { thing1 = "title" }\n', "utf-8")
    world.container.delivery.ways.templates = Templates(tmp_path / "t.toml")
    world.platform.lost.append("failed:user block")
    await decided(world)
    await world.deliver_outbox()
    (row,) = await notices(world, "dispute_decided")
    assert row["way"] == "template"
    body = world.platform.results.popleft()
    await world.platform.deliver(world.http, world.container.settings.base_url, body)
    (row,) = await notices(world, "dispute_decided")
    assert (row["delivered_at"], row["way"]) == (None, None)
    assert "desk_at" in row
    world.clock.advance(days=4)
    await world.deliver_outbox()
    (row,) = await notices(world, "dispute_decided")
    assert row["way"] == "sms"


async def test_the_same_thing_is_told_once_however_often_it_is_raised(world: World) -> None:
    me = await world.enrol(YING)
    citizen = await world.container.citizens.get(me.id)
    data = {"benefit_zh": "券", "benefit_en": "voucher"}

    async def body(tx: Transaction) -> None:
        for once in ("1", "1", "2"):
            await world.container.citizens.notify(tx, citizen, "pass_used", data, about="a pass", once=once)

    for _ in range(3):
        await world.container.unit_of_work.run(Caller(CLOCK), "tell", body)
    assert len([text for text in await Chat(world).pushes() if "券" in text]) == 2
    assert len(await notices(world, "pass_used")) == 2


async def test_two_decisions_in_one_minute_are_two_notices(world: World) -> None:
    me = await world.enrol(YING, PARKING, record("tax.evasion", "2026-01-05", "X1"))
    disputes = [await file(world, me), await file(world, me, "tax.evasion")]
    for dispute in disputes:
        await decide(world, dispute, Determination.UPHELD)
    assert sum("有答复了" in text for text in await Chat(world).pushes()) == 2
    assert {row["about"] for row in await notices(world, "dispute_decided")} == {one.key for one in disputes}


async def test_a_notice_that_was_sent_by_a_worker_that_died_does_what_follows_from_it(world: World) -> None:
    me = await decided(world, silent=False)
    await world.deliver_outbox()
    store = world.container.store
    await store["disputes"].update_many({}, {"$set": {"told_on": None, "told_by": None}})
    again = {"$set": {"done": False, "due": world.container.clock()}, "$unset": {"done_at": ""}}
    await store["outbox"].update_many({"kind": "notice"}, again)
    arrived = len(await Chat(world).pushes())
    assert len(world.platform.phone("o-test").arrived) == arrived
    assert {row["told_on"] for row in await store["disputes"].find({}).to_list(None)} == {
        day_of(world.container.clock()).isoformat()
    }
    assert me.id == (await notices(world, "dispute_decided"))[0]["citizen"]


async def test_a_read_that_goes_back_after_a_fail_over_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await decided(world, silent=False)
    container = world.container

    async def nothing_yet(*_asked: object) -> None:
        return None

    monkeypatch.setattr(container.delivery._notices, "get", nothing_yet)
    monkeypatch.setattr(container.contacts._rows, "get", nothing_yet)
    read, goes_back = CitizenRepository.get, iter([True])

    async def behind(rows: CitizenRepository, citizen_id: str) -> CitizenRow | None:
        return None if next(goes_back, False) else await read(rows, citizen_id)

    monkeypatch.setattr(CitizenRepository, "get", behind)
    arrived = len(world.platform.phone("o-test").arrived)
    await world.deliver_outbox()
    assert len(world.platform.phone("o-test").arrived) == arrived + 1
    assert [row["state"] for row in await notices(world, "dispute_decided")] == ["delivered"]
    assert not list(goes_back), "the citizen was missed too"


async def test_who_leaves_takes_their_notices_along(world: World) -> None:
    me = await decided(world, silent=False)
    held = await world.export(me)
    assert {one["kind"] for one in held["notices"]} >= {"dispute_decided"}
    await world.container.enrolments.leave(Caller(me))
    assert await world.container.store["notices"].count_documents({}) == 0
    await world.deliver_outbox()
    assert await world.container.store["outbox"].count_documents({"done": False}) == 0
