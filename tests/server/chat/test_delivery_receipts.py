"""Notices that WeChat took and then lost: they go another way or wait for their person, once, and never stay silent."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from bot.wechat.results import TEMPLATE
from server.chat import delivery_receipts
from server.platform.observability import metrics
from server.web.simulator.platform import result_xml
from tests.support.templates import a_silent_person_with_templates
from tests.support.world import Chat, World

TEMPLATE_SEND = "/cgi-bin/message/template/send"
CUT = "分数变化\n您的分数变为 510（+10），因为志…"


@pytest.fixture(autouse=True)
def _looks_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery_receipts, "_LOOK_AGAIN_SECONDS", (0.05, 0.05))


async def reported(world: World, times: int = 1) -> None:
    """The platform says what became of what it took, each event so many times at once."""
    bodies = list(world.platform.results)
    world.platform.results.clear()
    base = world.container.settings.base_url
    answers = await asyncio.gather(*(world.platform.deliver(world.http, base, body) for body in bodies * times))
    assert all(answer["got"] == "success" for (answer,) in answers)


async def told(world: World, folder: Path, *lost: str, allowed: int = 0) -> Chat:
    """Someone silent, whose notice went by template; what became of that, and of what followed, is reported."""
    world.platform.lost.extend(lost)
    world.platform.allowed_notices["o-test"] = allowed
    chat = await a_silent_person_with_templates(world, folder)
    await chat.pushes()
    await reported(world)
    return chat


def templates_sent(world: World) -> int:
    return sum(path == TEMPLATE_SEND for path, _ in world.platform.calls)


async def test_what_arrived_is_not_sent_again(world: World, tmp_path: Path) -> None:
    chat = await told(world, tmp_path, allowed=1)
    world.clock.advance(days=1)
    assert await chat.pushes() == [CUT]
    await chat.say("帮助")
    assert len(await chat.pushes()) == 1


@pytest.mark.parametrize("status", ["failed: system failed", "failed:freq limit"])
async def test_what_the_platform_lost_goes_by_the_next_means(world: World, tmp_path: Path, status: str) -> None:
    chat = await told(world, tmp_path, status, allowed=1)
    assert await chat.pushes() == [CUT]
    assert (world.platform.allowed_notices["o-test"], templates_sent(world)) == (0, 1)


async def test_without_other_means_it_waits_for_the_person(world: World, tmp_path: Path) -> None:
    chat = await told(world, tmp_path, "failed: system failed")
    for _ in range(3):
        assert await chat.pushes() == []
        world.clock.advance(minutes=61)
    await chat.say("帮助")
    (text,) = await chat.pushes()
    assert text.startswith("您的分数变为 510（+10）")
    assert templates_sent(world) == 1


async def test_anyone_who_blocks_the_account_is_told_when_they_write_again(world: World, tmp_path: Path) -> None:
    chat = await told(world, tmp_path, "failed:user block", allowed=1)
    for _ in range(3):
        assert await chat.pushes() == []
        world.clock.advance(minutes=61)
    assert (world.platform.allowed_notices["o-test"], templates_sent(world)) == (1, 1)
    await chat.say("帮助")
    assert len(await chat.pushes()) == 1


async def test_a_subscription_notice_that_was_lost_as_well_waits(world: World, tmp_path: Path) -> None:
    chat = await told(world, tmp_path, "failed: system failed", "system failed", allowed=2)
    assert await chat.pushes() == []
    await reported(world)
    world.clock.advance(minutes=61)
    assert await chat.pushes() == []
    assert (world.platform.allowed_notices["o-test"], templates_sent(world)) == (1, 1)
    await chat.say("帮助")
    assert len(await chat.pushes()) == 1


async def test_an_event_that_comes_several_times_is_effective_once(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    counted = metrics.OUTBOX_DELIVERIES.labels("notice", "came_back")
    before = counted._value.get()
    world.platform.lost.append("failed: system failed")
    world.platform.allowed_notices["o-test"] = 2
    chat = await a_silent_person_with_templates(world, tmp_path)
    await chat.pushes()
    event = world.platform.results[0]
    await reported(world, times=3)
    assert await chat.pushes() == [CUT]
    world.platform.results.append(event)
    await reported(world)
    assert await chat.pushes() == [CUT]
    assert counted._value.get() == before + 1
    lines = [line for line in caplog.messages if "taken and not delivered" in line]
    assert lines == ["a template message was taken and not delivered: the platform failed"]


async def test_an_event_may_overtake_the_last_write_about_what_was_sent(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_receipts, "_LOOK_AGAIN_SECONDS", (0.05,) * 80)
    world.platform.lost.append("failed:user block")
    chat = await a_silent_person_with_templates(world, tmp_path)
    await chat.pushes()
    rows = world.container.store["outbox"]
    sent = {"waiting_for": {"$regex": "^template:"}}
    await rows.update_one(sent, {"$set": {"done": False}, "$unset": {"outcome": ""}})
    looked, look = asyncio.Event(), world.container.outbox.sent_as

    async def looks(*given: Any) -> str | None:
        found = await look(*given)
        looked.set()
        return found

    monkeypatch.setattr(world.container.outbox, "sent_as", looks)
    report = asyncio.create_task(reported(world))
    await looked.wait()
    await rows.update_one(sent, {"$set": {"done": True, "outcome": "sent"}})
    await report
    await world.app.state.dispatcher.drain()
    await chat.say("帮助")
    assert len(await chat.pushes()) == 1


async def test_an_event_about_an_unknown_message_is_answered_at_once(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_receipts, "_LOOK_AGAIN_SECONDS", (3600.0,))
    await a_silent_person_with_templates(world, tmp_path)
    account = world.container.settings.wechat_account
    world.platform.results.append(result_xml(account, "o-test", TEMPLATE, 4711, "failed: system failed"))
    async with asyncio.timeout(20):
        await reported(world)
    (looking,) = world.app.state.dispatcher._looking
    assert not looking.done()
    looking.cancel()


async def test_what_others_sent_is_nothing_of_ours(world: World, tmp_path: Path) -> None:
    chat = await told(world, tmp_path)
    account = world.container.settings.wechat_account
    world.platform.results.append(result_xml(account, "o-test", TEMPLATE, 1, "failed:user block"))
    await reported(world)
    await chat.say("帮助")
    assert await chat.pushes() == [CUT]


async def test_someone_who_left_meanwhile_is_told_nothing(world: World, tmp_path: Path) -> None:
    world.platform.lost.append("failed: system failed")
    chat = await a_silent_person_with_templates(world, tmp_path)
    await chat.pushes()
    for said in ("退出", "确认退出"):
        await chat.say(said)
    assert await world.container.store["citizens"].count_documents({"contacts": {"$exists": True}}) == 0
    await reported(world)
    assert not any("510" in text for text in await chat.pushes())


@pytest.mark.parametrize(("answer", "arrives"), [("accept", 1), ("reject", 0)])
async def test_a_notice_that_is_allowed_now_is_sent_now(
    world: World, tmp_path: Path, answer: str, arrives: int
) -> None:
    chat = await told(world, tmp_path, "failed: system failed", "system failed", allowed=1)
    await chat.pushes()
    await reported(world)
    assert await chat.pushes() == []
    world.platform.allowed_notices["o-test"] = arrives
    item = f"<List><TemplateId>S1</TemplateId><SubscribeStatusString>{answer}</SubscribeStatusString></List>"
    world.platform.results.append(
        f"<xml><ToUserName>gh</ToUserName><FromUserName>o-test</FromUserName><CreateTime>{int(time.time())}"
        "</CreateTime><MsgType>event</MsgType><Event>subscribe_msg_popup_event</Event>"
        f"<SubscribeMsgPopupEvent>{item}</SubscribeMsgPopupEvent></xml>"
    )
    await reported(world)
    assert await chat.pushes() == [CUT] * arrives


async def test_what_was_sent_does_not_count_as_waiting_for_a_person(world: World, tmp_path: Path) -> None:
    await told(world, tmp_path)
    await world.app.state.readings.refresh()
    assert metrics.OUTBOX_WAITING._value.get() == 0
