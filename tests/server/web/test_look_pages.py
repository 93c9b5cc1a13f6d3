"""Why somebody looked: asked on the citizen's page, answered at the desk, seen by the auditor."""

from __future__ import annotations

from schema.types.connection import Page
from schema.types.dispute import QueueFilter
from schema.types.principal import Caller, Kind
from scoring.disputes import DisputeReason
from tests.support.desk import sign_in
from tests.support.pages import Browser, hidden
from tests.support.people import YING, record
from tests.support.world import World

PAGE = Page(20, None)
LOOKS = "/h5/privacy/looks"


async def asked(world: World) -> Browser:
    """A citizen who asked on the page about an agent's look."""
    me = await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02", "T1"))
    (held,) = (await world.container.services.records.of_citizen(me, PAGE)).edges
    await world.container.disputes.open(Caller(me), held.node.key, DisputeReason.NOT_MINE, "不是我", [])
    agent = await world.hire("one", Kind.AGENT)
    (case,) = (await world.container.services.desk.queue(agent, QueueFilter.OPEN, PAGE)).edges
    await world.container.services.desk.case(agent, case.node.key)
    browser = Browser(world)
    await browser.log_in()
    page = await browser.open(LOOKS)
    assert "为什么看？" in page.text
    assert "您本人" not in page.text
    done = await browser.post(LOOKS, hidden(page, LOOKS))
    assert "已替您问了" in done.text
    assert "为什么看？" not in done.text
    assert "您本人" in (await browser.open(f"{LOOKS}?by=me")).text
    return browser


async def answer(world: World, words: str) -> str:
    """Send the form of the desk's page; the page that follows."""
    page = await world.http.get("/desk/looks")
    fields = hidden(page, "/desk/looks") | {"words": words}
    return (await world.http.post("/desk/looks", data=fields, follow_redirects=True)).text


async def test_a_question_goes_from_the_page_to_the_desk_and_back(world: World) -> None:
    await asked(world)
    await sign_in(world, "other", Kind.AGENT)
    listed = (await world.http.get("/desk/looks")).text
    assert "D-2026-000001" in listed
    assert "陈" not in listed.split("<main", 1)[1]
    assert "由复核员给出" in await answer(world, "不是我看的")
    assert "不是我看的" in (await world.http.get("/desk/looks")).text, "what was typed is not lost"
    await sign_in(world, "approver", Kind.APPROVER)
    assert "没有。" in await answer(world, "办理异议时查看。")
    assert "办理异议时查看。" in (await world.http.get("/desk/looks?part=answered")).text
    browser = Browser(world)
    await browser.log_in()
    assert "答复：办理异议时查看。" in (await browser.open(LOOKS)).text
    assert "答复：办理异议时查看。" in (await browser.open("/h5/privacy")).text


async def test_the_auditor_sees_what_was_not_answered_and_answers_nothing(world: World) -> None:
    await asked(world)
    world.clock.advance(days=8)
    assert await world.container.looks.escalate() == 1
    await sign_in(world, "auditor", Kind.AUDITOR)
    listed = (await world.http.get("/desk/looks?part=overdue")).text
    assert "已逾期" in listed
    assert "<textarea" not in listed
    metrics = (await world.http.get("/metrics")).text
    assert "egret_look_questions_overdue 1.0" in metrics
