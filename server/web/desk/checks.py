"""Questions about who someone is: the open ones, those closed lately, and the two ways to close one."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from schema.types.check import CheckOutcome
from schema.types.errors import Refused
from scoring.dated import Text
from server.disputes.documents import staff_words
from server.platform.core.drafts import Draft
from server.web.desk.visit import DeskRequest
from server.web.forms import Form
from server.web.needs import in_words, wrong_in

PAGE = 50
_ANSWER = {"words": in_words(staff_words, "desk.needed.words")}
_INCOMPLETE = Text(
    zh="这一页的内容不完整，没有提交。请看过后再提交一次。",
    en="This page was not complete and was not sent. Please check it and send it again.",
)


async def checks(visit: DeskRequest) -> Response:
    """Questions, newest first; the look is logged."""
    closed = visit.request.query_params.get("part") == "closed"
    after = visit.request.query_params.get("after")
    try:
        found = (await visit.ask("Checks", closed=closed, first=PAGE, after=after))["checks"]
    except Refused as refused:
        return visit.refused(refused)
    rows = [edge["node"] for edge in found["edges"]]
    draft = visit.drafts.get("close")
    refusal = None if draft is None else draft.refusal
    typed = {"id": "", "words": ""} if draft is None else draft.fields
    values = {"rows": rows, "closed": closed, "page_info": found["pageInfo"], "refusal": refusal, "typed": typed}
    return visit.page("checks.html", here="checks", **values)


async def close(visit: DeskRequest, form: Form) -> Response | Draft:
    """Close a question, by one of its two buttons; what was typed is not lost by a refusal."""
    typed = {"id": form["id"], "words": form["words"]}
    if form["outcome"] not in CheckOutcome.__members__ or not form["id"]:
        return Draft("close", "", typed, _INCOMPLETE)
    errors = wrong_in(form.fields, _ANSWER, {"words": f"words-{form['id']}"}) if form["words"] else {}
    if errors:
        return Draft("close", "", typed, errors=errors)
    try:
        asked = {"id": form["id"], "outcome": form["outcome"], "words": form["words"] or None}
        (result,) = (await visit.ask("CloseCheck", input=asked)).values()
    except Refused as refused:
        return Draft("close", "", typed, Text(zh=refused.sentence("zh"), en=refused.sentence("en")))
    if "refusalCode" in result:
        return Draft("close", "", typed, Text(**result["message"]))
    return RedirectResponse("/desk/checks", 303)
