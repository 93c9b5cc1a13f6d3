"""The desk by keyboard alone: the list of keys, photos, the next case, the list beside it on a wide screen, undo."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import NEEDS_CHROMIUM, sign_in
from tests.support.browsing import follow
from tests.support.demo import Demo

pytestmark = NEEDS_CHROMIUM
WIDE = {"viewport": {"width": 1920, "height": 1000}}


def take(page: Page) -> None:
    """The next case, by keyboard."""
    page.keyboard.press("t")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def undo(page: Page) -> None:
    """What was just done is taken back, by keyboard."""
    page.keyboard.press("u")
    expect(page.locator("[data-key=undo]")).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_the_first_key_leads_past_the_head_and_a_question_mark_lists_the_keys(demo: Demo, browser: Browser) -> None:
    page = sign_in(demo, browser, "agent")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("#keys")).to_contain_text("领取下一件")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_a_case_is_taken_decided_and_taken_back_without_a_mouse(demo: Demo, browser: Browser) -> None:
    page = sign_in(demo, browser, "agent")
    page.goto(f"{demo.base_url()}/desk/?part=UNASSIGNED&topic=RECORD")
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.keyboard.press("c")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.keyboard.press("2")
    expect(page.locator("#outcome-DELETED")).to_be_checked()
    expect(page.locator("#explanation")).to_be_focused()
    page.keyboard.insert_text("经核对过户单，这条记录不是本人的。")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    follow(page.locator("text=提交意见"))
    expect(page.locator("h1")).to_contain_text("待复核")
    undo(page)
    expect(page.locator("h1")).to_contain_text("办理中")
    undo(page)
    expect(page.locator("h1")).to_contain_text("待领取")


def test_on_a_wide_screen_the_list_stands_beside_the_case_and_the_due_date_stays_in_sight(
    demo: Demo, browser: Browser
) -> None:
    page = sign_in(demo, browser, "agent", **WIDE)
    take(page)
    beside, case = page.locator(".beside").bounding_box(), page.locator(".case").bounding_box()
    assert beside is not None
    assert case is not None
    assert beside["x"] + beside["width"] <= case["x"]
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    head = page.locator(".work > .head")
    expect(head).to_contain_text("答复期限")
    expect(head).to_be_in_viewport()
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(page.locator(".beside")).to_be_hidden()
    undo(page)


def test_photos_open_over_the_case_and_are_turned_by_keys(demo: Demo, browser: Browser) -> None:
    page = sign_in(demo, browser, "agent")
    page.goto(f"{demo.base_url()}/desk/?part=UNASSIGNED&topic=RECORD")
    follow(page.locator(".queue tbody a").last)
    page.evaluate("""() => document.querySelector('.case section').insertAdjacentHTML('beforeend', [1, 2].map(
        (n) => `<a href="/static/egret.svg?${n}" data-photo><img alt="${n}"></a>`).join(''))""")
    page.keyboard.press("v")
    expect(page.locator("#photo")).to_be_visible()
    expect(page.locator("#photo .meta")).to_have_text("1 / 2")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#photo .meta")).to_have_text("2 / 2")
    expect(page.locator("#photo img")).to_have_attribute("alt", "2")
    page.keyboard.press("Escape")
    expect(page.locator("#photo")).to_be_hidden()
