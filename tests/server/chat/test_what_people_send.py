"""What people and the platform really send, in each form that it can come in: read, answered, never lost or misread."""

from __future__ import annotations

import json
import time
from collections import deque
from pathlib import Path
from typing import Any

import pytest

from bot.phrases import phrase
from bot.wechat.messages import Message, read_fields, read_message
from bot.wechat.replies import cdata
from bot.wechat.webhook import Webhook
from schema.types.principal import Caller, Kind
from scoring.disputes import DisputeState
from server.chat.dispatcher import Dispatcher
from server.platform.crypto.vault import Sealer
from tests.support.h5 import log_in
from tests.support.messages import event, message, to_confirm
from tests.support.people import YING, record
from tests.support.photos import photo
from tests.support.templates import a_silent_person_with_templates
from tests.support.world import Chat, World

PARKING = record("traffic.illegal-parking", "2026-09-02")
FORMS = ["plain XML", "safe XML", "plain JSON", "safe JSON"]
NUMBERS = iter(range(5 * 10**6, 10**8))


class Form:
    """Posts messages in one of the forms that a platform's account can be set to."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.safe = name.startswith("safe")
        self.json = name.endswith("JSON")
        self.webhook: Webhook = world.app.state.webhook if self.safe else Webhook(world.platform.token, ())

    async def send(self, **fields: Any) -> str:
        """The reply to a message with these fields, whose status is 200."""
        head = {"ToUserName": "gh_egret", "FromUserName": "o-test", "CreateTime": int(time.time())}
        body = self._body({**head, "MsgType": "text", "MsgId": str(next(NUMBERS)), **fields})
        query, sent = self.world.platform.signed(body, plain=not self.safe)
        usual, self.world.app.state.webhook = self.world.app.state.webhook, self.webhook
        response = await self.world.http.post("/wechat", params=query, content=sent.encode())
        self.world.app.state.webhook = usual
        assert response.status_code == 200, response.text
        if response.text == "success":
            return ""
        read = read_fields(response.text)
        cipher = self.world.platform.cipher
        if "Encrypt" in read:
            assert cipher is not None
            read = read_fields(cipher.decrypt(read["Encrypt"]))
        return read.get("Content") or next(text for name, text in read.items() if name.endswith("Title"))

    def _body(self, fields: dict[str, Any]) -> str:
        if self.json:
            return json.dumps(fields)
        inside = "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in fields.items())
        return f"<xml>{inside}</xml>"


@pytest.fixture(params=FORMS)
def form(world: World, request: pytest.FixtureRequest) -> Form:
    return Form(world, request.param)


@pytest.mark.parametrize(
    "typed", ["帮\x1d助", "\x02帮助\x10", "帮助\x00", "帮\x0b助\ufffe", "\u202e帮助\u200b", "帮助？", "幫助😊"]
)
async def test_a_word_with_characters_that_nobody_sees_is_read_without_them(form: Form, typed: str) -> None:
    assert await form.send(Content=typed) == phrase("zh", "home.help")


@pytest.mark.parametrize(
    "words", ["a]]>b", "]]></Content><FromUserName><![CDATA[o-other]]></FromUserName><Content><![CDATA["]
)
async def test_words_that_look_like_markup_are_answered_and_believed_in_their_field_alone(
    form: Form, words: str
) -> None:
    assert "没太明白" in await form.send(Content=words)
    rows = await form.world.container.store["contacts"].find({}, {"_id": 1}).to_list(None)
    assert [row["_id"] for row in rows] == [form.world.container.contacts.id_of("wechat", "o-test")]


async def test_a_sticker_among_own_words_is_no_word(form: Form) -> None:
    await form.world.enrol(YING, PARKING)
    for said in ("异议 1", "1"):
        await form.send(Content=said)
    told = await form.send(Content="【收到不支持的消息类型，暂无法显示】")
    assert "需要文字或照片" in told
    assert "自己的话" in told


@pytest.mark.parametrize("recognised", ["查询。", "查询", "我想查询一下。"])
async def test_a_voice_message_is_as_if_it_were_typed_and_shown_as_understood(form: Form, recognised: str) -> None:
    told = await form.send(MsgType="voice", MediaId="m1", Format="amr", Recognition=recognised)
    assert told.startswith(f"听到的是：“{recognised}”")
    assert "还没有绑定" in told


@pytest.mark.parametrize("fields", [{}, {"Recognition": ""}, {"Recognition": " "}])
async def test_a_voice_message_without_words_asks_for_text(form: Form, fields: dict[str, str]) -> None:
    assert "听不了语音" in await form.send(MsgType="voice", MediaId="m1", **fields)


async def test_a_dispute_after_a_pause_asks_again_and_files_nothing_before(world: World) -> None:
    await to_confirm(world)
    chat = Chat(world)
    world.clock.advance(minutes=32)
    told = await chat.say("确认")
    assert "还没有提交" in told
    assert "不是我的车" in told
    assert await world.container.store["disputes"].count_documents({}) == 0
    assert "D-2026-000001" in await chat.say("确认")


async def test_what_rests_is_kept_sealed_for_hours_and_then_erased(world: World) -> None:
    await to_confirm(world)
    chat, rows = Chat(world), world.container.store["conversations"]
    world.clock.advance(hours=11)
    assert await world.conversations.forget_idle() == 0
    row = await rows.find_one({"sealed": {"$exists": True}})
    assert row is not None
    assert row["replies"] == {}
    world.clock.advance(hours=2)
    assert await world.conversations.forget_idle() == 1
    assert await chat.say("确认") == phrase("zh", "home.nothing_waits")
    assert await world.container.store["disputes"].count_documents({}) == 0


@pytest.mark.parametrize("said", ["确认", "确认！", "確認", "confirm", "1", "482913"])
async def test_a_confirmation_that_nothing_waits_for_says_that_nothing_was_filed(form: Form, said: str) -> None:
    for begun in ("绑定", "1", YING.name):
        await form.send(Content=begun)
    form.world.clock.advance(minutes=32)
    assert await form.send(Content=said) == phrase("zh", "home.nothing_waits")


async def test_an_identity_that_was_typed_does_not_rest(world: World) -> None:
    chat = Chat(world)
    for said in ("绑定", "1", YING.name, YING.id_number):
        await chat.say(said)
    world.clock.advance(minutes=32)
    assert await world.conversations.forget_idle() == 1
    assert await chat.say(YING.phone) == phrase("zh", "home.nothing_waits")


async def test_events_out_of_order_are_known_by_their_time(world: World) -> None:
    bot, contacts = Dispatcher(world.container), world.container.store["contacts"]
    assert await bot.receive(event("unsubscribe", number=100)) is None
    assert "全凭自愿" in str(await bot.receive(event("subscribe", number=102)))
    assert await bot.receive(event("unsubscribe", number=100)) is None
    assert await contacts.count_documents({}) == 1
    assert await bot.receive(event("unsubscribe", number=103)) is None
    assert await contacts.count_documents({}) == 0


async def test_an_old_follow_interrupts_nothing(world: World) -> None:
    bot = Dispatcher(world.container)
    await bot.receive(message("绑定", 101))
    assert await bot.receive(event("subscribe", number=100)) is None
    assert "姓名" in str(await bot.receive(message("1", 103)))


async def test_an_unfollow_older_than_a_message_is_old(world: World) -> None:
    me = await world.enrol(YING)
    bot = Dispatcher(world.container)
    await bot.receive(message("查询", 105))
    assert await bot.receive(event("unsubscribe", number=104)) is None
    assert (await world.container.citizens.get(me.id))["contacts"] != []
    assert await bot.receive(message("帮助", 106)) is not None


@pytest.mark.parametrize(
    "late",
    [event("subscribe", number=102), message("查询", 101), event("click", "leave", 90), message("绑定", 102)],
    ids=["a follow", "a text", "a tap", "a word that starts something"],
)
async def test_what_was_sent_before_an_unfollow_brings_nobody_back(world: World, late: Message) -> None:
    await world.enrol(YING)
    bot, store = Dispatcher(world.container), world.container.store
    await bot.receive(message("查询", 100))
    await bot.receive(event("unsubscribe", number=103))
    for _ in range(2):
        assert await bot.receive(late) is None
        assert await store["contacts"].count_documents({}) == 0
    assert await world.conversations.left_behind() is None
    assert "全凭自愿" in str(await bot.receive(event("subscribe", number=104)))
    assert await bot.receive(late) is None
    assert await bot.receive(message("帮助", 105)) is not None


async def test_an_unfollow_leaves_only_which_messages_came(world: World) -> None:
    await world.enrol(YING)
    bot, store = Dispatcher(world.container), world.container.store
    await bot.receive(message("查询", 100))
    await bot.receive(event("unsubscribe", number=103))
    (row,) = await store["conversations"].find({}).to_list(None)
    assert row.keys() == {"_id", "newest", "claims", "expires_at", "left", "recent"}
    assert (row["left"], row["recent"]) == (1_800_000_103, [])


def about(name: str) -> dict[str, Any]:
    """As Tencent's page shows it: the platform is the sender, the person stands in `OpenID`."""
    return {"FromUserName": "o-platform", "MsgType": "event", "Event": name, "OpenID": "o-test", "RevokeInfo": "201"}


async def test_a_revoked_authorization_ends_sign_ins_and_empties_the_chat(form: Form) -> None:
    world = form.world
    me = await world.enrol(YING, PARKING)
    await form.send(Content="异议 1")
    assert "茉莉分" in (await log_in(world)).text
    assert await form.send(**about("user_authorization_revoke")) == ""
    world.http.cookies.delete("sim-openid", domain="127.0.0.1")
    assert (await world.http.get("/h5/")).status_code == 303
    rows = await world.container.store["conversations"].find({"sealed": {"$exists": True}}).to_list(None)
    assert rows == []
    assert (await world.container.citizens.get(me.id))["contacts"] != []
    world.clock.advance(seconds=1)
    assert "茉莉分" in (await log_in(world)).text
    assert "茉莉分" in await form.send(Content="查询")


async def test_a_changed_profile_ends_sign_ins_and_leaves_the_chat(form: Form) -> None:
    world = form.world
    await world.enrol(YING, PARKING)
    await form.send(Content="异议 1")
    await log_in(world)
    assert await form.send(**about("user_info_modified")) == ""
    assert (await world.http.get("/h5/")).status_code == 303
    assert "自己的话" in await form.send(Content="1")


async def test_an_account_that_is_given_up_is_unlinked_and_purged(form: Form) -> None:
    world = form.world
    me = await world.enrol(YING)
    assert await form.send(**about("user_authorization_cancellation")) == ""
    assert await world.container.store["contacts"].count_documents({}) == 0
    assert (await world.container.citizens.get(me.id))["contacts"] == []


def changed(name: str, number: int) -> Message:
    fields = {"ToUserName": "gh_egret", "CreateTime": str(1_800_000_000 + number), **about(name)}
    return read_message(fields)


AUTHORIZATIONS = ["user_authorization_revoke", "user_info_modified", "user_authorization_cancellation"]


async def signed_out_at(world: World) -> object:
    (row,) = await world.container.store["contacts"].find({}).to_list(None)
    return row.get("signed_out_at")


@pytest.mark.parametrize("name", AUTHORIZATIONS)
async def test_an_authorization_that_is_older_than_what_its_person_did_since_does_nothing(
    world: World, name: str
) -> None:
    me = await world.enrol(YING, PARKING)
    bot = Dispatcher(world.container)
    await bot.receive(message("异议 1", 100))
    assert await bot.receive(changed(name, 50)) is None
    assert (await world.container.citizens.get(me.id))["contacts"] != []
    assert await signed_out_at(world) is None
    assert "自己的话" in str(await bot.receive(message("1", 101)))


@pytest.mark.parametrize("name", AUTHORIZATIONS[:2])
@pytest.mark.parametrize("said", [(), ("查询",)], ids=["on pages alone", "in the chat"])
async def test_an_authorization_that_comes_twice_is_heeded_once(world: World, name: str, said: tuple[str, ...]) -> None:
    await world.enrol(YING, PARKING)
    bot = Dispatcher(world.container)
    for words in said:
        await bot.receive(message(words, 100))
    await bot.receive(changed(name, 150))
    ended = await signed_out_at(world)
    assert ended is not None
    world.clock.advance(minutes=1)
    await bot.receive(changed(name, 150))
    assert await signed_out_at(world) == ended
    await bot.receive(changed(name, 160))
    assert await signed_out_at(world) != ended
    assert "茉莉分" in str(await bot.receive(message("查询", 161)))


@pytest.mark.parametrize("name", ["user_authorization_revoke", "user_info_modified"])
async def test_an_authorization_of_someone_unknown_changes_nothing(form: Form, name: str) -> None:
    assert await form.send(**about(name)) == ""
    assert await form.world.container.store["contacts"].count_documents({}) == 0


@pytest.mark.parametrize("code", [48002, 48004, 48008, 50002, 50005])
async def test_a_way_that_is_closed_for_good_leads_to_the_next(world: World, tmp_path: Path, code: int) -> None:
    chat = await a_silent_person_with_templates(world, tmp_path)
    await chat.say("帮助")
    world.platform.faults["/cgi-bin/message/custom/send"] = deque([code] * 3)
    await world.deliver(YING, record("volunteering.hours", "2026-11-02", "W"))
    told = await chat.pushes()
    assert any(text.startswith("分数变化") for text in told)
    assert len(world.platform.faults["/cgi-bin/message/custom/send"]) == 2


@pytest.mark.parametrize("code", [48002, 48004, 48008, 50002, 50005])
async def test_without_another_way_it_waits_for_its_person_after_one_try(world: World, code: int) -> None:
    await world.enrol(YING)
    chat = Chat(world)
    world.platform.faults["/cgi-bin/message/custom/send"] = deque([code] * 50)
    await world.deliver(YING, record("volunteering.hours", "2026-11-01", "V"))
    for _ in range(3):
        assert await chat.pushes() == []
        world.clock.advance(minutes=10)
    assert len(world.platform.faults["/cgi-bin/message/custom/send"]) == 49
    world.platform.faults.clear()
    await chat.say("帮助")
    assert len(await chat.pushes()) == 1


async def asked_for_more(world: World) -> Chat:
    """Someone whose dispute waits for more from them."""
    await to_confirm(world)
    chat = Chat(world)
    await chat.say("确认")
    desk = world.container.services.desk
    agent = Caller(await world.hire("agent", Kind.AGENT))
    (case,), _ = await desk.search(agent.principal, "D-2026-000001")
    claimed = await desk.claim(agent, case.key)
    await desk.ask_citizen(agent, claimed.key, claimed.revision, "请发过户单的照片。")
    return chat


@pytest.mark.parametrize("before", [(), ("补充",)])
async def test_a_photo_as_the_first_answer_to_a_question_is_kept(world: World, before: tuple[str, ...]) -> None:
    chat = await asked_for_more(world)
    for said in before:
        await chat.say(said)
    told = await chat.photo(photo())
    assert "收到 1 张照片" in told
    assert "过户单" in told
    for said in ("这是过户单，请看照片。", "提交"):
        told = await chat.say(said)
    assert "照片：1 张" in told
    assert "收到您对 D-2026-000001 的补充" in await chat.say("确认")
    row = await world.container.store["disputes"].find_one({})
    assert row is not None
    assert row["state"] != DisputeState.AWAITING_CITIZEN.value


STEPS = ("异议", "1", "1", "不是我的车", "提交")


@pytest.mark.parametrize("after", range(1, len(STEPS) + 1))
async def test_a_photo_at_any_step_of_a_dispute_is_kept(world: World, after: int) -> None:
    await world.enrol(YING, PARKING)
    chat = Chat(world)
    for said in STEPS[:after]:
        await chat.say(said)
    told = await chat.photo(photo())
    assert "收到" in told
    for said in STEPS[after:]:
        told = await chat.say(said)
    assert "照片：1 张" in told or "一共 1 张" in told


async def test_a_photo_that_nothing_waits_for_is_told_what_to_do(world: World) -> None:
    await world.enrol(YING)
    assert await Chat(world).photo(photo()) == phrase("zh", "home.photo_here")


@pytest.mark.parametrize(
    "said",
    [
        YING.id_number,
        f"我的身份证号{YING.id_number}，帮我查",
        "350199 19900101 0015",
        "３５０１９９１９９００１０１００１５",
    ],
)
@pytest.mark.parametrize("bound", [True, False])
async def test_an_id_number_outside_a_flow_is_kept_nowhere(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, said: str, bound: bool
) -> None:
    caplog.set_level(0)
    if bound:
        await world.enrol(YING)
    sealed: list[object] = []
    honest = Sealer.seal

    def seal(sealer: Sealer, content: Any) -> Any:
        sealed.append(content)
        return honest(sealer, content)

    monkeypatch.setattr(Sealer, "seal", seal)
    assert await Chat(world).say(said) == phrase("zh", "home.id_number_here")
    assert sealed
    kept = [await world.container.store[name].find({}).to_list(None) for name in ("conversations", "outbox", "audit")]
    logged = "\n".join(line.getMessage() for line in caplog.records)
    for trace in (str(sealed), str(kept), logged):
        assert not any(part in trace for part in (YING.id_number, said, "19900101"))


async def test_blanks_around_sections_do_not_belong_to_what_they_hold(world: World) -> None:
    body = (
        f"<xml><ToUserName> {cdata('gh_egret')} </ToUserName><FromUserName>\n{cdata('o-test')}\n</FromUserName>"
        f"<CreateTime> {int(time.time())} </CreateTime><MsgType> {cdata('text')}\n</MsgType>"
        f"<Content> {cdata('帮助')} </Content><MsgId> 881 </MsgId></xml>"
    )
    result = await world.platform.post(world.http, world.container.settings.base_url, body, plain=False)
    assert "我可以" in result["reply"]
    assert await world.container.store["contacts"].count_documents(
        {"_id": world.container.contacts.id_of("wechat", "o-test")}
    )
