"""GraphiQL in a real browser: it loads from this server alone, under its own strict policy, and runs a query."""

from __future__ import annotations

import os
import subprocess

import pytest
from playwright.sync_api import Browser, expect

from server.web.graphiql import MODULES
from tests.browser.chromium import ARTEFACTS, NEEDS_CHROMIUM
from tests.support.demo import Demo

pytestmark = NEEDS_CHROMIUM
FOLDER = MODULES.parent


@pytest.fixture(scope="module")
def _installed() -> None:
    done = subprocess.run(
        ["sh", "deploy/node.sh", "deploy/graphiql"],  # noqa: S607
        cwd=FOLDER.parent.parent,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        stop = pytest.fail if os.environ.get("CI") else pytest.skip
        stop(f"needs npm and a package registry; deploy/node.sh said: {done.stderr.strip()[-500:]}")


@pytest.mark.usefixtures("_installed")
def test_it_loads_without_leaving_the_server_and_runs_a_query(demo: Demo, browser: Browser) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{demo.base_url()}/graphiql")
    page.click("button[aria-label^='Execute query']")
    expect(page.locator(".result-window")).to_contain_text("Moli score")
    page.click("button[aria-label='Show Documentation Explorer']")
    expect(page.locator(".graphiql-doc-explorer")).to_contain_text("Query")
    page.screenshot(path=ARTEFACTS / "graphiql.png")
    elsewhere = [url for url in asked if not url.startswith((demo.base_url(), "data:", "blob:"))]
    assert elsewhere == []
    assert complaints == []
