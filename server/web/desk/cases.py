"""Cases at the desk: the queue, searching, one case and what can be done with it, the letter."""

from __future__ import annotations

from collections.abc import Container, Mapping
from urllib.parse import urlencode

from starlette.responses import JSONResponse, RedirectResponse, Response

from schema.types.errors import Refused
from scoring.disputes import REFINEMENTS, DisputeTopic
from server.disputes.templates import templates
from server.platform.core.drafts import Draft
from server.platform.kit.digests import digest_of
from server.platform.kit.json import JsonObject
from server.web.desk.actions import ACTIONS, carry_out, offered, typed
from server.web.desk.visit import PARTS, DeskRequest, prose
from server.web.forms import Form
from server.web.letters import ANSWER, RECEIPT, letter_page, letter_pdf

PAGE = 50
FINER = tuple(reason.name for reason in REFINEMENTS)


async def queue(visit: DeskRequest) -> Response:
    """Cases, due first."""
    if not visit.principal.is_desk:
        return RedirectResponse("/desk/figures", 303)
    found = await _queue(visit)
    if found is None:
        return RedirectResponse("/desk/", 303)
    part, page = found
    cases = [edge["node"] for edge in page["edges"]]
    after = visit.request.query_params.get("after")
    topic = _topic(visit)
    kept = {"part": part} | ({"topic": topic} if topic else {})
    follow = {"query": urlencode(kept | ({"after": after} if after else {})), "known": _pulse_of(found)}
    values = {"cases": cases, "part": part, "topic": topic, "page_info": page["pageInfo"], "follow": follow}
    return visit.page("queue.html", asked="", **values)


def _topic(visit: DeskRequest) -> str | None:
    """Which topic alone is listed; None for all."""
    topic = visit.request.query_params.get("topic", "")
    return topic if topic in DisputeTopic.__members__ else None


async def _queue(visit: DeskRequest) -> tuple[str, JsonObject] | None:
    part = visit.request.query_params.get("part", "OPEN")
    part = part if part in PARTS else "OPEN"
    after = visit.request.query_params.get("after")
    try:
        return part, (await visit.ask("Cases", part=part, first=PAGE, after=after, topic=_topic(visit)))["cases"]
    except Refused:
        return None


def _pulse_of(queue: tuple[str, JsonObject] | None) -> str:
    return digest_of(repr(queue))


async def find(_visit: DeskRequest, form: Form) -> Draft:
    """What is looked for: a form that posts, so that nothing personal stands in an address."""
    return Draft("search", "", {"text": form["text"][:64]})


async def search(visit: DeskRequest) -> Response:
    """Cases by number, name or masked ID."""
    asked = visit.drafts.get("search")
    if asked is None:
        return RedirectResponse("/desk/", 303)
    text = asked.fields["text"]
    try:
        found = (await visit.ask("SearchCases", text=text))["searchCases"]
    except Refused:
        return visit.page("refused.html", 403)
    cases = [edge["node"] for edge in found["edges"]]
    if len(cases) == 1:
        return RedirectResponse(f"/desk/cases/{cases[0]['id']}", 303)
    return visit.page(
        "queue.html", cases=cases, part=None, page_info=found["pageInfo"], asked=text, follow=None, topic=None
    )


async def pulse(visit: DeskRequest) -> Response:
    """A value that changes when the page would: a case's revision, or what stands in the queue."""
    case_id = visit.request.query_params.get("case")
    try:
        if case_id is not None:
            value = str((await visit.ask("CaseChanges", id=case_id))["caseChanges"])
        else:
            value = _pulse_of(await _queue(visit))
    except Refused:
        return JSONResponse({"pulse": None}, 404)
    return JSONResponse({"pulse": value}, headers={"cache-control": "no-store"})


async def case(visit: DeskRequest) -> Response:
    """One case with its record and its effect on the score; and what was typed here before and not taken."""
    drafts = visit.drafts
    try:
        found = (await visit.ask("Case", id=visit.request.path_params["id"]))["case"]
    except Refused:
        return visit.page("missing.html", 404, lost=_lost(drafts, ()))
    forms = offered(found)
    lost = _lost(drafts, forms)
    return visit.page(
        "case.html", case=found, forms=forms, drafts=drafts, lost=lost, templates=templates(), finer=FINER
    )


def _lost(drafts: Mapping[str, Draft], shown: Container[str]) -> list[tuple[str, str]]:
    """What was typed in words into forms that the page does not show any more."""
    return [typed for name, draft in drafts.items() if name not in shown for typed in prose(draft.fields)]


async def act(visit: DeskRequest, form: Form) -> Response | Draft:
    """A button of the case page. What is refused is shown again there, with all that was typed."""
    case_id, name = visit.request.path_params["id"], visit.request.path_params["action"]
    if name not in ACTIONS:
        return visit.page("refused.html", 400, lost=prose(form.fields))
    refusal = await carry_out(visit, case_id, name, form.fields)
    if refusal is not None:
        return Draft(name, "", typed(name, form.fields), refusal)
    return RedirectResponse(f"/desk/cases/{case_id}", 303)


_LETTERS = ("letter", "first-letter", "receipt")


async def letter(visit: DeskRequest) -> Response:
    """The receipt, the written answer or the one that was appealed, as the citizen gets it; `.pdf` for paper."""
    case_id, name = visit.request.path_params["id"], visit.request.path_params["letter"].removesuffix(".pdf")
    if name not in _LETTERS:
        return visit.page("missing.html", 404)
    try:
        if name == "receipt":
            template, found = RECEIPT, (await visit.ask("Receipt", id=case_id))["receipt"]
        else:
            asked = await visit.ask("Letter", id=case_id, beforeAppeal=name == "first-letter")
            template, found = ANSWER, asked["letter"]
    except Refused:
        return visit.page("missing.html", 404)
    if visit.request.url.path.endswith(".pdf"):
        return await letter_pdf(visit.request, visit.principal, found, "zh", template)
    return await letter_page(visit.request, found, "zh", f"/desk/cases/{case_id}/{name}.pdf", template)
