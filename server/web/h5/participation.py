"""Whether a score is computed: taking part, pausing it, or seeing one's records alone."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from server.web.forms import Form
from server.web.h5.visit import VisitorRequest, participation
from server.web.languages import both, said


async def show(visit: VisitorRequest) -> Response:
    """How it is now, and the ways to change it."""
    return await participation(visit)


async def pause(visit: VisitorRequest, form: Form) -> Response:
    """Nothing is computed until the citizen resumes it."""
    await visit.change("PauseScore", form.once)
    return visit.on_to("/h5/privacy/part", "paused")


async def resume(visit: VisitorRequest, form: Form) -> Response:
    """The citizen's own pause ends."""
    await visit.change("ResumeScore", form.once)
    return visit.on_to("/h5/", "resumed")


async def look_only(visit: VisitorRequest, form: Form) -> Response | Form:
    """The score and its history go, account and records stay; where it was confirmed."""
    if form["sure"] != "yes":
        return replace(form, errors={"sure": both(said("h5.part_tick"))})
    await visit.change("LookOnly", form.once, version=form["version"])
    return visit.on_to("/h5/privacy/part", "look_only")
