"""What can be disputed besides a record: the choice of what it is about, and a form for each."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from schema.types.errors import RefusalCode, Refused
from scoring.disputes import PHOTOS_MAX, RATING_MAX, RATING_MIN, WORDS_MAX, DataAspect
from server.platform.kit.json import JsonObject
from server.web.forms import Form
from server.web.h5.render import both, said
from server.web.h5.visit import VisitorRequest

TOPICS = ("missing-record", "computation", "refused-pass", "data", "sign-in", "service")
_NO_PHOTOS = ("sign-in", "service")
_ASPECTS = tuple(aspect.name for aspect in DataAspect)
_NEEDED = {
    "missing-record": ("rule", "source", "day"),
    "computation": ("day",),
    "refused-pass": ("benefit", "day"),
    "data": ("aspect",),
    "service": ("rating",),
}


async def choose(visit: VisitorRequest) -> Response:
    """What it is about."""
    return visit.page("h5_new_dispute.html", "disputes", topics=TOPICS)


async def complaint(visit: VisitorRequest) -> Response:
    """The form for one topic; a sign-in that was refused is told by those who are not bound, too."""
    topic = _topic(visit)
    if topic != "sign-in" and not visit.is_bound:
        return RedirectResponse("/h5/", 303)
    choices = await visit.ask("ComplaintChoices")
    rules = [edge["node"] for edge in choices["scheme"]["rules"]["edges"]]
    sources = {source["code"]: source for rule in rules for source in rule["sources"]}
    return visit.page(
        "h5_complaint.html",
        "disputes",
        topic=topic,
        rules=[rule for rule in rules if rule["optional"]],
        sources=list(sources.values()),
        benefits=[edge["node"] for edge in choices["benefits"]["edges"]],
        aspects=_ASPECTS,
        ratings=range(RATING_MAX, RATING_MIN - 1, -1),
        rated=visit.request.query_params.get("dispute", ""),
        today=(await visit.ask("DisputeLimits"))["disputeLimits"]["today"],
        takes_photos=topic not in _NO_PHOTOS,
        photos=await visit.photos(),
        most_photos=PHOTOS_MAX,
        most_words=WORDS_MAX,
    )


async def complain(visit: VisitorRequest, form: Form) -> Response | Form:
    """File it; the other button only keeps the photos that were chosen."""
    topic = _topic(visit)
    if form["step"] == "photos":
        return form
    if not visit.is_bound:
        await visit.change("ReportSignIn", form.once, words=form["words"])
        return visit.on_to("/h5/disputes/new/sign-in", "sign_in_told")
    if not all(form[name] for name in _NEEDED.get(topic, ())):
        raise Refused(RefusalCode.BAD_INPUT, message=both(said("h5.choose_all")))
    photos = [] if topic in _NO_PHOTOS else await visit.photos_of(form.key)
    today = (await visit.ask("DisputeLimits"))["disputeLimits"]["today"]
    asked = {"subject": _subject(topic, form, today), "words": form["words"], "evidence": photos}
    try:
        filed = await visit.change("OpenComplaint", form.once, **asked)
    except Refused as refused:
        if refused.code != RefusalCode.KEY_REUSED:
            raise
        return visit.on_to("/h5/disputes")  # a second tap: the first one took the photos along
    return visit.on_to(f"/h5/disputes/{filed['dispute']['id']}", "complained", filed["dispute"]["number"])


def _subject(topic: str, form: Form, today: str) -> JsonObject:
    """The one field of the input that the topic has."""
    match topic:
        case "missing-record":
            rule = None if form["rule"] == "other" else form["rule"]
            return {"missingRecord": {"rule": rule, "source": form["source"], "day": form["day"]}}
        case "computation":
            return {"computation": {"day": form["day"]}}
        case "refused-pass":
            return {"refusedPass": {"benefit": form["benefit"], "partner": form["partner"], "day": form["day"]}}
        case "data":
            return {"data": {"aspect": form["aspect"]}}
        case "sign-in":
            return {"signIn": {"day": today}}
    rating = int(form["rating"]) if form["rating"].isdigit() else 0
    return {"service": {"rating": rating, "dispute": form["dispute"] or None}}


def _topic(visit: VisitorRequest) -> str:
    topic = str(visit.request.path_params["topic"])
    if topic not in TOPICS:
        raise Refused(RefusalCode.NOT_FOUND)
    return topic
