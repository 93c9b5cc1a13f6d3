"""The chat channel: once, on time, in order, and nothing lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest

from bot.dialogs.flow import Data
from bot.wechat.messages import Message, read_message
from bot.wechat.replies import Text, Transfer
from schema.principal import Contact
from server import channel as channel_module
from server.asker import Asker
from server.channel import Channel, NotKeptError
from server.conversations import Conversations, Turnstile
from server.turns import Job, LockLostError, Turns
from tests.people import YING, record
from tests.world import Chat, World


def message(text: str, number: int = 1, sender: str = "o-test") -> Message:
    return read_message(
        {
            "ToUserName": "gh_egret",
            "FromUserName": sender,
            "CreateTime": str(1_800_000_000 + number),
            "MsgType": "text",
            "Content": text,
            "MsgId": str(number),
        }
    )


async def left_behind(world: World, kept: Message) -> Turnstile:
    """A process takes a message, and dies."""
    contact = await world.system.contacts.enter("wechat", kept.sender)
    at = Turnstile(contact.contact.id, world.system.vault.blind("message", kept.key)[:16], "a dead process")
    sealed = await world.system.vault.seal(contact.key, {"fields": dict(kept.fields)})
    assert await world.system.conversations.take(at, "message") is not None
    await world.system.conversations.renew(at, sealed)
    return at


def slow(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Every operation takes its time."""
    honest = Asker.answer

    async def late(self: Asker, name: str, variables: Data) -> Data:
        await asyncio.sleep(seconds)
        return await honest(self, name, variables)

    monkeypatch.setattr(Asker, "answer", late)


async def test_confirming_again_after_a_fault_gets_the_answer_of_what_was_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02", "T1"))
    chat, honest = Chat(world), Asker.answer
    for said in ("异议 1", "1", "不是我的车", "提交"):
        await chat.say(said)

    async def broken(self: Asker, name: str, variables: Data) -> Data:
        if name == "Score":
            raise RuntimeError
        return await honest(self, name, variables)

    with monkeypatch.context() as patched:
        patched.setattr(Asker, "answer", broken)
        assert "出了点问题" in await chat.say("确认")
    assert "D-2026-000001" in await chat.say("确认")
    assert await world.system.store["disputes"].count_documents({}) == 1


async def nobody_holds(world: World) -> bool:
    return await world.system.store["conversations"].count_documents({"locked_by": {"$ne": None}}) == 0


def event(name: str, key: str = "", number: int = 1) -> Message:
    fields = {"Event": name, "EventKey": key}
    return Message("gh_egret", "o-test", 1_800_000_000 + number, "event", fields)


async def test_a_retry_gets_the_stored_reply_and_has_no_second_effect(world: World) -> None:
    await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02"))
    chat, bot = Chat(world), Channel(world.system)
    for said in ("异议 1", "1", "不是我的车，已经卖了", "提交"):
        await chat.say(said)
    first = await bot.receive(message("确认"))
    assert first is not None
    assert "D-2026-000001" in str(first)
    assert await bot.receive(message("确认")) == first
    assert await Channel(world.system).receive(message("确认")) == first
    assert await world.system.store["disputes"].count_documents({}) == 1


async def test_three_at_once_in_two_processes_are_one(world: World) -> None:
    await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02"))
    chat = Chat(world)
    for said in ("异议 1", "1", "不是我的车，已经卖了", "提交"):
        await chat.say(said)
    processes = (Channel(world.system), Channel(world.system))
    replies = await asyncio.gather(*(processes[n % 2].receive(message("确认")) for n in range(3)))
    assert len(set(replies)) == 1
    assert "D-2026-000001" in str(replies[0])
    assert await world.system.store["disputes"].count_documents({}) == 1


async def test_two_messages_of_one_person_at_once_never_race_one_dialog(world: World) -> None:
    bot = Channel(world.system)
    await bot.receive(message("绑定", 1))
    await bot.receive(message("1", 2))
    replies = await asyncio.gather(bot.receive(message("陈小萤", 3)), bot.receive(message("陈小莹", 4)))
    assert sorted("请输入18位" in str(r) for r in replies) == [False, True]
    assert any("应为18位" in str(r) for r in replies)
    assert await nobody_holds(world)


async def test_a_late_answer_is_pushed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "ANSWER_SECONDS", 0.05)
    slow(monkeypatch, 0.2)
    bot = Channel(world.system)
    assert await bot.receive(message("绑定")) is None
    await bot.drain()
    assert any("授权书" in text for text in await Chat(world).pushes())


async def test_a_message_whose_process_died_is_answered_by_the_next_retry(world: World) -> None:
    bot = Channel(world.system)
    await left_behind(world, message("帮助"))
    world.clock.advance(seconds=5)
    assert "我可以" in str(await bot.receive(message("帮助")))


async def test_a_message_that_nobody_sends_again_is_finished_by_a_worker(world: World) -> None:
    bot = Channel(world.system)
    await bot.receive(message("绑定", 1))
    await left_behind(world, message("1", 2))
    assert await bot.resume() == 0
    world.clock.advance(seconds=20)
    assert await bot.resume() == 1
    assert await bot.resume() == 0
    assert any("姓名" in text for text in await Chat(world).pushes())
    assert "18位" in str(await bot.receive(message("陈小萤", 3)))


async def test_a_fault_is_said_and_nothing_is_changed(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bot = Channel(world.system)
    await bot.receive(message("绑定", 1))
    await bot.receive(message("1", 2))

    async def broken(self: Asker, name: str, variables: Data) -> Data:
        raise RuntimeError(f"about {YING.id_number}")

    honest = Asker.answer
    monkeypatch.setattr(Asker, "answer", broken)
    assert "已经受理的不会丢" in str(await bot.receive(message(YING.name, 3)))
    assert YING.id_number not in caplog.text
    monkeypatch.setattr(Asker, "answer", honest)
    assert "18位" in str(await bot.receive(message(YING.name, 4)))


async def test_a_dialog_survives_a_restart_and_ends_after_half_an_hour(world: World) -> None:
    await Channel(world.system).receive(message("绑定", 1))
    await Channel(world.system).receive(message("1", 2))
    assert "18位" in str(await Channel(world.system).receive(message("陈小萤", 3)))
    world.clock.advance(minutes=31)
    assert "帮不上" in str(await Channel(world.system).receive(message("你好", 4)))


async def test_events_that_need_no_answer_get_none(world: World) -> None:
    bot = Channel(world.system)
    for name in ("VIEW", "location", "TEMPLATESENDJOBFINISH", "something_new"):
        assert await bot.receive(event(name)) is None


async def test_a_menu_tap_is_the_same_as_its_word(world: World) -> None:
    await world.enrol(YING)
    assert await Chat(world).tap("score") == await Chat(world).say("查询")


async def test_unfollowing_unlinks_and_purges_what_the_channel_gave(world: World) -> None:
    me = await world.enrol(YING)
    chat = Chat(world)
    assert await chat.unfollow() == ""
    assert await world.system.store["contacts"].count_documents({}) == 0
    assert await world.system.store["conversations"].count_documents({}) == 0
    assert (await world.system.citizens.get(me.id))["contacts"] == []
    assert "自愿参加" in await chat.follow()


async def test_the_language_is_remembered_for_notices(world: World) -> None:
    me = await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02"))
    chat = Chat(world)
    await chat.say("English")
    await world.deliver(YING, record("volunteering.hours", "2026-11-01", "V"))
    assert any("Your score is now 500 (+10)" in text for text in await chat.pushes())
    assert me.contact is not None


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 403), (b"<xml></xml>", 403), (b"hello", 403), (b"x" * 65537, 413)],
)
async def test_what_is_not_from_wechat_is_refused_and_empty(world: World, content: bytes, status: int) -> None:
    response = await world.http.post("/wechat", content=content)
    assert response.status_code == status
    assert response.content in (b"", b"Content Too Large")


async def test_a_plaintext_message_is_refused_in_safe_mode(world: World) -> None:
    asked = {"openid": "o1", "kind": "text", "content": "你好", "plain": True}
    result = (await world.http.post("/simulator/send", json=asked)).json()["results"][0]
    assert (result["status"], result["got"]) == (403, "")


async def test_the_address_is_verified(world: World) -> None:
    import time

    from bot.wechat.crypto import sign

    token, now = world.platform.token, str(int(time.time()))
    good = {"timestamp": now, "nonce": "1", "signature": sign(token, now, "1"), "echostr": "123"}
    assert (await world.http.get("/wechat", params=good)).text == "123"
    bad: httpx.Response = await world.http.get("/wechat", params={**good, "signature": "0" * 40})
    assert (bad.status_code, bad.content) == (403, b"")


async def test_a_message_whose_person_left_does_not_hold_up_the_others(world: World) -> None:
    bot = Channel(world.system)
    gone = await left_behind(world, message("帮助", 1, "o-gone"))
    await left_behind(world, message("帮助", 2))
    await world.system.store["contacts"].delete_one({"_id": gone.contact})
    world.clock.advance(seconds=20)
    assert await bot.resume() == 1
    assert await world.system.store["conversations"].count_documents({"recent.pending": {"$exists": True}}) == 0


async def test_the_same_message_taken_twice_is_answered_once(world: World) -> None:
    await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02"))
    chat, bot = Chat(world), Channel(world.system)
    for said in ("异议 1", "1", "不是我的车，已经卖了", "提交"):
        await chat.say(said)
    confirm = message("确认")
    at = await left_behind(world, confirm)
    world.clock.advance(seconds=5)
    jobs = [Job(confirm, replace(at, owner=f"process {n}")) for n in range(3)]
    replies = await asyncio.gather(*(bot._work(job) for job in jobs))
    assert len(set(replies)) == 1
    assert await world.system.store["disputes"].count_documents({}) == 1
    assert await nobody_holds(world)


async def test_a_message_that_waited_while_its_sender_left_is_still_answered(world: World) -> None:
    await world.enrol(YING)
    chat, bot = Chat(world), Channel(world.system)
    await chat.say("退出")
    left, following = await asyncio.gather(bot.receive(message("确认退出", 1)), bot.receive(message("帮助", 2)))
    assert "已退出" in str(left) or "确认退出" in str(left)
    assert "我可以" in str(following)


def forget_keys(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The native library remembers data keys for a minute: as if that had passed."""
    vault = world.system.vault
    monkeypatch.setattr(vault, "_encryption", world.system.store.encryption(vault._master_keys))


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
    bot = Channel(world.system)
    replies = await asyncio.gather(*(bot.receive(message(confirmed, 1)) for _ in range(3)))
    later = await bot.receive(message(confirmed, 1))
    assert {str(reply) for reply in (*replies, later)} == {str(later)}
    assert answer in str(later)
    assert "我可以" in str(await bot.receive(message("帮助", 2)))


async def leave_on_a_page(world: World, contact: str) -> None:
    await world.system.enrolments.leave(await world.system.citizens.principal_of(Contact("wechat", contact)), None)


async def test_a_chat_emptied_during_its_first_message_goes_on(world: World) -> None:
    """The message was taken and its process died; on a page the person left meanwhile."""
    await world.enrol(YING)
    rows, contact = world.system.store["conversations"], world.system.contacts.id_of("wechat", "o-test")
    await rows.delete_one({"_id": contact})
    at = Turnstile(contact, b"a message", "a process that died")
    assert await world.system.conversations.take(at, "message") is not None
    await leave_on_a_page(world, contact)
    world.clock.advance(minutes=1)
    assert "我可以" in await Chat(world).say("帮助")


async def test_a_conversation_saved_under_a_key_that_is_gone_is_emptied_and_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an older release beside this one may save it."""
    await world.enrol(YING)
    bot, rows = Channel(world.system), world.system.store["conversations"]
    before = await rows.find_one({})
    assert before is not None
    await leave_on_a_page(world, before["_id"])
    await rows.update_one({}, {"$set": {name: before[name] for name in ("key", "sealed", "state_at")}})
    forget_keys(world, monkeypatch)
    world.system.vault._held.clear()
    with pytest.raises(LockLostError):
        await bot.receive(message("帮助", 1))
    assert "我可以" in str(await bot.receive(message("帮助", 1)))


async def test_a_person_takes_over_and_gives_back(world: World) -> None:
    staffed = world.system.settings.model_copy(update={"wechat_customer_service": True})
    bot = Channel(replace(world.system, settings=staffed))
    assert await bot.receive(message("人工", 1)) == Transfer()
    assert await bot.receive(message("人工", 1)) == Transfer()
    assert [text for text in await Chat(world).pushes() if "12345" in text] != []
    closed = await bot.receive(event("kf_close_session", number=2))
    assert "我回来了" in str(closed)
    assert await bot.receive(event("kf_create_session", number=3)) is None


async def test_without_customer_service_the_way_to_a_person_is_said(world: World) -> None:
    assert "12345" in str(await Channel(world.system).receive(message("人工", 1)))


async def test_an_event_is_never_handed_over(world: World) -> None:
    staffed = world.system.settings.model_copy(update={"wechat_customer_service": True})
    bot = Channel(replace(world.system, settings=staffed))
    assert isinstance(await bot.receive(event("CLICK", "人工")), Text)


async def until_claimed(world: World, count: int) -> None:
    """Wait until so many messages have arrived, answered or not."""
    for _ in range(1000):
        rows = await world.system.store["conversations"].find({}, {"claims": 1}).to_list(None)
        if sum(len(row["claims"]) for row in rows) >= count:
            return
        await asyncio.sleep(0.005)
    raise AssertionError(count)


async def test_messages_are_answered_in_the_order_they_came(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    honest = Turns.take

    async def noted(self: Turns, job: Job, row: dict[str, object]) -> object:
        await asyncio.sleep(0.05)
        order.append(job.message.fields["MsgId"])
        return await honest(self, job, row)

    monkeypatch.setattr(Turns, "take", noted)
    bot, waiting = Channel(world.system), []
    for number in range(1, 9):
        waiting.append(asyncio.create_task(bot.receive(message("帮助", number))))
        await until_claimed(world, number)
    await asyncio.gather(*waiting)
    assert order == [str(number) for number in range(1, 9)]


async def test_more_messages_at_once_than_are_kept_are_all_answered(world: World) -> None:
    bot = Channel(world.system)
    replies = await asyncio.gather(*(bot.receive(message("帮助", number)) for number in range(1, 31)))
    assert all("我可以" in str(reply) for reply in replies)


async def test_what_cannot_be_stored_is_not_acknowledged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "ANSWER_SECONDS", 0.1)

    async def broken(self: object, *_: object) -> None:
        raise ConnectionError("the database is away")

    bot = Channel(world.system)
    await bot.receive(message("帮助", 1))
    slow(monkeypatch, 0.5)
    monkeypatch.setattr(Conversations, "renew", broken)
    with pytest.raises(NotKeptError):
        await bot.receive(message("绑定", 2))
    await bot.drain()


async def test_a_retry_of_an_answer_that_was_pushed_says_it_no_second_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_module, "ANSWER_SECONDS", 0.05)
    slow(monkeypatch, 0.3)
    bot = Channel(world.system)
    assert await bot.receive(message("绑定")) is None
    await bot.drain()
    assert await bot.receive(message("绑定")) is None
    assert len(await Chat(world).pushes()) == 1
