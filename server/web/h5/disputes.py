"""Disputes: where each stands and until when, and what its citizen can do: add, withdraw, appeal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.responses import Response

from schema.types.errors import RefusalCode, Refused
from scoring.disputes import PHOTOS_MAX, WORDS_MAX
from server.disputes.documents import citizen_words
from server.platform.kit.json import JsonObject
from server.web.forms import Form
from server.web.h5.visit import VisitorRequest
from server.web.needs import in_words, wrong_in

_NEEDS = {"words": in_words(citizen_words, "h5.needed.words")}
OPEN = ("SUBMITTED", "UNDER_REVIEW", "AWAITING_CITIZEN", "AWAITING_SOURCE", "PROPOSED")


async def disputes(visit: VisitorRequest) -> Response:
    """All of them, newest first; twenty a page."""
    after = visit.request.query_params.get("after")
    me = await visit.me("MyDisputes", after=after)
    page = me["disputes"]
    repairs = [] if after else [edge["node"] for edge in me["repairs"]["edges"]]
    more = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    rows = [edge["node"] for edge in page["edges"]]
    return visit.page(
        "h5_disputes.html", "disputes", rows=rows, after=more, later=after, open_states=OPEN, repairs=repairs
    )


async def dispute(visit: VisitorRequest) -> Response:
    """One dispute: what was said, until when it is answered, and the answer."""
    found = (await visit.node("MyDispute", "Dispute", _id(visit)))["node"]
    is_open = found["state"] in OPEN
    forms = {"supply": bool(found["question"]), "appeal": found["canAppeal"], "withdraw": is_open}
    return visit.page(
        "h5_dispute.html",
        "disputes",
        d=found,
        steps=steps_of(found),
        is_open=is_open,
        forms={name for name, shown in forms.items() if shown},
        photos=await visit.photos("supply"),
        most_photos=PHOTOS_MAX,
        most_words=WORDS_MAX,
    )


def steps_of(found: JsonObject) -> list[JsonObject]:
    """The four steps of a dispute: filed, received, answered, final; each with its day, and which one it is at."""
    claimed = next((event["at"] for event in found["events"] if event["action"] == "CLAIM"), None)
    answered = found["endedOn"] is not None
    final = answered and not found["canAppeal"]
    reached = 1 + (claimed is not None or answered) + answered + final
    end = "withdrawn" if found["state"] == "WITHDRAWN" else "answered"
    until = None if answered else found["dueOn"]
    days = (found["filedOn"], None, found["endedOn"] or until, found["appealUntil"])
    names = ("filed", "received", end, "final")
    steps = enumerate(zip(names, days, strict=True), 1)
    return [{"name": name, "day": day, "done": n <= reached, "here": n == reached} for n, (name, day) in steps]


async def act(visit: VisitorRequest, form: Form) -> Response | Form:
    """A form of a dispute's page."""
    action = _ACTIONS.get(visit.request.path_params["action"])
    if action is None:
        raise Refused(RefusalCode.NOT_FOUND)
    return await action(visit, form)


async def _withdraw(visit: VisitorRequest, form: Form) -> Response:
    done = await visit.change("WithdrawDispute", form.once, id=_id(visit))
    return visit.on_to(_path(visit), "withdrawn", done["dispute"]["number"])


async def _appeal(visit: VisitorRequest, form: Form) -> Response | Form:
    errors = wrong_in(form.fields, _NEEDS, {"words": "appeal-words"})
    if errors:
        return replace(form, errors=errors)
    done = await visit.change("AppealDispute", form.once, id=_id(visit), words=form["words"])
    return visit.on_to(_path(visit), "appealed", done["dispute"]["number"])


async def _supply(visit: VisitorRequest, form: Form) -> Response | Form:
    if form["step"] == "photos":
        return form
    errors = wrong_in(form.fields, _NEEDS, {"words": "supply-words"})
    if errors:
        return replace(form, errors=errors)
    photos = await visit.photos_of(form.key)
    done = await visit.change("SupplyDispute", form.once, id=_id(visit), words=form["words"], evidence=photos)
    return visit.on_to(_path(visit), "supplied", done["dispute"]["number"])


_ACTIONS: dict[str, Callable[[VisitorRequest, Form], Awaitable[Response | Form]]] = {
    "withdraw": _withdraw,
    "appeal": _appeal,
    "supply": _supply,
}


def _id(visit: VisitorRequest) -> str:
    return str(visit.request.path_params["id"])


def _path(visit: VisitorRequest) -> str:
    return f"/h5/disputes/{_id(visit)}"
