"""The story in a real browser: chat in the simulator, decide at the desk. Keeps screenshots in `artefacts/`."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import ARTEFACTS, NEEDS_CHROMIUM, password
from tests.support.demo import Demo
from tests.support.photos import photo

pytestmark = NEEDS_CHROMIUM


class Phone:
    """The chat window, as a person uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def say(self, text: str) -> str:
        before = self.page.locator("#talk li.them:not(.typing)").count()
        if self.page.locator("#said").is_hidden():  # the account's menu is there first, as in WeChat
            self.page.click("#keyboard")
        self.page.fill("#said", text)
        self.page.click("#send")
        expect(self.page.locator("#talk li.them:not(.typing)")).to_have_count(before + 1, timeout=20_000)
        return self.page.locator("#talk li.them .bubble").last.inner_text()

    def code(self, phone: str) -> str:
        """The newest that came to a phone; those of other tests are there too."""
        row = self.page.locator("#sms li", has_text=phone).first
        expect(row).to_contain_text("验证码", timeout=20_000)
        found = re.search(r"验证码 (\d{6})", row.inner_text())
        assert found is not None
        return found[1]

    def shot(self, name: str) -> None:
        self.page.screenshot(path=ARTEFACTS / f"{name}.png")


def test_chat_and_desk(demo: Demo, browser: Browser) -> None:
    base = demo.base_url()
    page = browser.new_page(viewport={"width": 1180, "height": 900})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(f"{base}/simulator/")
    expect(page.locator("#talk")).to_contain_text("全凭自愿", timeout=20_000)
    phone = Phone(page)
    phone.shot("1-welcome")

    person = [cell.inner_text() for cell in page.locator(".people tbody tr").first.locator("td").all()]
    assert "授权书" in phone.say("绑定")
    for said in ("1", person[0], person[1]):
        phone.say(said)
    assert "验证码已发到" in phone.say(person[2])
    assert "绑定成功" in phone.say(phone.code(person[2]))
    phone.shot("2-bound")
    assert "茉莉分 700，良好" in phone.say("查询")
    card = page.locator("#talk li.them img").last
    expect(card).to_be_visible()
    expect(card).to_have_js_property("complete", value=True)
    expect(card).to_have_js_property("naturalWidth", 900)
    phone.shot("3-score")
    page.locator(".phone").screenshot(path=ARTEFACTS / "score.png")
    phone.say("明细")
    lines = phone.say("更多")
    number = re.search(r"(\d+)\. −10 违法停车", lines)
    assert number is not None
    phone.shot("4-lines")
    phone.say("权益")
    assert "凭证" in phone.say("1")
    phone.shot("5-pass")
    phone.say(f"异议 {number[1]}")
    phone.say("1")
    phone.say("这辆车八月已经卖了，有过户单。")
    page.set_input_files("#file", {"name": "过户单.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    expect(page.locator("#talk li.them .bubble").last).to_contain_text("收到 1 张照片", timeout=20_000)
    assert "照片：1 张" in phone.say("提交")
    filed = phone.say("确认")
    assert "分数是 710" in filed
    case_number = re.search(r"D-\d{4}-\d{6}", filed)
    assert case_number is not None
    phone.shot("6-disputed")
    page.locator(".phone").screenshot(path=ARTEFACTS / "chat.png")

    decide(demo, browser, base, case_number[0])
    expect(page.locator("#talk li.push").last).to_contain_text("记录已删除", timeout=20_000)
    phone.shot("7-decided")

    with page.expect_popup() as opened:
        page.locator("#talk li.them img").first.click()
    score = opened.value
    expect(score.locator(".card svg")).to_be_visible()
    expect(score.locator("main")).to_contain_text("分数怎么来的")
    score.set_viewport_size({"width": 400, "height": 900})
    score.screenshot(path=ARTEFACTS / "h5-score.png", full_page=True)
    score.close()
    phone.say("我的数据")
    with page.expect_popup() as opened:
        page.locator("#talk li.them a", has_text="/h5/data/").last.click()
    expect(opened.value.locator("main")).to_contain_text("过户单")
    opened.value.screenshot(path=ARTEFACTS / "h5-data.png")
    opened.value.close()

    page.click("#keyboard")
    page.get_by_role("button", name="守信权益").click()
    expect(page.get_by_role("button", name="可享权益")).to_be_visible()
    phone.shot("8-menu")
    page.get_by_role("button", name="谁看过").click()
    expect(page.locator("#talk li.them .bubble").last).to_contain_text("办理您的异议", timeout=20_000)
    phone.say("退出")
    assert "已退出" in phone.say("确认退出")
    assert faults == []


def decide(demo: Demo, browser: Browser, base: str, number: str) -> None:
    """An agent claims and proposes, an approver approves."""
    agent = sign_in(browser, base, "agent", password(demo, "agent"))
    agent.screenshot(path=ARTEFACTS / "desk-1-queue.png")
    agent.get_by_role("link", name=number).click()
    expect(agent.locator("main")).to_contain_text("违法停车")
    evidence = agent.locator(".photos img")
    expect(evidence).to_be_visible()
    agent.get_by_role("button", name="领取", exact=True).click()
    agent.check("#outcome-DELETED")
    agent.fill("#explanation", "过户单属实，删除这条记录。")
    agent.screenshot(path=ARTEFACTS / "desk-2-case.png", full_page=True)
    agent.get_by_role("button", name="提交意见").click()
    expect(agent.locator("main")).to_contain_text("等待另一位复核员")

    approver = sign_in(browser, base, "approver", password(demo, "approver"))
    approver.get_by_role("link", name="待复核").click()
    approver.get_by_role("link", name=number).click()
    approver.get_by_role("button", name="批准：删除记录", exact=True).click()
    expect(approver.locator("main")).to_contain_text("结果：删除记录")
    approver.screenshot(path=ARTEFACTS / "desk-3-decided.png", full_page=True)


def sign_in(browser: Browser, base: str, account: str, secret: str) -> Page:
    page = browser.new_context(viewport={"width": 1180, "height": 800}, locale="zh-CN").new_page()
    page.goto(f"{base}/desk/")
    page.fill("#account", account)
    page.fill("#password", secret)
    page.get_by_role("button", name="登录").click()
    expect(page.locator("h1")).to_contain_text("全部")
    return page


def test_binding_on_a_page_keeps_the_number_out_of_the_chat(demo: Demo, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1180, "height": 900})
    page = context.new_page()
    page.goto(f"{demo.base_url()}/simulator/")
    expect(page.locator("#talk")).to_contain_text("全凭自愿", timeout=20_000)
    phone = Phone(page)
    person = [cell.inner_text() for cell in page.locator(".people tbody tr").nth(1).locator("td").all()]
    phone.say("绑定")
    phone.say("1")
    with page.expect_popup() as opened:
        page.locator("#talk li.them a").last.click()
    form = opened.value
    form.set_viewport_size({"width": 400, "height": 900})
    form.fill("#name", person[0])
    form.fill("#id_number", person[1])
    form.fill("#phone", person[2])
    form.screenshot(path=ARTEFACTS / "h5-bind.png", full_page=True)
    form.get_by_role("button", name="发送验证码").click()
    assert form.evaluate("document.querySelector('[name=consent]').validity.valueMissing")  # the browser says so
    form.check("input[name=consent]")
    form.get_by_role("button", name="发送验证码").click()
    form.fill("#code", phone.code(person[2]))
    form.get_by_role("button", name="确认绑定").click()
    expect(form.locator("main")).to_contain_text("绑定成功")
    assert "茉莉分 500，暂无记录" in phone.say("查询")
    assert person[1] not in page.locator("#talk").inner_text()


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1180, "dark")])
def test_the_chat_fits_a_small_phone_and_a_dark_room(demo: Demo, browser: Browser, width: int, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 780},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(f"{demo.base_url()}/simulator/")
    expect(page.locator("#talk")).to_contain_text("全凭自愿", timeout=20_000)
    page.evaluate("document.querySelector('#sms').append('https://a.link/' + 'x'.repeat(300))")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=ARTEFACTS / f"chat-{width}-{scheme}.png")
