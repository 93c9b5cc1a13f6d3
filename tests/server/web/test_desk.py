"""`/desk`: what an agent sees and does, with forms that another site cannot send."""

from __future__ import annotations

import html
import re
from urllib.parse import quote

import pytest

from schema.types.principal import Kind
from tests.support.desk import act, after, fields, file_dispute, open_case, refusal, send, sign_in
from tests.support.people import YING
from tests.support.world import Chat, World


async def test_from_queue_to_decision(world: World) -> None:
    await file_dispute(world)
    await sign_in(world, "agent", Kind.AGENT)
    queue = (await world.http.get("/desk/")).text
    assert "D-2026-000001" in queue
    assert "还有 5 个工作日" in queue
    url = re.search(r'href="(/desk/cases/[^"]+)"', queue)[1]  # type: ignore[index]
    case = (await world.http.get(url)).text
    assert "&lt;b&gt;不是我的车&lt;/b&gt;" in case
    assert "T-77" in case
    assert "道路交通安全法" in case
    assert re.search(r"<td>490</td><td>500</td><td>500</td>", case)
    assert YING.id_number not in case
    assert YING.name not in case

    await act(world, url, "claim")
    form = await fields(world, url)
    await act(world, url, "decide", determination="DELETED", explanation="过户单属实")
    assert "等待另一位复核员" in (await world.http.get(url)).text
    answer = await world.http.post(f"{url}/approve", data={**form, "revision": "3", "determination": "DELETED"})
    refused = await after(world, answer)
    assert "没有做这件事的权限" in refused.text

    await sign_in(world, "approver", Kind.APPROVER)
    assert "D-2026-000001" in (await world.http.get("/desk/?part=TO_APPROVE")).text
    proposal = (await world.http.get(url)).text
    for part in ("等待批准：删除记录", "批准：删除记录</button>", "过户单属实", "agent · 2026-11-23", "记录不再计分"):
        assert part in proposal, part
    assert re.search(
        r"现在 <strong>500</strong>（异议期间这条不计），批准后 <strong>500</strong>；如果维持记录，是 490", proposal
    )
    await act(world, url, "approve", determination="DELETED")
    assert "结果：删除记录" in (await world.http.get(url)).text
    assert "这里没有案件" in (await world.http.get("/desk/")).text
    assert any("记录已删除" in text for text in await Chat(world).pushes())


async def test_a_proposal_can_be_returned_and_a_case_released(world: World) -> None:
    await file_dispute(world)
    await sign_in(world, "agent", Kind.AGENT)
    url = re.search(r'href="(/desk/cases/[^"]+)"', (await world.http.get("/desk/")).text)[1]  # type: ignore[index]
    await act(world, url, "claim")
    await act(world, url, "release")
    await act(world, url, "claim")
    await refusal(world, url, "claim")
    await act(world, url, "decide", determination="CORRECTED", explanation="日期有误")
    await sign_in(world, "approver", Kind.APPROVER)
    await act(world, url, "return", explanation="请附上更正依据")
    html = (await world.http.get(url)).text
    assert "请附上更正依据" in html
    assert "办理中" in html
    assert "被退回" in html


async def test_upholding_needs_no_second_person_and_the_record_counts_again(world: World) -> None:
    await file_dispute(world)
    await sign_in(world, "agent", Kind.AGENT)
    url = re.search(r'href="(/desk/cases/[^"]+)"', (await world.http.get("/desk/")).text)[1]  # type: ignore[index]
    await act(world, url, "claim")
    await act(world, url, "decide", determination="UPHELD", explanation="现场照片清楚")
    assert "结果：维持记录" in (await world.http.get(url)).text
    assert any("恢复计分" in text and "490" in text for text in await Chat(world).pushes())


async def test_a_stale_page_cannot_overwrite(world: World) -> None:
    await file_dispute(world)
    await sign_in(world, "agent", Kind.AGENT)
    url = re.search(r'href="(/desk/cases/[^"]+)"', (await world.http.get("/desk/")).text)[1]  # type: ignore[index]
    await act(world, url, "claim")
    stale = await fields(world, url)
    await act(world, url, "release")
    await act(world, url, "claim")
    answer = await world.http.post(f"{url}/decide", data={**stale, "determination": "UPHELD", "explanation": "看过了"})
    assert "刚刚有变化" in (await after(world, answer)).text


@pytest.mark.parametrize("csrf", ["", "0" * 64, "é"])
async def test_a_form_without_the_sessions_token_is_refused(world: World, csrf: str) -> None:
    await file_dispute(world)
    await sign_in(world, "agent", Kind.AGENT)
    url = re.search(r'href="(/desk/cases/[^"]+)"', (await world.http.get("/desk/")).text)[1]  # type: ignore[index]
    answer = await world.http.post(f"{url}/claim", data={"csrf": csrf, "revision": "1"})
    assert answer.status_code == 403
    row = await world.container.store["disputes"].find_one({})
    assert row is not None
    assert row["state"] == "submitted"


@pytest.mark.parametrize("path", ["/desk/", "/desk/cases/x"])
async def test_a_stranger_is_sent_to_sign_in(world: World, path: str) -> None:
    for cookie in (None, "nonsense"):
        headers = {} if cookie is None else {"cookie": f"egret_desk={cookie}"}
        response = await world.http.get(path, headers=headers)
        assert (response.status_code, response.headers["location"]) == (303, "/desk/sign-in")


async def test_a_citizens_token_opens_no_desk(world: World) -> None:
    token = await world.mini_program()
    response = await world.http.get("/desk/", headers={"cookie": f"egret_desk={token}"})
    assert response.status_code == 303


async def test_a_wrong_password_says_so(world: World) -> None:
    assert "登录" in (await world.http.get("/desk/sign-in")).text
    response = await world.http.post("/desk/sign-in", data={"account": "x", "password": "y"})
    assert response.status_code == 401
    assert "登录没有成功" in response.text


async def test_another_sites_sign_in_form_is_refused(world: World) -> None:
    response = await world.http.post(
        "/desk/sign-in", data={"account": "x", "password": "y"}, headers={"sec-fetch-site": "cross-site"}
    )
    assert response.status_code == 403


async def test_unknown_cases_and_actions(world: World) -> None:
    await file_dispute(world)
    await sign_in(world, "agent", Kind.AGENT)
    assert (await world.http.get("/desk/cases/nope")).status_code == 404
    url = re.search(r'href="(/desk/cases/[^"]+)"', (await world.http.get("/desk/")).text)[1]  # type: ignore[index]
    assert (await send(world, url, "destroy")).status_code == 400
    assert (await world.http.get("/desk/?part=NONSENSE&after=%25")).status_code == 303
    assert (await world.http.post("/desk/sign-out")).status_code == 303


async def test_every_page_has_the_security_headers(world: World) -> None:
    for path in ("/desk/sign-in", "/simulator/", "/graphql?query={__typename}", "/static/egret.css", "/livez"):
        headers = (await world.http.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"


async def test_everything_an_agent_can_do_has_a_button(world: World) -> None:
    url = await open_case(world)
    await act(world, url, "note", text="打过电话")
    await act(world, url, "extend", explanation="等原单位调档")
    await act(world, url, "ask-source", question="请核对车主")
    call = {"spokeWith": "王科长", "finding": "WRONG", "words": "车已过户"}
    await act(world, url, "log-call", **call)
    page = (await world.http.get(url)).text
    for part in ("打过电话", "等原单位调档", "（已延长）", "请核对车主", "（电话）", "王科长：车已过户", "有误"):
        assert part in page, part
    await sign_in(world, "second", Kind.AGENT)
    assert "承办人：agent" in (await world.http.get(url)).text
    await act(world, url, "take-over", explanation="同事病假")
    await act(world, url, "reject", explanation="与记录无关")
    assert "不予受理" in (await world.http.get(url)).text


async def test_a_case_is_looked_for_without_anything_personal_in_an_address(world: World) -> None:
    url = await open_case(world)
    csrf = (await fields(world, url))["csrf"]
    found = await after(world, await world.http.post("/desk/search", data={"csrf": csrf, "text": YING.name}))
    assert found.url.path == url
    nothing = await after(world, await world.http.post("/desk/search", data={"csrf": csrf, "text": "查无此人"}))
    assert "没有找到案件" in nothing.text
    assert "查无此人" not in str(nothing.url)
    again = await world.http.get("/desk/search")
    assert "没有找到案件" in again.text, "Reload looks again, and sends no form"
    assert (await world.http.post("/desk/search", data={"csrf": "x", "text": YING.name})).status_code == 403


async def test_a_template_that_was_not_filled_is_not_sent(world: World) -> None:
    url = await open_case(world)
    page = (await world.http.get(url)).text
    text: str = re.search(r'data-text="(请补充[^"]*)"', page)[1]  # type: ignore[index]
    refused = await refusal(world, url, "ask", question=text)
    assert "模板里还有没填的空：【材料名称】" in refused.text


async def test_a_page_knows_when_colleagues_changed_something_and_that_is_no_look(world: World) -> None:
    url = await open_case(world)
    case = url.rsplit("/", 1)[1]
    pulses = [(await world.http.get(f"/desk/pulse?{q}")).json()["pulse"] for q in (f"case={case}", "part=MINE")]
    looks = await world.container.store["audit"].count_documents({"look": True})
    assert [(await world.http.get(f"/desk/pulse?{q}")).json()["pulse"] for q in (f"case={case}", "part=MINE")] == pulses
    assert await world.container.store["audit"].count_documents({"look": True}) == looks
    await act(world, url, "extend", explanation="等原单位调档")
    for query, pulse in zip((f"case={case}", "part=MINE"), pulses, strict=True):
        assert (await world.http.get(f"/desk/pulse?{query}")).json()["pulse"] != pulse
    assert (await world.http.get("/desk/pulse?case=x")).status_code == 404


async def test_a_page_knows_what_it_shows(world: World) -> None:
    """So that nothing is missed that comes between the page and its first question."""
    url = await open_case(world)
    cursor = "{ cases(part: OPEN, first: 1) { pageInfo { endCursor } } }"
    page_info = (await world.ask(cursor, token=await world.staff_token("agent")))["data"]["cases"]["pageInfo"]
    second = f"/desk/?part=OPEN&after={quote(page_info['endCursor'])}"
    for page in (url, "/desk/", "/desk/?part=MINE", second):
        followed = re.findall(r'data-pulse="([^"]*)" data-known="([^"]*)"', (await world.http.get(page)).text)
        assert len(followed) == (2 if page == url else 1), "a case, and the list beside it"
        for query, known in followed:
            assert (await world.http.get(f"/desk/pulse?{html.unescape(query)}")).json()["pulse"] == known
