"""What is disputed besides a record, on the page: chosen, filed, shown, rated; and by those who cannot sign in."""

from __future__ import annotations

import pytest

from scoring.disputes import Determination
from server.demo.entities import entities
from server.sources.register import register_rows
from tests.support.disputes import decide, file
from tests.support.pages import Browser, links
from tests.support.people import MOLI, YING, record
from tests.support.world import World

WORDS = "请核对一下，谢谢。"
FIELDS = {
    "missing-record": {"rule": "volunteering.hours", "source": "civilisation-office", "day": "2026-11-02"},
    "computation": {"day": "2026-11-20"},
    "refused-pass": {"benefit": "library.deposit-free", "partner": "市图书馆", "day": "2026-11-20"},
    "data": {"aspect": "NAME"},
    "sign-in": {},
    "service": {"rating": "1"},
}


async def visitor(world: World) -> Browser:
    await world.container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
    await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02", "P-1"))
    browser = Browser(world)
    await browser.log_in()
    return browser


async def test_every_kind_can_be_chosen(world: World) -> None:
    page = await (await visitor(world)).open("/h5/disputes/new")
    for topic in FIELDS:
        assert f"/h5/disputes/new/{topic}" in page.text
    assert "/h5/records" in page.text


@pytest.mark.parametrize("topic", sorted(FIELDS))
async def test_each_kind_is_filed_and_shown_without_points(world: World, topic: str) -> None:
    browser = await visitor(world)
    address = f"/h5/disputes/new/{topic}"
    page = await browser.send(await browser.open(address), address, words=WORDS, step="file", **FIELDS[topic])
    assert "已受理，编号 D-2026-000001" in page.text
    assert WORDS in page.text
    assert "在此之前不计分" not in page.text
    listed = await browser.open("/h5/disputes")
    assert "D-2026-000001" in listed.text


async def test_what_is_left_out_is_asked_for_and_the_words_are_kept(world: World) -> None:
    browser = await visitor(world)
    address = "/h5/disputes/new/computation"
    page = await browser.send(await browser.open(address), address, words=WORDS, step="file", day="")
    assert "请填写日期" in page.text
    assert WORDS in page.text
    assert await world.container.store["disputes"].count_documents({}) == 0


async def test_a_case_that_was_answered_is_rated_from_its_page(world: World) -> None:
    me = await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02", "P-1"))
    dispute = await file(world, me)
    await decide(world, dispute, Determination.UPHELD)
    browser = Browser(world)
    await browser.log_in()
    (link,) = links(await browser.open(f"/h5/disputes/{dispute.id}"), "/h5/disputes/new/service")
    form = await browser.open(link)
    page = await browser.send(form, "/h5/disputes/new/service", words=WORDS, step="file", rating="5")
    assert "已答复" in page.text
    (row,) = await world.container.store["disputes"].find({"subject.kind": "service"}).to_list(None)
    assert row["subject"] == {"kind": "service", "rating": 5, "case": dispute.key, "number": dispute.number}


async def test_who_is_not_bound_tells_that_binding_fails(world: World) -> None:
    await world.register(YING)
    browser = Browser(world)
    await browser.log_in()
    address = "/h5/disputes/new/sign-in"
    page = await browser.send(
        await browser.open(address), address, words="我的号码是 350199199001010015，收不到短信", step="file"
    )
    assert "已转给工作人员" in page.text
    (row,) = await world.container.store["checks"].find({}).to_list(None)
    assert (row["kind"], "citizen" in row) == ("sign_in", False)
    told = await world.container.vault.open(row["sealed"])
    assert "350199199001010015" not in told["words"]
    assert "收不到短信" in told["words"]
    other = await browser.open("/h5/disputes/new/data")
    assert "aspect" not in other.text
