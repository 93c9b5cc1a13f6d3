"""What WeChat allows to be sent, and what happens to the rest: it waits for the person's next sign."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from schema.types.principal import CLOCK, Caller
from server.notices.windows import MessagingWindows
from server.platform.core.outbox import WAIT
from server.platform.core.unit_of_work import Transaction
from tests.support.people import YING, record
from tests.support.templates import a_silent_person_with_templates
from tests.support.world import Chat, World


async def tell(world: World, count: int = 1, text: str = "通知") -> None:
    """Put texts for the phone into the outbox."""
    contact = await world.container.contacts.enter("wechat", "o-test")

    async def body(tx: Transaction) -> None:
        for n in range(count):
            await tx.notify("text", contact.key, {"contact": contact.contact.id, "text": f"{text} {n}"})

    await world.container.unit_of_work.run(Caller(CLOCK), "tell", body)


async def test_five_may_follow_a_message_and_the_sixth_waits_for_the_next(world: World) -> None:
    chat = Chat(world)
    await chat.say("帮助")
    await tell(world, 6)
    assert len(await chat.pushes()) == 5
    await chat.say("帮助")
    assert len(await chat.pushes()) == 6


@pytest.mark.parametrize("sign", ["tap", "follow"])
async def test_three_may_follow_a_tap_or_a_follow(world: World, sign: str) -> None:
    chat = Chat(world)
    await (chat.tap("score") if sign == "tap" else chat.follow())
    await tell(world, 4)
    assert len(await chat.pushes()) == 3


async def test_after_a_minute_nothing_may_follow_a_tap(world: World) -> None:
    chat = Chat(world)
    await chat.tap("score")
    world.clock.advance(seconds=61)
    await tell(world)
    assert await chat.pushes() == []


async def test_after_two_days_it_waits_and_comes_with_the_next_message(world: World) -> None:
    chat = Chat(world)
    await chat.say("帮助")
    world.clock.advance(hours=49)
    await tell(world)
    assert await chat.pushes() == []
    assert await chat.pushes() == []
    await chat.say("查询")
    assert await chat.pushes() == ["通知 0"]


async def test_a_tap_and_a_message_open_two_windows(world: World) -> None:
    chat = Chat(world)
    await chat.say("帮助")
    await chat.tap("score")
    await tell(world, 9)
    assert len(await chat.pushes()) == 8


async def test_a_long_text_needs_as_many_as_it_has_parts(world: World) -> None:
    chat = Chat(world)
    await chat.say("帮助")
    await tell(world, 1, "长" * 2000)
    assert len(await chat.pushes()) == 4
    await tell(world, 1, "长" * 1000)
    assert len(await chat.pushes()) == 4


@pytest.mark.parametrize("code", [45015, 45047])
async def test_the_platforms_own_count_is_believed(world: World, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    chat = Chat(world)
    await chat.say("帮助")
    monkeypatch.setattr(world.platform, "refuse_sends", code)
    await tell(world)
    assert await chat.pushes() == []
    monkeypatch.setattr(world.platform, "refuse_sends", 0)
    await chat.say("帮助")
    assert await chat.pushes() == ["通知 0"]


async def test_what_no_one_came_back_for_is_given_up(world: World) -> None:
    chat = Chat(world)
    await chat.say("帮助")
    world.clock.advance(hours=49)
    await tell(world)
    assert await chat.pushes() == []
    world.clock.advance(days=WAIT / timedelta(days=1) + 1)
    assert await chat.pushes() == []
    row = await world.container.store["outbox"].find_one({"outcome": "never came back"})
    assert row is not None


async def test_a_platform_that_is_down_uses_up_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = Chat(world)
    await chat.say("帮助")
    monkeypatch.setattr(world.platform, "refuse_sends", 45011)
    await tell(world)
    for _ in range(7):
        assert await chat.pushes() == []
        world.clock.advance(minutes=30)
    monkeypatch.setattr(world.platform, "refuse_sends", 0)
    assert await chat.pushes() == ["通知 0"]


async def test_what_was_laid_aside_at_the_wrong_moment_is_found_again(world: World) -> None:
    chat = Chat(world)
    await chat.say("帮助")
    world.clock.advance(hours=49)
    await tell(world)
    assert await chat.pushes() == []
    as_if_it_had_just_written = {"$set": {"waited_for": False}}
    await world.container.store["conversations"].update_one({}, as_if_it_had_just_written)
    await chat.say("帮助")
    assert await chat.pushes() == []
    world.clock.advance(minutes=61)
    assert await chat.pushes() == ["通知 0"]


async def test_two_workers_never_spend_the_same_message(world: World) -> None:
    chat = Chat(world)
    await chat.say("帮助")
    contact = await world.container.contacts.enter("wechat", "o-test")
    windows = MessagingWindows(world.container.store, world.container.clock)
    spent = await asyncio.gather(*(windows.consume(contact.contact.id, 1) for _ in range(12)))
    assert spent.count("message") == 5


TEMPLATE_SEND = "/cgi-bin/message/template/send"


async def test_a_template_reaches_anyone_who_may_not_be_written_to(world: World, tmp_path: Path) -> None:
    chat = await a_silent_person_with_templates(world, tmp_path)
    assert await chat.pushes() == ["分数变化\n您的分数变为 510（+10），因为志…"]
    sent = world.platform.calls[-1]
    assert sent[0] == "/cgi-bin/message/template/send"
    assert sent[1]["client_msg_id"]
    assert sent[1]["url"].endswith("/h5/history")


@pytest.mark.parametrize("allowed", [0, 1])
async def test_without_the_template_a_subscription_is_used_up_or_it_waits(
    world: World, tmp_path: Path, allowed: int
) -> None:
    world.platform.allowed_notices["o-test"] = allowed
    chat = await a_silent_person_with_templates(world, tmp_path)
    world.platform.faults["/cgi-bin/message/template/send"] = deque([48001, 48001])
    assert len(await chat.pushes()) == allowed
    assert world.platform.allowed_notices["o-test"] == 0
    await chat.say("帮助")
    assert len(await chat.pushes()) == 1


@pytest.mark.parametrize("fault", [-1, 45011, httpx.ReadTimeout("late")])
async def test_a_way_that_is_closed_only_for_now_is_tried_again(
    world: World, tmp_path: Path, fault: int | Exception
) -> None:
    """Without a sign of its person."""
    chat = await a_silent_person_with_templates(world, tmp_path)
    world.platform.faults[TEMPLATE_SEND] = deque([fault] * 2)
    assert await chat.pushes() == []
    world.platform.faults.clear()
    world.clock.advance(minutes=5)
    assert len(await chat.pushes()) == 1


@pytest.mark.parametrize("code", [-1, 45009])
async def test_a_way_that_stays_closed_for_a_day_loses_nothing(
    world: World, tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.wechat.client._PAUSE_SECONDS", 0.0)
    chat = await a_silent_person_with_templates(world, tmp_path)
    for _ in range(50):
        world.platform.faults[TEMPLATE_SEND] = deque([code] * 2)
        assert await chat.pushes() == []
        world.clock.advance(hours=1)
    await chat.say("帮助")
    assert len(await chat.pushes()) == 1


async def test_who_writes_while_a_way_is_closed_is_told_at_once(world: World, tmp_path: Path) -> None:
    chat = await a_silent_person_with_templates(world, tmp_path)
    world.platform.faults[TEMPLATE_SEND] = deque([45011])
    assert await chat.pushes() == []
    await chat.say("帮助")
    assert len(await chat.pushes()) == 1


async def test_a_delivery_that_took_too_long_costs_no_one_their_window(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.enrol(YING)
    await world.deliver(YING, record("volunteering.hours", "2026-11-01", "V"))

    async def never(*_given: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(world.container.wechat, "send_text", never)
        patched.setattr("server.platform.core.outbox._MOST_DELIVERY", timedelta(seconds=0.05))
        for _ in range(6):
            assert await Chat(world).pushes() == []
            world.clock.advance(hours=1)
    assert len(await Chat(world).pushes()) == 1


@pytest.mark.parametrize("code", [45015, 45047])
async def test_a_window_that_the_platform_closed_falls_back_too(world: World, tmp_path: Path, code: int) -> None:
    chat = await a_silent_person_with_templates(world, tmp_path)
    await chat.say("帮助")
    world.platform.faults["/cgi-bin/message/custom/send"] = deque([code])
    assert len(await chat.pushes()) == 1
    assert world.platform.calls[-1][0] == "/cgi-bin/message/template/send"
