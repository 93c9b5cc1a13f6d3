"""Choices of an answer, tapped on the simulator's phone in a real browser."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.chromium import ARTEFACTS, NEEDS_CHROMIUM
from tests.support.demo import Demo

pytestmark = NEEDS_CHROMIUM


def test_choices_are_tapped_and_an_old_menu_answers_nothing(demo: Demo, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1180, "height": 900})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{demo.base_url()}/simulator/")
    first = page.locator("#talk li.them .entry")
    expect(first).to_have_text(["绑定 现在开始", "帮助 先了解"], timeout=20_000)
    first.first.click()
    consent = page.locator("#talk li.them").last
    expect(consent).to_contain_text("授权书", timeout=20_000)
    expect(consent.locator(".entry")).to_have_text(["同意", "不同意", "看全文", "只看记录、不算分"])
    assert consent.locator(".entry").first.bounding_box()["height"] >= 44  # type: ignore[index]
    page.screenshot(path=ARTEFACTS / "menu.png")
    agree = page.locator("#talk .entry", has_text="同意").first
    agree.click()
    expect(page.locator("#talk li.me .bubble").last).to_have_text("同意")
    expect(page.locator("#talk li.them .bubble").last).to_contain_text("也可以直接回复姓名", timeout=20_000)
    agree.click()
    expect(page.locator("#talk li.them .bubble").last).to_contain_text("已经结束了", timeout=20_000)
    page.reload()
    expect(page.locator("#talk .entry").nth(2)).to_have_text("同意")
    assert faults == []
