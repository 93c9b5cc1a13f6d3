"""Privacy: consents, optional items, who looked, my data, unlinking, leaving."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from server.platform.kit.templates import path
from server.web.forms import Form
from server.web.h5.visit import VisitorRequest
from server.web.languages import both, said


async def privacy(visit: VisitorRequest) -> Response:
    """What was agreed to, what is switched off, and who looked."""
    found = await visit.ask("MyPrivacy")
    me = found["me"] or await visit.me("MyPrivacy")
    return visit.page(
        "h5_privacy.html",
        "privacy",
        me=me,
        consents=[edge["node"] for edge in me["consents"]["edges"]],
        optional=[edge["node"] for edge in me["optionalItems"]["edges"]],
        accounts=[edge["node"] for edge in me["accounts"]["edges"]],
        looks=[edge["node"] for edge in me["accessLog"]["edges"]],
        consent_text=found["consentText"],
    )


async def looks(visit: VisitorRequest) -> Response:
    """Who looked at the visitor's data, newest first; twenty a page. One's own looks are a list apart."""
    after = visit.request.query_params.get("after")
    mine = visit.request.query_params.get("by") == "me"
    page = (await visit.me("MyLooks", by="ME" if mine else "OTHERS", after=after))["accessLog"]
    more = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    rows = [edge["node"] for edge in page["edges"]]
    return visit.page("h5_looks.html", "privacy", rows=rows, after=more, later=after, mine=mine)


async def ask_about_look(visit: VisitorRequest, form: Form) -> Response:
    """Ask why somebody looked; the answer is told, and stands on the line."""
    await visit.change("AskAboutLook", form.once, id=form["look"])
    return visit.on_to("/h5/privacy/looks", "look_asked")


async def consent(visit: VisitorRequest, form: Form) -> Response:
    """Agree to the text in force."""
    await visit.change("GrantConsent", form.once, version=form["version"])
    return visit.on_to("/h5/privacy", "agreed")


async def optional(visit: VisitorRequest, form: Form) -> Response:
    """Switch an optional item on or off."""
    declined = form["declined"] == "yes"
    await visit.change("DeclineItem", form.once, rule=form["rule"], declined=declined)
    return visit.on_to("/h5/privacy#optional", "switched_off" if declined else "switched_on")


async def export(visit: VisitorRequest, form: Form) -> Response:
    """On to everything that is held, at an address of ten minutes."""
    return visit.on_to(path((await visit.change("ExportMyData", form.once))["address"]["url"]))


async def object_to_residence(visit: VisitorRequest, form: Form) -> Response:
    """The register is wrong: a person checks it, and the score goes on meanwhile."""
    found = await visit.change("ObjectToResidence", form.once)
    return visit.on_to("/h5/", "asked" if found["citizen"]["residence"]["paused"] else "objected")


async def leaving(visit: VisitorRequest) -> Response:
    """What leaving means, before it is done."""
    return visit.page("h5_leave.html", "privacy")


async def leave(visit: VisitorRequest, form: Form) -> Response | Form:
    """Leave, where it was confirmed."""
    if form["sure"] != "yes":
        return replace(form, errors={"sure": both(said("h5.leave_tick"))})
    await visit.change("Leave", form.once)
    return visit.on_to("/h5/", "left")


async def unlinking(visit: VisitorRequest) -> Response:
    """What unlinking means, before it is done."""
    return visit.page("h5_unlink.html", "privacy")


async def unlink(visit: VisitorRequest, form: Form) -> Response:
    """Take this WeChat account off; taking part goes on."""
    await visit.change("Unlink", form.once)
    return visit.on_to("/h5/", "unlinked")
