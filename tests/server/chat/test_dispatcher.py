"""The chat channel: once, on time, in order, and nothing lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.wechat.messages import Message
from server.chat import dispatcher as dispatcher_module
from server.chat.conversations import WAITING, Conversations, MessageClaim
from server.chat.dispatcher import Dispatcher, NotKeptError
from server.chat.turn_handler import Inflight, TurnHandler
from tests.support.messages import event, held, message, to_confirm, until_claimed
from tests.support.people import YING
from tests.support.world import Chat, World


async def left_behind(world: World, kept: Message) -> MessageClaim:
    """A process takes a message, and dies."""
    contact = await world.container.contacts.enter("wechat", kept.sender)
    at = replace(Dispatcher(world.container)._inflight(kept).at, owner="a dead process")
    sealed = await world.container.vault.seal(contact.key, {"fields": dict(kept.fields)})
    assert await world.conversations.take(at, "message") is not None
    await world.conversations.renew(at, sealed)
    return at


async def nobody_holds(world: World) -> bool:
    return await world.container.store["conversations"].count_documents({"locked_by": {"$ne": None}}) == 0


async def test_a_retry_gets_the_stored_reply_and_has_no_second_effect(world: World) -> None:
    await to_confirm(world)
    bot = Dispatcher(world.container)
    first = await bot.receive(message("确认"))
    assert first is not None
    assert "D-2026-000001" in str(first)
    assert await bot.receive(message("确认")) == first
    assert await Dispatcher(world.container).receive(message("确认")) == first
    assert await world.container.store["disputes"].count_documents({}) == 1


async def test_a_retry_after_as_many_others_as_may_wait_gets_the_same_reply(world: World) -> None:
    await to_confirm(world)
    bot = Dispatcher(world.container)
    first = await bot.receive(message("确认"))
    for number in range(2, WAITING + 1):
        await bot.receive(message("帮助", number))
    assert await Dispatcher(world.container).receive(message("确认")) == first
    assert "D-2026-000001" in str(first)


async def test_three_at_once_in_two_processes_are_one(world: World) -> None:
    await to_confirm(world)
    processes = (Dispatcher(world.container), Dispatcher(world.container))
    replies = await asyncio.gather(*(processes[n % 2].receive(message("确认")) for n in range(3)))
    assert len(set(replies)) == 1
    assert "D-2026-000001" in str(replies[0])
    assert await world.container.store["disputes"].count_documents({}) == 1


async def test_two_messages_of_one_person_at_once_never_race_one_dialog(world: World) -> None:
    bot = Dispatcher(world.container)
    await bot.receive(message("绑定", 1))
    await bot.receive(message("1", 2))
    replies = await asyncio.gather(bot.receive(message("陈小萤", 3)), bot.receive(message("陈小莹", 4)))
    assert sorted("不会在聊天里再次显示" in str(r) for r in replies) == [False, True]
    assert any("最后一位可能是 X" in str(r) for r in replies)
    assert await nobody_holds(world)


async def test_a_late_answer_is_pushed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    released, bot = held(monkeypatch, seconds=0.5), Dispatcher(world.container)
    assert await bot.receive(message("绑定")) is None
    released.set()
    await bot.drain()
    assert any("授权书" in text for text in await Chat(world).pushes())


async def test_a_message_whose_process_died_is_answered_by_the_next_retry(world: World) -> None:
    bot = Dispatcher(world.container)
    await left_behind(world, message("帮助"))
    world.clock.advance(seconds=5)
    assert "我可以" in str(await bot.receive(message("帮助")))


async def test_a_message_that_no_one_sends_again_is_finished_by_a_worker(world: World) -> None:
    bot = Dispatcher(world.container)
    await bot.receive(message("绑定", 1))
    await left_behind(world, message("1", 2))
    assert await bot.resume() == 0
    world.clock.advance(seconds=20)
    assert await bot.resume() == 1
    assert await bot.resume() == 0
    assert any("姓名" in text for text in await Chat(world).pushes())
    assert "18位" in str(await bot.receive(message("陈小萤", 3)))


async def test_events_that_need_no_answer_get_none(world: World) -> None:
    bot = Dispatcher(world.container)
    for name in ("VIEW", "location", "TEMPLATESENDJOBFINISH", "something_new"):
        assert await bot.receive(event(name)) is None


async def test_a_message_whose_person_left_does_not_hold_up_the_others(world: World) -> None:
    bot = Dispatcher(world.container)
    gone = await left_behind(world, message("帮助", 1, "o-gone"))
    await left_behind(world, message("帮助", 2))
    await world.container.store["contacts"].delete_one({"_id": gone.contact})
    world.clock.advance(seconds=20)
    assert await bot.resume() == 1
    assert await world.container.store["conversations"].count_documents({"recent.pending": {"$exists": True}}) == 0


async def test_the_same_message_taken_twice_is_answered_once(world: World) -> None:
    await to_confirm(world)
    bot = Dispatcher(world.container)
    confirm = message("确认")
    at = await left_behind(world, confirm)
    world.clock.advance(seconds=5)
    inflights = [Inflight(confirm, replace(at, owner=f"process {n}")) for n in range(3)]
    replies = await asyncio.gather(*(bot._work(inflight) for inflight in inflights))
    assert len(set(replies)) == 1
    assert await world.container.store["disputes"].count_documents({}) == 1
    assert await nobody_holds(world)


async def test_a_message_that_waited_while_its_sender_left_is_still_answered(world: World) -> None:
    await world.enrol(YING)
    chat, bot = Chat(world), Dispatcher(world.container)
    await chat.say("退出")
    left, following = await asyncio.gather(bot.receive(message("确认退出", 1)), bot.receive(message("帮助", 2)))
    assert "已退出" in str(left) or "确认退出" in str(left)
    assert "我可以" in str(following)


async def test_messages_are_answered_in_the_order_they_came(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    honest = TurnHandler.take

    async def noted(self: TurnHandler, inflight: Inflight, row: dict[str, object]) -> object:
        await asyncio.sleep(0.05)
        order.append(inflight.message.fields["MsgId"])
        return await honest(self, inflight, row)

    monkeypatch.setattr(TurnHandler, "take", noted)
    bot, waiting = Dispatcher(world.container), []
    for number in range(1, 9):
        waiting.append(asyncio.create_task(bot.receive(message("帮助", number))))
        await until_claimed(world, number)
    await asyncio.gather(*waiting)
    assert order == [str(number) for number in range(1, 9)]


async def test_more_messages_at_once_than_are_kept_are_all_answered(world: World) -> None:
    bot = Dispatcher(world.container)
    replies = await asyncio.gather(*(bot.receive(message("帮助", number)) for number in range(1, 31)))
    assert all("我可以" in str(reply) for reply in replies)


async def test_what_cannot_be_stored_is_not_acknowledged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: object, *_: object) -> None:
        raise ConnectionError("the database is away")

    bot = Dispatcher(world.container)
    await bot.receive(message("帮助", 1))
    released = held(monkeypatch, seconds=0.5)
    monkeypatch.setattr(Conversations, "renew", broken)
    with pytest.raises(NotKeptError):
        await bot.receive(message("绑定", 2))
    released.set()
    await bot.drain()


async def test_what_could_not_even_be_claimed_is_not_acknowledged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many of one person's messages wait as may; should this process die now, no one knew of one more."""
    monkeypatch.setattr(dispatcher_module, "ANSWER_SECONDS", 0.5)
    bot = Dispatcher(world.container)
    conversations = bot.conversations
    waiting = [await left_behind(world, message("帮助"))]
    for number in range(2, WAITING + 1):
        waiting.append(bot._inflight(message("帮助", number)).at)
        assert await conversations.claim(waiting[-1], "message")
    with pytest.raises(NotKeptError):
        await bot.receive(message("帮助", WAITING + 1))
    for at in waiting:
        await conversations.drop(at.contact, at.claim)
    world.clock.advance(seconds=5)
    await bot.drain()
    assert await bot.receive(message("帮助", WAITING + 1)) is None
    assert ["我可以" in text for text in await Chat(world).pushes()] == [True]


async def test_a_retry_of_an_answer_that_was_pushed_says_it_no_second_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, bot = held(monkeypatch, seconds=0.5), Dispatcher(world.container)
    assert await bot.receive(message("绑定")) is None
    released.set()
    await bot.drain()
    assert await bot.receive(message("绑定")) is None
    assert len(await Chat(world).pushes()) == 1
