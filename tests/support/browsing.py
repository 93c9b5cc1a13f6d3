"""The citizen's pages on a phone: whose it is, whether a page fits, and what axe-core finds."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PHONE = {"width": 360, "height": 740}
YING, FAN, WU = "o-h5-ying", "o-h5-fan", "o-h5-wu"
"""With history and a parking penalty; a newcomer; with a notice."""


def bind(browser: Browser, base: str, row: int, openid: str) -> None:
    """One of the demo's ready people binds in the chat, if they have not yet."""
    page = browser.new_page()
    page.goto(f"{base}/simulator/")
    people = page.locator(".people tbody tr").nth(row).locator("td")

    def say(text: str) -> str:
        asked = {"openid": openid, "kind": "text", "content": text}
        return str(page.request.post(f"{base}/simulator/send", data=asked).json()["results"][0]["reply"] or "")

    if "还没有绑定" in say("查询"):
        person = people.all_inner_texts()
        for said in ("绑定", "1", *person):
            say(said)
        sent = page.locator("#sms li", has_text=person[2]).first
        expect(sent).to_contain_text("验证码", timeout=10_000)
        assert "绑定成功" in say(sent.inner_text().partition("验证码 ")[2][:6])
    page.close()


def visitor(browser: Browser, base: str, openid: str, **options: object) -> BrowserContext:
    """A browser of that WeChat account."""
    context = browser.new_context(viewport=PHONE, **options)  # type: ignore[arg-type]
    context.add_cookies([{"name": "sim-openid", "value": openid, "url": f"{base}/simulator"}])
    return context


def follow(target: Locator) -> None:
    """Press what leads to another page, and wait for that page.

    A press returns before the browser has left: what is asked of the page then is asked of the old one, or of none.
    """
    with target.page.expect_navigation():
        target.click()


def fits(page: Page) -> bool:
    """Nothing has to be scrolled sideways. (Without JavaScript on the page, the browser can still be asked.)"""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def violations(page: Page) -> list[str]:
    """What axe-core finds, by WCAG 2.2 AA and its good practice."""
    found = Axe().run(page, options=WCAG).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found]
