"""换绑: a new phone, a new account; and the account that was left says that it was not its citizen."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from schema.types.check import CheckOutcome
from schema.types.connection import Page
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Kind, Principal
from scoring.identity import Identity
from server.auth.refresh_tokens import RefreshTokens
from tests.support.h5 import address, fill, fill_again, form, log_in
from tests.support.pages import hidden
from tests.support.people import RECORDS, YING
from tests.support.world import Chat, World

OLD, NEW = "o-old", "o-new"
BENEFIT = "library.deposit-free"


async def moved(world: World) -> tuple[Chat, Chat]:
    """YING, who has moved from the old account to the new one."""
    await world.enrol(YING, *RECORDS, openid=OLD)
    new = Chat(world, NEW)
    await new.bind(YING)
    await new.say("换绑")
    return Chat(world, OLD), new


async def who(world: World, openid: str) -> Principal:
    contact = (await world.container.contacts.enter("wechat", openid)).contact
    return await world.container.citizens.principal_of(contact)


async def refusal(doing: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        await doing
    return refused.value


async def test_who_is_bound_elsewhere_moves_here_and_both_sides_are_told(world: World) -> None:
    await world.enrol(YING, openid=OLD)
    new = Chat(world, NEW)
    offer = await new.bind(YING)
    assert "【1】换到这个微信" in offer
    assert (await who(world, OLD)).kind is Kind.CITIZEN
    assert "另一个账号用您的姓名" in (await Chat(world, OLD).pushes())[-1]
    done = await new.say("换绑")
    assert "已换到这个微信，陈*" in done
    assert "2026年11月24日" in done
    assert "绑定" in await Chat(world, OLD).say("查询")
    assert "信用账户刚刚换绑" in (await Chat(world, OLD).pushes())[-1]
    assert "已换绑到另一个微信" in world.platform.sms.arrived[-1]["text"]
    assert "500" in await new.say("查询")


async def test_in_english_the_talk_is_the_same(world: World) -> None:
    await world.enrol(YING, openid=OLD)
    new = Chat(world, NEW)
    await new.say("English")
    assert "[1] move here" in await new.bind(YING)
    assert "Please reply with one of these:" in await new.say("hm")
    assert "you cannot get passes or leave" in await new.say("move")
    old = Chat(world, OLD)
    await old.say("English")
    assert "reply [not me] once more" in await old.say("not me")
    assert "It is back on this account" in await old.say("not me")


async def test_passes_and_leaving_wait_for_a_day(world: World) -> None:
    await world.enrol(YING, *RECORDS, openid=OLD)
    benefits = world.container.services.benefits
    issued = await benefits.issue_pass(Caller(await who(world, OLD)), BENEFIT)
    new = Chat(world, NEW)
    await new.bind(YING)
    await new.say("换绑")
    me = await who(world, NEW)
    assert not await benefits.redeem(Caller(Principal(Kind.PARTNER, "fz-library")), str(issued.code))
    assert (await refusal(benefits.issue_pass(Caller(me), BENEFIT))).code is RefusalCode.HELD
    held = await refusal(world.container.services.enrolments.leave(Caller(me)))
    assert held.code is RefusalCode.HELD
    assert "2026年11月24日 10:00" in held.sentence("zh")
    world.clock.advance(hours=24, seconds=1)
    assert (await benefits.issue_pass(Caller(me), BENEFIT)).code
    assert await world.container.services.enrolments.leave(Caller(me)) == 0


async def test_the_citizen_sees_the_move_in_the_log_and_in_their_data(world: World) -> None:
    _, new = await moved(world)
    assert "换绑到另一个账号" in await new.say("谁看过")
    held = await world.export(await who(world, NEW))
    assert [move["channel"] for move in held["moves"]] == ["wechat"]
    assert len(held["accounts"]) == 1


async def test_the_old_accounts_sign_ins_and_talk_end(world: World) -> None:
    await world.enrol(YING, openid=OLD)
    await Chat(world, OLD).say("隐私")
    session = world.container.sessions.log_in_page(OLD).token
    new = Chat(world, NEW)
    await new.bind(YING)
    await new.say("换绑")
    assert (await world.ask("{ me { id } }", token=session))["data"]["me"] is None
    row = await world.container.store["conversations"].find_one({"_id": world.container.contacts.id_of("wechat", OLD)})
    assert row is not None
    assert "sealed" not in row


async def test_a_code_that_is_given_again_tells_no_one_twice_and_gives_no_more_time(world: World) -> None:
    await world.enrol(YING, openid=OLD)
    me, bindings = Caller(await who(world, NEW)), world.container.services.bindings
    started = await bindings.start(me, "2026-1", YING.name, YING.id_number, YING.phone)
    code = await world.last_code()
    first = await refusal(bindings.confirm(me, str(started.id), code))
    world.clock.advance(minutes=1)
    second = await refusal(bindings.confirm(me, str(started.id), code))
    assert first.details["until"] == second.details["until"]
    told = [text for text in await Chat(world, OLD).pushes() if "另一个账号用您的姓名" in text]
    assert len(told) == 1


async def test_the_phone_before_is_told_as_well(world: World) -> None:
    await world.enrol(YING, openid=OLD)
    other = Identity(YING.name, YING.id_number, "13900007777")
    await world.container.store["register"].delete_many({})
    await world.register(other)
    new = Chat(world, NEW)
    await new.bind(other)
    await new.say("换绑")
    await world.deliver_outbox()
    told = [item for item in world.platform.sms.arrived if "已换绑到另一个微信" in item["text"]]
    assert len(told) == 2


async def test_the_refresh_tokens_of_the_old_account_are_over(world: World) -> None:
    await world.enrol(YING, openid=OLD)
    container = world.container
    old = (await container.contacts.enter("wechat", OLD)).contact
    await RefreshTokens(container.store, container.clock, container.signed_tokens).begin(old)
    new = Chat(world, NEW)
    await new.bind(YING)
    await new.say("换绑")
    assert await container.store["refresh_tokens"].count_documents({"contact": old.id}) == 0


@pytest.mark.parametrize("said", ["不是我", "不是本人操作", "不是我换的", "撤销换绑"])
async def test_the_old_account_takes_it_back_and_nothing_moves_any_more(world: World, said: str) -> None:
    old, new = await moved(world)
    asked = await old.say(said)
    assert "再回复一次【不是我】" in asked
    assert (await who(world, NEW)).kind is Kind.CITIZEN
    done = await old.say("不是我")
    assert "已经恢复到这个微信" in done
    assert (await who(world, OLD)).kind is Kind.CITIZEN
    assert (await who(world, NEW)).kind is Kind.ANONYMOUS
    assert "账户已经恢复到那边" in (await new.pushes())[-1]
    assert "换绑已撤销" in world.platform.sms.arrived[-1]["text"]
    assert "撤销换绑" in await old.say("谁看过")
    assert "不能绑定新的账号" in await new.bind(YING)
    assert "不能绑定新的账号" in await Chat(world, "o-third").bind(YING)


async def test_a_freeze_ends_by_itself_or_by_a_person_at_the_desk(world: World) -> None:
    old, new = await moved(world)
    await old.say("不是我")
    await old.say("不是我")
    checks, desk = world.container.services.checks, await world.hire("agent", Kind.AGENT)
    (edge,) = (await checks.page(desk, Page(5, None), is_open=True)).edges
    assert (edge.node.kind, edge.node.masked_name) == ("not_me", "陈*")
    await checks.close(Caller(desk), str(edge.node.id), CheckOutcome.LIFTED)
    assert "换绑冻结：工作人员已经核对好" in (await old.pushes())[-1]
    assert "【1】换到这个微信" in await new.bind(YING)


async def test_after_a_week_the_freeze_is_over(world: World) -> None:
    old, new = await moved(world)
    await old.say("不是我")
    await old.say("不是我")
    world.clock.advance(days=7, seconds=1)
    assert "【1】换到这个微信" in await new.bind(YING)


async def test_after_a_week_or_without_a_move_there_is_nothing_to_take_back(world: World) -> None:
    old, _ = await moved(world)
    world.clock.advance(days=7, seconds=1)
    assert "没有从这个微信换绑出去的记录" in await old.say("不是我换的")
    undo = world.container.services.moves.undo
    assert (await refusal(undo(Caller(await who(world, OLD))))).code is RefusalCode.NOTHING_MOVED
    assert (await refusal(undo(Caller(await who(world, "o-other"))))).code is RefusalCode.NOTHING_MOVED


async def test_only_a_confirmed_attempt_moves_and_only_for_ten_minutes(world: World) -> None:
    await world.enrol(YING, openid=OLD)
    services, me = world.container.services, Caller(await who(world, NEW))
    given = ("2026-1", YING.name, YING.id_number, YING.phone)
    started = await services.bindings.start(me, *given)
    assert (await refusal(services.moves.move(me, str(started.id)))).code is RefusalCode.CODE_EXPIRED
    second = await refusal(services.bindings.confirm(me, str(started.id), await world.last_code()))
    assert (second.code, second.details["attempt"]) == (RefusalCode.SECOND_ACCOUNT, started.id)
    other = Caller(await who(world, "o-other"))
    assert (await refusal(services.moves.move(other, str(started.id)))).code is RefusalCode.CODE_EXPIRED
    world.clock.advance(minutes=10, seconds=1)
    assert (await refusal(services.moves.move(me, str(started.id)))).code is RefusalCode.CODE_EXPIRED
    assert (await who(world, OLD)).kind is Kind.CITIZEN


async def test_of_two_accounts_that_confirm_one_person_at_once_one_wins_and_both_are_told(world: World) -> None:
    await world.register(YING)
    bindings, codes = world.container.services.bindings, []
    accounts = [Caller(await who(world, openid)) for openid in (OLD, NEW)]
    for account in accounts:
        await Chat(world, OLD if account is accounts[0] else NEW).say("查询")
        started = await bindings.start(account, "2026-1", YING.name, YING.id_number, YING.phone)
        codes.append((account, str(started.id), await world.last_code()))
    done = await asyncio.gather(*(bindings.confirm(*code) for code in codes), return_exceptions=True)
    (refused,) = [one for one in done if isinstance(one, BaseException)]
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.SECOND_ACCOUNT
    assert await world.container.store["citizens"].count_documents({"contacts": {"$size": 1}}) == 1
    winner = OLD if (await who(world, OLD)).kind is Kind.CITIZEN else NEW
    assert "另一个账号用您的姓名" in (await Chat(world, winner).pushes())[-1]


async def test_of_two_accounts_that_move_one_person_at_once_one_wins(world: World) -> None:
    await world.enrol(YING, openid=OLD)
    services, confirmed = world.container.services, []
    for openid in ("o-1", "o-2"):
        me = Caller(await who(world, openid))
        started = await services.bindings.start(me, "2026-1", YING.name, YING.id_number, YING.phone)
        await refusal(services.bindings.confirm(me, str(started.id), await world.last_code()))
        confirmed.append((me, str(started.id)))
    done = await asyncio.gather(*(services.moves.move(*one) for one in confirmed), return_exceptions=True)
    (refused,) = [one for one in done if isinstance(one, BaseException)]
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.CONFLICT
    row = await world.container.store["citizens"].find_one({})
    assert row is not None
    assert len(row["contacts"]) == 1


async def test_over_the_api_the_refusal_says_what_can_be_moved(world: World) -> None:
    await world.bound_token()
    token = await world.mini_program("mini-2")
    start = (
        "mutation($i: StartBindingInput!) { startBinding(input: $i) { ... on StartBindingSuccess { attempt { id } } } }"
    )
    given = {"consentVersion": "2026-1", "name": YING.name, "idNumber": YING.id_number, "phone": YING.phone}
    attempt = (await world.ask(start, token=token, i=given))["data"]["startBinding"]["attempt"]["id"]
    confirm = """mutation($i: ConfirmBindingInput!) { confirmBinding(input: $i) {
        ... on SecondAccountRefusal { refusalCode attempt expiresAt } } }"""
    code = {"attempt": attempt, "code": await world.last_code()}
    refused = (await world.ask(confirm, token=token, i=code))["data"]["confirmBinding"]
    assert (refused["refusalCode"], refused["attempt"]) == ("SECOND_ACCOUNT", attempt)
    move = """mutation($a: String!) { moveAccount(input: {attempt: $a}) {
        ... on MoveAccountSuccess { maskedName heldUntil } } }"""
    done = (await world.ask(move, token=token, key="k", a=attempt))["data"]["moveAccount"]
    assert done["maskedName"] == "陈*"
    assert (await world.ask(move, token=token, key="k", a=attempt))["data"]["moveAccount"] == done
    first = await world.mini_program("mini-1")
    asked = await world.ask("{ me { id } viewer { movedAway { undoUntil } } }", token=first)
    assert asked["data"]["me"] is None
    assert asked["data"]["viewer"]["movedAway"]["undoUntil"].startswith("2026-11-30")
    undo = "mutation { undoMove { ... on UndoMoveSuccess { frozenUntil } } }"
    assert (await world.ask(undo, token=first))["data"]["undoMove"]["frozenUntil"].startswith("2026-11-30")
    assert (await world.ask("{ me { maskedName } }", token=first))["data"]["me"] == {"maskedName": "陈*"}
    assert (await world.ask("{ me { maskedName } }", token=token))["data"]["me"] is None


async def test_the_page_offers_it_too(world: World) -> None:
    await world.enrol(YING, openid=OLD)
    await Chat(world, NEW).say("绑定")
    url = address(await Chat(world, NEW).say("1"))
    await log_in(world, NEW)
    page = await fill_again(world, await fill(world, url, **form()), code=await world.last_code())
    assert "24小时内不能领取凭证" in page.text
    done = await fill_again(world, page)
    assert "换绑好了" in done.text
    assert (await who(world, NEW)).kind is Kind.CITIZEN


async def test_the_page_of_the_account_that_was_left_takes_it_back(world: World) -> None:
    await moved(world)
    page = await log_in(world, OLD)
    assert "不是我，撤销换绑" in page.text
    done = await world.http.post("/h5/not-me", data=hidden(page, "/h5/not-me"), follow_redirects=True)
    assert "已经恢复到这个账号" in done.text
    assert (await who(world, OLD)).kind is Kind.CITIZEN
    page = await log_in(world, "o-other")
    done = await world.http.post("/h5/not-me", data=hidden(page, "/h5/not-me"), follow_redirects=True)
    assert "没有从这个账号换绑出去的记录" in done.text
