"""Accounts that WeChat says are one person's: bound in one, known in the other, unless the person unlinked it."""

from __future__ import annotations

from collections import deque
from datetime import timedelta

import pytest

from schema.types.errors import Refused
from schema.types.principal import Caller, Kind, Principal
from tests.support.pages import Browser
from tests.support.people import FAN, YING
from tests.support.world import Chat, World


@pytest.fixture
def one_owner(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account and the mini-program are one owner's: each person has one unionid."""
    monkeypatch.setattr(world.container.settings, "wechat_union", True)
    world.platform.unions.update({"o-test": "u-ying", "mini-1": "u-ying", "o-fan": "u-fan", "mini-2": "u-fan"})


async def in_mini_program(world: World, openid: str = "mini-1") -> Principal:
    return await world.container.sessions.principal_of(await world.mini_program(openid))


async def channels(world: World) -> list[str]:
    """What is bound to the one citizen, in the order of binding."""
    (row,) = await world.container.store["citizens"].find({"enrolment": {"$ne": None}}).to_list(None)
    return [bound["channel"] for bound in row.get("contacts", [])]


async def test_bound_in_the_chat_known_in_the_mini_program(world: World, one_owner: None) -> None:
    me = await world.enrol(YING)
    await Browser(world).log_in()  # a page opened from the chat says which person it is
    principal = await in_mini_program(world)
    assert (principal.kind, principal.id) == (Kind.CITIZEN, me.id)
    assert await channels(world) == ["wechat", "mini"]
    again = await in_mini_program(world)
    assert again == principal
    chain = await world.container.store["audit"].find({"chain": f"citizen:{me.id}"}).to_list(None)
    assert [row["action"] for row in chain if row["action"].startswith("enrolment.")] == [
        "enrolment.bound",
        "enrolment.linked",
    ]


async def test_bound_in_the_mini_program_known_on_the_page(world: World, one_owner: None) -> None:
    await world.register(YING)
    token = await world.mini_program()
    caller = Caller(await world.container.sessions.principal_of(token))
    bindings, version = world.container.services.bindings, world.container.scheme.consent.version
    started = await bindings.start(caller, version, YING.name, YING.id_number, YING.phone)
    await bindings.confirm(caller, started.id, await world.last_code())
    page = await Browser(world).log_in()
    assert "还没有绑定" not in page.text
    assert await channels(world) == ["mini", "wechat"]
    assert "茉莉分" in await Chat(world).say("查询")


async def test_what_was_unlinked_stays_so_until_it_is_bound_again(world: World, one_owner: None) -> None:
    await world.enrol(YING)
    await Browser(world).log_in()
    principal = await in_mini_program(world)
    await world.container.enrolments.unlink(Caller(principal))
    assert (await in_mini_program(world)).kind is Kind.ANONYMOUS
    assert await channels(world) == ["wechat"]


async def test_no_account_is_linked_while_those_of_the_citizen_are_frozen(world: World, one_owner: None) -> None:
    me = await world.enrol(YING)
    await Browser(world).log_in()
    citizens = world.container.store["citizens"]
    frozen = {"$set": {"frozen_until": world.container.clock() + timedelta(hours=1)}}
    await citizens.update_one({"_id": me.id}, frozen)
    assert (await in_mini_program(world)).kind is Kind.ANONYMOUS
    world.clock.advance(hours=1)
    assert (await in_mini_program(world)).kind is Kind.CITIZEN


async def test_an_account_that_was_moved_away_from_does_not_come_back_by_itself(world: World, one_owner: None) -> None:
    me = await world.enrol(YING)
    await Browser(world).log_in()
    assert (await in_mini_program(world)).id == me.id
    contact = (await world.container.contacts.enter("wechat", "o-new")).contact
    caller, services = Caller(Principal(contact=contact)), world.container.services
    version = world.container.scheme.consent.version
    started = await services.bindings.start(caller, version, YING.name, YING.id_number, YING.phone)
    with pytest.raises(Refused, match="SECOND_ACCOUNT"):
        await services.bindings.confirm(caller, started.id, await world.last_code())
    await services.moves.move(caller, started.id)
    await world.container.enrolments.unlink(Caller(await world.container.citizens.principal_of(contact)))
    page = await Browser(world).log_in()
    assert "还没有绑定" in page.text
    assert await channels(world) == ["mini"]


async def test_another_person_is_another(world: World, one_owner: None) -> None:
    await world.enrol(YING)
    await Browser(world).log_in()
    assert (await in_mini_program(world, "mini-2")).kind is Kind.ANONYMOUS
    await world.enrol(FAN, openid="o-fan")
    await Browser(world, "o-fan").log_in()
    assert (await in_mini_program(world, "mini-2")).kind is Kind.CITIZEN


async def test_after_leaving_nothing_is_linked(world: World, one_owner: None) -> None:
    me = await world.enrol(YING)
    await Browser(world).log_in()
    await world.container.enrolments.leave(Caller(me))
    assert (await in_mini_program(world)).kind is Kind.ANONYMOUS


async def test_one_account_of_each_channel_stays_the_rule(world: World, one_owner: None) -> None:
    world.platform.unions["mini-2"] = "u-ying"
    await world.enrol(YING)
    await Browser(world).log_in()
    assert (await in_mini_program(world)).kind is Kind.CITIZEN
    assert (await in_mini_program(world, "mini-2")).kind is Kind.ANONYMOUS
    assert await channels(world) == ["wechat", "mini"]


async def test_a_platform_that_answers_late_lets_no_one_wait(
    world: World, one_owner: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.wechat.client._UNION_SECONDS", 0.05)
    await world.enrol(YING)
    world.platform.faults["/cgi-bin/user/info"] = deque([30.0])
    assert "还没有绑定" not in (await Browser(world).log_in()).text


async def test_accounts_of_several_owners_stay_apart(world: World) -> None:
    await world.enrol(YING)
    await Browser(world).log_in()
    assert (await in_mini_program(world)).kind is Kind.ANONYMOUS


async def test_a_platform_that_does_not_say_keeps_no_one_out(world: World, one_owner: None) -> None:
    await world.enrol(YING)
    world.platform.faults["/cgi-bin/user/info"] = deque([48001])
    assert "还没有绑定" not in (await Browser(world).log_in()).text
    assert (await in_mini_program(world)).kind is Kind.ANONYMOUS
    await Browser(world).log_in()
    assert (await in_mini_program(world)).kind is Kind.CITIZEN


async def test_no_unionid_stands_in_the_clear(world: World, one_owner: None) -> None:
    me = await world.enrol(YING)
    await Browser(world).log_in()
    await in_mini_program(world)
    for name in await world.container.store.database.list_collection_names():
        assert "u-ying" not in repr(await world.container.store[name].find({}).to_list(None)), name
    held = await world.export(me)
    assert sorted(account["channel"] for account in held["accounts"]) == ["mini", "wechat"]
    assert not any("union" in account for account in held["accounts"])
