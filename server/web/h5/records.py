"""Records: all of them in time order, counted or not; and one with the form for a dispute about it."""

from __future__ import annotations

from starlette.responses import Response

from schema.types.errors import RefusalCode, Refused
from scoring.disputes import PHOTOS_MAX, WORDS_MAX, DisputeReason
from server.platform.kit.json import JsonObject
from server.web.h5.photos import boxed, put_files
from server.web.h5.visit import Form, VisitorRequest

Row = JsonObject
REASONS = tuple(reason.name for reason in DisputeReason)


async def records(visit: VisitorRequest) -> Response:
    """The timeline, newest first; twenty a page."""
    after = visit.request.query_params.get("after")
    me = await visit.me("MyRecords", after=after)
    page = me["records"]
    waiting = _withheld(me["score"])
    rows = [_with_effect(edge["node"], waiting) for edge in page["edges"]]
    more = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    return visit.page("h5_records.html", "records", rows=rows, after=more, later=after)


async def record(visit: VisitorRequest) -> Response:
    """One record: all that is known of it, and a form to dispute it."""
    return await _record(visit)


async def dispute(visit: VisitorRequest) -> Response:
    """Keep the photos that were chosen; with the second button also file the dispute."""
    form = await visit.form()
    try:
        await put_files(visit, form)
        if form["step"] == "photos":
            return await _record(visit, form)
        return await _file(visit, form)
    except Refused as refused:
        if refused.code in (RefusalCode.NOT_SIGNED_IN, RefusalCode.NOT_ENROLLED):
            raise
        return await _record(visit, form, refused)


async def _file(visit: VisitorRequest, form: Form) -> Response:
    photos = await boxed(visit, form.key)
    asked = {"recordId": visit.request.path_params["id"], "words": form["words"], "evidence": photos}
    reason = form["reason"] if form["reason"] in REASONS else "OTHER"
    try:
        filed = await visit.change("FileDispute", form.key, **asked, reason=reason)
    except Refused as refused:
        if refused.code != RefusalCode.KEY_REUSED:
            raise
        return visit.on_to("/h5/disputes")  # a second tap: the first one filed it
    return visit.on_to(f"/h5/disputes/{filed['dispute']['id']}", "filed", filed["dispute"]["number"])


async def _record(visit: VisitorRequest, form: Form | None = None, refusal: Refused | None = None) -> Response:
    found = await visit.node("MyRecord", "CreditRecord", visit.request.path_params["id"])
    me = found["me"]
    photos = [] if form is None else await boxed(visit, form.key)
    return visit.page(
        "h5_record.html",
        "records",
        refusal=refusal,
        r=_with_effect(found["node"], _withheld(me["score"])),
        value=me["score"]["value"],
        without=me["whatIf"]["value"],
        reasons=REASONS,
        typed=form.fields if form else {},
        form_key=form.key if form else None,
        photos=len(photos),
        most_photos=PHOTOS_MAX,
        most_words=WORDS_MAX,
    )


def _withheld(score: Row) -> dict[str, Row]:
    return {edge["node"]["record"]["id"]: edge["node"] for edge in score["withheld"]["edges"] if edge["node"]["record"]}


def _with_effect(found: Row, withheld: dict[str, Row]) -> Row:
    """A record with what it gives or would give, until when it waits, and whether it can be disputed."""
    waits = withheld.get(found["id"], {})
    would = found["points"] if found["points"] is not None else waits.get("points", 0)
    disputable = bool(would) and found["withheldReason"] in (None, "NOTICE_NOT_DUE")
    return {**found, "would": would, "until": waits.get("until"), "disputable": disputable}
