"""A stranger's first five minutes, by what they see alone: from the front page to a score, a dispute and its decision.

One reads no Chinese, one reads no English. Each follows the links and the words in brackets, as the pages ask for them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import ARTEFACTS, NEEDS_CHROMIUM
from tests.support.demo import Demo
from tests.support.stranger import SEEN, Stranger, decide, dispute, passwords_on, see_a_score

pytestmark = NEEDS_CHROMIUM
MOST_SECONDS = 300


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """One of one's own: nobody has linked yet."""
    running = Demo(tmp_path / "egret")
    running.base_url()
    yield running
    running.stop()


@pytest.mark.parametrize(("language", "locale"), [("en", "en-GB"), ("zh", "zh-CN")])
def test_from_the_front_page_to_a_score_a_dispute_and_its_decision(
    demo: Demo, browser: Browser, language: str, locale: str
) -> None:
    seen = SEEN[language]
    begun = time.monotonic()
    page = browser.new_context(locale=locale, viewport={"width": 1180, "height": 900}).new_page()
    page.goto(f"{demo.base_url()}/")
    passwords = passwords_on(page)
    page.get_by_role("link", name=seen.chat).click()
    stranger = Stranger(page)
    expect(page.locator("#talk li.them:not(.typing)")).to_have_count(2 if language == "en" else 1, timeout=20_000)

    score = see_a_score(stranger, seen)
    assert "700" in score
    page.screenshot(path=ARTEFACTS / f"first-{language}-1-score.png")
    scored = time.monotonic()

    number = dispute(stranger, seen)
    page.screenshot(path=ARTEFACTS / f"first-{language}-2-dispute.png")
    disputed = time.monotonic()

    page.get_by_role("link", name=seen.start).click()
    page.get_by_role("link", name=seen.desk).click()
    decide(page, number, passwords, seen.reason)
    page.goto(f"{demo.base_url()}/")
    page.get_by_role("link", name=seen.chat).click()
    expect(page.locator("#talk li.push").last).to_contain_text(seen.decided, timeout=20_000)
    page.screenshot(path=ARTEFACTS / f"first-{language}-4-decided.png")
    ended = time.monotonic()
    seconds = [f"{name} after {at - begun:.0f} s" for name, at in (("score", scored), ("dispute", disputed))]
    print(f"{language}: {', '.join(seconds)}, decision after {ended - begun:.0f} s")  # noqa: T201 - to be read with -s
    assert ended - begun < MOST_SECONDS
