"""Signing in at a provider on another site, in a real browser: cookies, policies and redirects as it takes them."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from server.platform.kit.clock import utc_now
from tests.browser.chromium import ARTEFACTS, NEEDS_CHROMIUM
from tests.support.axe import WCAG
from tests.support.demo import Demo
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, CityProvider
from tests.support.sign_in import VERIFIED, citizens_provider, file_of_one

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def provider() -> Iterator[CityProvider]:
    """On `localhost`, which is another site than the demo's 127.0.0.1."""
    listening = socket.create_server(("127.0.0.1", 0))
    found = CityProvider(utc_now, f"http://localhost:{listening.getsockname()[1]}/city")
    found.employ("li.na", "desk-agents", name="李娜")
    server = uvicorn.Server(uvicorn.Config(found, lifespan="off", log_config=None))
    running = threading.Thread(target=server.run, args=([listening],))
    running.start()
    yield found
    server.should_exit = True
    running.join()


@pytest.fixture
def citizens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, CityProvider]]:
    """The demo's address, with a provider of citizens on `localhost`."""
    listening = socket.create_server(("127.0.0.1", 0))
    found = citizens_provider(utc_now, issuer=f"http://localhost:{listening.getsockname()[1]}/city")
    server = uvicorn.Server(uvicorn.Config(found, lifespan="off", log_config=None))
    running = threading.Thread(target=server.run, args=([listening],))
    running.start()
    monkeypatch.setenv("EGRET_CITIZEN_PROVIDERS", str(file_of_one(tmp_path, found.issuer)))
    demo = Demo(tmp_path / "egret")
    yield demo.base_url(), found
    demo.stop()
    server.should_exit = True
    running.join()


@pytest.fixture
def desk(provider: CityProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The demo's address, with the provider as the only door."""
    monkeypatch.setenv("EGRET_OIDC_ISSUER", provider.issuer)
    monkeypatch.setenv("EGRET_OIDC_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("EGRET_OIDC_CLIENT_SECRET", CLIENT_SECRET)
    monkeypatch.setenv("EGRET_OIDC_ROLE_CLAIM", "groups")
    monkeypatch.setenv("EGRET_OIDC_ROLES", json.dumps({"desk-agents": "agent"}))
    running = Demo(tmp_path / "egret")
    yield running.base_url()
    running.stop()


def test_in_at_the_provider_and_out_again(desk: str, provider: CityProvider, browser: Browser) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN").new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{desk}/desk/")
    assert not Axe().run(page, options=WCAG).response["violations"]
    page.screenshot(path=ARTEFACTS / "desk-sign-in.png")
    page.click("text=单位账号登录")
    page.fill("[name=username]", "li.na")
    page.click("button")
    expect(page.locator(".who")).to_have_text("li.na · 专员")
    assert page.url == f"{desk}/desk/", "no code is left in the address"
    cookies = page.context.cookies(f"{desk}/desk/")
    assert {(cookie["sameSite"], cookie["httpOnly"]) for cookie in cookies} == {("Strict", True)}
    assert {cookie["name"] for cookie in cookies} == {"egret_desk", "egret_desk_form"}
    page.click("text=退出登录")
    page.wait_for_url("**/desk/sign-in")
    assert provider.asked["end"] == 1
    assert {cookie["name"] for cookie in page.context.cookies(f"{desk}/desk/")} == {"egret_desk_form"}
    assert not [text for text in said if "Content Security Policy" in text or "Refused" in text], said


def test_a_citizen_signs_in_outside_wechat_and_out_again(citizens: tuple[str, CityProvider], browser: Browser) -> None:
    base, provider = citizens
    provider.people["ying"].claims = VERIFIED
    page = browser.new_context(viewport={"width": 360, "height": 740}).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{base}/h5/privacy")
    assert not Axe().run(page, options=WCAG).response["violations"]
    page.screenshot(path=ARTEFACTS / "h5-sign-in.png")
    page.click("text=用i厦门登录")
    page.fill("[name=username]", "ying")
    page.click("button")
    expect(page.locator("h1")).to_have_text("还没有绑定")
    assert page.url == f"{base}/h5/privacy", "no code is left in the address"
    page.click("text=在这里绑定")
    expect(page.locator("[name=phone]")).to_have_count(1)
    expect(page.locator("[name=id_number]")).to_have_count(0)
    assert not Axe().run(page, options=WCAG).response["violations"]
    page.goto(f"{base}/h5/")
    page.click("text=退出登录")
    page.wait_for_url("**/h5/sign-in")
    assert "egret_page" not in {cookie["name"] for cookie in page.context.cookies(f"{base}/h5/")}
    assert not [text for text in said if "Content Security Policy" in text or "Refused" in text], said
