"""Notices on the pages: a person's own list with its choices, and the desk's list of what reached no one."""

from __future__ import annotations

import re
from collections import deque

from schema.types.principal import Kind
from scoring.disputes import Determination
from server.platform.kit.clock import day_of
from tests.support.desk import sign_in
from tests.support.disputes import PARKING, decide, file
from tests.support.pages import Browser, hidden
from tests.support.people import YING, record
from tests.support.world import Chat, World


async def test_the_list_shows_what_was_told_and_reading_it_is_kept(world: World) -> None:
    me = await world.enrol(YING)
    await world.deliver(YING, record("volunteering.hours", "2026-11-01", "V"))
    browser = Browser(world)
    await browser.log_in()
    assert 'href="/h5/notices"' in (await browser.open("/h5/privacy")).text
    page = await browser.open("/h5/notices")
    assert "分数变为 510" in page.text
    assert '<span class="tag">新</span>' in page.text
    assert await world.container.services.notices.unread(me) == 0
    again = await browser.open("/h5/notices")
    assert '<span class="tag">新</span>' not in again.text
    assert "您已查看" in again.text


async def test_a_person_chooses_on_the_page(world: World) -> None:
    me = await world.enrol(YING)
    browser = Browser(world)
    await browser.log_in()
    page = await browser.open("/h5/notices")
    assert 'name="kind.dispute_decided"' not in page.text
    assert re.search(r"异议有答复了 <span[^>]*>依法必须告知，不能关闭", page.text)
    assert re.search(r"新设备或新账号登录 <span[^>]*>关系到账户安全，不能关闭", page.text)
    kept = {"group.SCORE": "on", "kind.score_changed": "on"}
    fields = hidden(page, "/h5/notices") | {"from": "21", "until": "9", "digest": "on"} | kept
    assert "已按您的选择保存" in (await browser.post("/h5/notices", fields)).text
    chosen = await world.container.services.notices.choices(me)
    assert (chosen.quiet_from, chosen.quiet_until, chosen.digest) == (21, 9, True)
    off = {kind.kind for kind in chosen.kinds if not kind.on}
    assert "pass_used" in off
    assert not off & {"score_changed", "dispute_decided"}


async def test_a_groups_switch_decides_for_all_of_it(world: World) -> None:
    me = await world.enrol(YING)
    browser = Browser(world)
    await browser.log_in()
    hours = {"from": "22", "until": "8"}
    page = await browser.open("/h5/notices")
    kinds = re.findall(r'name="(kind\.[a-z_]+)"', page.text)
    off = dict.fromkeys([*kinds, "group.CASES", "group.SCORE"], "on")  # all kinds stay as they are
    await browser.post("/h5/notices", hidden(page, "/h5/notices") | hours | off)
    chosen = {kind.kind: kind.on for kind in (await world.container.services.notices.choices(me)).kinds}
    assert not chosen["bill_due"]
    assert chosen["reply_ends"]
    assert chosen["record_held"]  # the law wants it told
    page = await browser.open("/h5/notices")
    on = {name: "on" for name in [*kinds, "group.RECORDS", "group.CASES", "group.SCORE"] if "bill_due" not in name}
    on = {name: value for name, value in on.items() if name not in ("kind.record_arrived", "kind.record_counts")}
    on = {name: value for name, value in on.items() if name not in ("kind.repair_opens", "kind.same_event")}
    await browser.post("/h5/notices", hidden(page, "/h5/notices") | hours | on)
    assert all(kind.on for kind in (await world.container.services.notices.choices(me)).kinds)


async def test_an_hour_that_is_none_is_refused_in_words(world: World) -> None:
    await world.enrol(YING)
    browser = Browser(world)
    await browser.log_in()
    page = await browser.open("/h5/notices")
    fields = hidden(page, "/h5/notices") | {"from": "99", "until": "x"}
    assert 'role="alert"' in (await browser.post("/h5/notices", fields)).text


async def test_the_chat_shows_it_as_well(world: World) -> None:
    me = await world.enrol(YING)
    chat = Chat(world)
    assert "还没有通知过" in await chat.say("消息")
    await world.deliver(YING, record("volunteering.hours", "2026-11-01", "V"))
    assert "分数变为 510" in await chat.say("消息")
    assert await world.container.services.notices.unread(me) == 0
    assert await chat.pushes() == []


async def test_the_desk_marks_what_it_told(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    await decide(world, dispute, Determination.UPHELD)
    world.platform.faults["/cgi-bin/message/custom/send"] = deque([43019])
    world.platform.faults["/sms"] = deque([403])
    await world.deliver_outbox()
    await sign_in(world, "agent", Kind.AGENT)
    page = await world.http.get("/desk/notices")
    for told in (dispute.number, YING.phone, "异议有答复了", "公众号消息", "短信"):
        assert told in page.text, told
    assert YING.id_number not in page.text
    fields = dict(re.findall(r'<input type="hidden" name="(csrf|id)" value="([^"]*)"', page.text))
    today = day_of(world.container.clock()).isoformat()
    empty = await world.http.post("/desk/notices", data=fields | {"by": "", "on": today})
    assert "请选择怎样告知的" in (await world.http.get("/desk/notices") if empty.is_redirect else empty).text
    fields = dict(re.findall(r'<input type="hidden" name="(csrf|id)" value="([^"]*)"', page.text))
    await world.http.post("/desk/notices", data=fields | {"by": "CALL", "on": today})
    assert "没有未送达的通知" in (await world.http.get("/desk/notices")).text
    (row,) = await world.container.store["disputes"].find({}).to_list(None)
    assert row["told_on"] == today
