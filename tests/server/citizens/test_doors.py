"""A sign-in that is new is told to the citizen's other accounts, and can be ended by them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Contact, Kind, Principal
from server.auth.staff.errors import ExpiredError
from server.platform.db import Document
from tests.support.pages import Browser, hidden
from tests.support.people import YING
from tests.support.world import Chat, World

WAY_BACK = "不是我登录"


@pytest.fixture
def one_owner(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account and the mini-program are one owner's: each person has one unionid."""
    monkeypatch.setattr(world.container.settings, "wechat_union", True)
    world.platform.unions.update({"o-test": "u-ying", "mini-1": "u-ying"})


@pytest.fixture
def app_session(world: World) -> Callable[[Contact], str]:
    """An access token of an app, as signing in gives it."""
    sessions = world.container.sessions
    return lambda contact: sessions._of_contact(contact, "refresh").token


async def linked(world: World) -> Principal:
    """YING, bound in the chat, who has just signed in to the mini-program for the first time."""
    await world.enrol(YING)
    await Browser(world).log_in()
    return await world.container.sessions.principal_of(await world.mini_program())


async def told(world: World) -> list[Document]:
    return [data for kind, data in await world.told() if kind == "signed_in"]


async def doors(world: World, channel: str) -> int:
    row = await world.container.store["contacts"].find_one({"channel": channel})
    return 0 if row is None else len(row.get("doors", []))


async def on_phone(world: World, contact: Any, device: str | None) -> None:
    known = await world.container.contacts.get(contact.id)
    assert known is not None
    await world.container.sessions._doors.enter(known, "app", device)


async def with_app(world: World) -> Principal:
    """YING with an account of an app, which signed in on a first device."""
    citizen = await world.enrol(YING)
    app = (await world.container.contacts.enter("app", "someone")).contact
    bound = {"hash": app.id, "channel": "app", "bound_at": world.container.clock()}
    await world.container.store["citizens"].update_one({}, {"$push": {"contacts": bound}})
    await on_phone(world, app, "first")
    return Principal(Kind.CITIZEN, citizen.id, app)


async def test_an_account_that_came_in_by_itself_is_told_to_the_one_that_was_there(
    world: World, one_owner: None
) -> None:
    await linked(world)
    (push,) = [text for text in await Chat(world).pushes() if WAY_BACK in text]
    assert "小程序" in push
    assert "新登录了一个账号" in push
    await world.mini_program()
    assert len(await told(world)) == 1


async def test_the_first_binding_is_no_news(world: World) -> None:
    await world.enrol(YING)
    await Browser(world).log_in()
    assert await told(world) == []


async def test_a_new_device_is_told_once_and_the_first_is_no_news(world: World) -> None:
    app = (await with_app(world)).contact
    assert await told(world) == []
    for device in ("first", "second", "second", "first"):
        await on_phone(world, app, device)
    assert [data["new"] for data in await told(world)] == ["device"]
    assert await doors(world, "app") == 2


async def test_an_app_that_hides_its_device_is_a_new_door(world: World) -> None:
    app = (await with_app(world)).contact
    await on_phone(world, app, None)
    assert len(await told(world)) == 1


async def test_what_the_one_who_came_in_reads_does_not_count_as_told(world: World, one_owner: None) -> None:
    intruder = await linked(world)
    row = await world.container.store["notices"].find_one({"kind": "signed_in"})
    assert row is not None
    await world.container.services.notices.mark_read(Caller(intruder), [row["_id"]])
    after = await world.container.store["notices"].find_one({"_id": row["_id"]})
    assert after is not None
    assert after["delivered_at"] is None


async def test_without_an_open_way_the_phone_is_told_at_once(world: World) -> None:
    app = (await with_app(world)).contact
    world.clock.advance(days=3)
    await world.deliver_outbox()
    await on_phone(world, app, "second")
    await world.deliver_outbox()
    assert "新设备或新账号登录" in world.platform.sms.arrived[-1]["text"]


async def test_not_me_ends_the_sign_in_and_the_desk_looks_into_it(world: World, one_owner: None) -> None:
    intruder = await linked(world)
    chat = Chat(world)
    asked = await chat.say(WAY_BACK)
    assert "小程序" in asked
    assert "7天内不能再绑定新账号" in asked
    assert "已经退出并解绑" in await chat.say(WAY_BACK)
    contact = intruder.contact
    assert contact is not None
    after = await world.container.citizens.principal_of(contact)
    assert after.kind is not Kind.CITIZEN
    await world.mini_program()
    assert (await world.container.citizens.principal_of(contact)).kind is not Kind.CITIZEN
    (check,) = await world.container.store["checks"].find({"kind": "not_me"}).to_list(None)
    assert check["outcome"] is None
    await world.deliver_outbox()
    assert "退出并解绑" in world.platform.sms.arrived[-1]["text"]
    assert "没有" in await chat.say(WAY_BACK)


async def test_in_english_the_way_back_is_the_same(world: World, one_owner: None) -> None:
    await linked(world)
    chat = Chat(world)
    await chat.say("English")
    assert "reply [not my sign-in] once more" in await chat.say("not my sign-in")
    assert "Please reply" in await chat.say("hm")
    assert "signed out and unlinked" in await chat.say("not my sign-in")


async def test_on_the_page_the_same_is_a_button(world: World, one_owner: None) -> None:
    intruder = await linked(world)
    browser = Browser(world)
    await browser.log_in()
    page = await browser.open("/h5/notices")
    assert "有新的登录（小程序）" in page.text
    done = await browser.post("/h5/not-me", hidden(page, "/h5/not-me"))
    assert "那边已经退出并解绑" in done.text
    assert intruder.contact is not None
    assert (await world.container.citizens.principal_of(intruder.contact)).kind is not Kind.CITIZEN
    assert 'action="/h5/not-me"' not in (await browser.open("/h5/notices")).text


async def test_of_a_new_device_of_its_own_an_account_ends_every_sign_in_and_stays_bound(world: World) -> None:
    me = await with_app(world)
    assert me.contact is not None
    world.clock.advance(minutes=1)
    await on_phone(world, me.contact, "second")
    moves = world.container.services.moves
    assert await moves.signed_in_elsewhere(me) is not None
    until = await moves.undo(Caller(me))
    assert until > world.container.clock()
    assert await moves.signed_in_elsewhere(me) is None
    assert await world.container.contacts.is_signed_out(me.contact.id, world.container.clock().timestamp() - 1)
    assert (await world.container.citizens.principal_of(me.contact)).kind is Kind.CITIZEN


async def test_the_access_tokens_of_a_disowned_sign_in_end_at_once_and_later_ones_are_good(
    world: World, app_session: Callable[[Contact], str]
) -> None:
    me = await with_app(world)
    assert me.contact is not None
    world.clock.advance(minutes=1)
    await on_phone(world, me.contact, "second")
    intruders, sessions = app_session(me.contact), world.container.sessions
    assert (await sessions.principal_of(intruders)).kind is Kind.CITIZEN
    await world.container.services.moves.undo(Caller(me))
    with pytest.raises(ExpiredError):
        await sessions.principal_of(intruders)
    answer = await world.ask("{ me { score { value } } }", token=intruders)
    assert "data" not in answer or answer["data"] is None
    world.clock.advance(seconds=1)
    assert (await sessions.principal_of(app_session(me.contact))).kind is Kind.CITIZEN


async def test_a_week_later_nothing_is_left_to_end(world: World, one_owner: None) -> None:
    await linked(world)
    world.clock.advance(days=8)
    me = await world.container.citizens.principal_of((await world.container.contacts.enter("wechat", "o-test")).contact)
    with pytest.raises(Refused) as refused:
        await world.container.services.moves.undo(Caller(me))
    assert refused.value.code is RefusalCode.NOTHING_MOVED
