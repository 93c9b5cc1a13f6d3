"""The desk in a real browser: few steps to a decision, by keyboard, following colleagues, readable for everybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import ARTEFACTS, NEEDS_CHROMIUM, password
from tests.server.test_cli import Demo

pytestmark = NEEDS_CHROMIUM
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def sign_in(demo: Demo, browser: Browser, account: str, **options: object) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}, **options).new_page()  # type: ignore[arg-type]
    page.goto(f"{demo.base_url()}/desk/sign-in")
    page.fill("[name=account]", account)
    page.fill("[name=password]", password(demo, account))
    page.click("main button")
    return page


def violations(page: Page) -> list[str]:
    """What axe-core finds, by WCAG 2.2 AA."""
    found = Axe().run(page, options=WCAG).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found]


def test_an_agent_finds_claims_and_proposes_in_eight_actions(demo: Demo, browser: Browser) -> None:
    page = sign_in(demo, browser, "agent")
    actions: list[Callable[[], object]] = [
        lambda: (page.click(".queue tbody a >> nth=0"), page.wait_for_url("**/cases/*")),  # type: ignore[func-returns-value]
        lambda: page.keyboard.press("c"),
        lambda: page.select_option("#determination", "DELETED"),
        lambda: page.fill("#explanation", "经核查，这条记录不是本人的。"),
        lambda: page.click("text=提交意见"),
    ]
    for act in actions:
        act()
        page.wait_for_load_state()
    assert len(actions) <= 8
    expect(page.locator("h1")).to_contain_text("待复核")
    page.screenshot(path=ARTEFACTS / "desk-proposed.png", full_page=True)


def test_a_page_follows_what_a_colleague_does_without_a_reload(demo: Demo, browser: Browser) -> None:
    first = sign_in(demo, browser, "agent")
    first.goto(f"{demo.base_url()}/desk/?part=UNASSIGNED")
    number = first.locator(".queue tbody a").last.inner_text()
    second = sign_in(demo, browser, "approver")
    second.click(f"text={number}")
    second.wait_for_load_state()
    second.keyboard.press("c")
    expect(first.locator(f"text={number}")).to_have_count(0, timeout=20_000)
    second.click("text=退回队列")
    expect(first.locator(f"text={number}")).to_have_count(1, timeout=20_000)


def test_what_is_being_written_is_never_thrown_away(demo: Demo, browser: Browser) -> None:
    first = sign_in(demo, browser, "agent")
    first.goto(f"{demo.base_url()}/desk/?part=UNASSIGNED")
    first.locator(".queue tbody a").last.click()
    first.wait_for_load_state()
    first.keyboard.press("n")
    first.keyboard.type("正在写的备注")
    second = sign_in(demo, browser, "approver")
    second.goto(first.url)
    second.keyboard.press("c")
    expect(first.locator("#changed")).to_be_visible(timeout=20_000)
    assert first.input_value("#note") == "正在写的备注"
    second.click("text=退回队列")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_the_desk_passes_axe(demo: Demo, browser: Browser, scheme: str) -> None:
    page = sign_in(demo, browser, "agent", color_scheme=scheme)
    found = {"queue": violations(page)}
    page.click(".queue tbody a >> nth=1")
    page.wait_for_load_state()
    found["case"] = violations(page)
    page.goto(f"{demo.base_url()}/desk/figures")
    found["figures"] = violations(page)
    page = sign_in(demo, browser, "steward", color_scheme=scheme)
    found["programme"] = violations(page)
    page.goto(f"{demo.base_url()}/desk/steward")
    found["steward"] = violations(page)
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_at_twice_the_size_nothing_has_to_be_scrolled_sideways(demo: Demo, browser: Browser) -> None:
    page = sign_in(demo, browser, "agent")
    page.set_viewport_size({"width": 640, "height": 450})  # 1280 at 200 %
    page.click(".queue tbody a >> nth=0")
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=ARTEFACTS / "desk-zoomed.png")
