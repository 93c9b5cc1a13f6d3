"""Benefits on the page: what is open, the way to the others, the way without; passes with their code."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.support.pages import Browser, hidden, links
from tests.support.people import YING, record
from tests.support.world import World

ENOUGH = [record("social-insurance.timely", f"202{n}-09-01", f"S{n}") for n in (4, 5, 6)]
ENOUGH += [record("housing-fund.timely", f"202{n}-09-01", f"F{n}") for n in (4, 5, 6)]


async def test_someone_new_sees_how_far_each_is_and_the_ordinary_way(world: World) -> None:
    await world.enrol(YING)
    browser = Browser(world)
    await browser.log_in()
    page = await browser.open("/h5/benefits")
    assert "现在还没有可用的优惠" in page.text
    assert "还差 100" in page.text
    assert "普通渠道" in page.text
    assert "还没有用过凭证" in page.text


async def test_the_way_to_a_benefit_can_be_tried_out(world: World) -> None:
    await world.enrol(YING)
    browser = Browser(world)
    await browser.log_in()
    address = links(await browser.open("/h5/benefits"), "/h5/benefits/")[0]
    page = await browser.open(address)
    assert "怎样达到" in page.text
    (trial,) = links(page, "/h5/what-if?")
    assert "新增可用" in (await browser.open(trial)).text


async def test_a_pass_is_a_code_for_ten_minutes(world: World) -> None:
    await world.enrol(YING, *ENOUGH)
    browser = Browser(world)
    await browser.log_in()
    shown = await _take(browser)
    assert re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", shown.text)
    assert '<svg role="img"' in shown.text
    assert "10:1" in shown.text  # until when
    world.clock.advance(minutes=11)
    again = await browser.open(str(shown.url))
    assert "已过期" in again.text
    assert "<svg" not in again.text
    assert "已过期" in (await browser.open("/h5/benefits")).text


async def test_a_double_tap_gives_one_pass(world: World) -> None:
    me = await world.enrol(YING, *ENOUGH)
    browser = Browser(world)
    await browser.log_in()
    page = await browser.open("/h5/benefits")
    action = _first_take(page.text)
    fields = hidden(page, action)
    first, second = await browser.post(action, fields), await browser.post(action, fields)
    assert first.url == second.url
    assert await world.container.store["passes"].count_documents({"citizen": me.id}) == 1


async def test_a_benefit_that_is_not_open_is_refused_in_words(world: World) -> None:
    await world.enrol(YING, *ENOUGH)
    browser = Browser(world)
    await browser.log_in()
    page = await browser.open("/h5/benefits")
    closed = links(page, "/h5/benefits/")[-1]
    refused = await browser.post(f"{closed}/pass", hidden(page, _first_take(page.text)))
    assert 'role="alert"' in refused.text


@pytest.mark.parametrize("path", ["/h5/benefits/no-such", "/h5/passes/made-up", "/h5/passes/UGFzczox"])
async def test_what_is_not_there_is_not_found(world: World, path: str) -> None:
    await world.enrol(YING)
    browser = Browser(world)
    await browser.log_in()
    page = await browser.open(path)
    assert page.status_code == 404
    assert "没有找到" in page.text


async def test_a_pass_is_for_no_one_else(world: World) -> None:
    await world.enrol(YING, *ENOUGH)
    browser = Browser(world)
    await browser.log_in()
    shown = await _take(browser)
    other = Browser(world, "o-other")
    await other.log_in()
    assert "还没有绑定" in (await other.open(str(shown.url))).text


async def _take(browser: Browser) -> httpx.Response:
    page = await browser.open("/h5/benefits")
    return await browser.send(page, _first_take(page.text))


def _first_take(text: str) -> str:
    found = re.search(r'action="(/h5/benefits/[\w.-]+/pass)"', text)
    assert found is not None
    return found[1]
