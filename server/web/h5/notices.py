"""What the visitor was told, and which notices they get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from server.platform.db import Document
from server.web.forms import Form
from server.web.h5.render import new_key
from server.web.h5.visit import VisitorRequest
from server.web.needs import one_of, wrong_in

_KIND, _GROUP = "kind.", "group."
_NEEDS = dict.fromkeys(("from", "until"), one_of([str(hour) for hour in range(24)], "h5.needed.hour"))


async def notices(visit: VisitorRequest) -> Response:
    """Notices, newest first, twenty a page; what is shown is read by that."""
    after = visit.request.query_params.get("after")
    me = await visit.me("MyNotices", after=after)
    rows = [edge["node"] for edge in me["notices"]["edges"]]
    unread = [row["id"] for row in rows if row["readAt"] is None]
    if unread:
        await visit.change("MarkNoticesRead", new_key(), ids=unread)
    page_info = me["notices"]["pageInfo"]
    more = page_info["endCursor"] if page_info["hasNextPage"] else None
    choices, elsewhere = me["noticeChoices"], (await visit.ask("MovedAway"))["viewer"]["signedInElsewhere"]
    shown = {"rows": rows, "after": more, "later": after, "choices": choices, "elsewhere": elsewhere}
    return visit.page("h5_notices.html", "privacy", hours=range(24), **shown)


async def choose(visit: VisitorRequest, form: Form) -> Response | Form:
    """Which kinds, when none, and whether in one message a day."""
    choices = (await visit.me("MyNotices"))["noticeChoices"]
    off = _off([kind for kind in choices["kinds"] if not kind["required"]], form)
    errors = wrong_in(form.fields, _NEEDS, {name: f"quiet-{name}" for name in ("from", "until")})
    if errors:
        return replace(form, errors=errors)
    hours = {"quietFrom": int(form["from"]), "quietUntil": int(form["until"])}
    await visit.change("SetNoticeChoices", form.once, off=off, digest=form["digest"] == "on", **hours)
    return visit.on_to("/h5/notices", "notices_chosen")


def _off(kinds: Sequence[Document], form: Form) -> list[str]:
    """The kinds that are off: a group's switch decides for all of it, where it was moved."""
    off: list[str] = []
    for group in dict.fromkeys(kind["group"] for kind in kinds):
        mine = [kind for kind in kinds if kind["group"] == group]
        was_on = any(kind["on"] for kind in mine)
        if form[f"{_GROUP}{group}"] != "on":
            off += [kind["kind"] for kind in mine]
        elif was_on or any(form[f"{_KIND}{kind['kind']}"] == "on" for kind in mine):
            off += [kind["kind"] for kind in mine if form[f"{_KIND}{kind['kind']}"] != "on"]
    return off
