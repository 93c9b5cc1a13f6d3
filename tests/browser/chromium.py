"""What every browser test needs: a Chromium, a place for pictures, the demo's passwords."""

from __future__ import annotations

import re
import shutil

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browsing import follow
from tests.support.demo import Demo
from tests.support.paths import ROOT

ARTEFACTS = ROOT / "artefacts"
CHROMIUM = next((p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
NEEDS_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install `chromium` to run these"),
]


def password(demo: Demo, account: str) -> str:
    found = re.search(rf"^\s+{account}\s+(\S+)$", demo.log.read_text("utf-8"), re.MULTILINE)
    assert found is not None
    return found[1]


CHINESE = {"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN"}


def sign_in(demo: Demo, browser: Browser, account: str, **options: object) -> Page:
    """The desk, open before this account, in Chinese where nothing else is said."""
    page = browser.new_context(**{**CHINESE, **options}).new_page()  # type: ignore[arg-type]
    page.goto(f"{demo.base_url()}/desk/sign-in")
    page.fill("[name=account]", account)
    page.fill("[name=password]", password(demo, account))
    follow(page.locator("main button"))
    return page
