"""Applications for credit repair: the queue, due first, and what an office without a program answered."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from schema.types.errors import Refused
from scoring.dated import Text
from server.disputes.documents import checked_words
from server.platform.core.drafts import Draft
from server.platform.kit.json import JsonObject
from server.web.desk.visit import DeskRequest, prose
from server.web.forms import Form
from server.web.needs import given, in_words, wrong_in

PAGE = 50
_ACTIONS = {"answer": "LogRepairAnswer", "approve": "ApproveRepair", "return": "ReturnRepair"}
_NEEDS = {
    "spoke_with": given("desk.needed.answered_by"),
    "words": in_words(checked_words, "desk.needed.answer"),
}
_INCOMPLETE = Text(
    zh="这一页的内容不完整，没有提交。请看过后再提交一次。",
    en="This page was not complete and was not sent. Please check it and send it again.",
)


async def repairs(visit: DeskRequest) -> Response:
    """Open applications; without what people wrote, so that listing them is no look."""
    after = visit.request.query_params.get("after")
    try:
        found = (await visit.ask("RepairQueue", first=PAGE, after=after))["repairQueue"]
    except Refused as refused:
        return visit.refused(refused)
    rows = [edge["node"] for edge in found["edges"]]
    figures = (await visit.ask("CaseFigures"))["caseFigures"]["repairs"]
    return visit.page("repairs.html", here="repairs", rows=rows, page_info=found["pageInfo"], figures=figures)


async def repair(visit: DeskRequest) -> Response:
    """One application with its proof; the look is logged."""
    drafts = visit.drafts
    try:
        found = (await visit.ask("RepairCase", id=visit.request.path_params["id"]))["repairCase"]
    except Refused:
        lost = [typed for draft in drafts.values() for typed in prose(draft.fields)]
        return visit.page("missing.html", 404, lost=lost)
    refusal = next((draft.refusal for draft in drafts.values() if draft.refusal is not None), None)
    typed = drafts["answer"].fields if "answer" in drafts else {}
    return visit.page("repair.html", here="repairs", case=found, refusal=refusal, typed=typed)


async def act(visit: DeskRequest, form: Form) -> Response | Draft:
    """A button of that page. What is refused is shown again there, with all that was typed."""
    repair_id, name = visit.request.path_params["id"], visit.request.path_params["action"]
    if name not in _ACTIONS or not form["revision"].isdecimal():
        return Draft("answer", "", dict(form.fields), _INCOMPLETE)
    given: JsonObject = {"id": repair_id, "revision": int(form["revision"])}
    if name == "answer":
        if form["accepted"] not in ("yes", "no"):
            return Draft("answer", "", dict(form.fields), _INCOMPLETE)
        errors = wrong_in(form.fields, _NEEDS, {"spoke_with": "spoke"})
        if errors:
            return Draft("answer", "", dict(form.fields), errors=errors)
        said = {"spokeWith": form["spoke_with"], "words": form["words"]}
        given |= {**said, "accepted": form["accepted"] == "yes"}
    try:
        (result,) = (await visit.ask(_ACTIONS[name], input=given)).values()
    except Refused as refused:
        return Draft("answer", "", dict(form.fields), Text(zh=refused.sentence("zh"), en=refused.sentence("en")))
    if "refusalCode" in result:
        return Draft("answer", "", dict(form.fields), Text(**result["message"]))
    return RedirectResponse(f"/desk/repairs/{repair_id}", 303)
