"""Binding on the pages: two steps, every fault at its field, another code, another phone, and the way back."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.support.pages import Browser, hidden
from tests.support.people import YING
from tests.support.world import World

PERSON = {"name": YING.name, "id_number": YING.id_number, "phone": YING.phone, "consent": "2026-1"}


async def opened(world: World) -> tuple[Browser, httpx.Response]:
    await world.register(YING)
    browser = Browser(world)
    await browser.log_in()
    return browser, await browser.open("/h5/bind")


async def fill(browser: Browser, page: httpx.Response, **typed: str) -> httpx.Response:
    """Send the form of the page, with what a browser would send of it."""
    return await browser.send(page, page.url.path, **typed)


def wrong(page: httpx.Response) -> dict[str, str]:
    """What the page says at each field."""
    return dict(re.findall(r'<p class="wrong" id="([\w-]+)-wrong">([^<]+)</p>', page.text))


async def test_binding_takes_two_submits(world: World) -> None:
    browser, page = await opened(world)
    sent: list[str] = []
    world.http.event_hooks["request"].append(lambda request: _note(sent, request))
    code = await fill(browser, page, **PERSON)
    done = await fill(browser, code, code=await world.last_code(), step="confirm")
    world.http.event_hooks["request"].clear()
    assert "绑定成功" in done.text
    assert len(sent) == 2


async def _note(sent: list[str], request: httpx.Request) -> None:
    if request.method == "POST" and request.url.path.startswith("/h5/"):
        sent.append(request.url.path)


async def test_everything_that_is_wrong_is_said_at_once_at_its_field_and_linked_on_top(world: World) -> None:
    browser, page = await opened(world)
    page = await fill(browser, page, name="", id_number="12345", phone="123", consent="2026-1")
    assert list(wrong(page)) == ["name", "id_number", "phone"]
    summary = page.text[page.text.index('role="alert"') :].partition("</div>")[0]
    assert re.findall(r'href="#([\w-]+)"', summary) == ["name", "id_number", "phone"]
    assert 'aria-describedby="id_number-hint id_number-wrong"' in page.text
    assert page.text.count('aria-invalid="true"') == 3
    assert "<title>有误：" in page.text
    assert 'value="12345"' in page.text
    assert " checked" in page.text, "the tick is kept"


async def test_without_consent_that_is_said_with_the_rest_and_nothing_is_kept(world: World) -> None:
    browser, page = await opened(world)
    page = await fill(browser, page, name=YING.name, id_number=YING.id_number, phone="123")
    assert list(wrong(page)) == ["phone", "consent"]
    assert YING.id_number not in page.text
    assert 'aria-describedby="consent-wrong"' in page.text


async def test_an_empty_field_is_asked_for_and_its_rule_is_not_explained(world: World) -> None:
    browser, page = await opened(world)
    page = await fill(browser, page, name=" ", id_number="", phone="", consent="2026-1")
    asked = {"name": "请填写证件上的姓名。", "id_number": "请填写18位身份证号。", "phone": "请填写手机号。"}
    assert wrong(page) == asked


async def test_a_mismatch_is_said_and_the_form_is_as_it_was(world: World) -> None:
    browser, page = await opened(world)
    page = await fill(browser, page, **(PERSON | {"name": "王小明"}))
    assert 'role="alert"' in page.text
    assert 'name="id_number"' in page.text
    assert 'value="王小明"' in page.text
    assert "验证码已发送" in (await fill(browser, page, **PERSON)).text


async def test_a_code_can_be_sent_again_after_a_minute(world: World) -> None:
    browser, page = await opened(world)
    page = await fill(browser, page, **PERSON)
    first = await world.last_code()
    assert "60 秒后可以重发" in page.text
    assert "还没有提交" not in page.text, "all of it was"
    world.clock.advance(seconds=20)
    early = await fill(browser, page, step="again")
    assert wrong(early) == {"again": "刚发过，请等 40 秒再重发。"}
    world.clock.advance(seconds=41)
    again = await browser.open(page.url.path)
    assert "可以重发，最多三次" in again.text
    page = await fill(browser, again, step="again")
    assert "60 秒后可以重发" in page.text
    second = await world.last_code()
    assert "绑定成功" in (await fill(browser, page, code=second, step="confirm")).text
    assert first != second


async def test_the_phone_can_be_corrected_and_the_rest_stays(world: World) -> None:
    browser, page = await opened(world)
    page = await fill(browser, page, **PERSON)
    page = await fill(browser, page, step="phone")
    for value in (YING.name, YING.id_number, YING.phone):
        assert f'value="{value}"' in page.text
    assert " checked" in page.text
    page = await fill(browser, page, **PERSON)
    assert "绑定成功" in (await fill(browser, page, code=await world.last_code(), step="confirm")).text


async def test_a_code_that_expired_leads_to_another_one(world: World) -> None:
    browser, page = await opened(world)
    page = await fill(browser, page, **PERSON)
    late = await world.last_code()
    world.clock.advance(minutes=6)
    page = await fill(browser, page, code=late, step="confirm")
    assert "重新发送" in wrong(page)["code"]
    page = await fill(browser, page, step="again")
    assert "绑定成功" in (await fill(browser, page, code=await world.last_code(), step="confirm")).text


@pytest.mark.parametrize("typed", [PERSON, PERSON | {"phone": "1"}, PERSON | {"name": "王小明"}])
async def test_every_step_is_answered_with_a_redirect_so_that_back_sends_nothing(
    world: World, typed: dict[str, str]
) -> None:
    _, page = await opened(world)
    answer = await world.http.post(page.url, data=hidden(page, page.url.path) | typed)
    assert (answer.status_code, answer.headers["location"]) == (303, page.url.path)
    for _ in range(2):
        assert (await world.http.get(page.url)).status_code == 200
