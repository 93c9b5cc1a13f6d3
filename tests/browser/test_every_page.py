"""Every page for everybody: light and dark, on a telephone and on a wide screen, with text twice as large, in both
languages; and all of them on one contact sheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import ARTEFACTS, NEEDS_CHROMIUM, password, sign_in
from tests.browser.contact_sheet import write_sheet
from tests.support.axe import violations_in
from tests.support.browsing import bind, follow, visitor
from tests.support.demo import Demo
from tests.support.stages import PHOTOS, Stages, arrange, case_of

pytestmark = NEEDS_CHROMIUM
CITIZEN = "o-every-page"
WIDTHS = (320, 390, 1280, 1920)
SCHEMES = ("light", "dark")
TEXT = ("100%", "200%")
LEAST_TARGET = 44
"""CSS pixels of what is tapped on a telephone (WCAG 2.5.5); links within a sentence are free."""
MOST_BYTES = 40 * 1024
SMALL_TARGETS = """() => [...document.querySelectorAll(
    'button, summary, select, input:not([type=hidden]), nav a, a.button'
  )]
  .filter(e => e.checkVisibility() && !['checkbox', 'radio'].includes(e.type))
  .filter(e => e.getBoundingClientRect().height < %d - 0.5)
  .map(e => e.outerHTML.slice(0, 120))"""
CITIZENS = {
    "score": "/h5/",
    "history": "/h5/history",
    "what-if": "/h5/what-if",
    "tried": "/h5/what-if?try=1&wait=2027-12-31",
    "benefits": "/h5/benefits",
    "records": "/h5/records",
    "disputes": "/h5/disputes",
    "something else is wrong": "/h5/disputes/new",
    "a missing record": "/h5/disputes/new/missing-record",
    "a wrong score": "/h5/disputes/new/computation",
    "a refused pass": "/h5/disputes/new/refused-pass",
    "wrong data": "/h5/disputes/new/data",
    "a refused sign-in": "/h5/disputes/new/sign-in",
    "a rating": "/h5/disputes/new/service",
    "notices": "/h5/notices",
    "privacy": "/h5/privacy",
    "part": "/h5/privacy/part",
    "looks": "/h5/privacy/looks",
    "own looks": "/h5/privacy/looks?by=me",
    "unlink": "/h5/privacy/unlink",
    "leave": "/h5/privacy/leave",
    "lost": "/h5/nowhere",
    "sign-in": "/h5/sign-in",
}
FOLLOWED = {
    "a record": ("/h5/records", ".timeline a"),
    "a benefit": ("/h5/benefits", ".benefit a"),
    "a repair": ("/h5/", "a[href$='/repair']"),
    "a dispute": ("/h5/disputes", ".cases a"),
    "a receipt": ("/h5/disputes", ".cases a", "a[href*='/h5/letters/']"),
    "a pass": ("/h5/benefits", "a[href^='/h5/passes/']"),
    "my data": ("/h5/privacy", "form[action='/h5/privacy/data'] button"),
}
"""Pages that are reached from another: what is pressed there, one after the other."""
STAGES = {"asked for more": "asked", "proposed": "proposed", "a complaint": "complaint", "an answered repair": "repair"}
"""Pages of cases that are under way, by the stage that each is at."""
DESK = {
    "agent": {
        "queue": "/desk/",
        "open": "/desk/?part=OPEN",
        "checks": "/desk/checks",
        "repairs": "/desk/repairs",
        "notices": "/desk/notices",
        "looks": "/desk/looks",
        "lost": "/desk/nowhere",
    },
    "steward": {"figures": "/desk/figures", "versions": "/desk/steward"},
    "auditor": {"figures": "/desk/figures", "log": "/desk/log"},
}
OPEN = {
    "front": "/",
    "desk-sign-in": "/desk/sign-in",
    "simulator": "/simulator/",
    "simulator in English": "/simulator/?lang=en",
    "counter": "/simulator/counter",
    "developers": "/developers",
    "letter-check": "/letters/check",
    "public-figures": "/figures",
}


@pytest.fixture(scope="module")
def pictures() -> Iterator[dict[str, bytes]]:
    """What was seen, by name; on a sheet in the end."""
    seen: dict[str, bytes] = {}
    yield seen
    write_sheet(seen, ARTEFACTS / "contact-sheet.png")


@pytest.fixture(scope="module")
def stages(demo: Demo, browser: Browser, base: str) -> Stages:
    citizen, desk = visitor(browser, base, CITIZEN).new_page(), sign_in(demo, browser, "agent")
    return arrange(citizen, desk, base)


@pytest.fixture(scope="module")
def base(demo: Demo, browser: Browser) -> str:
    bind(browser, demo.base_url(), 0, CITIZEN)
    page = visitor(browser, demo.base_url(), CITIZEN).new_page()
    page.goto(f"{demo.base_url()}/h5/records")
    follow(page.locator("a.dispute").first)
    page.check("#reason-NOT_MINE")
    page.fill("#words", "这不是我的记录，当时我不在福州。")
    follow(page.locator("button[value=file]"))
    page.goto(f"{demo.base_url()}/h5/benefits")
    follow(page.locator(".benefit form button").first)
    page.close()
    return demo.base_url()


def faults_of(page: Page, name: str, pictures: dict[str, bytes], *, tapped: bool = False) -> list[str]:
    """What is wrong with a page in any size, colour and text; a picture of it on a telephone and on a desk.

    Where it is `tapped`, on a telephone, every target is large enough.
    """
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = [f"too large: {size} bytes" for size in [len(page.content().encode())] if tapped and size > MOST_BYTES]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            for text in TEXT:
                page.evaluate(f"document.documentElement.style.fontSize = '{text}'")
                where = f"{width} px, {scheme}, {text}"
                found += [f"{where}: {fault}" for fault in violations_in(page)]
                if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                    found.append(f"{where}: scrolls sideways")
            if text == TEXT[-1] and width in (390, 1280):
                page.evaluate("document.documentElement.style.fontSize = ''")
                page.evaluate("scrollTo(0, 0)")  # what sticks to the top stands there
                pictures[f"{name} {width} {scheme}"] = page.screenshot(full_page=True)
        if width == 390 and tapped:
            found += [f"small: {target}" for target in page.evaluate(SMALL_TARGETS % LEAST_TARGET)]
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_a_citizen(browser: Browser, base: str, language: str, pictures: dict[str, bytes]) -> None:
    page = visitor(browser, base, CITIZEN, bypass_csp=True).new_page()
    found = {}
    for name, path in CITIZENS.items():
        page.goto(f"{base}{path}{'&' if '?' in path else '?'}lang={language}")
        found[name] = faults_of(page, f"{name} {language}", pictures, tapped=True)
    for name, (path, *pressed) in FOLLOWED.items():
        page.goto(f"{base}{path}{'&' if '?' in path else '?'}lang={language}")
        for target in pressed:
            follow(page.locator(target).first)
        found[name] = faults_of(page, f"{name} {language}", pictures, tapped=True)
    assert _told(found) == {}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_a_case_that_is_under_way(
    browser: Browser, base: str, stages: Stages, language: str, pictures: dict[str, bytes]
) -> None:
    page = visitor(browser, base, CITIZEN, bypass_csp=True).new_page()
    found = {}
    page.goto(f"{base}/h5/history?lang={language}")
    assert page.locator(".history .stair").count() > 2, "the plot has its points"
    for name, stage in STAGES.items():
        page.goto(f"{base}{getattr(stages, stage)}?lang={language}")
        found[name] = faults_of(page, f"{name} {language}", pictures, tapped=True)
    page.goto(f"{base}{stages.asked}?lang={language}")
    follow(page.locator("#supply button[value=send]"))
    found["supply with errors"] = faults_of(page, f"supply with errors {language}", pictures, tapped=True)
    page.goto(f"{base}/h5/disputes/new/missing-record?lang={language}")
    page.fill("#day", "")
    follow(page.locator("button[value=file]"))
    found["complaint with errors"] = faults_of(page, f"complaint with errors {language}", pictures, tapped=True)
    for name, code in (("genuine", None), ("unknown", "ABCD-EFGH-JKMN-2345"), ("empty", "")):
        page.goto(f"{base}{stages.proposed}?lang={language}")
        follow(page.locator("a[href*='/h5/letters/']").first)
        number, printed = page.locator(".number").first.inner_text(), page.locator(".code").inner_text()
        page.goto(f"{base}/letters/check?lang={language}")
        page.fill("#number", re.findall(r"D-\d{4}-\d+", number)[0] if code != "" else "")
        page.fill("#code", printed if code is None else code)
        follow(page.locator("main button"))
        found[f"letter {name}"] = faults_of(page, f"letter {name} {language}", pictures, tapped=True)
    assert _told(found) == {}


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_every_page_of_the_desk_about_a_case_that_is_under_way(
    demo: Demo, browser: Browser, stages: Stages, language: str, pictures: dict[str, bytes]
) -> None:
    found = {}
    agent = sign_in(demo, browser, "agent", bypass_csp=True, locale=language)
    agent.goto(demo.base_url() + case_of(stages.asked))
    expect(agent.locator(".photos img")).to_have_count(len(PHOTOS))
    found["case with photos"] = faults_of(agent, f"case with photos {language}", pictures)
    agent.set_viewport_size({"width": 1280, "height": 844})
    agent.locator("[data-photo]").first.click()
    expect(agent.locator("#photo img")).to_have_js_property("complete", value=True)
    pictures[f"a photo {language}"] = agent.screenshot()
    agent.keyboard.press("Escape")
    follow(agent.locator("#form-decide button:not([name]):not([type])"))
    expect(agent.locator("#form-decide .wrong")).to_have_count(2)
    found["case with errors"] = faults_of(agent, f"case with errors {language}", pictures)
    approver = sign_in(demo, browser, "approver", bypass_csp=True, locale=language)
    approver.goto(demo.base_url() + case_of(stages.proposed))
    expect(approver.locator("#form-approve")).to_be_visible()
    found["proposal"] = faults_of(approver, f"proposal {language}", pictures)
    assert _told(found) == {}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_someone_who_is_not_bound(
    browser: Browser, base: str, language: str, pictures: dict[str, bytes]
) -> None:
    page = visitor(browser, base, f"o-unbound-{language}", bypass_csp=True).new_page()
    found = {}

    def look(name: str) -> None:
        found[name] = faults_of(page, f"{name} {language}", pictures, tapped=True)

    page.goto(f"{base}/h5/?lang={language}")
    look("unbound")
    follow(page.locator("a[href='/h5/bind']"))
    look("bind")
    page.evaluate("document.querySelectorAll('[required]').forEach(field => field.removeAttribute('required'))")
    page.fill("#phone", "12")
    follow(page.locator("main button"))
    look("bind with errors")
    for field, value in zip(("#name", "#id_number", "#phone"), person_of(browser, base), strict=True):
        page.fill(field, value)
    page.check("#consent")
    follow(page.locator("main button"))
    expect(page.locator("#code")).to_be_visible()
    look("code")
    page.fill("#code", "000000")
    follow(page.locator("button[value=confirm]"))
    expect(page.locator("#code-wrong")).to_be_visible()
    look("code with errors")
    page.goto(f"{base}/h5/bind/made-up")
    look("gone")
    assert _told(found) == {}


def person_of(browser: Browser, base: str) -> list[str]:
    """Name, ID number and telephone of one of the demo's people who is not bound in this file."""
    page = browser.new_page()
    page.goto(f"{base}/simulator/")
    found = page.locator(".people tbody tr").nth(1).locator("td").all_inner_texts()
    page.close()
    return found


def test_a_page_on_paper_is_black_on_white_without_what_can_only_be_pressed(browser: Browser, base: str) -> None:
    page = visitor(browser, base, CITIZEN, color_scheme="dark").new_page()
    for path, pressed in (("/h5/", ()), ("/h5/privacy", FOLLOWED["my data"][1:]), ("/h5/disputes", (".cases a",))):
        page.emulate_media(media="screen")
        page.goto(f"{base}{path}")
        for target in pressed:
            follow(page.locator(target).first)
        page.emulate_media(media="print")
        paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        ink = page.evaluate("getComputedStyle(document.querySelector('h1')).color")
        assert (paper, ink) == ("rgb(255, 255, 255)", "rgb(0, 0, 0)"), path
        for hidden in page.locator("nav, form, button, .button, .actions").all():
            assert not hidden.is_visible(), path


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
@pytest.mark.parametrize("account", DESK)
def test_every_page_of_the_desk(
    demo: Demo, browser: Browser, account: str, language: str, pictures: dict[str, bytes]
) -> None:
    page = browser.new_context(bypass_csp=True, locale=language).new_page()
    page.goto(f"{demo.base_url()}/desk/sign-in")
    page.fill("[name=account]", account)
    page.fill("[name=password]", password(demo, account))
    follow(page.locator("main button"))
    found = {}
    for name, path in DESK[account].items():
        page.goto(f"{demo.base_url()}{path}")
        found[name] = faults_of(page, f"{account} {name} {language}", pictures)
    if account == "agent":
        page.goto(f"{demo.base_url()}/desk/")
        follow(page.locator(".queue tbody a").first)
        found["case"] = faults_of(page, f"case {language}", pictures)
    assert _told(found) == {}


def test_every_page_that_is_open_to_all(demo: Demo, browser: Browser, pictures: dict[str, bytes]) -> None:
    page = browser.new_context(bypass_csp=True).new_page()
    found = {}
    for name, path in OPEN.items():
        page.goto(f"{demo.base_url()}{path}")
        found[name] = faults_of(page, name, pictures)
    assert _told(found) == {}


def _told(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """Pages with faults, each fault once with the first place where it was seen."""
    told: dict[str, list[str]] = {}
    for name, faults in found.items():
        once: dict[str, str] = {}
        for fault in faults:
            once.setdefault(fault.partition(": ")[2], fault)
        if once:
            told[name] = list(once.values())
    return told
