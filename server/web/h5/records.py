"""Records: all of them in time order, counted or not; and one with the form for a dispute about it."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from schema.types.errors import RefusalCode, Refused
from scoring.disputes import PHOTOS_MAX, REASONS, WORDS_MAX, DisputeReason
from server.citizens.consents import NOT_COMPUTED
from server.disputes.documents import citizen_words
from server.platform.kit.json import JsonObject
from server.web.forms import Form
from server.web.h5.visit import VisitorRequest
from server.web.needs import in_words, one_of, wrong_in

Row = JsonObject
CHOICES = tuple(reason.name for reason in REASONS)
_NEEDS = {
    "reason": one_of(DisputeReason.__members__, "h5.choose_reason"),
    "words": in_words(citizen_words, "h5.needed.words"),
}


async def records(visit: VisitorRequest) -> Response:
    """The timeline, newest first; twenty a page. It is there where no score is computed, too."""
    after = visit.request.query_params.get("after")
    paused = ""
    try:
        me = await visit.me("MyRecords", after=after)
    except Refused as refused:
        if refused.code not in NOT_COMPUTED:
            raise
        me = await visit.me("MyRecordsWithoutScore", after=after)
        paused = "register" if refused.code is RefusalCode.SCORE_PAUSED else "chosen"
    page = me["records"]
    rows = [_row(edge["node"], me.get("score")) for edge in page["edges"]]
    more = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    return visit.page("h5_records.html", "records", rows=rows, after=more, later=after, paused=paused)


async def record(visit: VisitorRequest) -> Response:
    """One record: all that is known of it, and a form to dispute it."""
    record_id = visit.request.path_params["id"]
    try:
        found = await visit.node("MyRecord", "CreditRecord", record_id)
    except Refused as refused:
        if refused.code not in NOT_COMPUTED:
            raise
        found = await visit.node("MyRecordWithoutScore", "CreditRecord", record_id)
    me = found.get("me")
    return visit.page(
        "h5_record.html",
        "records",
        r=_row(found["node"], me and me["score"]),
        paused=me is None,
        value=me and me["score"]["value"],
        without=me and me["whatIf"]["value"],
        reasons=CHOICES,
        photos=await visit.photos(),
        most_photos=PHOTOS_MAX,
        most_words=WORDS_MAX,
    )


async def dispute(visit: VisitorRequest, form: Form) -> Response | Form:
    """File a dispute; the other button only keeps the photos that were chosen."""
    if form["step"] == "photos":
        return form
    errors = wrong_in(form.fields, _NEEDS)
    if errors:
        return replace(form, errors=errors)
    photos = await visit.photos_of(form.key)
    asked = {"recordId": visit.request.path_params["id"], "words": form["words"], "evidence": photos}
    try:
        filed = await visit.change("FileDispute", form.once, **asked, reason=form["reason"])
    except Refused as refused:
        if refused.code != RefusalCode.KEY_REUSED:
            raise
        return visit.on_to("/h5/disputes")  # a second tap: the first one took the photos along
    return visit.on_to(f"/h5/disputes/{filed['dispute']['id']}", "filed", filed["dispute"]["number"])


def _row(found: Row, score: Row | None) -> Row:
    """A record as it is shown; where no score is computed, with what its rule says."""
    if score is not None:
        return _with_effect(found, _withheld(score))
    would = found["points"] if found["points"] is not None else found["rule"]["points"]
    why = "DISPUTED" if found["disputed"] else found["withheldReason"]
    return {**found, "would": would, "until": None, "withheldReason": why, "disputable": why != "DISPUTED"}


def _withheld(score: Row) -> dict[str, Row]:
    return {edge["node"]["record"]["id"]: edge["node"] for edge in score["withheld"]["edges"] if edge["node"]["record"]}


def _with_effect(found: Row, withheld: dict[str, Row]) -> Row:
    """A record with what it gives or would give, until when it waits, and whether it can be disputed."""
    waits = withheld.get(found["id"], {})
    would = found["points"] if found["points"] is not None else waits.get("points", 0)
    disputable = found["withheldReason"] != "DISPUTED"
    return {**found, "would": would, "until": waits.get("until"), "disputable": disputable}
