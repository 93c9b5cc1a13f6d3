"""One turn of a conversation: what it answers, keeps and forgets."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.dialogs.flow import Data
from bot.wechat.replies import Text, Transfer
from schema.types.principal import Caller, Contact
from server.api.client import GraphQLClient
from server.chat.conversations import MessageClaim
from server.chat.dispatcher import Dispatcher
from server.chat.turn_handler import LockLostError
from tests.support.messages import event, message
from tests.support.people import YING, record
from tests.support.world import Chat, World


async def test_confirming_again_after_a_fault_gets_the_answer_of_what_was_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02", "T1"))
    chat, honest = Chat(world), GraphQLClient.answer
    for said in ("异议 1", "1", "不是我的车", "提交"):
        await chat.say(said)

    async def broken(self: GraphQLClient, name: str, variables: Data) -> Data:
        if name == "Score":
            raise RuntimeError
        return await honest(self, name, variables)

    with monkeypatch.context() as patched:
        patched.setattr(GraphQLClient, "answer", broken)
        assert "出了点问题" in await chat.say("确认")
    assert "D-2026-000001" in await chat.say("确认")
    assert await world.container.store["disputes"].count_documents({}) == 1


async def test_a_fault_is_said_and_nothing_is_changed(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bot = Dispatcher(world.container)
    await bot.receive(message("绑定", 1))
    await bot.receive(message("1", 2))

    async def broken(self: GraphQLClient, name: str, variables: Data) -> Data:
        raise RuntimeError(f"about {YING.id_number}")

    honest = GraphQLClient.answer
    monkeypatch.setattr(GraphQLClient, "answer", broken)
    assert "已经受理的不会丢" in str(await bot.receive(message(YING.name, 3)))
    assert YING.id_number not in caplog.text
    monkeypatch.setattr(GraphQLClient, "answer", honest)
    assert "18位" in str(await bot.receive(message(YING.name, 4)))


async def test_a_dialog_survives_a_restart_and_ends_after_half_an_hour(world: World) -> None:
    await Dispatcher(world.container).receive(message("绑定", 1))
    await Dispatcher(world.container).receive(message("1", 2))
    assert "18位" in str(await Dispatcher(world.container).receive(message("陈小萤", 3)))
    world.clock.advance(minutes=31)
    assert "没太明白" in str(await Dispatcher(world.container).receive(message("今天天气怎么样", 4)))


async def test_a_menu_tap_is_the_same_as_its_word(world: World) -> None:
    await world.enrol(YING)
    assert await Chat(world).tap("score") == await Chat(world).say("查询")


async def test_unfollowing_unlinks_and_purges_what_the_channel_gave(world: World) -> None:
    me = await world.enrol(YING)
    chat = Chat(world)
    assert await chat.unfollow() == ""
    assert await world.container.store["contacts"].count_documents({}) == 0
    assert await world.container.store["conversations"].count_documents({"key": {"$exists": True}}) == 0
    assert (await world.container.citizens.get(me.id))["contacts"] == []
    assert "全凭自愿" in await chat.follow()


async def test_the_language_is_remembered_for_notices(world: World) -> None:
    me = await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02"))
    chat = Chat(world)
    await chat.say("English")
    await world.deliver(YING, record("volunteering.hours", "2026-11-01", "V"))
    assert any("Your score is now 500 (+10)" in text for text in await chat.pushes())
    assert me.contact is not None


def forget_keys(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The native library remembers data keys for a minute: as if that had passed."""
    vault = world.container.vault
    monkeypatch.setattr(vault, "_encryption", world.container.store.encryption(vault._master_keys))


@pytest.mark.parametrize(
    ("asked", "confirmed", "answer"), [("退出", "确认退出", "已退出"), ("解绑", "确认解绑", "已解绑")]
)
async def test_leaving_is_answered_alike_to_each_delivery(
    world: World, monkeypatch: pytest.MonkeyPatch, asked: str, confirmed: str, answer: str
) -> None:
    """Though the chat's key is destroyed by it, and nothing remembers that key any more."""
    await world.enrol(YING)
    await Chat(world).say(asked)
    forget_keys(world, monkeypatch)
    bot = Dispatcher(world.container)
    replies = await asyncio.gather(*(bot.receive(message(confirmed, 1)) for _ in range(3)))
    later = await bot.receive(message(confirmed, 1))
    assert {str(reply) for reply in (*replies, later)} == {str(later)}
    assert answer in str(later)
    assert "我可以" in str(await bot.receive(message("帮助", 2)))


@pytest.mark.parametrize("confirmed", ["确认退出", "确认解绑"])
async def test_leaving_whose_answer_was_never_saved_is_told_all_the_same(world: World, confirmed: str) -> None:
    """The process died between the two: what was asked is forgotten, and done."""
    await world.enrol(YING)
    contact = world.container.contacts.id_of("wechat", "o-test")
    await leave_on_a_page(world, contact)
    assert "现在没有绑定" in str(await Dispatcher(world.container).receive(message(confirmed)))


async def leave_on_a_page(world: World, contact: str) -> None:
    await world.container.enrolments.leave(
        Caller(await world.container.citizens.principal_of(Contact("wechat", contact)))
    )


async def test_a_chat_emptied_during_its_first_message_goes_on(world: World) -> None:
    """The message was taken and its process died; on a page the person left meanwhile."""
    await world.enrol(YING)
    rows, contact = world.container.store["conversations"], world.container.contacts.id_of("wechat", "o-test")
    await rows.delete_one({"_id": contact})
    at = MessageClaim(contact, b"a message", "a process that died")
    assert await world.conversations.take(at, "message") is not None
    await leave_on_a_page(world, contact)
    world.clock.advance(minutes=1)
    assert "我可以" in await Chat(world).say("帮助")


async def test_a_conversation_saved_under_a_key_that_is_gone_is_emptied_and_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an older release next to this one may save it."""
    await world.enrol(YING)
    bot, rows = Dispatcher(world.container), world.container.store["conversations"]
    before = await rows.find_one({})
    assert before is not None
    await leave_on_a_page(world, before["_id"])
    await rows.update_one({}, {"$set": {name: before[name] for name in ("key", "sealed", "state_at")}})
    forget_keys(world, monkeypatch)
    world.container.vault._held.clear()
    with pytest.raises(LockLostError):
        await bot.receive(message("帮助", 1))
    assert "我可以" in str(await bot.receive(message("帮助", 1)))


async def test_a_person_takes_over_and_gives_back(world: World) -> None:
    staffed = world.container.settings.model_copy(update={"wechat_customer_service": True})
    bot = Dispatcher(replace(world.container, settings=staffed))
    assert await bot.receive(message("人工", 1)) == Transfer()
    assert await bot.receive(message("人工", 1)) == Transfer()
    assert [text for text in await Chat(world).pushes() if "12345" in text] != []
    closed = await bot.receive(event("kf_close_session", number=2))
    assert "我回来了" in str(closed)
    assert await bot.receive(event("kf_create_session", number=3)) is None


async def test_without_customer_service_the_way_to_a_person_is_said(world: World) -> None:
    assert "12345" in str(await Dispatcher(world.container).receive(message("人工", 1)))


async def test_an_event_is_never_handed_over(world: World) -> None:
    staffed = world.container.settings.model_copy(update={"wechat_customer_service": True})
    bot = Dispatcher(replace(world.container, settings=staffed))
    assert isinstance(await bot.receive(event("CLICK", "人工")), Text)
