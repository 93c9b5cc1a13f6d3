"""How long a citizen on a slow telephone waits for a page: 50 KB a second and 400 ms, as in a bus outside the city.

    python deploy/bench/pages.py [--passes 5]

Starts a demo and drives Chromium with its own throttling (`Network.emulateNetworkConditions` of DevTools): the first
visit of the score page with an empty cache in a tab that has just been opened, and then each page once more, in the
same tab, as one goes from page to page. Prints seconds until its head is painted, which on the score's page is the
score, until the whole page is, and the bytes that went over the line; the baseline is the same page in the same run,
without throttling.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.browsing import bind, visitor  # noqa: E402 - as the tests do
from tests.support.demo import Demo  # noqa: E402

SLOW: dict[str, object] = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 50 * 1024,
    "uploadThroughput": 50 * 1024,
}
FAST: dict[str, object] = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
PAGES = ("/h5/", "/h5/records", "/h5/benefits", "/h5/disputes", "/h5/history", "/h5/privacy")
WHO = "o-slow"
PAINTED = """
const painted = (name) => requestAnimationFrame(() => setTimeout(() => { window[name] = performance.now(); }));
const look = () => document.querySelector('.dial .value, main h1:not(.unseen)')
  ? painted('head') : requestAnimationFrame(look);
look();
addEventListener('DOMContentLoaded', () => painted('whole'));
"""
"""When the frame was drawn in which the head of the page stands, and the one with all of it."""


def main() -> None:
    """Start, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passes", type=int, default=5)
    passes = parser.parse_args().passes
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        demo = Demo(Path(folder) / "egret")
        try:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            bind(browser, demo.base_url(), 0, WHO)
            measure(browser, demo.base_url(), passes)
            browser.close()
        finally:
            demo.stop()


def measure(browser: Browser, base: str, passes: int) -> None:
    """Each page, first with nothing kept and then again; the worst and the middle of the passes."""
    first: list[float] = []
    quick: list[float] = []
    for _ in range(passes):
        for conditions, times in ((SLOW, first), (FAST, quick)):
            context = signed_in(browser, base)
            times.append(opened(Tab(context, conditions), f"{base}/h5/").head)
            context.close()
    print(f"first visit: {told(first)} (unthrottled {told(quick)}, {median_of(first) / median_of(quick):.1f} x)")
    context = signed_in(browser, base)
    tab = Tab(context, FAST)
    opened(tab, f"{base}/h5/")
    tab.throttle(SLOW)
    for path in PAGES:
        visits = [opened(tab, base + path) for _ in range(passes)]
        head, whole = told([one.head for one in visits]), told([one.whole for one in visits])
        size = max(one.came for one in visits) / 1024
        print(f"{path:15} again: head {head}, whole {whole}, {size:.1f} KB over the line")
    context.close()


def signed_in(browser: Browser, base: str) -> BrowserContext:
    """A telephone with a session, and nothing kept of the pages."""
    context = visitor(browser, base, WHO, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{base}/h5/")
    context.new_cdp_session(page).send("Network.clearBrowserCache")
    page.close()
    return context


class Tab:
    """A tab on a line of some speed, which counts the bytes that come."""

    def __init__(self, context: BrowserContext, conditions: dict[str, object]) -> None:
        self.page: Page = context.new_page()
        self.page.add_init_script(PAINTED)
        self.came = 0
        self._devtools = context.new_cdp_session(self.page)
        self._devtools.send("Network.enable")
        self._devtools.on("Network.loadingFinished", self._count)
        self.throttle(conditions)

    def throttle(self, conditions: dict[str, object]) -> None:
        """From now on the line is like this."""
        self._devtools.send("Network.emulateNetworkConditions", conditions)

    def _count(self, event: dict[str, int]) -> None:
        self.came += int(event["encodedDataLength"])


@dataclass(frozen=True)
class Visit:
    """Seconds until the head of a page was painted and until all of it was; bytes that came."""

    head: float
    whole: float
    came: int


def opened(tab: Tab, address: str) -> Visit:
    """One visit of a page."""
    before = tab.came
    tab.page.goto(address, wait_until="load")
    tab.page.wait_for_function("window.head !== undefined && window.whole !== undefined")
    if not tab.page.get_by_role("navigation").count():
        sys.exit(f"no one is bound here: {tab.page.url}")
    head, whole = tab.page.evaluate("[window.head / 1000, window.whole / 1000]")
    return Visit(head, whole, tab.came - before)


def median_of(times: list[float]) -> float:
    return statistics.median(times)


def told(times: list[float]) -> str:
    return f"{median_of(times):.3f} s (worst {max(times):.3f})"


if __name__ == "__main__":
    main()
