"""Records and disputes on the page: filed once, with photos, withdrawn, supplied, appealed; what was typed is kept."""

from __future__ import annotations

import re

import httpx
import pytest

from schema.types.principal import Caller, Kind
from scoring.disputes import Determination
from tests.support.pages import Browser, hidden, links
from tests.support.people import FAN, YING, record
from tests.support.photos import photo
from tests.support.world import World

PARKING = record("traffic.illegal-parking", "2026-09-02", "P-1")
WORDS = "这辆车八月已经卖了，有过户单。"


async def visitor(world: World) -> Browser:
    """Someone with a parking penalty, on the page."""
    await world.enrol(YING, PARKING)
    browser = Browser(world)
    await browser.log_in()
    return browser


async def record_page(browser: Browser) -> tuple[httpx.Response, str]:
    """The page of the only record, and its address."""
    (address,) = links(await browser.open("/h5/records"), "/h5/records/")
    return await browser.open(address), address


async def file(browser: Browser, **typed: str) -> httpx.Response:
    page, address = await record_page(browser)
    return await browser.send(page, address, **({"reason": "NOT_MINE", "words": WORDS, "step": "file"} | typed))


async def test_the_timeline_has_every_record_and_a_dispute_on_each(world: World) -> None:
    await world.enrol(YING, PARKING, record("volunteering.hours", "2026-09-01", "V-1"))
    browser = Browser(world)
    await browser.log_in()
    page = await browser.open("/h5/records")
    assert page.text.count('class="dispute"') == 2
    assert page.text.index("违法停车") < page.text.index("志愿服务")  # newest first


async def test_a_record_says_all_that_is_known_and_what_a_dispute_would_do(world: World) -> None:
    page, _ = await record_page(await visitor(world))
    for told in ("市公安局交警支队", "P-1", "2026年9月2日", "每条 −10", "示例参数", "从 490 变为 500"):
        assert told in page.text, told


async def test_a_dispute_is_filed_and_the_record_stops_counting(world: World) -> None:
    browser = await visitor(world)
    page = await file(browser)
    assert page.url.path.startswith("/h5/disputes/")
    assert "已受理，编号 D-2026-000001" in page.text
    assert WORDS in page.text
    assert "最迟" in page.text
    assert "已受理，编号" not in (await browser.open(str(page.url))).text  # it is said once
    assert 'aria-label="茉莉分 500' in (await browser.open("/h5/")).text
    assert "异议处理中" in (await browser.open("/h5/records")).text
    again, _ = await record_page(browser)
    assert "已经有正在办理的异议" in again.text


async def test_the_steps_of_a_dispute_stand_on_top_as_text(world: World) -> None:
    browser = await visitor(world)
    page = await file(browser)
    assert steps(page) == ["提出，已完成", "核查，还没有", "答复，还没有", "办结，还没有"]
    assert page.text.count('aria-current="step"') == 1
    (row,) = await world.container.store["disputes"].find({}).to_list(None)
    agent = await world.hire("agent", Kind.AGENT)
    await world.container.services.desk.claim(Caller(agent), row["_id"])
    assert steps(await browser.open(page.url.path))[1] == "核查，已完成"
    withdrawn = await browser.send(page, f"{page.url.path}/withdraw")
    assert steps(withdrawn)[2:] == ["撤回，已完成", "办结，已完成"]


def steps(page: httpx.Response) -> list[str]:
    """The steps of the dispute on a page, as they are read aloud."""
    bar = page.text[page.text.index('<ol class="steps">') :].partition("</ol>")[0]
    return ["".join(parts) for parts in re.findall(r'<li[^>]*>([^<]+)<span class="unseen">([^<]+)</span>', bar)]


async def test_a_double_tap_files_one_dispute_with_its_photos(world: World) -> None:
    browser = await visitor(world)
    page, address = await record_page(browser)
    fields = hidden(page, address) | {"reason": "NOT_MINE", "words": WORDS, "step": "file"}
    files = {"files": ("a.jpg", photo(), "image/jpeg")}
    await browser.post(address, fields, files)
    second = await browser.post(address, fields, files)
    assert second.url.path.startswith("/h5/disputes")
    assert await world.container.store["disputes"].count_documents({}) == 1
    assert await world.container.store["evidence"].count_documents({}) == 1


async def test_photos_come_first_and_the_words_are_kept(world: World) -> None:
    browser = await visitor(world)
    page, address = await record_page(browser)
    files = {"files": ("a.jpg", photo(), "image/jpeg")}
    kept = await browser.send(page, address, files=files, reason="NOT_MINE", words=WORDS, step="photos")
    assert "已收到 1 张" in kept.text
    assert WORDS in kept.text
    assert 'value="NOT_MINE" required checked>' in kept.text
    done = await browser.send(kept, address, reason="NOT_MINE", words=WORDS, step="file")
    (picture,) = set(re.findall(r'<img src="(/h5/evidence/[\w-]+)"', done.text))
    assert (await browser.open(picture)).headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("typed", "files"),
    [
        ({"words": " "}, None),
        ({"words": "长" * 501}, None),
        ({}, {"files": ("a.jpg", b"not a photo", "image/jpeg")}),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    world: World, typed: dict[str, str], files: object
) -> None:
    browser = await visitor(world)
    page, address = await record_page(browser)
    values = {"reason": "WRONG_FACTS", "words": WORDS, "step": "file"} | typed
    refused = await browser.send(page, address, files=files, **values)
    assert 'role="alert"' in refused.text
    assert values["words"] in refused.text
    assert 'value="WRONG_FACTS" required checked>' in refused.text
    assert await world.container.store["disputes"].count_documents({}) == 0


async def test_all_that_is_missing_is_said_at_once_at_its_field(world: World) -> None:
    browser = await visitor(world)
    page, address = await record_page(browser)
    refused = await browser.send(page, address, words="", step="file")
    summary = refused.text[refused.text.index('role="alert"') :].partition("</div>")[0]
    assert re.findall(r'href="#([\w-]+)"', summary) == ["reason", "words"]
    assert 'aria-describedby="reason-wrong"' in refused.text
    assert 'aria-describedby="words-hint words-wrong"' in refused.text


async def test_a_dispute_can_be_withdrawn(world: World) -> None:
    browser = await visitor(world)
    page = await file(browser)
    action = f"{page.url.path}/withdraw"
    fields = hidden(page, action)
    done = await browser.post(action, fields)
    assert "已撤回 D-2026-000001" in done.text
    assert 'role="alert"' not in (await browser.post(action, fields)).text  # a second tap
    assert 'aria-label="茉莉分 490' in (await browser.open("/h5/")).text


async def test_a_question_of_the_desk_is_answered_on_the_page(world: World) -> None:
    browser = await visitor(world)
    page = await file(browser)
    agent, desk = await world.hire("agent", Kind.AGENT), world.container.services.desk
    (row,) = await world.container.store["disputes"].find({}).to_list(None)
    case = await desk.claim(Caller(agent), row["_id"])
    await desk.ask_citizen(Caller(agent), row["_id"], case.revision, "请提供过户单的日期")
    assert "请提供过户单的日期" in (await browser.open("/h5/disputes")).text
    asked = await browser.open(page.url.path)
    done = await browser.send(asked, f"{page.url.path}/supply", words="八月十二日过户", step="send")
    assert "已收到您对 D-2026-000001 的补充" in done.text
    assert "请提供过户单的日期" in done.text  # the talk keeps both
    assert "八月十二日过户" in done.text


async def test_an_answer_can_be_read_and_appealed(world: World) -> None:
    browser = await visitor(world)
    page = await file(browser)
    agent, desk = await world.hire("agent", Kind.AGENT), world.container.services.desk
    (row,) = await world.container.store["disputes"].find({}).to_list(None)
    case = await desk.claim(Caller(agent), row["_id"])
    await desk.note(Caller(agent), row["_id"], "写给同事的话")
    await desk.decide(Caller(agent), row["_id"], case.revision, Determination.UPHELD, "照片显示车仍登记在您名下")
    decided = await browser.open(page.url.path)
    assert "记录属实" in decided.text
    assert "照片显示车仍登记在您名下" in decided.text
    assert "写给同事的话" not in decided.text
    letter, receipt = links(decided, "/h5/letters/")
    assert "异议答复书" in (await browser.open(letter)).text
    assert "受理回执" in (await browser.open(receipt)).text
    appealed = await browser.send(decided, f"{page.url.path}/appeal", words="登记没有及时更新")
    assert "已受理复核" in appealed.text
    assert "登记没有及时更新" in appealed.text
    assert "照片显示车仍登记在您名下" in appealed.text.split("复核前的答复", 1)[1]
    first, _ = links(appealed, "/h5/letters/")
    assert "以复核后的答复为准" in (await browser.open(first)).text


async def test_a_record_that_does_not_count_can_be_disputed_too(world: World) -> None:
    await world.enrol(YING, record("traffic.illegal-parking", "2026-01-02"))
    browser = Browser(world)
    await browser.log_in()
    assert "已受理，编号 D-2026-000001" in (await file(browser)).text


async def test_records_and_disputes_are_for_no_one_else(world: World) -> None:
    browser = await visitor(world)
    page = await file(browser)
    _, address = await record_page(browser)
    await world.enrol(FAN, openid="o-fan")
    other = Browser(world, "o-fan")
    await other.log_in()
    for path in (address, page.url.path):
        found = await other.open(path)
        assert found.status_code == 404
        assert "违法停车" not in found.text


async def test_nothing_yet_is_said_kindly(world: World) -> None:
    await world.enrol(YING)
    browser = Browser(world)
    await browser.log_in()
    assert "您刚开始" in (await browser.open("/h5/records")).text
    assert "没有提出过异议" in (await browser.open("/h5/disputes")).text
