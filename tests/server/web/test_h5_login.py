"""Signing in by WeChat: once more, side by side, and without following the account."""

from __future__ import annotations

import re

import pytest
from starlette.routing import Route

from server.web.h5 import ROUTES
from server.web.h5.login import safe_back
from tests.support.pages import Browser
from tests.support.people import YING, record
from tests.support.world import World

_ON_THE_WAY = ("/login", "/sign-in", "/wechat", "/oidc/", "/pictures/", "/evidence/")
"""What a sign-in goes through, and files that need none."""
PAGES = sorted(
    {
        re.sub(r"\{\w+\}", "one-1", route.path)
        for route in ROUTES
        if isinstance(route, Route) and route.methods and "GET" in route.methods
        if not route.path.startswith(_ON_THE_WAY)
    }
)


@pytest.mark.parametrize("path", PAGES)
def test_a_sign_in_leads_back_to_every_page(path: str) -> None:
    assert safe_back(f"/h5{path}") == f"/h5{path}"


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example/h5/", "/desk/", "/h5/../desk/", "/h5/nowhere"]
)
def test_a_sign_in_leads_nowhere_else(path: str) -> None:
    assert safe_back(path) == "/h5/"


PARKING = record("traffic.illegal-parking", "2026-09-02", "P-1")


async def visitor(world: World) -> Browser:
    await world.enrol(YING, PARKING)
    browser = Browser(world)
    await browser.log_in()
    return browser


async def test_the_sign_in_address_opened_again_goes_on_with_the_session(world: World) -> None:
    browser = await visitor(world)
    world.http.cookies.delete("egret_page")
    steps = await _to_wechat(world, "/h5/records")
    back = await world.http.get(steps)
    assert back.headers["location"] == "/h5/records"
    again = await world.http.get(steps)
    assert (again.status_code, again.headers["location"]) == (303, "/h5/")
    assert "违法停车" in (await browser.open("/h5/records")).text


async def test_two_tabs_sign_in_side_by_side(world: World) -> None:
    await visitor(world)
    world.http.cookies.delete("egret_page")
    first, second = await _to_wechat(world, "/h5/records"), await _to_wechat(world, "/h5/privacy")
    assert (await world.http.get(first)).headers["location"] == "/h5/records"
    assert (await world.http.get(second)).headers["location"] == "/h5/privacy"


async def test_links_that_are_opened_again_and_again_leave_few_cookies(world: World) -> None:
    for _ in range(12):
        await world.http.get("/h5/records")
    assert len([name for name in world.http.cookies if name.startswith("egret_login_")]) == 5
    back = await _to_wechat(world, "/h5/privacy")
    assert (await world.http.get(back)).headers["location"] == "/h5/privacy"


async def test_a_sign_in_that_failed_shows_the_way_on(world: World) -> None:
    await world.enrol(YING)
    page = await world.http.get("/h5/login?code=x&state=y")
    assert page.status_code == 410
    assert 'href="/h5/"' in page.text


async def _to_wechat(world: World, path: str) -> str:
    """The address that WeChat sends the browser back to."""
    world.http.cookies.set("sim-openid", "o-test", domain="127.0.0.1")
    page = await world.http.get(path)
    away = await world.http.get(page.headers["location"])
    return str(away.headers["location"])


async def test_who_does_not_follow_the_account_can_bind_on_the_page(world: World) -> None:
    await world.register(YING)
    browser = Browser(world, "o-stranger")
    await browser.log_in()
    page = await browser.open("/h5/bind")
    given = {"name": YING.name, "id_number": YING.id_number, "phone": YING.phone, "consent": "2026-1"}
    code = await browser.send(page, page.url.path, **given)
    assert "验证码已发送" in code.text
    done = await browser.send(code, code.url.path, code=await world.last_code())
    assert "绑定成功" in done.text
    assert 'aria-label="茉莉分 500' in done.text
