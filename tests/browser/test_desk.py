"""The desk in a real browser: few steps to a decision, by keyboard, following colleagues, readable for everybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import ARTEFACTS, NEEDS_CHROMIUM, sign_in
from tests.support.axe import WCAG
from tests.support.browsing import follow
from tests.support.demo import Demo

pytestmark = NEEDS_CHROMIUM


def violations(page: Page) -> list[str]:
    """What axe-core finds, by WCAG 2.2 AA."""
    found = Axe().run(page, options=WCAG).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found]


def test_an_agent_finds_claims_and_proposes_in_eight_actions(demo: Demo, browser: Browser) -> None:
    page = sign_in(demo, browser, "agent")
    actions: list[Callable[[], object]] = [
        lambda: page.goto(f"{demo.base_url()}/desk/?part=UNASSIGNED&topic=RECORD"),
        lambda: follow(page.locator(".queue tbody a >> nth=0")),
        lambda: page.keyboard.press("c"),
        lambda: page.keyboard.press("Enter"),
        lambda: page.check("#outcome-DELETED"),
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
    first.goto(f"{demo.base_url()}/desk/?part=UNASSIGNED&topic=RECORD")
    number = first.locator(".queue tbody a").last.inner_text()
    second = sign_in(demo, browser, "approver")
    follow(second.locator(f"text={number}"))
    second.keyboard.press("c")
    second.keyboard.press("Enter")
    expect(first.locator(f"text={number}")).to_have_count(0, timeout=20_000)
    second.click("#form-release button")
    expect(first.locator(f"text={number}")).to_have_count(1, timeout=20_000)


def test_what_is_being_written_is_never_thrown_away(demo: Demo, browser: Browser) -> None:
    first = sign_in(demo, browser, "agent")
    first.goto(f"{demo.base_url()}/desk/?part=UNASSIGNED&topic=RECORD")
    follow(first.locator(".queue tbody a").last)
    first.keyboard.press("n")
    first.keyboard.type("正在写的备注")
    second = sign_in(demo, browser, "approver")
    second.goto(first.url)
    second.keyboard.press("c")
    second.keyboard.press("Enter")
    expect(first.locator("#changed")).to_be_visible(timeout=20_000)
    assert first.input_value("#note") == "正在写的备注"
    restore_window(second)


def restore_window(page: Page) -> None:
    """Release the case, so that other tests find it."""
    page.click("#form-release button")
    expect(page.locator("#form-claim")).to_be_visible()


def claimed(demo: Demo, browser: Browser, account: str = "agent") -> Page:
    """The page of a case that this account has just claimed."""
    page = sign_in(demo, browser, account)
    page.goto(f"{demo.base_url()}/desk/?part=UNASSIGNED&topic=RECORD")
    follow(page.locator(".queue tbody a").last)
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    expect(page.locator("#form-decide")).to_be_visible()
    return page


def test_no_key_does_anything_by_itself(demo: Demo, browser: Browser) -> None:
    page = sign_in(demo, browser, "agent")
    page.goto(f"{demo.base_url()}/desk/?part=UNASSIGNED&topic=RECORD")
    follow(page.locator(".queue tbody a").last)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    for key in "cjknrspaeutv/":
        page.locator("h1").click()
        page.keyboard.press(key)
    expect(page.locator("#form-claim")).to_be_visible()
    page.locator("h1").click()
    page.keyboard.press("c")
    expect(page.locator("#form-claim button")).to_be_focused()
    assert sent == []
    page.keyboard.press("Enter")
    expect(page.locator("#form-decide")).to_be_visible()
    page.keyboard.press("r")
    expect(page.locator("#question")).to_be_focused()
    expect(page.locator("#form-ask")).to_be_visible()
    page.locator("h1").click()
    page.keyboard.press("s")
    expect(page.locator("#source-question")).to_be_focused()
    page.locator("h1").click()
    for key in "1cnrspaeu":
        page.locator("h1").click()
        page.keyboard.press(key)
    assert len(sent) == 1
    restore_window(page)


def test_a_template_chooses_its_outcome_and_another_outcome_is_pointed_out(demo: Demo, browser: Browser) -> None:
    page = claimed(demo, browser)
    assert page.locator("#determination input:checked").count() == 0
    page.click("text=用模板：维持：记录属实")
    expect(page.locator("#outcome-UPHELD")).to_be_checked()
    expect(page.locator("#explanation")).to_be_focused()
    expect(page.locator("#mismatch")).to_be_hidden()
    page.check("#outcome-DELETED")
    expect(page.locator("#mismatch")).to_be_visible()
    page.check("#outcome-UPHELD")
    expect(page.locator("#mismatch")).to_be_hidden()
    page.screenshot(path=ARTEFACTS / "desk-outcomes.png", full_page=True)
    page.click("text=提交意见")  # the gaps are not filled
    expect(page.locator("#explanation-wrong")).to_be_visible()
    expect(page.locator("#outcome-UPHELD")).to_be_checked()
    assert "【信源单位】" in page.input_value("#explanation")
    page.wait_for_timeout(4000)  # the page looks for changes meanwhile, and takes nothing away
    assert "【信源单位】" in page.input_value("#explanation")
    assert page.evaluate("location.pathname").count("/") == 3
    assert violations(page) == []
    page.screenshot(path=ARTEFACTS / "desk-refused.png", full_page=True)
    page.reload()
    restore_window(page)


def test_the_approver_reads_the_outcome_and_only_enter_approves_it(demo: Demo, browser: Browser) -> None:
    page = claimed(demo, browser)
    case = page.url
    page.check("#outcome-DELETED")
    page.fill("#explanation", "经核查过户单，这条记录不是您的。")
    page.click("text=提交意见")
    expect(page.locator("h1")).to_contain_text("待复核")
    approver = sign_in(demo, browser, "approver")
    approver.goto(case)
    proposal = approver.locator(".proposal")
    for part in ("等待批准：删除记录", "经核查过户单，这条记录不是您的。", "agent", "批准后"):
        expect(proposal).to_contain_text(part)
    assert proposal.bounding_box()["y"] < 300  # type: ignore[index]
    assert violations(approver) == []
    approver.screenshot(path=ARTEFACTS / "desk-approve.png", full_page=True)
    approver.keyboard.press("a")
    expect(approver.locator("[data-key=approve]")).to_be_focused()
    expect(approver.locator("[data-key=approve]")).to_have_text("批准：删除记录")
    approver.wait_for_timeout(500)
    expect(approver.locator("h1")).to_contain_text("待复核")
    approver.keyboard.press("Enter")
    expect(approver.locator("h1")).to_contain_text("已答复")
    expect(approver.locator("main")).to_contain_text("结果：删除记录")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_the_desk_passes_axe(demo: Demo, browser: Browser, scheme: str) -> None:
    page = sign_in(demo, browser, "agent", color_scheme=scheme)
    found = {"queue": violations(page)}
    follow(page.locator(".queue tbody a >> nth=1"))
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
    follow(page.locator(".queue tbody a >> nth=0"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=ARTEFACTS / "desk-zoomed.png")
