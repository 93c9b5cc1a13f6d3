"""A day's sixty cases at the desk, by keyboard: how many actions and page loads they take, counted as they are done.

An action is a click, a key that does something, or a text that is typed. A page load is a page that the browser opens.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import NEEDS_CHROMIUM, sign_in
from tests.support.demo import Demo

pytestmark = NEEDS_CHROMIUM
CASES = 60
MOST_ACTIONS, MOST_LOADS, MOST_FOR_ONE = 300, 180, 5
REASON = "经核查文书和当事人提供的材料，情况清楚。"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A city in which sixty people have an objection to a record, and some to something else too."""
    running = Demo(tmp_path_factory.mktemp("day") / "egret", "--residents", "2000", "--disputes", "60")
    running.base_url()
    yield running
    running.stop()


@dataclass
class Hands:
    """A person at a keyboard, whose actions and page loads are counted."""

    page: Page
    actions: int = 0
    loads: int = 0

    def __post_init__(self) -> None:
        self.page.on("framenavigated", self._count)

    def _count(self, _frame: object) -> None:
        self.loads += 1

    def key(self, name: str) -> None:
        self.actions += 1
        self.page.keyboard.press(name)

    def types(self, text: str) -> None:
        self.actions += 1
        self.page.keyboard.insert_text(text)

    def moves_on(self, act: Callable[[], None]) -> None:
        """Do something that opens the next page."""
        with self.page.expect_navigation():
            act()


def decided(agent: Hands, number: int) -> int:
    """Decide the case that is open, and go on to the next; how many actions that took."""
    before = agent.actions
    outcomes = agent.page.locator("#determination input").count()
    agent.key(str(1 + number % outcomes))
    agent.types(REASON)
    agent.moves_on(lambda: agent.key("Control+Enter"))
    return agent.actions - before


def approved(approver: Hands) -> int:
    """Approve the proposal that is open, and go on to the next; how many actions that took."""
    before = approver.actions
    approver.key("e")
    expect(approver.page.locator("[data-key=onward]")).to_be_focused()
    approver.moves_on(lambda: approver.key("Enter"))
    return approver.actions - before


def test_sixty_cases_in_five_actions_each_and_three_pages(
    city: Demo, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    agent = Hands(sign_in(city, browser, "agent"))
    agent.actions = agent.loads = 0
    agent.key("t")
    agent.moves_on(lambda: agent.key("Enter"))
    for_one = [decided(agent, number) for number in range(CASES)]

    approver = Hands(sign_in(city, browser, "approver"))
    approver.actions = approver.loads = 0
    waiting = int(approver.page.locator('a[href="/desk/?part=TO_APPROVE"] .count').inner_text())
    approver.moves_on(lambda: approver.page.click('a[href="/desk/?part=TO_APPROVE"]'))
    approver.moves_on(lambda: approver.page.click(".queue tbody a >> nth=0"))
    approver.actions += 2
    for_approval = [approved(approver) for _ in range(waiting)]
    expect(approver.page.locator('a[href="/desk/?part=TO_APPROVE"] .count')).to_have_text("0")

    actions, loads = agent.actions + approver.actions, agent.loads + approver.loads
    told = (
        f"\n{CASES} cases, {waiting} of them approved: {actions} actions, {loads} page loads; "
        f"a routine case: {max(for_one)} actions, and {max(for_approval)} to approve it\n"
    )
    with capsys.disabled():
        sys.stdout.write(told)
    assert waiting > 0
    assert actions <= MOST_ACTIONS
    assert loads <= MOST_LOADS
    assert max(for_one) + max(for_approval) <= MOST_FOR_ONE
