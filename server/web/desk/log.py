"""What an auditor reads: what staff did and looked at, newest first."""

from __future__ import annotations

from starlette.responses import Response

from bot.phrases import catalogue
from schema.types.errors import Refused
from server.web.desk.visit import DeskRequest

PAGE = 50


async def log(visit: DeskRequest) -> Response:
    """Links that staff wrote; of one account, where it is named."""
    account = visit.request.query_params.get("account", "").strip()[:64]
    after = visit.request.query_params.get("after")
    try:
        found = (await visit.ask("StaffLog", account=account or None, first=PAGE, after=after))["staffLog"]
    except Refused as refused:
        return visit.refused(refused)
    rows = [edge["node"] for edge in found["edges"]]
    words = catalogue(visit.language)

    def in_words(action: str) -> str:
        return words.get(f"desk.audit.{action}", action)

    def subject(kind: str) -> str:
        return words.get(f"desk.log.subject.{kind}", kind)

    values = {"rows": rows, "page_info": found["pageInfo"], "account": account}
    return visit.page("staff_log.html", here="log", words=in_words, subject=subject, **values)
