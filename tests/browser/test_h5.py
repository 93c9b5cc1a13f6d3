"""The citizen's pages in a real browser: on a small phone, in both languages, without JavaScript, readable for all."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.browser.chromium import ARTEFACTS, NEEDS_CHROMIUM
from tests.support.browsing import FAN, WU, YING, bind, fits, follow, violations, visitor
from tests.support.demo import Demo
from tests.support.photos import photo

pytestmark = NEEDS_CHROMIUM
PAGES = {
    "score": "/h5/",
    "history": "/h5/history",
    "what-if": "/h5/what-if",
    "benefits": "/h5/benefits",
    "records": "/h5/records",
    "disputes": "/h5/disputes",
    "privacy": "/h5/privacy",
    "looks": "/h5/privacy/looks",
    "unlink": "/h5/privacy/unlink",
    "leave": "/h5/privacy/leave",
}


@pytest.fixture(scope="module")
def city(demo: Demo) -> str:
    return demo.base_url()


@pytest.fixture(scope="module")
def base(city: str, browser: Browser) -> str:
    bind(browser, city, 0, YING)
    bind(browser, city, 2, WU)
    return city


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_works_on_a_small_phone_without_javascript(browser: Browser, base: str, language: str) -> None:
    page = visitor(browser, base, YING, java_script_enabled=False).new_page()
    for name, path in PAGES.items():
        answer = page.goto(f"{base}{path}?lang={language}")
        assert answer is not None
        assert answer.ok, name
        expect(page.locator("html")).to_have_attribute("lang", "en" if language == "en" else "zh-CN")
        expect(page.locator("h1")).to_have_count(1)
        page.screenshot(path=ARTEFACTS / f"h5-{name}-{language}.png", full_page=True)
    page.goto(f"{base}/h5/")
    expect(page.locator("html")).to_have_attribute("lang", "en" if language == "en" else "zh-CN")  # it is remembered


@pytest.mark.parametrize(("language", "scheme"), [("zh", "light"), ("en", "dark")])
def test_every_page_passes_axe_and_fits(browser: Browser, base: str, language: str, scheme: str) -> None:
    page = visitor(browser, base, YING, color_scheme=scheme).new_page()
    faults: dict[str, list[str]] = {}
    for name, path in PAGES.items():
        page.goto(f"{base}{path}?lang={language}")
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        faults[name] = violations(page) + ([] if fits(page) else ["scrolls sideways at 360"])
        page.screenshot(path=ARTEFACTS / f"h5-{name}-{scheme}.png", full_page=True)
        page.set_viewport_size({"width": 320, "height": 512})  # 640 by 1024 at 200 %
        faults[name] += [] if fits(page) else ["scrolls sideways at 200 %"]
        page.set_viewport_size({"width": 360, "height": 740})
    assert {name: found for name, found in faults.items() if found} == {}


def test_a_citizen_does_everything_without_javascript(browser: Browser, base: str) -> None:
    page = visitor(browser, base, YING, java_script_enabled=False).new_page()
    page.goto(f"{base}/h5/")
    value = int(page.locator(".dial .value").text_content() or "0")

    page.get_by_role("link", name="试算").click()
    page.locator("select[name^='earn.']").first.select_option("2")
    follow(page.get_by_role("button", name="试算"))
    then = int(page.locator(".before-after .then").inner_text())
    assert then > value
    page.screenshot(path=ARTEFACTS / "h5-tried.png", full_page=True)

    page.get_by_role("link", name="优惠", exact=True).click()
    follow(page.get_by_role("button", name="出示凭证").first)
    expect(page.locator(".qr svg")).to_be_visible()
    expect(page.locator(".code")).to_have_text(page.locator(".code").inner_text())
    page.screenshot(path=ARTEFACTS / "h5-pass.png", full_page=True)

    page.get_by_role("link", name="记录", exact=True).click()
    follow(page.locator(".timeline a.dispute").first)
    page.check("#reason-NOT_MINE")
    page.fill("#words", "这不是我的记录，当时我不在福州。")
    page.set_input_files("#files", {"name": "证明.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    page.get_by_role("button", name="先上传").click()
    expect(page.locator("#files-hint")).to_contain_text("已收到 1 张")
    expect(page.locator("#words")).to_have_value("这不是我的记录，当时我不在福州。")
    page.screenshot(path=ARTEFACTS / "h5-record.png", full_page=True)
    page.get_by_role("button", name="提交异议").click()
    expect(page.get_by_role("status")).to_contain_text("已受理")
    expect(page.locator(".photos img")).to_be_visible()
    page.screenshot(path=ARTEFACTS / "h5-dispute.png", full_page=True)

    page.locator("summary").click()
    page.get_by_role("button", name="确认撤回").click()
    expect(page.get_by_role("status")).to_contain_text("已撤回")
    page.goto(f"{base}/h5/")
    assert int(page.locator(".dial .value").text_content() or "0") == value


def test_what_follows_a_form_passes_axe_too(browser: Browser, base: str) -> None:
    page = visitor(browser, base, YING).new_page()
    page.goto(f"{base}/h5/benefits")
    code = page.locator(".benefit a").last.get_attribute("href")
    found = {}
    page.goto(f"{base}{code}")
    found["benefit"] = violations(page)
    page.goto(f"{base}/h5/benefits")
    follow(page.get_by_role("button", name="出示凭证").first)
    found["pass"] = violations(page)
    page.goto(f"{base}/h5/records")
    follow(page.locator(".timeline a.dispute").first)
    found["record"] = violations(page)
    page.goto(f"{base}/h5/disputes")
    follow(page.locator(".cases a").first)
    found["dispute"] = violations(page)
    page.emulate_media(media="print")
    expect(page.locator(".top nav")).to_be_hidden()
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_someone_new_sees_a_beginning_and_no_fault(browser: Browser, city: str, scheme: str) -> None:
    bind(browser, city, 1, FAN)
    page = visitor(browser, city, FAN, color_scheme=scheme).new_page()
    told = {"score": "起始分", "records": "常住登记", "disputes": "没有提出过", "benefits": "还没有用过"}
    for name, words in told.items():
        page.goto(f"{city}{PAGES[name]}")
        expect(page.locator("main")).to_contain_text(words)
        page.screenshot(path=ARTEFACTS / f"h5-new-{name}-{scheme}.png", full_page=True)
        assert violations(page) == []


def test_a_deadline_stands_out(browser: Browser, base: str) -> None:
    page = visitor(browser, base, WU, color_scheme="dark").new_page()
    page.goto(f"{base}/h5/records")
    expect(page.locator(".timeline .soon")).to_contain_text("缴清就不扣")
    page.screenshot(path=ARTEFACTS / "h5-notice.png", full_page=True)
    page.goto(f"{base}/h5/")
    page.screenshot(path=ARTEFACTS / "h5-score-wu.png", full_page=True)


def dispute_form(page: Page, base: str) -> None:
    """The form on the page of the first record that can be disputed."""
    page.goto(f"{base}/h5/records")
    follow(page.locator("a.dispute").first)


def test_a_form_that_was_refused_or_sent_too_late_is_there_again_and_back_sends_nothing(
    browser: Browser, base: str
) -> None:
    context = visitor(browser, base, YING)
    page = context.new_page()
    posts: list[str] = []
    page.on("request", lambda sent: posts.append(sent.url) if sent.method == "POST" else None)
    dispute_form(page, base)
    record = page.url.partition("#")[0]
    page.fill("#words", "这辆车八月已经卖了")
    follow(page.locator("button[value=file]"))
    expect(page.locator("[role=alert]")).to_contain_text("请先选一个原因")
    assert page.url.startswith(record)
    assert page.input_value("#words") == "这辆车八月已经卖了"
    assert not violations(page)
    page.reload()
    assert page.input_value("#words") == "这辆车八月已经卖了"
    expect(page.locator("[role=alert]")).to_have_count(0)
    page.go_back()
    page.go_forward()
    expect(page.locator("h1")).to_have_count(1)
    assert len(posts) == 1

    context.clear_cookies(name="egret_page")  # the session is over
    page.fill("#words", "有过户单，请看照片")
    page.set_input_files("#files", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    follow(page.locator("button[value=file]"))
    expect(page.locator("main")).to_contain_text("您刚才填写的内容还在")
    expect(page.locator("main")).to_contain_text("已收到 1 张")
    assert page.input_value("#words") == "有过户单，请看照片"
    page.screenshot(path=ARTEFACTS / "h5-kept.png", full_page=True)


def test_too_large_a_file_is_told_on_the_page_and_the_words_are_kept(browser: Browser, base: str) -> None:
    page = visitor(browser, base, YING).new_page()
    dispute_form(page, base)
    page.fill("#words", "照片很大")
    large: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo() + bytes(27 * 2**20)}
    page.set_input_files("#files", large)
    follow(page.locator("button[value=file]"))
    expect(page.locator("[role=alert]")).to_contain_text("超过 26MB")
    assert page.input_value("#words") == "照片很大"


def test_an_unknown_address_is_a_page_that_leads_on(browser: Browser, base: str) -> None:
    page = visitor(browser, base, YING, locale="zh-CN").new_page()
    page.goto(f"{base}/h5/no-such-page")
    expect(page.locator("h1")).to_contain_text("没有这个页面")
    assert not violations(page)
    page.get_by_role("link", name="回到首页").click()
    expect(page.locator("nav")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_the_seconds_until_another_code_are_counted_down(browser: Browser, base: str, script: bool) -> None:
    people = browser.new_page()
    people.goto(f"{base}/simulator/")
    name, id_number, phone = people.locator(".people tbody tr").nth(1).locator("td").all_inner_texts()
    page = visitor(browser, base, f"o-countdown-{script}", java_script_enabled=script, locale="zh-CN").new_page()
    page.clock.install()
    page.goto(f"{base}/h5/bind")
    for field, value in (("#name", name), ("#id_number", id_number), ("#phone", phone)):
        page.fill(field, value)
    page.check("#consent")
    page.click("main button")
    told = page.locator("p.hint")
    expect(told).to_contain_text("秒后可以重发")
    seconds = int("".join(filter(str.isdigit, told.inner_text())))
    page.clock.run_for(10_000)
    if not script:
        expect(told).to_contain_text(f"{seconds} 秒后可以重发")
        return
    expect(told).to_contain_text(f"{seconds - 10} 秒后可以重发")
    page.clock.run_for(60_000)
    expect(told).to_contain_text("可以重发，最多三次")
