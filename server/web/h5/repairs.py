"""Credit repair: the form to apply for it, and an application with its answer."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from schema.types.errors import RefusalCode, Refused
from scoring.disputes import PHOTOS_MAX, WORDS_MAX
from server.disputes.documents import citizen_words
from server.web.forms import Form
from server.web.h5.visit import VisitorRequest
from server.web.needs import a_day, in_words, wrong_in

_NEEDS = {"done_on": a_day("h5.repair_day_needed"), "words": in_words(citizen_words, "h5.needed.words")}


async def form(visit: VisitorRequest) -> Response:
    """What is needed, what it would do to the score, and the form."""
    record_id = visit.request.path_params["id"]
    try:
        found = await visit.node("MyRecord", "CreditRecord", record_id)
    except Refused as refused:
        if refused.code != RefusalCode.SCORE_PAUSED:
            raise
        found = await visit.node("MyRecordWithoutScore", "CreditRecord", record_id)
    me = found.get("me")
    effect = None
    if me is not None:
        would = me["whatIf"]["value"]
        effect = {"value": would, "points": would - me["score"]["value"]}
    return visit.page(
        "h5_repair_form.html",
        "records",
        r=found["node"],
        effect=effect,
        photos=await visit.photos(),
        most_photos=PHOTOS_MAX,
        most_words=WORDS_MAX,
    )


async def apply(visit: VisitorRequest, form: Form) -> Response | Form:
    """Apply; the other button only keeps the photos that were chosen."""
    if form["step"] == "photos":
        return form
    errors = wrong_in(form.fields, _NEEDS, {"done_on": "done-on"})
    if errors:
        return replace(form, errors=errors)
    photos = await visit.photos_of(form.key)
    asked = {"recordId": visit.request.path_params["id"], "words": form["words"], "evidence": photos}
    try:
        done = await visit.change("SendRepair", form.once, **asked, doneOn=form["done_on"])
    except Refused as refused:
        if refused.code != RefusalCode.KEY_REUSED:
            raise
        return visit.on_to("/h5/disputes")  # a second tap: the first one took the photos along
    return visit.on_to(f"/h5/repairs/{done['repair']['id']}", "repair_applied", done["repair"]["number"])


async def repair(visit: VisitorRequest) -> Response:
    """One application: what was said, until when it is answered, and the answer."""
    found = (await visit.node("MyRepair", "RepairApplication", visit.request.path_params["id"]))["node"]
    return visit.page("h5_repair.html", "disputes", a=found)


async def withdraw(visit: VisitorRequest, form: Form) -> Response | Form:
    """Take an application back."""
    repair_id = visit.request.path_params["id"]
    done = await visit.change("WithdrawRepair", form.once, id=repair_id)
    return visit.on_to(f"/h5/repairs/{repair_id}", "repair_withdrawn", done["repair"]["number"])
