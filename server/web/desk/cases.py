"""Cases at the desk: searching, one case and what can be done with it, the letter."""

from __future__ import annotations

from collections.abc import Container, Mapping

from starlette.responses import RedirectResponse, Response

from bot.phrases import phrase
from schema.types.errors import Refused
from scoring.disputes import REFINEMENTS, STANDS, TAKES_TWO, Determination
from server.disputes.templates import templates
from server.platform.core.drafts import Draft
from server.platform.kit.json import JsonObject
from server.web.desk.actions import ACTIONS, carry_out, offered, typed
from server.web.desk.queue import PAGE, counts, onward, pulse_of
from server.web.desk.said import Said
from server.web.desk.visit import DeskRequest, prose
from server.web.forms import Form
from server.web.letters import ANSWER, RECEIPT, letter_page, letter_pdf

_TAKES_TWO = frozenset(outcome.name for outcome in TAKES_TWO)
_FINAL_ONES = frozenset(outcome.name for outcome in STANDS - {Determination.ANSWERED})
"""After which a citizen may have it looked at once more, or no more."""
FINER = tuple(reason.name for reason in REFINEMENTS)


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
    except Refused as refused:
        return visit.refused(refused)
    cases = [edge["node"] for edge in found["edges"]]
    if len(cases) == 1:
        return RedirectResponse(f"/desk/cases/{cases[0]['id']}", 303)
    return visit.page(
        "queue.html",
        cases=cases,
        back=[],
        part=None,
        page_info=found["pageInfo"],
        asked=text,
        follow=None,
        topic=None,
    )


async def case(visit: DeskRequest) -> Response:
    """One case with its record and its effect on the score; and what was typed here before and not taken."""
    drafts = visit.drafts
    try:
        found = (await visit.ask("Case", id=visit.request.path_params["id"]))["case"]
    except Refused:
        return visit.page("missing.html", 404, lost=_lost(drafts, ()))
    forms = offered(found)
    values: JsonObject = {
        "forms": forms,
        "drafts": drafts,
        "lost": _lost(drafts, forms),
        "templates": templates(),
        "finer": FINER,
        "takes_two": _TAKES_TWO,
        "final_ones": _FINAL_ONES,
        "beside": await _beside(visit, found),
        "counts": await counts(visit),
    }
    return visit.page("case.html", case=found, **values)


async def _beside(visit: DeskRequest, case: JsonObject) -> JsonObject:
    """The list that stands beside a case on a wide screen: the part of the queue that it is in."""
    if case["proposal"] is not None and case["proposal"]["canApprove"]:
        part = "TO_APPROVE"
    else:
        part = "MINE" if case["heldByMe"] else "UNASSIGNED"
    found = (await visit.ask("Cases", part=part, first=PAGE, after=None, topic=None))["cases"]
    follow = {"query": f"part={part}", "known": pulse_of((part, found))}
    return {"part": part, "cases": [edge["node"] for edge in found["edges"]], "follow": follow}


def _lost(drafts: Mapping[str, Draft], shown: Container[str]) -> list[tuple[str, str]]:
    """What was typed in words into forms that the page does not show any more."""
    return [typed for name, draft in drafts.items() if name not in shown for typed in prose(draft.fields)]


async def act(visit: DeskRequest, form: Form) -> Response | Draft:
    """A button of the case page. What is refused is shown again there, with all that was typed."""
    case_id, name = visit.request.path_params["id"], visit.request.path_params["action"]
    if name not in ACTIONS:
        return visit.page(
            "refused.html", 400, why=phrase(visit.language, "desk.refused.unknown"), lost=prose(form.fields)
        )
    done = await carry_out(visit, case_id, name, form.fields)
    if not done.is_done:
        return Draft(name, "", typed(name, form.fields), done.refusal, done.errors)
    if form["then"] == "next":
        return await onward(visit, Said(name, done.number, case_id), take=name == "decide")
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
    # The city's language, whatever the desk reads: the letter is its citizen's.
    language = "en" if visit.request.query_params.get("lang") == "en" else "zh"
    if visit.request.url.path.endswith(".pdf"):
        return await letter_pdf(visit.request, visit.principal, found, language, template)
    pdf = f"/desk/cases/{case_id}/{name}.pdf?lang={language}"
    return await letter_page(visit.request, found, language, pdf, template)
