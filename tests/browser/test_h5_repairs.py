"""Credit repair in a real browser: on a narrow phone, in both languages, without JavaScript, readable for all."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, FilePayload, ViewportSize, expect

from tests.browser.chromium import ARTEFACTS, NEEDS_CHROMIUM
from tests.support.browsing import YING, bind, fits, follow, violations, visitor
from tests.support.demo import Demo
from tests.support.photos import photo

pytestmark = NEEDS_CHROMIUM
NARROW: ViewportSize = {"width": 320, "height": 640}


@pytest.fixture(scope="module")
def base(demo: Demo, browser: Browser) -> str:
    """The person with a parking penalty is bound."""
    bind(browser, demo.base_url(), 0, YING)
    return demo.base_url()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_repair_is_applied_for_and_taken_back_on_a_narrow_phone_without_javascript(
    browser: Browser, base: str, language: str
) -> None:
    page = visitor(browser, base, YING, java_script_enabled=False).new_page()
    looked = visitor(browser, base, YING).new_page()
    page.set_viewport_size(NARROW)
    looked.set_viewport_size(NARROW)
    faults: dict[str, list[str]] = {}

    def look(name: str) -> None:
        looked.goto(page.url)
        looked.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        faults[name] = violations(looked) + ([] if fits(looked) else ["scrolls sideways at 320"])
        looked.screenshot(path=ARTEFACTS / f"h5-repair-{name}-{language}.png", full_page=True)

    page.goto(f"{base}/h5/records?lang={language}")
    looked.goto(f"{base}/h5/records?lang={language}")
    repairable = page.locator(".timeline li", has_text="可以申请修复" if language == "zh" else "Can be repaired now")
    follow(repairable.first.locator("a").first)
    look("record")
    follow(page.locator("#repair a.button"))
    look("form")
    page.fill("#done-on", str(page.locator("#done-on").get_attribute("max")))
    page.fill("#words", "罚款已缴，回执 0012")
    proof: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    page.set_input_files("#files", proof)
    follow(page.locator("button[value=file]"))
    expect(page.locator("h1")).to_contain_text("R-")
    expect(page.locator(".photos img")).to_have_count(1)
    look("application")
    page.locator("details summary").click()
    page.locator("details button").click()
    expect(page.locator(".said")).to_contain_text("R-")
    assert {name: found for name, found in faults.items() if found} == {}
