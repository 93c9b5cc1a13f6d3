"""The score page, history and what-if: every point with its source, each step with its reason, nothing written."""

from __future__ import annotations

import re

from schema.types.connection import Page, global_id
from schema.types.principal import OPERATOR, Caller
from scoring.disputes import DisputeReason
from tests.support.pages import Browser, links
from tests.support.people import YING, delivery, record
from tests.support.world import Chat, World

GOOD = record("volunteering.hours", "2026-09-01", "V-1")
PARKING = record("traffic.illegal-parking", "2026-09-02", "P-1")
POWER = record("utility.power-overdue", "2026-11-20", "N-1")
PAGE = Page(50, None)


async def test_every_line_stands_under_its_dimension_with_its_source_and_basis(world: World) -> None:
    await world.enrol(YING, GOOD, PARKING)
    page = await Browser(world).log_in()
    part = re.search(r"公共信用</span><b>\+10</b>.*?</details>", page.text, re.DOTALL)
    assert part is not None
    for told in ("志愿服务", "市文明办", "2026年9月1日", "示例参数", "志愿服务条例"):
        assert told in part[0], told
    assert "+500" in page.text  # the base
    assert len([link for link in links(page, "/h5/records/") if not link.endswith("/repair")]) == 2


async def test_a_record_that_was_just_delivered_is_shown_before_it_is_counted(world: World) -> None:
    await world.enrol(YING, GOOD)
    browser = Browser(world)
    await browser.log_in()
    await world.container.deliveries.deliver(OPERATOR, delivery(YING, PARKING))
    page = await browser.open("/h5/records")
    assert "刚收到，正在计入分数" in page.text
    (waiting, _) = links(page, "/h5/records/")
    assert "刚收到，正在计入分数" in (await browser.open(waiting)).text
    await world.reassess()
    assert "正在计入" not in (await browser.open("/h5/records")).text


async def test_what_moved_before_the_first_look_is_no_change_since_it(world: World) -> None:
    me = await world.enrol(YING)
    await world.container.store["assessments"].update_many({"citizen": me.id}, {"$unset": {"seen_at": ""}})
    world.clock.advance(days=30)
    await world.deliver(YING, record("volunteering.hours", "2026-12-01"))
    browser = Browser(world)
    assert "比您上次看" not in (await browser.log_in()).text, "there was no look before"
    world.clock.advance(days=1)
    assert "比您上次看" not in (await browser.log_in()).text, "nothing moved since"


async def test_what_changed_since_the_last_visit_is_said_with_its_reasons(world: World) -> None:
    await world.enrol(YING)
    browser = Browser(world)
    await browser.log_in()
    world.clock.advance(days=3)
    await world.deliver(YING, record("volunteering.hours", "2026-11-25"), PARKING)
    page = await browser.log_in()
    card = page.text[page.text.index("比您上次看（2026年11月23日）") :].partition("</section>")[0]
    assert card.index("违法停车") < card.index("志愿服务"), "what takes points first"
    world.clock.advance(days=1)
    assert "比您上次看" not in (await browser.log_in()).text, "nothing moved since"


async def test_what_was_seen_in_the_chat_is_no_news_on_the_page(world: World) -> None:
    await world.enrol(YING)
    browser, chat = Browser(world), Chat(world)
    await browser.log_in()
    world.clock.advance(days=3)
    await world.deliver(YING, record("volunteering.hours", "2026-11-25"))
    told = await chat.say("查询")
    assert "比您上次看（2026年11月23日）+10：志愿服务" in told
    world.clock.advance(days=1)
    assert "比您上次看" not in (await browser.log_in()).text
    assert "和您上次看（2026年11月26日）一样" in await chat.say("查询")


async def test_of_several_changes_since_the_last_look_the_sum_is_told(world: World) -> None:
    await world.enrol(YING)
    chat = Chat(world)
    await chat.say("查询")
    for days in (1, 2):
        world.clock.advance(days=days)
        await world.deliver(YING, record("volunteering.hours", f"2026-11-2{3 + days}", f"V{days}"))
    world.clock.advance(hours=1)
    await world.deliver(YING, PARKING)
    first = await chat.say("查询")
    assert "比您上次看（2026年11月23日）" in first
    assert "违法停车" in first
    assert await chat.say("查询") == first


async def test_what_can_still_be_avoided_says_until_when_how_and_whom_to_ask(world: World) -> None:
    await world.enrol(YING, GOOD, POWER)
    page = await Browser(world).log_in()
    card = page.text[page.text.index("现在办，还来得及") :].partition("</section>")[0]
    assert "电费逾期提醒" in card
    assert "2026年12月19日前（含当天）向市供电公司缴清就不扣，过期扣 5 分。" in card
    assert "12345" in card
    assert page.text.count("电费逾期提醒") == 1
    assert page.text.index("现在办，还来得及") < page.text.index("分数怎么来的")


async def test_what_is_under_way_stands_before_the_lines_with_its_last_day(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    (held,) = (await world.container.services.records.of_citizen(me, PAGE)).edges
    await world.container.disputes.open(Caller(me), held.node.key, DisputeReason.NOT_MINE, "不是我", [])
    page = await Browser(world).log_in()
    part = page.text[page.text.index("正在办理的异议") :].partition("</section>")[0]
    assert "违法停车" in part
    assert "最迟 2026年11月30日 答复" in part
    assert page.text.index("正在办理的异议") < page.text.index("分数怎么来的")


async def test_what_takes_points_comes_before_what_gives_them_and_can_be_disputed_or_repaired(world: World) -> None:
    await world.enrol(YING, GOOD, PARKING)
    page = await Browser(world).log_in()
    part = page.text[page.text.index("扣分的记录") :].partition("</section>")[0]
    assert "违法停车" in part
    assert "志愿服务" not in part
    assert re.findall(r"/h5/records/[\w-]+(/repair|#dispute)", part) == ["/repair", "#dispute"]
    dimensions = re.findall(r'<details class="part">.*?<b>([^<]+)</b>', page.text)
    assert dimensions[0] == "−10", "the dimension that takes points comes first"


async def test_each_coming_change_says_why(world: World) -> None:
    await world.enrol(YING, PARKING, POWER)
    browser = Browser(world)
    await browser.log_in()
    page = await browser.open("/h5/what-if")
    assert "违法停车处罚逾期未缴（−10）到期，不再计分" in page.text
    assert "电费逾期提醒（−5）开始计分" in page.text


async def test_settling_a_bill_that_does_not_count_yet_says_what_it_saves(world: World) -> None:
    me = await world.enrol(YING, POWER)
    browser = Browser(world)
    await browser.log_in()
    page = await browser.open("/h5/what-if")
    saves = "2026年12月19日前（含当天）缴清，免扣 5 分"
    assert saves in page.text
    assert page.text.index(saves) < page.text.index("还可以加分")
    assert "（0）" not in page.text
    (held,) = (await world.container.services.records.of_citizen(me, PAGE)).edges
    page = await browser.open(f"/h5/what-if?try=1&settle={global_id('CreditRecord', held.node.key)}")
    assert "2026年12月19日以后也不会扣 5 分" in page.text


async def test_the_history_shows_each_step_with_its_reason(world: World) -> None:
    await world.enrol(YING)
    browser = Browser(world)
    await browser.log_in()
    assert "还没有变化" in (await browser.open("/h5/history")).text
    world.clock.advance(days=3)
    await world.deliver(YING, record("volunteering.hours", "2026-11-25"))
    page = await browser.open("/h5/history")
    rows = re.findall(r'class="now">(\d+)', page.text)
    assert rows == ["510", "500"]
    assert "志愿服务" in page.text
    assert "开通" in page.text
    assert 'class="stairs"' not in page.text, "under three changes the list says it all"


async def test_a_plot_spans_a_hundred_points_with_the_bands_in_real_time(world: World) -> None:
    await world.enrol(YING)
    browser = Browser(world)
    await browser.log_in()
    for n, hours in enumerate((2, 2, 44), 1):
        world.clock.advance(hours=hours)
        await world.deliver(YING, record("volunteering.hours", "2026-11-01", f"V-{n}"))
    page = await browser.open("/h5/history")
    assert "2026年11月23日 为 500，2026年11月25日 为 530" in page.text  # in words, for those who do not see it
    plot = page.text[page.text.index('class="history"') :].partition("</svg>")[0]
    scale = [int(value) for value in re.findall(r'class="scale"[^>]*>(\d+)', plot)]
    assert max(scale) - min(scale) >= 100
    first, second, third, last = (float(x) for x in re.findall(r'cx="([\d.]+)"', plot))
    assert second - first < 15
    assert third - second < 15
    assert last - third > 150


async def test_the_history_has_pages(world: World) -> None:
    await world.enrol(YING)
    browser = Browser(world)
    await browser.log_in()
    for n in range(1, 22):
        await world.deliver(YING, record("volunteering.hours", "2026-11-01", f"V-{n}"))
    first = await browser.open("/h5/history")
    (older,) = links(first, "/h5/history?after=")
    assert "开通" in (await browser.open(older)).text


async def test_what_if_shows_before_and_after_and_writes_nothing(world: World) -> None:
    me = await world.enrol(YING)
    browser = Browser(world)
    await browser.log_in()
    page = await browser.open("/h5/what-if?try=1&earn.volunteering.hours=2")
    assert re.findall(r"<b(?: class=\"then\")?>(\d+)</b>", page.text) == ["500", "520"]
    assert '<option value="2" selected>' in page.text
    assert await world.container.store["records"].count_documents({"citizen": me.id}) == 0
    assert "500" in (await browser.open("/h5/")).text


async def test_waiting_is_a_step_too(world: World) -> None:
    await world.enrol(YING, PARKING)
    browser = Browser(world)
    await browser.log_in()
    page = await browser.open("/h5/what-if?wait=2027-03-01")
    assert re.findall(r"<b(?: class=\"then\")?>(\d+)</b>", page.text) == ["490", "500"]
    assert "2027年3月1日" in page.text


async def test_choices_that_make_no_sense_are_answered_in_words(world: World) -> None:
    await world.enrol(YING)
    browser = Browser(world)
    await browser.log_in()
    for asked, told in (
        ("try=1", "1 到 20 步"),
        ("try=1&earn.volunteering.hours=99", "1 到 20 步"),
        ("try=1&earn.no-such-rule=1", "不能试算"),
        ("settle=made-up", "不能试算"),
        ("wait=yesterday&try=1", "1 到 20 步"),
    ):
        page = await browser.open(f"/h5/what-if?{asked}")
        assert page.status_code == 422, asked
        assert told in page.text, asked


# The language


async def test_a_language_that_was_chosen_is_kept(world: World) -> None:
    await world.enrol(YING)
    browser = Browser(world)
    await browser.log_in()
    assert "Where your points come from" in (await browser.open("/h5/?lang=en")).text
    assert "My records" in (await browser.open("/h5/records")).text
    assert "我的记录" in (await browser.open("/h5/records?lang=zh")).text


async def test_without_a_choice_the_page_speaks_as_the_chat_does(world: World) -> None:
    await world.enrol(YING)
    await Chat(world).say("English")
    page = await Browser(world).log_in()
    assert 'lang="en"' in page.text
    assert "Where your points come from" in page.text


async def test_the_other_language_is_the_same_page(world: World) -> None:
    await world.enrol(YING)
    browser = Browser(world)
    await browser.log_in()
    page = await browser.open("/h5/what-if?try=1&earn.volunteering.hours=2")
    assert "?try=1&amp;earn.volunteering.hours=2&amp;lang=en" in page.text


async def test_a_score_of_more_lines_than_a_question_gives_shows_all_of_them(world: World) -> None:
    count = 104
    helped = (record("volunteering.hours", "2026-09-01", f"V{n}") for n in range(count))
    await world.enrol(YING, *helped)
    browser = Browser(world)
    await browser.log_in()
    page = (await browser.open("/h5/")).text
    assert len(set(re.findall(r'href="/h5/records/([\w-]+)"', page))) == count
