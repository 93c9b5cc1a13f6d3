"""The queue at the desk: counts, tags, what came back first, the next case, and taking things back."""

from __future__ import annotations

import re

from schema.types.connection import global_id
from schema.types.principal import Caller, Kind, Principal
from scoring.disputes import DisputeReason
from tests.support.desk import act, after, fields, file_dispute, open_case, refusal, send, sign_in
from tests.support.disputes import PAGE
from tests.support.people import FAN, YING, record
from tests.support.world import World

RECORDS = [record("traffic.illegal-parking", f"2026-09-0{n}", f"T{n}") for n in range(1, 5)]


async def three_cases(world: World) -> list[str]:
    """Three cases that nobody has, before an agent; their addresses, due first."""
    me = await world.enrol(YING, *RECORDS[:3])
    records = (await world.container.services.records.of_citizen(me, PAGE)).edges
    filed = [
        await world.container.disputes.open(Caller(me), edge.node.key, DisputeReason.NOT_MINE, "不是我", [])
        for edge in records
    ]
    await sign_in(world, "agent", Kind.AGENT)
    listed = (await world.http.get("/desk/?part=UNASSIGNED")).text
    found = list(dict.fromkeys(re.findall(r'href="(/desk/cases/[^"]+)"', listed)))
    assert set(found) == {f"/desk/cases/{global_id('Case', dispute.key)}" for dispute in filed}
    return found


async def take(world: World, page: str = "/desk/") -> str:
    """Press 领取下一件; the address that it leads to."""
    csrf = re.search('name="csrf" value="([^"]*)"', (await world.http.get(page)).text)
    assert csrf is not None
    return (await after(world, await world.http.post("/desk/next", data={"csrf": csrf[1]}))).url.path


def counts(page: str) -> dict[str, str]:
    return dict(re.findall(r'href="/desk/\?part=(\w+)"[^>]*>[^<]* <span class="count">(\d+)</span>', page))


async def test_each_part_says_how_many_and_each_row_when_it_was_filed(world: World) -> None:
    await three_cases(world)
    page = (await world.http.get("/desk/")).text
    assert counts(page) == {
        **{"OPEN": "3", "UNASSIGNED": "3", "MINE": "0"},
        **{"OVERDUE": "0", "TO_APPROVE": "0", "ESCALATED": "0"},
    }
    assert "<th>提出</th>" in page
    assert page.count('<td class="fixed">2026-11-23</td>') == 3
    assert page.count("待领取</td>") == 3
    await take(world)
    page = (await world.http.get("/desk/?part=MINE")).text
    assert (counts(page)["UNASSIGNED"], counts(page)["MINE"]) == ("2", "1")
    assert "办理中</td>" in page


async def test_the_next_case_is_the_one_due_first_and_two_people_never_get_the_same(world: World) -> None:
    cases = await three_cases(world)
    assert await take(world) == cases[0]
    await sign_in(world, "second", Kind.AGENT)
    assert await take(world, cases[0]) == cases[1]
    assert "承办 我" in (await world.http.get(cases[1])).text
    assert await take(world) == cases[2]
    assert "/desk/next" not in (await world.http.get("/desk/")).text, "nothing is left to take"


async def test_where_nothing_is_left_it_says_so(world: World) -> None:
    await three_cases(world)
    csrf = re.search('name="csrf" value="([^"]*)"', (await world.http.get("/desk/")).text)
    assert csrf is not None
    for _ in range(3):
        await world.http.post("/desk/next", data={"csrf": csrf[1]})
    page = await after(world, await world.http.post("/desk/next", data={"csrf": csrf[1]}))
    assert "没有可以领取的案件了" in page.text
    assert "没有可以领取的案件了" not in (await world.http.get("/desk/")).text, "it is said once"


async def test_an_appeal_of_ones_own_answer_is_passed_over(world: World) -> None:
    cases = await three_cases(world)
    case = cases[0].rsplit("/", 1)[1]
    await act(world, cases[0], "claim")
    await act(world, cases[0], "decide", determination="UPHELD", explanation="现场照片清楚")
    row = await world.container.store["disputes"].find_one({"number": {"$exists": True}, "open": False})
    assert row is not None
    await world.container.disputes.appeal(Caller(Principal(Kind.CITIZEN, row["citizen"])), row["_id"], "请再看")
    listed = (await world.http.get("/desk/?part=UNASSIGNED")).text
    assert case in listed
    assert ">复核</span>" in listed
    assert await take(world) in cases[1:]
    refused = await refusal(world, cases[0], "claim")
    assert "这件是对您所作答复的复核，要由没有经手过的同事办理。" in refused.text


async def test_after_a_decision_the_next_case_is_there(world: World) -> None:
    cases = await three_cases(world)
    await act(world, cases[0], "claim")
    answer = await send(world, cases[0], "decide", determination="DELETED", explanation="过户单属实", then="next")
    page = await after(world, answer)
    assert page.url.path == cases[1]
    assert re.search(rf'<p class="said"[^>]*><a href="{cases[0]}">D-2026-0000\d\d</a> 已提交', page.text)
    assert "承办 我" in page.text
    await act(world, cases[0], "retract")
    back = await after(
        world, await send(world, cases[1], "decide", determination="UPHELD", explanation="照片清楚", then="next")
    )
    assert back.url.path == cases[0], "what one holds comes before what nobody has"


async def test_after_an_approval_the_next_proposal_is_there(world: World) -> None:
    cases = await three_cases(world)
    for url in cases[:2]:
        await act(world, url, "claim")
        await act(world, url, "decide", determination="DELETED", explanation="过户单属实")
    await sign_in(world, "approver", Kind.APPROVER)
    page = await after(world, await send(world, cases[0], "approve", determination="DELETED", then="next"))
    assert page.url.path == cases[1]
    assert "已批准" in page.text
    page = await after(world, await send(world, cases[1], "approve", determination="DELETED", then="next"))
    assert str(page.url.query, "ascii") == "part=TO_APPROVE"


async def test_a_proposal_can_be_taken_back_by_whom_it_is_from(world: World) -> None:
    url = await open_case(world)
    assert 'data-key="undo">退回队列' in (await world.http.get(url)).text
    await act(world, url, "decide", determination="DELETED", explanation="过户单属实")
    page = (await world.http.get(url)).text
    assert 'data-key="undo">收回意见' in page
    await act(world, url, "retract")
    page = (await world.http.get(url)).text
    assert 'id="form-decide"' in page
    assert "收回意见" in page, "it is on record"


async def test_what_came_back_stands_first_with_what_brought_it(world: World) -> None:
    cases = await three_cases(world)
    for url in cases:
        await act(world, url, "claim")
    await act(world, cases[2], "ask", question="请补充过户单")
    row = await world.container.store["disputes"].find_one({"state": "awaiting_citizen"})
    assert row is not None
    me = Principal(Kind.CITIZEN, row["citizen"])
    await world.container.disputes.supply(Caller(me), row["_id"], "见照片", [])
    page = (await world.http.get("/desk/?part=MINE")).text
    assert "回到您手里的" in page
    places = [page.index(url) for url in cases]
    assert places[2] < places[0] < places[1]
    assert page.count(f'href="{cases[2]}"') == 1
    assert "已补充</span>" in page


async def test_a_case_shows_what_else_there_is_and_the_list_beside_it(world: World) -> None:
    cases = await three_cases(world)
    other = await world.enrol(FAN, RECORDS[3], openid="o-2")
    (held,) = (await world.container.services.records.of_citizen(other, PAGE)).edges
    theirs = await world.container.disputes.open(Caller(other), held.node.key, DisputeReason.NOT_MINE, "也不是我", [])
    page = (await world.http.get(cases[0])).text
    person, _, office = page.partition("这位市民的其他异议")[2].partition("这家单位的其他异议")
    assert {url for url in cases[1:] if url in person} == set(cases[1:])
    assert str(global_id("Case", theirs.key)) in office.partition("</section>")[0]
    beside = page.partition('<aside class="beside"')[2]
    assert all(url in beside for url in cases)
    assert '<li aria-current="true">' in beside


async def test_a_note_of_a_colleague_refreshes_an_open_case_and_makes_no_form_stale(world: World) -> None:
    url = await open_case(world)
    case = url.rsplit("/", 1)[1]
    known = (await world.http.get(f"/desk/pulse?case={case}")).json()["pulse"]
    form = await fields(world, url)
    await act(world, url, "note", text="打过电话")
    assert (await world.http.get(f"/desk/pulse?case={case}")).json()["pulse"] != known
    decision = {"determination": "UPHELD", "explanation": "照片清楚"}
    await after(world, await world.http.post(f"{url}/decide", data={**form, **decision}))
    assert "结果：维持记录" in (await world.http.get(url)).text


async def test_what_was_typed_when_a_colleague_took_the_case_can_be_copied(world: World) -> None:
    url = await open_case(world)
    form = await fields(world, url)
    await sign_in(world, "second", Kind.AGENT)
    await act(world, url, "take-over", explanation="同事病假")
    password = {"account": "agent", "password": "agentagent"}
    await world.http.post("/desk/sign-in", data=password)
    form |= {"csrf": (await fields(world, url))["csrf"], "revision": (await fields(world, url))["revision"]}
    answer = await world.http.post(f"{url}/ask", data={**form, "question": "请补充过户单的照片"})
    page = (await after(world, answer)).text
    assert "同事刚刚接手了这件，您的内容没有提交，在下面可以复制。" in page
    assert re.search(r"<textarea[^>]*readonly>请补充过户单的照片</textarea>", page)


async def test_every_page_begins_with_a_way_to_its_content_and_lists_its_keys(world: World) -> None:
    await file_dispute(world)
    await sign_in(world, "agent", Kind.AGENT)
    for address in ("/desk/", "/desk/checks", "/desk/figures"):
        page = (await world.http.get(address)).text
        assert page.index('<a class="skip" href="#main">') < page.index("<header"), address
        assert '<main id="main"' in page
        assert '<dialog id="keys"' in page
        assert "<dt><kbd>t</kbd></dt><dd>领取下一件</dd>" in page


async def test_a_role_that_may_not_see_a_page_is_told_so(world: World) -> None:
    await sign_in(world, "agent", Kind.AGENT)
    for address in ("/desk/steward", "/desk/log"):
        refused = await world.http.get(address)
        assert refused.status_code == 403
        assert "您的角色不能查看这一页。" in refused.text
        assert "开得太久" not in refused.text


async def test_an_auditor_has_a_log_to_read(world: World) -> None:
    url = await open_case(world)
    await world.http.get(url)
    await sign_in(world, "auditor", Kind.AUDITOR)
    page = (await world.http.get("/desk/log")).text
    assert 'href="/desk/log" aria-current="page"' in page
    assert "查看案件" in page
    assert "D-2026" not in page.partition("<main")[2]
    assert "agent" in (await world.http.get("/desk/log?account=agent")).text
    assert "没有记录。" in (await world.http.get("/desk/log?account=nobody")).text
