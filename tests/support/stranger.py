"""A stranger to the demo, who follows what they see: the links, and the words in brackets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect


@dataclass(frozen=True)
class Seen:
    """What stands on the pages in a language, and what somebody writes in it."""

    chat: str
    desk: str
    start: str
    link: tuple[str, str]
    score: tuple[str, str]
    dispute: tuple[str, str]
    words: str
    reason: str
    decided: str


SEEN = {
    "en": Seen(
        chat="Open the chat",
        desk="Open the desk",
        start="Start of the demo",
        link=("Services", "Link identity"),
        score=("My score", "Score"),
        dispute=("Services", "Dispute"),
        words="I sold this car in August; the transfer is registered.",
        reason="The transfer is confirmed; this record is not hers.",
        decided="deleted",
    ),
    "zh": Seen(
        chat="打开聊天",
        desk="打开异议台",
        start="演示首页",
        link=("服务", "绑定身份"),
        score=("我的信用", "查询分数"),
        dispute=("服务", "异议申请"),
        words="这辆车八月已经卖了，有过户登记。",
        reason="经核查，过户登记属实，这条记录不是您的。",
        decided="删除",
    ),
}
Passwords = dict[str, str]
"""Passwords by account."""
_WORD = re.compile(r"[【\[]([^】\]]+)[】\]]")


class Stranger:
    """Somebody who sees a page, taps, and replies with what is asked."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def answer(self, before: int) -> str:
        """What is answered, after so many messages before it."""
        said = self.page.locator("#talk li.them:not(.typing) .bubble")
        expect(said).to_have_count(before + 1, timeout=20_000)
        return said.last.inner_text()

    def heard(self) -> int:
        """How many messages have come."""
        return self.page.locator("#talk li.them:not(.typing) .bubble").count()

    def menu(self, button: str, entry: str) -> str:
        """Tap the account's menu; what is answered."""
        before = self.heard()
        if self.page.locator("#menu").is_hidden():
            self.page.click("#keyboard")
        self.page.locator(".menu > .top", has_text=button).click()
        self.page.locator(".menu li button:visible", has_text=re.compile(rf"{entry}$")).click()
        return self.answer(before)

    def say(self, text: str) -> str:
        """Type a reply; what is answered."""
        before = self.heard()
        if self.page.locator("#said").is_hidden():
            self.page.click("#keyboard")
        self.page.fill("#said", text)
        self.page.click("#send")
        return self.answer(before)

    def first(self, said: str) -> str:
        """Take the first of what is offered, by a tap where there is something to tap; what is answered."""
        before = self.heard()
        entries = self.page.locator("#talk li.them:not(.typing)").last.locator(".entry")
        if not entries.count():
            word = _WORD.search(said)
            assert word is not None, said
            return self.say(word[1])
        entries.first.click()
        return self.answer(before)

    def tap(self, text: str) -> str:
        """Tap what stands there to be sent; what is answered."""
        before = self.heard()
        self.page.locator(".say", has_text=text).first.click()
        return self.answer(before)


def see_a_score(stranger: Stranger, seen: Seen) -> str:
    """Link as the first person, and ask for the score."""
    stranger.menu(*seen.link)
    stranger.say("1")
    for cell in stranger.page.locator(".people tbody tr").first.locator("td").all_inner_texts():
        stranger.tap(cell)
    expect(stranger.page.locator("#sms .say")).to_have_count(1, timeout=20_000)
    before = stranger.heard()
    stranger.page.locator("#sms .say").click()
    stranger.answer(before)
    return stranger.menu(*seen.score)


def dispute(stranger: Stranger, seen: Seen) -> str:
    """Dispute the deduction; the number of the case."""
    offered = stranger.menu(*seen.dispute)
    line = re.search(r"(\d+)[.．、 ]+\s*(?:[^\n]*)−10", offered)
    assert line is not None, offered
    stranger.say(line[1])
    stranger.say("1")
    said = stranger.say(seen.words)
    for _ in range(2):  # no photo; then to confirm
        said = stranger.first(said)
        if found := re.search(r"D-\d{4}-\d{6}", said):
            return found[0]
    raise AssertionError(said)


def decide(page: Page, number: str, passwords: Passwords, reason: str) -> None:
    """As the agent claim and propose, as the approver approve, each signing in."""
    propose(page, number, passwords, reason)
    open_proposal(page, number, passwords)
    page.locator("#form-approve button:not([name])").click()
    expect(page.locator(".proposal")).to_have_count(0)


def propose(page: Page, number: str, passwords: Passwords, reason: str) -> None:
    """As the agent, and sign out."""
    sign_in(page, "agent", passwords)
    page.get_by_role("link", name=number).first.click()
    page.locator("#form-claim button").click()
    page.check("#outcome-DELETED")
    page.fill("#explanation", reason)
    page.locator("#form-decide button:not([name]):not([type])").click()
    expect(page.locator(".proposal")).to_be_visible()
    page.locator("form[action='/desk/sign-out'] button:not([type])").click()


def open_proposal(page: Page, number: str, passwords: Passwords) -> None:
    """As the approver."""
    sign_in(page, "approver", passwords)
    page.locator("a[href*='part=TO_APPROVE']").first.click()
    page.get_by_role("link", name=number).first.click()
    expect(page.locator("#form-approve button:not([name])")).to_be_visible()


def passwords_on(page: Page) -> Passwords:
    """The desk's accounts, as the front page shows them."""
    rows = page.locator("tr[data-account]").all()
    return {str(row.get_attribute("data-account")): row.locator("code").nth(1).inner_text() for row in rows}


def sign_in(page: Page, account: str, passwords: Passwords) -> None:
    """Sign in at the desk."""
    page.fill("#account", account)
    page.fill("#password", passwords[account])
    page.locator("main button").first.click()
    expect(page.locator("#account")).to_have_count(0)
