"""Credit repair on the page: what each record says of it, the form with its effect, the application and its answer."""

from __future__ import annotations

import pytest

from schema.types.principal import Caller, Kind, Principal
from tests.support.pages import Browser, hidden, links
from tests.support.people import MOLI, YING, record
from tests.support.photos import photo
from tests.support.world import World

PARKING = record("traffic.illegal-parking", "2026-11-02", "P-1")
POLICE = Principal(Kind.SOURCE, "traffic-police")
TYPED = {"done_on": "2026-11-10", "words": "罚款已缴，回执 0012", "step": "file"}
SERIOUS = next(r for r in MOLI.rules if r.tier is not None and r.tier.value == "serious")
EXTREME = next(r for r in MOLI.rules if r.tier is not None and r.tier.value == "extreme")


async def visitor(world: World) -> tuple[Browser, str]:
    """Someone with a parking penalty, on the page, and the address of the form to repair it."""
    await world.enrol(YING, PARKING)
    await world.container.store["sources"].insert_one(
        {"_id": "traffic-police", "source": "traffic-police", "active": True, "rules": [], "counts": {}}
    )
    browser = Browser(world)
    await browser.log_in()
    (address,) = links(await browser.open("/h5/records"), "/h5/records/")
    (form,) = [link for link in links(await browser.open(address), "/h5/records/") if link.endswith("/repair")]
    return browser, form


async def test_a_repair_is_applied_for_with_its_effect_beforehand_and_answered_with_the_new_score(
    world: World,
) -> None:
    browser, address = await visitor(world)
    page = await browser.open(address)
    for told in ("凭证", "分数约 500（+10）", "10 个工作日", "不等于同意"):
        assert told in page.text, told
    files = {"files": ("a.jpg", photo(), "image/jpeg")}
    applied = await browser.post(address, hidden(page, address) | TYPED, files)
    assert applied.url.path.startswith("/h5/repairs/")
    assert "R-2026-000001" in applied.text
    assert "2026年12月7日" in applied.text
    assert applied.text.count("<img") == 1
    assert "R-2026-000001" in (await browser.open("/h5/disputes")).text
    assert "最迟 2026年12月7日 答复" in (await browser.open("/h5/records")).text
    row = await world.container.store["repairs"].find_one({})
    assert row is not None
    answers = world.container.services.repair_answers
    await answers.answer(Caller(POLICE), row["_id"], "已核实缴款。", accepted=True)
    answered = await browser.open(str(applied.url))
    for told in ("已核实缴款。", "500（+10）", "已修复"):
        assert told in answered.text, told
    assert "P-1" not in (await browser.open("/h5/records")).text


async def test_what_is_refused_keeps_what_was_typed(world: World) -> None:
    browser, address = await visitor(world)
    page = await browser.open(address)
    early = await browser.post(address, hidden(page, address) | TYPED | {"done_on": "2026-11-01"})
    assert "办完的日期要在记录发生之后" in early.text
    assert TYPED["words"] in early.text
    none = await browser.post(address, hidden(early, address) | TYPED | {"done_on": ""})
    assert "请选择办完的日期" in none.text
    assert await world.container.store["repairs"].count_documents({}) == 0


async def test_a_double_tap_applies_once(world: World) -> None:
    browser, address = await visitor(world)
    fields = hidden(await browser.open(address), address) | TYPED
    await browser.post(address, fields)
    await browser.post(address, fields)
    assert await world.container.store["repairs"].count_documents({}) == 1


async def test_it_is_taken_back(world: World) -> None:
    browser, address = await visitor(world)
    page = await browser.post(address, hidden(await browser.open(address), address) | TYPED)
    back = f"{page.url.path}/withdraw"
    done = await browser.post(back, hidden(page, back))
    assert "已撤回" in done.text
    assert "申请修复" in (await browser.open(address)).text


@pytest.mark.parametrize(("rule", "told"), [(SERIOUS, "2027年9月2日 起可以申请修复"), (EXTREME, "不能修复")])
async def test_each_record_says_from_when_or_why_not(world: World, rule: object, told: str) -> None:
    code = rule.code  # type: ignore[attr-defined]
    await world.enrol(YING, record(code, "2026-09-02", "G-1"))
    browser = Browser(world)
    await browser.log_in()
    page = await browser.open("/h5/records")
    assert told in page.text
    (address,) = links(page, "/h5/records/")
    assert told in (await browser.open(address)).text
    form = await browser.open(f"{address}/repair")
    assert told in form.text
    assert 'name="done_on"' not in form.text
