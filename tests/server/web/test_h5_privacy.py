"""Privacy on the page; and what guards every form of the pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import server.web.pages
from bot.phrases import catalogue
from schema.types.enrolment import AccessAction
from scoring.disputes import DisputeAction
from scoring.records import Record
from tests.support.pages import Browser, hidden, links
from tests.support.people import FAN, YING, record
from tests.support.world import Chat, World


async def visitor(world: World, *records: Record) -> Browser:
    await world.enrol(YING, *records)
    browser = Browser(world)
    await browser.log_in()
    return browser


async def test_privacy_says_what_was_agreed_and_who_looked(world: World) -> None:
    browser = await visitor(world)
    page = await browser.open("/h5/privacy")
    for told in ("陈*", "3501**********", "授权书（2026-1 版）", "还没有别人看过"):
        assert told in page.text, told
    assert YING.id_number not in page.text
    mine = await browser.open("/h5/privacy/looks?by=me")
    assert "您本人" in mine.text
    assert "查看分数和记录" in mine.text


async def test_privacy_says_who_sees_a_missing_record_what_stays_and_where_a_letter_is_checked(world: World) -> None:
    browser = await visitor(world)
    page = (await browser.open("/h5/privacy")).text
    for told in ("该单位会看到您的姓名和身份证号码，看不到分数", "删除的记录只留一个加密的指纹", "登录过的设备"):
        assert told in page, told
    assert '<a href="/letters/check">' in page


async def test_an_optional_item_is_switched_off_and_on(world: World) -> None:
    browser = await visitor(world, record("volunteering.hours", "2026-09-01"))
    page = await browser.open("/h5/privacy")
    fields = hidden(page, "/h5/privacy/optional") | {"rule": "volunteering.hours", "declined": "yes"}
    off = await browser.post("/h5/privacy/optional", fields)
    assert "已关闭" in off.text
    assert 'aria-label="茉莉分 500' in (await browser.open("/h5/")).text
    fields = hidden(off, "/h5/privacy/optional") | {"rule": "volunteering.hours", "declined": "no"}
    assert "已打开" in (await browser.post("/h5/privacy/optional", fields)).text
    assert 'aria-label="茉莉分 510' in (await browser.open("/h5/")).text


async def test_a_rule_that_is_not_optional_stays(world: World) -> None:
    browser = await visitor(world)
    page = await browser.open("/h5/privacy")
    fields = hidden(page, "/h5/privacy/optional") | {"rule": "traffic.illegal-parking", "declined": "yes"}
    refused = await browser.post("/h5/privacy/optional", fields)
    assert 'role="alert"' in refused.text


async def test_who_is_no_resident_any_more_is_told_and_can_object_on_the_page(world: World) -> None:
    browser = await visitor(world)
    paused = {"why": "moved", "since": world.container.clock(), "paused": True}
    await world.container.store["citizens"].update_one({}, {"$set": {"residence": paused}})
    await world.container.store["assessments"].update_one({}, {"$set": {"current": False}})
    page = await browser.open("/h5/")
    assert "信用分暂停计算" in page.text
    assert 'aria-label="茉莉分' not in page.text
    assert "陈*" in (await browser.open("/h5/privacy")).text
    again = await browser.post("/h5/privacy/residence", hidden(page, "/h5/privacy/residence"))
    assert "已恢复计算" in again.text
    assert 'aria-label="茉莉分' in again.text


async def test_records_are_seen_and_disputed_while_the_score_is_paused(world: World) -> None:
    browser = await visitor(world, record("traffic.illegal-parking", "2026-09-02"))
    paused = {"why": "moved", "since": world.container.clock(), "paused": True}
    await world.container.store["citizens"].update_one({}, {"$set": {"residence": paused}})
    await world.container.store["assessments"].update_one({}, {"$set": {"current": False}})
    page = await browser.open("/h5/records")
    assert "信用分暂停计算" in page.text
    assert "计算中" not in page.text
    (place,) = links(page, "/h5/records/")
    shown = await browser.open(place)
    form = {"reason": "NOT_MINE", "words": "不是我的", "step": "file"}
    filed = await browser.send(shown, place, **form)
    assert "已受理" in filed.text
    assert "信用分暂停计算" in (await browser.open("/h5/")).text
    assert "进度" in (await browser.open("/h5/records")).text


async def test_where_the_number_is_shared_no_record_is_shown(world: World) -> None:
    browser = await visitor(world, record("traffic.illegal-parking", "2026-09-02"))
    (place,) = links(await browser.open("/h5/records"), "/h5/records/")
    paused = {"why": "shared", "since": world.container.clock(), "paused": True}
    await world.container.store["citizens"].update_one({}, {"$set": {"residence": paused}})
    await world.container.store["assessments"].update_one({}, {"$set": {"current": False}})
    for address in ("/h5/records", place):
        page = await browser.open(address)
        assert "不止一个人在用" in page.text
        assert "违法停车" not in page.text


async def test_a_newer_consent_is_shown_and_agreed_to(world: World) -> None:
    browser = await visitor(world)
    await world.container.store["citizens"].update_one({}, {"$set": {"enrolment.consent_version": "2025-1"}})
    page = await browser.open("/h5/privacy")
    assert "新的授权书（2026-1 版）" in page.text
    done = await browser.send(page, "/h5/privacy/consent")
    assert "授权已记录" in done.text
    assert "新的授权书" not in done.text


async def test_my_data_opens_from_the_page(world: World) -> None:
    browser = await visitor(world)
    page = await browser.send(await browser.open("/h5/privacy"), "/h5/privacy/data")
    assert page.url.path.startswith("/h5/data/")
    assert YING.id_number in page.text


async def test_leaving_is_confirmed_and_then_complete(world: World) -> None:
    browser = await visitor(world)
    page = await browser.open("/h5/privacy/leave")
    assert "无法恢复" in page.text
    unsure = await browser.send(page, "/h5/privacy/leave")
    assert unsure.url.path == "/h5/privacy/leave"
    assert "请先勾选" in unsure.text
    fields = hidden(page, "/h5/privacy/leave") | {"sure": "yes"}
    left = await browser.post("/h5/privacy/leave", fields)
    assert "已退出" in left.text
    assert "还没有绑定" in left.text
    assert "已退出" in (await browser.post("/h5/privacy/leave", fields)).text  # a second tap
    assert await world.container.citizens.find(YING.id_number) is None


async def test_unlinking_keeps_the_enrolment(world: World) -> None:
    browser = await visitor(world)
    page = await browser.send(await browser.open("/h5/privacy/unlink"), "/h5/privacy/unlink")
    assert "已解绑" in page.text
    assert "还没有绑定" in page.text
    assert await world.container.citizens.find(YING.id_number) is not None
    assert "还没有绑定" in (await browser.open("/h5/records")).text


async def test_someone_who_wrote_to_us_can_begin_to_bind_on_the_page(world: World) -> None:
    await Chat(world).say("帮助")
    browser = Browser(world)
    page = await browser.log_in()
    assert 'href="/h5/bind"' in page.text
    form = await browser.open("/h5/bind")
    assert form.url.path.startswith("/h5/bind/")
    assert 'name="id_number"' in form.text


# Forms


@pytest.mark.parametrize("wrong", [{"csrf": "x"}, {"csrf": ""}, {"key": ""}, {"key": "../x"}])
async def test_a_form_without_its_tokens_changes_nothing(world: World, wrong: dict[str, str]) -> None:
    browser = await visitor(world)
    page = await browser.open("/h5/privacy/leave")
    sent = hidden(page, "/h5/privacy/leave") | {"sure": "yes"} | wrong
    answer = await browser.post("/h5/privacy/leave", sent)
    assert answer.status_code == 403
    assert "什么都没有改变" in answer.text
    assert await world.container.citizens.find(YING.id_number) is not None


async def test_another_session_and_another_site_cannot_send_a_form(world: World) -> None:
    browser = await visitor(world)
    stolen = hidden(await browser.open("/h5/privacy/leave"), "/h5/privacy/leave") | {"sure": "yes"}
    answer = await world.http.post("/h5/privacy/leave", data=stolen, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    await world.enrol(FAN, openid="o-fan")
    other = Browser(world, "o-fan")
    await other.log_in()
    assert (await other.post("/h5/privacy/leave", stolen)).status_code == 403
    assert await world.container.citizens.find(FAN.id_number) is not None


PAGES = [
    "history",
    "what-if",
    "benefits",
    "records",
    "disputes",
    "notices",
    "privacy",
    "privacy/looks",
    "privacy/leave",
]


@pytest.mark.parametrize("path", PAGES)
async def test_anyone_who_is_not_known_logs_in_and_comes_back(world: World, path: str) -> None:
    await world.enrol(YING)
    world.http.cookies.clear()
    world.http.cookies.set("sim-openid", "o-test", domain="127.0.0.1")
    page = await Browser(world).open(f"/h5/{path}?lang=en")
    assert page.status_code == 200
    assert page.url.path == f"/h5/{path}"
    assert '<html lang="en">' in page.text


@pytest.mark.parametrize("path", PAGES)
async def test_anyone_who_is_not_bound_reads_how_to(world: World, path: str) -> None:
    browser = Browser(world, "o-stranger")
    await browser.log_in()
    assert "还没有绑定" in (await browser.open(f"/h5/{path}")).text


# Words


def test_every_phrase_of_the_pages_exists() -> None:
    folder = Path(server.web.pages.__file__).parent
    sources = "\n".join(p.read_text("utf-8") for p in folder.rglob("h5*") if p.is_file())
    sources += "\n".join(p.read_text("utf-8") for p in (folder / "h5").glob("*.py"))
    found = re.findall(r'(?:\bt|phrase)\((?:\w+(?:\.\w+)*, )?"([a-z0-9_.]+)"', sources)
    said = {key for key in found if "." in key and key[-1] not in "._"}
    assert len(said) > 80
    assert said <= catalogue("zh").keys()


def test_every_step_of_a_dispute_has_words() -> None:
    for action in DisputeAction:
        assert f"h5.did.{action}" in catalogue("zh")


@pytest.mark.parametrize("role", ["citizen", "source", "agent", "holder", "approver", "clock", "partner", "operator"])
def test_everybody_who_may_have_looked_has_a_name(role: str) -> None:
    assert f"role.{role}" in catalogue("zh")


def test_every_look_that_is_logged_has_words() -> None:
    root = Path(server.web.pages.__file__).parents[1]
    sources = "\n".join(p.read_text("utf-8") for p in root.rglob("*.py"))
    looks = [before.rpartition("tx.audit(")[2] for before in sources.split("look=True")[:-1]]
    names = [re.findall(r"AccessAction\.(\w+)\.value", look) for look in looks]
    assert sorted(names) == sorted([name] for name in AccessAction.__members__)
    assert {f"action.{name.lower()}" for name in AccessAction.__members__} <= catalogue("zh").keys()
