"""Whether a score is computed, on the pages behind the chat."""

from __future__ import annotations

from scoring.records import Record
from tests.support.h5 import bind, binding_link, fill, fill_again, form
from tests.support.pages import Browser, hidden, links
from tests.support.people import YING, record
from tests.support.world import Chat, World

PART = "/h5/privacy/part"


async def visitor(world: World, *records: Record) -> Browser:
    await world.enrol(YING, *records)
    browser = Browser(world)
    await browser.log_in()
    return browser


async def stop(browser: Browser) -> str:
    page = await browser.open(PART)
    fields = hidden(page, f"{PART}/look-only") | {"sure": "yes"}
    return (await browser.post(f"{PART}/look-only", fields)).text


async def test_records_alone_are_chosen_on_the_page_that_binds(world: World) -> None:
    url = await binding_link(world, Chat(world))
    await world.deliver(YING, record("traffic.illegal-parking", "2026-09-02"))
    assert "我只同意查看和更正记录" in (await world.http.get(url)).text
    page = await fill(world, url, **form(consent="records-2026-1"))
    done = await fill_again(world, page, code=await world.last_code())
    assert "绑定成功" in done.text
    assert "没有计算信用分" in done.text
    assert "违法停车" in (await world.http.get("/h5/records")).text
    assert await world.container.store["assessments"].count_documents({}) == 0


async def test_taking_part_is_still_chosen_on_the_page_that_binds(world: World) -> None:
    url = await binding_link(world, Chat(world))
    assert 'aria-label="茉莉分 500' in (await bind(world, url)).text


async def test_a_pause_is_set_and_ended_on_the_page(world: World) -> None:
    browser = await visitor(world)
    paused = await browser.send(await browser.open(PART), f"{PART}/pause")
    assert "已暂停计算" in paused.text
    for place in ("/h5/", "/h5/benefits", "/h5/what-if"):
        assert "暂停计算" in (await browser.open(place)).text
    resumed = await browser.send(await browser.open("/h5/"), f"{PART}/resume")
    assert 'aria-label="茉莉分 500' in resumed.text


async def test_computing_is_stopped_where_it_was_ticked_and_taken_up_again(world: World) -> None:
    browser = await visitor(world, record("traffic.illegal-parking", "2026-09-02"))
    page = await browser.open(PART)
    unsure = await browser.post(f"{PART}/look-only", hidden(page, f"{PART}/look-only"))
    assert "请先勾选" in unsure.text
    assert "已停止计算" in await stop(browser)
    assert await world.container.store["assessments"].count_documents({}) == 0
    records = await browser.open("/h5/records")
    assert "没有计算信用分" in records.text
    (place,) = links(records, "/h5/records/")
    filed = await browser.send(await browser.open(place), place, reason="NOT_MINE", words="不是我的", step="file")
    assert "已受理" in filed.text
    assert "没有分数历史" in (await browser.open("/h5/history")).text or "只看记录" in (await browser.open("/h5/")).text
    again = await browser.send(await browser.open(PART), "/h5/privacy/consent")
    assert "授权已记录" in again.text
    assert 'aria-label="茉莉分 500' in (await browser.open("/h5/")).text


async def test_the_pages_say_it_in_english(world: World) -> None:
    browser = await visitor(world)
    assert "Pause the score" in (await browser.open(f"{PART}?lang=en")).text
