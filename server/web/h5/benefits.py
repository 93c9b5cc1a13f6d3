"""Benefits: what is open, what is near and how to get there, the ordinary route; and passes with their code."""

from __future__ import annotations

from collections import Counter

from starlette.responses import Response

from bot.phrases import local, phrase
from server.platform.kit.json import JsonObject
from server.web.forms import Form
from server.web.h5.drawings import qr
from server.web.h5.visit import VisitorRequest
from server.web.h5.what_if import trial


async def benefits(visit: VisitorRequest) -> Response:
    """Each benefit as it stands for the visitor, and their latest passes."""
    me = await visit.me("MyBenefits")
    mine = [edge["node"] for edge in me["benefits"]["edges"]]
    return visit.page(
        "h5_benefits.html",
        "benefits",
        now=[item for item in mine if item["eligible"]],
        near=[item for item in mine if not item["eligible"]],
        passes=[edge["node"] for edge in me["passes"]["edges"]],
    )


async def benefit(visit: VisitorRequest) -> Response:
    """One benefit: its terms, the way to it, and the way without it."""
    path = (await visit.me("MyPath", benefit=visit.request.path_params["code"]))["path"]
    steps = path["steps"] or []
    grouped = Counter((step["kind"], local(visit.language, step["label"]), step["points"]) for step in steps)
    return visit.page(
        "h5_benefit.html",
        "benefits",
        path=path,
        steps=[{"kind": k, "label": label, "points": p, "count": n} for (k, label, p), n in grouped.items()],
        trial=trial(steps) if steps else None,
    )


async def take_pass(visit: VisitorRequest, form: Form) -> Response:
    """A pass for one benefit."""
    taken = await visit.change("TakePass", form.once, benefit=visit.request.path_params["code"])
    return visit.on_to(f"/h5/passes/{taken['pass']['id']}")


async def show_pass(visit: VisitorRequest) -> Response:
    """A pass with its code, while it is active."""
    found: JsonObject = (await visit.node("MyPass", "Pass", visit.request.path_params["id"]))["node"]
    code = found["code"]
    drawn = qr(code, phrase(visit.language, "h5.pass_code", code=code)) if code else None
    return visit.page("h5_pass.html", "benefits", taken=found, qr=drawn)
