"""Notices that reached their person by no way: to be told by letter or call, and marked with the day."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from schema.types.errors import Refused
from schema.types.notice import NoticeWay
from scoring.dated import Text
from server.platform.core.drafts import Draft
from server.platform.kit.clock import day_of
from server.web.desk.visit import DeskRequest
from server.web.forms import Form
from server.web.needs import a_day, one_of, wrong_in
from server.web.session import container_of

PAGE = 50
_NEEDS = {
    "by": one_of(NoticeWay.__members__, "desk.needed.by"),
    "on": a_day("desk.needed.on"),
}


async def notices(visit: DeskRequest) -> Response:
    """What is to be told, longest waiting first; the look is logged."""
    after = visit.request.query_params.get("after")
    try:
        found = (await visit.ask("UndeliveredNotices", first=PAGE, after=after))["undeliveredNotices"]
    except Refused as refused:
        return visit.refused(refused)
    draft = visit.drafts.get("told")
    values = {
        "rows": [edge["node"] for edge in found["edges"]],
        "page_info": found["pageInfo"],
        "refusal": None if draft is None else draft.refusal,
        "typed": {} if draft is None else draft.fields,
        "today": day_of(container_of(visit.request).clock()).isoformat(),
    }
    return visit.page("notices.html", here="notices", **values)


async def told(visit: DeskRequest, form: Form) -> Response | Draft:
    """Keep how and on which day a notice was told."""
    values = {"id": form["id"], "by": form["by"], "on": form["on"]}
    errors = wrong_in(form.fields, _NEEDS, {name: f"{name}-{form['id']}" for name in _NEEDS})
    if errors:
        return Draft("told", "", values, errors=errors)
    try:
        (result,) = (await visit.ask("MarkNoticeTold", input=values)).values()
    except Refused as refused:
        return Draft("told", "", values, Text(zh=refused.sentence("zh"), en=refused.sentence("en")))
    if "refusalCode" in result:
        return Draft("told", "", values, Text(**result["message"]))
    return RedirectResponse("/desk/notices", 303)
