"""The pages that open from the chat, and the pictures in it."""

from __future__ import annotations

from collections import deque
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from schema.types.principal import Caller, Kind
from scoring.disputes import Determination
from server.chat.svg_renderer import SvgRenderer, find_font
from tests.support.h5 import bind, binding_link, fill, fill_again, form, log_in, my_data
from tests.support.pages import Browser, hidden
from tests.support.people import YING, record
from tests.support.world import Chat, World

needs_font = pytest.mark.skipif(find_font() is None, reason="no Chinese font on this machine: fonts-noto-cjk")


# Binding away from the chat


async def test_the_id_number_need_not_be_in_the_chat(world: World) -> None:
    chat = Chat(world)
    url = await binding_link(world, chat)
    page = await world.http.get(url)
    assert page.status_code == 200
    assert "授权书（2026-1 版）" in page.text
    done = await bind(world, url)
    assert "绑定成功" in done.text
    assert 'aria-label="茉莉分 500' in done.text
    assert YING.id_number not in done.text
    assert "茉莉分 500" in await chat.say("查询")
    assert "没太明白" in await chat.say("陈小萤")  # the dialog does not ask for the name any more


async def test_the_link_is_good_once(world: World) -> None:
    url = await binding_link(world, Chat(world))
    await bind(world, url)
    again = await world.http.get(url)
    assert again.status_code == 410
    assert 'href="/h5/"' in again.text


async def test_the_link_is_good_for_fifteen_minutes(world: World) -> None:
    url = await binding_link(world, Chat(world))
    world.clock.advance(minutes=16)
    assert (await world.http.get(url)).status_code == 410


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"consent": ""}, "请选一项"),
        ({"id_number": "12345"}, "应为18位"),
        ({"phone": "123"}, "手机号"),
        ({"name": "王小明"}, "没有对上"),
    ],
)
async def test_what_is_wrong_is_said_and_the_rest_is_kept(world: World, values: dict[str, str], told: str) -> None:
    url = await binding_link(world, Chat(world))
    page = await fill(world, url, **form(**values))
    assert page.url.path == urlsplit(url).path
    assert told in page.text
    agreed = values.get("consent") is None
    assert ((values.get("name") or YING.name) in page.text) == agreed, "without consent nothing is kept"
    assert (" checked" in page.text) == agreed


async def test_a_wrong_code_may_be_tried_again(world: World) -> None:
    url = await binding_link(world, Chat(world))
    page = await fill(world, url, **form())
    wrong = await fill_again(world, page, code="000000")
    assert 'role="alert"' in wrong.text
    assert "138****" in wrong.text or YING.phone[:3] + "****" in wrong.text
    assert "绑定成功" in (await fill_again(world, wrong, code=await world.last_code())).text


async def test_another_site_cannot_send_the_form(world: World) -> None:
    url = await binding_link(world, Chat(world))
    page = await world.http.get(url)
    fields = hidden(page, page.url.path) | form()
    sent = await world.http.post(url, data=fields, headers={"sec-fetch-site": "cross-site"})
    assert sent.status_code == 403
    assert YING.id_number not in sent.text
    assert await world.container.store["binding_attempts"].count_documents({}) == 0


@pytest.mark.parametrize("path", ["/h5/bind/", "/h5/data/", "/h5/pictures/", "/h5/evidence/"])
@pytest.mark.parametrize("token", ["x", "AAAA", "A" * 4000, "%00", "é"])
async def test_a_made_up_address_opens_nothing(world: World, path: str, token: str) -> None:
    await log_in(world)
    assert (await world.http.get(path + token)).status_code in (410, 404)


async def test_a_forwarded_link_binds_no_one_to_its_sender(world: World) -> None:
    url = await binding_link(world, Chat(world, "o-attacker"))
    await log_in(world, "o-victim")
    assert (await world.http.get(url)).status_code == 410
    own = Browser(world, "o-victim")
    fields = hidden(await own.open("/h5/"), "/h5/not-me") | form()
    assert (await world.http.post(url, data=fields)).status_code == 410
    assert await world.container.store["binding_attempts"].count_documents({}) == 0


async def test_anyone_who_is_not_known_is_asked_by_wechat_and_comes_back(world: World) -> None:
    chat = Chat(world)
    url = await binding_link(world, chat)
    world.http.cookies.clear()
    world.http.cookies.set("sim-openid", chat.openid, domain="127.0.0.1")
    page = await world.http.get(url, follow_redirects=True)
    assert page.status_code == 200
    assert str(page.url).removesuffix("#wechat_redirect") == url


async def test_a_forwarded_address_of_my_data_opens_nothing(world: World) -> None:
    await world.enrol(YING)
    url = await my_data(world, Chat(world))
    await log_in(world, "o-other")
    assert (await world.http.get(url)).status_code == 410


async def test_a_link_is_written_in_one_way_only(world: World) -> None:
    url = await binding_link(world, Chat(world))
    for other in (url + "~~~~", url + "=", url[:-1] + chr(ord(url[-1]) ^ 1)):
        assert (await world.http.get(other)).status_code == 410


async def test_the_address_of_one_thing_opens_no_other(world: World) -> None:
    url = await binding_link(world, Chat(world))
    token = url.rsplit("/", 1)[1]
    for path in ("data", "pictures", "evidence"):
        assert (await world.http.get(f"/h5/{path}/{token}")).status_code == 410


async def test_an_address_tells_nothing(world: World) -> None:
    chat = Chat(world)
    url = await binding_link(world, chat)
    contact = world.container.contacts.id_of("wechat", "o-test")
    assert contact not in url
    assert "o-test" not in url


# My score


async def test_the_page_knows_its_visitor_by_wechat(world: World) -> None:
    await world.enrol(YING, record("volunteering.hours", "2026-09-01"))
    page = await log_in(world)
    assert page.status_code == 200
    assert "<svg" in page.text
    assert 'aria-label="茉莉分 510' in page.text
    assert "志愿服务" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "code=" not in str(page.url)


async def test_someone_else_sees_nothing_of_it(world: World) -> None:
    await world.enrol(YING)
    page = await log_in(world, "o-other")
    assert "还没有绑定" in page.text
    assert "<svg" not in page.text
    assert "茉莉分 500" not in page.text


async def test_a_login_that_another_browser_began_is_refused(world: World) -> None:
    await world.enrol(YING)
    code = world.platform.login_code("o-test")
    assert (await world.http.get(f"/h5/login?code={code}&state=")).status_code == 410
    assert (await world.http.get(f"/h5/login?code={code}&state=made-up")).status_code == 410


@pytest.mark.parametrize("fault", [40001, 40164, 45011, -1, httpx.ConnectError("down")])
async def test_a_platform_that_does_not_say_who_it_is_gets_a_plain_page(world: World, fault: int | Exception) -> None:
    await world.enrol(YING)
    world.platform.faults["/sns/oauth2/access_token"] = deque([fault] * (2 if fault == -1 else 1))
    page = await log_in(world)
    assert (page.status_code, page.headers["retry-after"]) == (503, "60")
    assert "暂时无法登录" in page.text
    english = page.url.copy_merge_params({"lang": "en"})
    world.platform.faults["/sns/oauth2/access_token"] = deque([40001])
    assert "No sign-in at the moment" in (await world.http.get(english)).text
    assert (await world.http.get(page.url)).status_code == 303
    assert "egret_page" in world.http.cookies


@pytest.mark.parametrize("code", [40029, 40163, 40226])
async def test_a_login_that_the_platform_refuses_opens_nothing(world: World, code: int) -> None:
    await world.enrol(YING)
    world.platform.faults["/sns/oauth2/access_token"] = deque([code])
    page = await log_in(world)
    assert page.status_code == 410
    assert "egret_page" not in world.http.cookies


async def test_a_session_of_the_page_ends(world: World) -> None:
    await world.enrol(YING)
    await log_in(world)
    world.clock.advance(minutes=31)
    page = await world.http.get("/h5/")
    assert page.status_code == 303
    assert urlsplit(page.headers["location"]).path.endswith("/connect/oauth2/authorize")


# My data


async def test_everything_that_is_held_can_be_read_and_taken(world: World) -> None:
    await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02", "文书-1"))
    chat = Chat(world)
    for said in ("异议 1", "1", "我八月卖了这辆车", "提交", "确认"):
        await chat.say(said)
    url = await my_data(world, chat)
    page = await world.http.get(url)
    for known in (YING.name, YING.id_number, YING.phone, "文书-1", "我八月卖了这辆车", "D-2026-000001"):
        assert known in page.text, known
    held = (await world.http.get(url + "?as=json")).json()
    assert held["identity"]["name"] == YING.name
    assert held["disputes"][0]["words"] == "我八月卖了这辆车"
    assert "文书-1" in str(held["records"][0])
    assert held["assessments"][0]["value"] == 500
    assert "key" not in held["identity"]
    await chat.say("谁看过")
    log = await chat.say("我自己")
    assert "要了一份全部数据" in log
    assert "打开了全部数据" in log


async def test_the_data_never_says_who_works_on_a_dispute(world: World) -> None:
    me = await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02"))
    chat = Chat(world)
    for said in ("异议 1", "1", "我八月卖了这辆车", "提交", "确认"):
        await chat.say(said)
    agent, desk = await world.hire("agent-seven", Kind.AGENT), world.container.services.desk
    (row,) = await world.container.store["disputes"].find({}).to_list(None)
    case = await desk.claim(Caller(agent), row["_id"])
    await desk.decide(Caller(agent), row["_id"], case.revision, Determination.DELETED, "像是真的")
    held = await world.export(me)
    assert "agent-seven" not in str(held)
    assert "像是真的" not in str(held)  # no one has approved it yet
    assert held["disputes"][0]["determination"] is None
    assert [e["by"] for e in held["disputes"][0]["events"]] == ["citizen", "agent", "holder"]


async def test_the_data_is_gone_when_its_person_has_left(world: World) -> None:
    await world.enrol(YING)
    chat = Chat(world)
    url = await my_data(world, chat)
    await chat.say("退出")
    await chat.say("确认退出")
    assert (await world.http.get(url)).status_code == 410


async def test_the_data_is_open_for_ten_minutes(world: World) -> None:
    await world.enrol(YING)
    url = await my_data(world, Chat(world))
    world.clock.advance(minutes=11)
    assert (await world.http.get(url)).status_code == 410


# Pictures


@needs_font
async def test_the_score_comes_with_a_picture_and_the_words_next_to_it(world: World) -> None:
    await world.enrol(YING)
    asked = {"openid": "o-test", "kind": "text", "content": "查询"}
    answer = (await world.http.post("/simulator/send", json=asked)).json()["results"][0]
    assert "茉莉分 500" in answer["reply"]
    response = await world.http.get(answer["picture"])
    assert response.headers["content-type"] == "image/png"
    assert response.content.startswith(b"\x89PNG")
    world.clock.advance(hours=2)
    assert (await world.http.get(answer["picture"])).status_code == 410


@needs_font
async def test_a_pass_comes_as_a_code_that_can_be_scanned(world: World) -> None:
    good = [record("volunteering.hours", f"2026-0{n}-01", f"V{n}") for n in (3, 4)]
    good += [record("social-insurance.timely", f"202{n}-09-01", f"S{n}") for n in (4, 5, 6)]
    good += [record("housing-fund.timely", f"202{n}-09-01", f"F{n}") for n in (4, 5, 6)]
    await world.enrol(YING, *good)
    chat = Chat(world)
    await chat.say("权益")
    asked = {"openid": "o-test", "kind": "text", "content": "1"}
    answer = (await world.http.post("/simulator/send", json=asked)).json()["results"][0]
    assert "凭证" in answer["reply"]
    assert (await world.http.get(answer["picture"])).content.startswith(b"\x89PNG")


@needs_font
async def test_a_card_of_someone_who_left_is_gone(world: World) -> None:
    await world.enrol(YING)
    asked = {"openid": "o-test", "kind": "text", "content": "查询"}
    answer = (await world.http.post("/simulator/send", json=asked)).json()["results"][0]
    chat = Chat(world)
    await chat.say("退出")
    await chat.say("确认退出")
    assert (await world.http.get(answer["picture"])).status_code == 410


async def test_without_a_font_the_chat_falls_back_to_text(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.enrol(YING)
    monkeypatch.setattr("server.chat.svg_renderer.SvgRenderer.can_paint", False)
    asked = {"openid": "o-test", "kind": "text", "content": "查询"}
    answer = (await world.http.post("/simulator/send", json=asked)).json()["results"][0]
    assert "picture" not in answer
    assert "茉莉分 500" in answer["reply"]


def test_a_machine_without_a_font_says_so(world: World, tmp_path: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert find_font(tmp_path) is None
    assert "fonts-noto-cjk" in caplog.text
    assert not SvgRenderer(None, world.container.sandbox).can_paint


# QR codes that stand somewhere


@pytest.mark.parametrize("how", ["follow", "scan"])
async def test_a_code_in_the_library_says_what_is_open_there(world: World, how: str) -> None:
    chat = Chat(world)
    said = await (chat.follow("library") if how == "follow" else chat.scan("library"))
    assert "全凭自愿" in said
    assert "图书馆的码" in said
    assert "不看分数" in said


async def test_a_scene_that_no_one_knows_is_an_ordinary_welcome(world: World) -> None:
    assert "扫的是" not in await Chat(world).follow("no-such-place")
