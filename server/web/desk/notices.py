"""Notices that reached their person by no way: to be told by letter or call, and marked with the day."""

from __future__ import annotations

import re

from starlette.responses import RedirectResponse, Response

from schema.types.errors import Refused
from schema.types.notice import NoticeWay
from scoring.dated import Text
from server.platform.core.drafts import Draft
from server.platform.kit.clock import day_of
from server.web.desk.visit import DeskRequest
from server.web.forms import Form
from server.web.session import container_of

PAGE = 50
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INCOMPLETE = Text(
    zh="请选择怎样告知的，并填写告知的日期，再提交一次。",
    en="Please choose how it was told, give the day, and send it again.",
)


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
        "today": day_of(container_of(visit.request).clock()).isoformat(),
    }
    return visit.page("notices.html", here="notices", **values)


async def told(visit: DeskRequest, form: Form) -> Response | Draft:
    """Keep how and on which day a notice was told."""
    if form["by"] not in NoticeWay.__members__ or not form["id"] or not _DAY.fullmatch(form["on"]):
        return Draft("told", "", {}, _INCOMPLETE)
    values = {"id": form["id"], "by": form["by"], "on": form["on"]}
    try:
        (result,) = (await visit.ask("MarkNoticeTold", input=values)).values()
    except Refused as refused:
        return Draft("told", "", {}, Text(zh=refused.sentence("zh"), en=refused.sentence("en")))
    if "refusalCode" in result:
        return Draft("told", "", {}, Text(**result["message"]))
    return RedirectResponse("/desk/notices", 303)
