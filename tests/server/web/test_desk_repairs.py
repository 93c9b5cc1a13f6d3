"""Applications for repair at the desk: the queue with figures, an office's answer written down, and a second person."""

from __future__ import annotations

from datetime import date

from schema.types.principal import Caller, Kind, Principal
from server.demo.entities import entities
from server.sources.register import register_rows
from tests.support.desk import act, refusal, sign_in
from tests.support.disputes import PAGE
from tests.support.people import MOLI, YING, record
from tests.support.world import World

WORDS = "<b>罚款已缴</b>"


async def applied(world: World) -> tuple[Principal, str]:
    """Whose application waits, and the address of its page."""
    await world.container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
    me = await world.enrol(YING, record("traffic.illegal-parking", "2026-11-02", "T-77"))
    (held,) = (await world.container.services.records.of_citizen(me, PAGE)).edges
    await world.container.repairs.apply(Caller(me), held.node.key, date(2026, 11, 10), WORDS, [])
    await sign_in(world, "agent", Kind.AGENT)
    page = await world.http.get("/desk/repairs")
    assert "R-2026-000001" in page.text
    assert "罚款已缴" not in page.text  # listing is no look
    return me, page.text.split('href="/desk/repairs/')[1].split('"')[0]


async def test_what_an_office_says_by_telephone_is_written_down_and_approved_by_another(world: World) -> None:
    me, repair = await applied(world)
    url = f"/desk/repairs/{repair}"
    shown = (await world.http.get(url)).text
    office = (await world.container.store["sources"].find_one({"_id": "traffic-police"}) or {})["contact"]
    for told in ("T-77", "&lt;b&gt;罚款已缴", office["office"], office["phone"]):
        assert told in shown, told
    await act(world, url, "answer", spoke_with="王科", words="已核实缴款。", accepted="yes")
    assert "等另一位复核员复核" in (await world.http.get(url)).text
    await sign_in(world, "approver", Kind.APPROVER)
    await act(world, url, "approve")
    assert "已修复" in (await world.http.get(url)).text
    assert (await world.container.services.scores.current(me)).value == 500
    assert "没有等待答复的修复申请" in (await world.http.get("/desk/repairs")).text
    assert "信用修复" in (await world.http.get("/desk/figures")).text


async def test_a_refusal_is_told_and_what_cannot_be_sent_is_shown_again(world: World) -> None:
    me, repair = await applied(world)
    url = f"/desk/repairs/{repair}"
    again = await refusal(world, url, "answer", spoke_with="王科", words=" ", accepted="no")
    assert 'value="王科"' in again.text
    await act(world, url, "answer", spoke_with="王科", words="没有查到缴款。", accepted="no")
    assert "未同意" in (await world.http.get(url)).text
    (edge,) = (await world.container.repairs.mine(me, PAGE)).edges
    assert edge.node.answer == "没有查到缴款。"


async def test_one_who_only_writes_down_cannot_approve(world: World) -> None:
    _, repair = await applied(world)
    url = f"/desk/repairs/{repair}"
    await act(world, url, "answer", spoke_with="王科", words="已核实缴款。", accepted="yes")
    shown = (await world.http.get(url)).text
    assert "同意修复，记录停止使用" not in shown


async def test_the_pages_are_for_the_desk(world: World) -> None:
    _, repair = await applied(world)
    await sign_in(world, "steward", Kind.STEWARD)
    assert (await world.http.get("/desk/repairs")).status_code == 403
    assert (await world.http.get(f"/desk/repairs/{repair}")).status_code == 404
