"""The forms of `/desk`: nothing is preselected, nothing typed is lost, and nonsense is no server fault."""

from __future__ import annotations

import re
from html import unescape
from itertools import product
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from schema.types.principal import Kind
from scoring.disputes import OUTCOMES, Determination, DisputeTopic
from server.disputes.templates import templates
from server.web.desk.actions import ACTIONS
from tests.support.desk import act, after, fields, file_dispute, open_case, refusal, send, sign_in
from tests.support.people import YING
from tests.support.world import World

TYPED = "写了很久的一段话，\n第二行 <b>&amp;"
OF_RECORDS = tuple(outcome.name for outcome in OUTCOMES[DisputeTopic.RECORD])
PROPOSE = {"determination": "DELETED", "explanation": "过户单属实"}


def form_of(page: str, action: str) -> str:
    """The form of an action with what stands around it in its section."""
    found = re.search(rf'<form id="form-{action}".*?</form>', page, re.DOTALL)
    assert found is not None, f"no form for {action}"
    return found[0]


async def proposed(world: World) -> str:
    """A case that waits for approval, seen by an approver; its address."""
    url = await open_case(world)
    await act(world, url, "decide", **PROPOSE)
    await sign_in(world, "approver", Kind.APPROVER)
    return url


# What is proposed, and what is chosen


async def test_no_outcome_is_chosen_beforehand_and_each_says_what_follows(world: World) -> None:
    url = await open_case(world)
    form = form_of((await world.http.get(url)).text, "decide")
    radios = re.findall(r'<input type="radio"[^>]*>', form)
    assert len(radios) == len(OF_RECORDS)
    assert all("required" in radio and "checked" not in radio for radio in radios)
    for name in OF_RECORDS:
        said = re.search(rf'id="follows-{name}">([^<]*)<', form)
        assert said is not None
        assert ("不用第二个人" in said[1]) == (name == "UPHELD")
        assert ("另一位复核员" in said[1]) == (name != "UPHELD")


async def test_no_answer_of_the_source_is_chosen_beforehand(world: World) -> None:
    url = await open_case(world)
    await act(world, url, "ask-source", question="请核对车主")
    form = form_of((await world.http.get(url)).text, "log-call")
    assert re.search(r'<select id="finding" name="finding" required><option value="">请选择', form)
    assert "selected" not in form


async def test_a_template_names_its_outcome(world: World) -> None:
    for template in templates():
        decides = template.into == "explanation"
        assert (template.outcome in Determination.__members__) == decides, template.name
    url = await open_case(world)
    form = form_of((await world.http.get(url)).text, "decide")
    assert set(re.findall(r'data-outcome="(\w+)"', form)) == set(OF_RECORDS)
    for outcome in OF_RECORDS:
        (place,) = re.findall(rf'id="follows-{outcome}".*?<p class="from" hidden>(.*?)</p>', form, re.DOTALL)
        assert set(re.findall(r'data-outcome="(\w+)"', place)) == {outcome}, "a text stands under its outcome"


async def test_approving_at_the_desk_names_the_outcome(world: World) -> None:
    url = await proposed(world)
    form = form_of((await world.http.get(url)).text, "approve")
    assert '<input type="hidden" name="determination" value="DELETED">' in form
    assert '<button data-key="approve">批准：删除记录</button>' in form
    for other in ("CORRECTED", "UPHELD"):
        refused = await refusal(world, url, "approve", determination=other)
        assert "不是您看到的那个结果" in refused.text
    assert "请选择处理意见" in (await refusal(world, url, "approve")).text
    row = await world.container.store["disputes"].find_one({})
    assert row is not None
    assert row["state"] == "proposed"
    await act(world, url, "approve", determination="DELETED")


@pytest.mark.parametrize("who", ["agent", "another agent", "without a person"])
async def test_anyone_who_may_not_approve_sees_the_proposal_and_no_button(world: World, who: str) -> None:
    url = await proposed(world)
    if who == "agent":
        password = {"account": "agent", "password": "agentagent"}
        await world.http.post("/desk/sign-in", data=password)
    elif who == "another agent":
        await sign_in(world, "second", Kind.AGENT)
    else:
        await world.container.store["staff"].update_one({"_id": "approver"}, {"$set": {"id_index": None}})
    page = (await world.http.get(url)).text
    assert "等待批准：删除记录" in page
    assert "过户单属实" in page
    assert 'id="form-approve"' not in page
    said = {"agent": "另一位复核员", "another agent": "等待复核员", "without a person": "egret staff person"}[who]
    assert said in page


async def test_an_account_without_a_person_is_told_what_to_do(world: World) -> None:
    await file_dispute(world)
    await sign_in(world, "agent", Kind.AGENT)
    await world.container.store["staff"].update_one({"_id": "agent"}, {"$set": {"id_index": None}})
    url = re.search(r'href="(/desk/cases/[^"]+)"', (await world.http.get("/desk/")).text)[1]  # type: ignore[index]
    refused = await refusal(world, url, "claim")
    assert "egret staff person agent" in refused.text


# Nothing typed is lost


REFUSED: dict[str, tuple[str, dict[str, str]]] = {
    "note": ("text", {}),
    "ask": ("question", {}),
    "ask-source": ("question", {}),
    "reject": ("explanation", {}),
    "extend": ("explanation", {}),
    "decide": ("explanation", {"determination": "CORRECTED"}),
    "log-call": ("words", {"spokeWith": "王科长", "finding": "WRONG"}),
    "return": ("explanation", {}),
    "take-over": ("explanation", {}),
}


_WHYS = ("a gap", "too long", "a newer revision", "no revision")
_AT_FIELD = ("a gap", "too long")
_NEVER = {("note", "a gap"), ("return", "a gap"), ("note", "a newer revision"), ("note", "no revision")}
"""Colleagues may write brackets to each other, and a note has no revision."""


@pytest.mark.long
@pytest.mark.parametrize(("action", "why"), [(a, w) for a in REFUSED for w in _WHYS if (a, w) not in _NEVER])
async def test_what_was_typed_stands_in_its_form_again(world: World, action: str, why: str) -> None:
    name, others = REFUSED[action]
    url = await (proposed(world) if action == "return" else open_case(world))
    if action == "log-call":
        await act(world, url, "ask-source", question="请核对车主")
    if action == "take-over":
        await sign_in(world, "second", Kind.AGENT)
    text = {"a gap": f"{TYPED}【日期】", "too long": TYPED + "长" * 500}.get(why, TYPED)
    revisions = {"a newer revision": "1", "no revision": "x"}
    more = {"revision": revisions[why]} if why in revisions else {}
    refused = await refusal(world, url, action, **{name: text}, **others, **more)
    form = form_of(refused.text, action)
    area = re.search(rf'name="{name}"[^>]*>([^<]*)</textarea>', form)
    assert area is not None
    assert unescape(area[1]) == text
    told = f"refused-{action}"
    if why in _AT_FIELD:
        told = re.findall(rf'<textarea id="([^"]*)" name="{name}"', form)[0] + "-wrong"
    assert re.search(f'<p class="(wrong|refusal)" id="{told}">', form)
    assert f'aria-describedby="{told}"' in form
    if action == "decide":
        assert re.search(r'value="CORRECTED"[^>]* checked>', form)
    if action == "log-call":
        assert 'value="王科长"' in form
        assert '<option value="WRONG" selected>' in form
    if action in ("ask", "ask-source", "reject", "extend", "return", "take-over"):
        before = refused.text[: refused.text.index(f'<form id="form-{action}"')]
        assert before.rindex("<details open>") == before.rindex("<details")
    reloaded = form_of((await world.http.get(url)).text, action)
    assert text in unescape(reloaded), "it is still there"
    assert not re.search('class="(refusal|wrong)"', reloaded), "and why it was refused has been said"
    again = await act_with(world, url, refused.text, action, **{name: "写好了"}, **others)
    assert 'class="refusal"' not in (await after(world, again)).text
    assert await world.container.store["drafts"].count_documents({}) == 0, "it ends with use"


async def act_with(world: World, url: str, page: str, action: str, **values: str) -> httpx.Response:
    """Submit the form that a page shows."""
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form_of(page, action)))
    return await world.http.post(f"{url}/{action}", data={**hidden, **values})


@pytest.mark.parametrize(
    ("action", "name"), [("decide", "explanation"), ("ask", "question"), ("reject", "explanation")]
)
async def test_where_a_colleague_took_the_case_the_text_stands_to_be_copied(
    world: World, action: str, name: str
) -> None:
    url = await open_case(world)
    stale, cookies = await fields(world, url), dict(world.http.cookies)
    await sign_in(world, "second", Kind.AGENT)
    await act(world, url, "take-over", explanation="同事病假")
    world.http.cookies.clear()
    world.http.cookies.update(cookies)
    given = {**stale, "determination": "DELETED", name: TYPED}
    refused = await after(world, await world.http.post(f"{url}/{action}", data=given))
    assert f'id="form-{action}"' not in refused.text
    area = re.search(r'<textarea id="lost-1" rows="4" readonly>([^<]*)</textarea>', refused.text)
    assert area is not None
    assert unescape(area[1]) == TYPED
    assert "承办人：second" in refused.text


async def test_a_form_of_another_session_gives_its_text_back_and_does_nothing(world: World) -> None:
    url = await open_case(world)
    given = {**await fields(world, url), "csrf": "x", **PROPOSE, "explanation": TYPED}
    refused = await world.http.post(f"{url}/decide", data=given)
    assert refused.status_code == 403
    assert unescape(refused.text).count(TYPED) == 1
    row = await world.container.store["disputes"].find_one({})
    assert row is not None
    assert row["state"] == "under_review"


async def test_a_refused_page_stands_for_the_case_and_not_for_the_address_of_its_form(world: World) -> None:
    url = await open_case(world)
    refused = await refusal(world, url, "ask", question=" ")
    assert refused.url.path == url
    assert re.search(r'<form id="form-ask"[^>]* data-kept>', refused.text)


# Nonsense

HUGE = "9" * 5000
NONSENSE: dict[str, dict[str, Any]] = {
    "nothing": {"data": {}},
    "no revision": {"data": {"revision": ""}},
    "words for a revision": {"data": {"revision": "abc"}},
    "a fraction": {"data": {"revision": "1.5"}},
    "a negative": {"data": {"revision": "-1"}},
    "other digits": {"data": {"revision": "１"}},
    "underscores": {"data": {"revision": "1_0"}},
    "a number past 32 bits": {"data": {"revision": "4294967296"}},
    "a number past 64 bits": {"data": {"revision": "9" * 30}},
    "a number without end": {"data": {"revision": HUGE}},
    "unknown choices": {"data": {"determination": "NONSENSE", "finding": "NONSENSE"}},
    "choices in small letters": {"data": {"determination": "deleted", "finding": "wrong"}},
    "zeros": {"data": dict.fromkeys(("text", "question", "explanation", "words", "spokeWith"), "\x00")},
    "no characters": {"content": b"csrf=%s&revision=1&question=%%ff%%fe&explanation=%%ed%%a0%%80"},
    "repeated": {"content": b"csrf=%s&revision=1&revision=2&determination=DELETED&determination=UPHELD"},
    "files": {"files": {"revision": ("a.txt", b"1"), "text": ("b.txt", b"x"), "explanation": ("c.txt", b"x")}},
    "too many fields": {"data": {f"f{n}": "x" for n in range(50)}},
    "another kind of body": {"content": b'{"csrf": "%s"}', "headers": {"content-type": "application/json"}},
    "a form without a boundary": {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
    "a broken form": {"content": b"x", "headers": {"content-type": "multipart/form-data; boundary=y"}},
    "an unknown alphabet": {
        "content": b'--y\r\ncontent-disposition: form-data; name="csrf"\r\n\r\n%s\r\n--y--\r\n',
        "headers": {"content-type": "multipart/form-data; boundary=y; charset=nonsense"},
    },
    "half characters": {
        "content": b'--y\r\ncontent-disposition: form-data; name="csrf"\r\n\r\n%s\r\n'
        b'--y\r\ncontent-disposition: form-data; name="question"\r\n\r\n+2AA-\r\n--y--\r\n',
        "headers": {"content-type": "multipart/form-data; boundary=y; charset=utf-7"},
    },
}
POSTS = ["/desk/search", "/desk/sign-in", "/desk/sign-out", "/desk/oidc/backchannel-logout"]


@pytest.mark.long
async def test_nonsense_in_a_form_is_answered_and_changes_nothing(world: World, subtests: pytest.Subtests) -> None:
    url = await open_case(world)
    before = await world.container.store["disputes"].find_one({})
    good = await fields(world, url)
    cases = (*(f"{url}/{name}" for name in ACTIONS), f"{url}/destroy", "/desk/cases/x/claim", *POSTS)
    addresses = [one for one in cases if not one.endswith(("/claim", "/release", "/sign-out"))]  # these take no field
    for kind, address in product(NONSENSE, addresses):
        with subtests.test(kind, address=address):
            response = await world.http.post(address, **_request(NONSENSE[kind], good))
            assert response.status_code in (303, 400, 403)
            if address.startswith(url) and response.status_code == 303:
                assert 'class="refusal" role="alert"' in (await after(world, response)).text
    now = await world.container.store["disputes"].find_one({})
    assert now == before
    assert await world.container.store["case_notes"].count_documents({}) == 0


def _request(kind: dict[str, Any], good: dict[str, str]) -> dict[str, Any]:
    """A request with the session's token, so that it is looked at."""
    if "content" in kind:
        headers = {"content-type": "application/x-www-form-urlencoded"} | kind.get("headers", {})
        body = kind["content"]
        return {"content": body % good["csrf"].encode() if b"%s" in body else body, "headers": headers}
    if "files" in kind:
        return {"data": {"csrf": good["csrf"]}, "files": kind["files"]}
    return {"data": {**good, **kind["data"]} if kind["data"] else {"csrf": good["csrf"]}}


@pytest.mark.parametrize("value", ["", "x", "\x00", "%", "🐦", "..", HUGE, "RGlzcHV0ZTp4", "Q2FzZTo=", "-1", "null"])
async def test_nonsense_in_an_address_is_answered(world: World, value: str) -> None:
    await open_case(world)
    asked = {"part": value, "after": value, "case": value, "state": value, "code": value, "iss": value}
    for address in (
        "/desk/",
        "/desk/pulse",
        "/desk/figures",
        "/desk/steward",
        "/desk/oidc/callback",
        "/desk/oidc/login",
    ):
        response = await world.http.get(address, params=asked)
        assert response.status_code < 500, (address, response.status_code)
    place = quote(value, safe="")
    for address in ("cases/{}", "cases/{}/letter", "cases/{}/letter.pdf", "steward/impact/{}", "{}"):
        response = await world.http.get("/desk/" + address.format(place))
        assert response.status_code < 500, (address, response.status_code)


async def test_a_form_that_is_too_long_is_refused(world: World) -> None:
    url = await open_case(world)
    response = await send(world, url, "note", text="长" * 20_000)
    assert response.status_code == 413
    assert await world.container.store["case_notes"].count_documents({}) == 0


async def test_what_no_one_typed_is_not_shown(world: World) -> None:
    """A fault of the form itself gives back words only, and nothing of the session."""
    url = await open_case(world)
    refused = await send(world, url, "destroy", text=TYPED, account=YING.id_number)
    assert refused.status_code == 400
    assert unescape(refused.text).count(TYPED) == 1
    assert YING.id_number not in refused.text
