"""Disputes: where each stands and until when, and what its citizen can do: add, withdraw, appeal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from schema.types.errors import RefusalCode, Refused
from scoring.disputes import PHOTOS_MAX, WORDS_MAX
from server.web.h5.photos import boxed, put_files
from server.web.h5.visit import Form, VisitorRequest

OPEN = ("SUBMITTED", "UNDER_REVIEW", "AWAITING_CITIZEN", "AWAITING_SOURCE", "PROPOSED")


async def disputes(visit: VisitorRequest) -> Response:
    """All of them, newest first; twenty a page."""
    after = visit.request.query_params.get("after")
    page = (await visit.me("MyDisputes", after=after))["disputes"]
    more = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    rows = [edge["node"] for edge in page["edges"]]
    return visit.page("h5_disputes.html", "disputes", rows=rows, after=more, later=after, open_states=OPEN)


async def dispute(visit: VisitorRequest) -> Response:
    """One dispute: what was said, until when it is answered, and the answer."""
    return await _dispute(visit)


async def act(visit: VisitorRequest) -> Response:
    """A form of a dispute's page."""
    action = _ACTIONS.get(visit.request.path_params["action"])
    form = await visit.form()
    if action is None:
        return visit.page("h5_missing.html", "disputes", status=404)
    try:
        return await action(visit, form)
    except Refused as refused:
        if refused.code in (RefusalCode.NOT_SIGNED_IN, RefusalCode.NOT_ENROLLED, RefusalCode.NOT_FOUND):
            raise
        if refused.code == RefusalCode.KEY_REUSED:  # a second tap: the first one did it
            return visit.on_to(_path(visit))
        return await _dispute(visit, form, refused)


async def _withdraw(visit: VisitorRequest, form: Form) -> Response:
    done = await visit.change("WithdrawDispute", form.key, id=_id(visit))
    return visit.on_to(_path(visit), "withdrawn", done["dispute"]["number"])


async def _appeal(visit: VisitorRequest, form: Form) -> Response:
    done = await visit.change("AppealDispute", form.key, id=_id(visit), words=form["words"])
    return visit.on_to(_path(visit), "appealed", done["dispute"]["number"])


async def _supply(visit: VisitorRequest, form: Form) -> Response:
    await put_files(visit, form)
    if form["step"] == "photos":
        return await _dispute(visit, form)
    photos = await boxed(visit, form.key)
    done = await visit.change("SupplyDispute", form.key, id=_id(visit), words=form["words"], evidence=photos)
    return visit.on_to(_path(visit), "supplied", done["dispute"]["number"])


_ACTIONS: dict[str, Callable[[VisitorRequest, Form], Awaitable[Response]]] = {
    "withdraw": _withdraw,
    "appeal": _appeal,
    "supply": _supply,
}


async def _dispute(visit: VisitorRequest, form: Form | None = None, refusal: Refused | None = None) -> Response:
    found = (await visit.node("MyDispute", "Dispute", _id(visit)))["node"]
    photos = [] if form is None else await boxed(visit, form.key)
    return visit.page(
        "h5_dispute.html",
        "disputes",
        refusal=refusal,
        d=found,
        is_open=found["state"] in OPEN,
        typed=form.fields if form else {},
        form_key=form.key if form else None,
        photos=len(photos),
        most_photos=PHOTOS_MAX,
        most_words=WORDS_MAX,
    )


def _id(visit: VisitorRequest) -> str:
    return str(visit.request.path_params["id"])


def _path(visit: VisitorRequest) -> str:
    return f"/h5/disputes/{_id(visit)}"
