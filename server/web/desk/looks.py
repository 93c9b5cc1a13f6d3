"""Citizens' questions why somebody looked: the open ones, those that are overdue, those answered; and the answer."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from schema.types.errors import Refused
from schema.types.look import LookQuestionState
from scoring.dated import Text
from scoring.disputes import WORDS_MAX
from server.disputes.documents import checked_words
from server.platform.core.drafts import Draft
from server.web.desk.visit import DeskRequest
from server.web.forms import Form
from server.web.needs import in_words, wrong_in

PAGE = 50
_NEEDS = {"words": in_words(checked_words, "desk.needed.look")}


async def looks(visit: DeskRequest) -> Response:
    """Questions, due first; they do not say whose data it was."""
    part = str(visit.request.query_params.get("part", "")).upper()
    part = part if part in LookQuestionState.__members__ else LookQuestionState.OPEN.name
    after = visit.request.query_params.get("after")
    try:
        found = (await visit.ask("LookInquiries", part=part, first=PAGE, after=after))["lookInquiries"]
    except Refused as refused:
        return visit.refused(refused)
    rows = [edge["node"] for edge in found["edges"]]
    draft = visit.drafts.get("answer")
    values = {"rows": rows, "shown": part, "page_info": found["pageInfo"], "draft": draft, "most_words": WORDS_MAX}
    return visit.page("look_inquiries.html", here="looks", **values)


async def answer(visit: DeskRequest, form: Form) -> Response | Draft:
    """Write down why one looked, or answer as another person; what was typed is not lost by a refusal."""
    typed = {"id": form["id"], "words": form["words"]}
    errors = wrong_in(form.fields, _NEEDS, {"words": f"words-{form['id']}"})
    if errors:
        return Draft("answer", "", typed, errors=errors)
    try:
        (result,) = (await visit.ask("AnswerLookInquiry", input=typed)).values()
    except Refused as refused:
        return Draft("answer", "", typed, Text(zh=refused.sentence("zh"), en=refused.sentence("en")))
    if "refusalCode" in result:
        return Draft("answer", "", typed, Text(**result["message"]))
    return RedirectResponse("/desk/looks", 303)
