"""What can be disputed besides a record: the choice of what it is about, and a form for each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

from starlette.responses import RedirectResponse, Response

from schema.types.errors import RefusalCode, Refused
from scoring.disputes import PHOTOS_MAX, RATING_MAX, RATING_MIN, WORDS_MAX, DataAspect
from server.disputes.complaints import past_day
from server.disputes.documents import citizen_words
from server.platform.kit.json import JsonObject
from server.web.forms import Form
from server.web.h5.visit import VisitorRequest
from server.web.needs import Check, a_day, given, in_words, one_of, wrong_in

TOPICS = ("missing-record", "computation", "refused-pass", "data", "sign-in", "service")
_NO_PHOTOS = ("sign-in", "service")
_ASPECTS = tuple(aspect.name for aspect in DataAspect)
_RATINGS = tuple(str(rating) for rating in range(RATING_MIN, RATING_MAX + 1))


def _needs(topic: str, today: str) -> dict[str, Check]:
    """What the form for a topic needs."""
    day = a_day("h5.needed.day", partial(past_day, date.fromisoformat(today)))
    of_topic: dict[str, dict[str, Check]] = {
        "missing-record": {"rule": given("h5.needed.rule"), "source": given("h5.needed.source"), "day": day},
        "computation": {"day": day},
        "refused-pass": {"benefit": given("h5.needed.benefit"), "day": day},
        "data": {"aspect": one_of(_ASPECTS, "h5.needed.aspect")},
        "service": {"rating": one_of(_RATINGS, "h5.needed.rating")},
    }
    return of_topic.get(topic, {}) | {"words": in_words(citizen_words, "h5.needed.words")}


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
    today = (await visit.ask("DisputeLimits"))["disputeLimits"]["today"]
    errors = wrong_in(form.fields, _needs(topic, today))
    if errors:
        return replace(form, errors=errors)
    if not visit.is_bound:
        await visit.change("ReportSignIn", form.once, words=form["words"])
        return visit.on_to("/h5/disputes/new/sign-in", "sign_in_told")
    photos = [] if topic in _NO_PHOTOS else await visit.photos_of(form.key)
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
    return {"service": {"rating": int(form["rating"]), "dispute": form["dispute"] or None}}


def _topic(visit: VisitorRequest) -> str:
    topic = str(visit.request.path_params["topic"])
    if topic not in TOPICS:
        raise Refused(RefusalCode.NOT_FOUND)
    return topic
