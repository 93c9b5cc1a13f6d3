"""Questions to the desk about who someone is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from bot.notices import notice
from schema.types.check import Check, CheckOutcome
from schema.types.connection import Page
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Kind, Principal
from scoring.deadlines import due_on
from scoring.identity import Identity
from server.citizens.residents.model import Residence
from server.platform.kit.clock import day_of
from tests.support.desk import sign_in
from tests.support.people import RECORDS, YING
from tests.support.world import Chat, World

RENAMED = Identity("陈晓莹", YING.id_number, YING.phone)


async def rename(world: World) -> None:
    """The register has YING's number under another name from now on."""
    await world.container.store["register"].delete_many({})
    await world.register(RENAMED)


async def asked(world: World, desk: Principal, *, is_open: bool = True) -> list[Check]:
    found = await world.container.services.checks.page(desk, Page(50, None), is_open=is_open)
    return [edge.node for edge in found.edges]


async def test_a_number_of_two_people_is_sent_to_a_person_and_binds_no_one(world: World) -> None:
    await world.register(YING)
    await world.container.store["register"].update_one({}, {"$set": {"residence": Residence.SHARED.value}})
    told = await answer_to(world, "o-1", YING)
    assert "不止一个人在用" in told
    assert "已转给工作人员" in told
    await answer_to(world, "o-2", YING)
    await answer_to(world, "o-2", YING)
    checks = await asked(world, await world.hire("agent", Kind.AGENT))
    assert sorted((check.kind, check.masked_name, check.times) for check in checks) == [
        ("number_shared", "陈*", 1),
        ("number_shared", "陈*", 2),
    ]


async def answer_to(world: World, openid: str, person: Identity) -> str:
    chat = Chat(world, openid)
    for said in ("绑定", "1", person.name, person.id_number):
        await chat.say(said)
    return await chat.say(person.phone)


async def test_another_name_with_the_same_number_sees_nothing_and_overwrites_nothing(world: World) -> None:
    me = await world.enrol(YING, *RECORDS, openid="o-1")
    await rename(world)
    told = await Chat(world, "o-2").bind(RENAMED)
    assert "已转给工作人员核对" in told
    assert "500" not in told
    assert "绑定" in await Chat(world, "o-2").say("查询")
    name, _ = await world.container.services.enrolments.masked_identity(me)
    assert name == "陈*"
    row = await world.container.store["citizens"].find_one({})
    assert row is not None
    assert (await world.container.vault.open(row["sealed"]))["name"] == YING.name


async def test_an_unlinked_citizen_is_not_taken_over_by_another_name(world: World) -> None:
    await world.enrol(YING, *RECORDS, openid="o-1")
    await Chat(world, "o-1").say("解绑")
    await Chat(world, "o-1").say("确认解绑")
    await rename(world)
    assert "已转给工作人员核对" in await Chat(world, "o-2").bind(RENAMED)


async def test_a_name_that_the_desk_accepts_binds_the_next_time(world: World) -> None:
    await world.enrol(YING, openid="o-1")
    await rename(world)
    await Chat(world, "o-2").bind(RENAMED)
    desk = await world.hire("agent", Kind.AGENT)
    (check,) = await asked(world, desk)
    assert (check.kind, check.masked_name_now) == ("name_changed", "陈*")
    closed = await world.container.services.checks.close(Caller(desk), str(check.id), CheckOutcome.LIFTED)
    assert (closed.outcome, closed.closed_by) == (CheckOutcome.LIFTED, "agent")
    assert await asked(world, desk) == []
    assert [check.id for check in await asked(world, desk, is_open=False)] == [check.id]
    assert "请再回复一次【绑定】" in (await Chat(world, "o-2").pushes())[-1]
    assert "【1】换到这个微信" in await Chat(world, "o-2").bind(RENAMED)
    await Chat(world, "o-2").say("换绑")
    row = await world.container.store["citizens"].find_one({})
    assert row is not None
    assert (await world.container.vault.open(row["sealed"]))["name"] == RENAMED.name


async def test_what_the_desk_keeps_stays_refused(world: World) -> None:
    await world.enrol(YING, openid="o-1")
    await rename(world)
    await Chat(world, "o-2").bind(RENAMED)
    desk = await world.hire("agent", Kind.AGENT)
    (check,) = await asked(world, desk)
    close = world.container.services.checks.close
    await close(Caller(desk), str(check.id), CheckOutcome.KEPT)
    with pytest.raises(Refused) as refused:
        await close(Caller(desk), str(check.id), CheckOutcome.LIFTED)
    assert refused.value.code is RefusalCode.CONFLICT
    assert "已转给工作人员核对" in await Chat(world, "o-2").bind(RENAMED)


async def test_no_one_closes_a_question_about_themselves(world: World) -> None:
    await world.enrol(YING, openid="o-1")
    await rename(world)
    await Chat(world, "o-2").bind(RENAMED)
    desk = await world.hire("agent", Kind.AGENT, YING)
    (check,) = await asked(world, desk)
    with pytest.raises(Refused) as refused:
        await world.container.services.checks.close(Caller(desk), str(check.id), CheckOutcome.LIFTED)
    assert refused.value.code is RefusalCode.FOUR_EYES


async def test_the_look_is_in_the_citizens_log_and_their_data_names_no_one_else(world: World) -> None:
    me = await world.enrol(YING, openid="o-1")
    await rename(world)
    await Chat(world, "o-2").bind(RENAMED)
    await asked(world, await world.hire("agent", Kind.AGENT))
    assert "核对您的身份登记" in await Chat(world, "o-1").say("谁看过")
    (check,) = (await world.export(me))["checks"]
    assert check.keys() == {"kind", "asked_at", "outcome"}


async def test_a_question_without_a_citizen_goes_with_the_account_that_asked(world: World) -> None:
    await world.register(YING)
    await world.container.store["register"].update_one({}, {"$set": {"residence": Residence.SHARED.value}})
    await answer_to(world, "o-1", YING)
    await Chat(world, "o-1").unfollow()
    assert await asked(world, await world.hire("agent", Kind.AGENT)) == []


async def test_the_desk_sees_and_closes_it_on_its_page(world: World) -> None:
    await world.enrol(YING, openid="o-1")
    await rename(world)
    await Chat(world, "o-2").bind(RENAMED)
    await sign_in(world, "agent", Kind.AGENT)
    page = (await world.http.get("/desk/checks")).text
    assert "姓名变更" in page
    assert "3501**********0015" in page
    assert RENAMED.name not in page
    values = {name: re.search(f'name="{name}" value="([^"]*)"', page)[1] for name in ("csrf", "id")}  # type: ignore[index]
    done = await world.http.post("/desk/checks", data={**values, "outcome": "LIFTED"}, follow_redirects=True)
    assert "没有需要核对的事项" in done.text
    assert "已办理 · agent" in (await world.http.get("/desk/checks?part=closed")).text
    again = await world.http.post("/desk/checks", data={**values, "outcome": "KEPT"}, follow_redirects=True)
    assert 'class="refusal"' in again.text


async def test_an_account_that_cannot_sign_in_tells_it_under_its_own_key(world: World) -> None:
    contact = (await world.container.contacts.enter("wechat", "o-nobody")).contact
    caller = Caller(Principal(contact=contact))
    words = "身份证 350199199001010015 对不上，手机 139 0000 5678"
    checks = world.container.services.checks
    await checks.report_sign_in(caller, words)
    await checks.report_sign_in(caller, "还是绑定不了")
    (row,) = await world.container.store["checks"].find({}).to_list(None)
    assert (row["times"], "citizen" in row) == (2, False)
    shown = await world.container.vault.open(row["sealed"])
    assert shown == {"name": "", "id_number": "", "words": "还是绑定不了"}
    await checks.report_sign_in(caller, words)
    (row,) = await world.container.store["checks"].find({}).to_list(None)
    shown = await world.container.vault.open(row["sealed"])
    assert shown["words"] == "身份证 35***15 对不上，手机 13***78"


async def test_who_is_bound_does_not_tell_it_as_a_stranger(world: World) -> None:
    me = await world.enrol(YING)
    contact = (await world.container.contacts.enter("wechat", "o-test")).contact
    with pytest.raises(Refused) as refused:
        await world.container.services.checks.report_sign_in(Caller(replace(me, contact=contact)), "登录不了")
    assert refused.value.code is RefusalCode.ALREADY_BOUND


async def reported(world: World) -> tuple[Caller, Caller, Check]:
    """An account that is not bound, an agent, and what the agent sees of its report."""
    contact = (await world.container.contacts.enter("wechat", "o-nobody")).contact
    caller = Caller(Principal(contact=contact))
    due = await world.container.services.checks.report_sign_in(caller, "短信一直收不到")
    agent = await world.hire("a", Kind.AGENT)
    found = await world.container.services.checks.page(agent, Page(50, None), is_open=True)
    assert [edge.node.due_on for edge in found.edges] == [due]
    return caller, Caller(agent), found.edges[0].node


async def accounts_told(world: World) -> list[dict[str, Any]]:
    """What waits to be told to accounts, whoever is bound to them."""
    rows = await world.container.store["outbox"].find({"kind": "account"}).to_list(None)
    return [await world.container.vault.open(row["sealed"]) for row in rows]


async def test_a_report_is_answered_in_words_that_its_account_reads(world: World) -> None:
    _, agent, check = await reported(world)
    assert check.due_on == due_on(day_of(world.container.clock()))
    await world.container.services.checks.close(agent, str(check.id), CheckOutcome.LIFTED, "短信网关已恢复。")
    (told,) = await accounts_told(world)
    assert "答复：短信网关已恢复。" in notice("zh", told["notice"], told["data"])


async def test_what_is_not_answered_in_time_goes_to_a_supervisor_and_its_account_is_told(world: World) -> None:
    caller, agent, check = await reported(world)
    assert await world.container.sign_in_reports.keep_deadlines() == 0
    world.clock.advance(days=40)
    assert await world.container.sign_in_reports.keep_deadlines() == 1
    assert await world.container.sign_in_reports.keep_deadlines() == 0
    (told,) = await accounts_told(world)
    due = due_on(day_of(world.container.clock()))
    assert (told["notice"], told["data"]) == ("check_late", {"due": due.isoformat()})
    checks = world.container.services.checks
    with pytest.raises(Refused) as refused:
        await checks.close(agent, str(check.id), CheckOutcome.KEPT)
    assert refused.value.code is RefusalCode.FOUR_EYES
    again = await checks.report_sign_in(caller, "还是收不到")
    assert again == due
    closed = await checks.close(
        Caller(await world.hire("b", Kind.APPROVER)), str(check.id), CheckOutcome.KEPT, "请到窗口"
    )
    assert closed.escalated


async def test_words_answer_a_report_and_nothing_else(world: World) -> None:
    _, agent, check = await reported(world)
    await world.container.store["checks"].update_one({"_id": str(check.id)}, {"$set": {"kind": "not_me"}})
    with pytest.raises(Refused) as refused:
        await world.container.services.checks.close(agent, str(check.id), CheckOutcome.KEPT, "请到窗口")
    assert refused.value.code is RefusalCode.BAD_INPUT
