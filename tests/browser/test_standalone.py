"""The program that plays WeChat, in a real browser: the phone talks to an Egret at another address."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from server.settings import demo_secrets
from tests.browser.chromium import ARTEFACTS, NEEDS_CHROMIUM
from tests.faults.replica_set import free_port
from tests.support.demo import Demo

pytestmark = NEEDS_CHROMIUM
_TAKEN = ("wechat_token", "wechat_aes_key", "wechat_app_secret")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Demo]:
    """One that answers with text: a menu is pushed, and a demo pushes to its own simulator."""
    monkeypatch.setenv("EGRET_WECHAT_MENUS", "false")
    begun = Demo(tmp_path / "egret")
    yield begun
    begun.stop()


@pytest.fixture
def platform(server: Demo) -> Iterator[str]:
    """Where the program listens; it has the secrets of the server, which takes it for WeChat."""
    base = server.base_url()
    port = free_port()
    kept = demo_secrets(server.log.parent / "egret")
    env = {
        **os.environ,
        **{f"EGRET_{name.upper()}": kept[name] for name in _TAKEN},
        "EGRET_PUBLIC_URL": base,
    }
    command = [sys.executable, "-m", "server.web.simulator", "--port", str(port)]
    with subprocess.Popen(command, env=env) as program:
        address = f"http://127.0.0.1:{port}/simulator/"
        yield _answers(address)
        program.terminate()


def _answers(address: str) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            httpx.get(address, trust_env=False).raise_for_status()
            return address
        except httpx.TransportError:
            time.sleep(0.05)
    raise TimeoutError(address)


def test_a_person_talks(platform: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1180, "height": 900})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(platform)
    expect(page.locator("#talk")).to_contain_text("全凭自愿", timeout=20_000)
    expect(page.locator("#openid")).not_to_be_empty()
    page.click("#keyboard")
    page.fill("#said", "绑定")
    page.click("#send")
    expect(page.locator("#talk")).to_contain_text("授权书", timeout=20_000)
    page.screenshot(path=ARTEFACTS / "standalone.png")
    assert faults == []
    page.close()
