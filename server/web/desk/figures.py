"""Figures at the desk: how disputes go, how the programme is used; and the steward's page."""

from __future__ import annotations

from starlette.responses import HTMLResponse, RedirectResponse, Response

from schema.types.errors import Refused
from scoring.dated import Text
from server.web.desk.visit import DeskRequest
from server.web.forms import Form


async def figures(visit: DeskRequest) -> Response:
    """How disputes go; for stewards and auditors also how the programme is used."""
    cases = (await visit.ask("CaseFigures"))["caseFigures"]
    programme = None
    if not visit.principal.is_desk:
        programme = (await visit.ask("Programme"))["programmeFigures"]
    return visit.page("figures.html", cases=cases, programme=programme, here="figures")


async def steward(visit: DeskRequest) -> Response:
    """The scheme in force with the provenance of its figures, its versions, and the register of sources."""
    return await _steward(visit)


async def approve_version(visit: DeskRequest, form: Form) -> Response:
    """Approve a version of the city's folder; what is refused is said on the same page."""
    code = visit.request.path_params["code"]
    try:
        (result,) = (await visit.ask("ApproveCityVersion", input={"code": code})).values()
    except Refused as refused:
        return visit.refused(refused)
    if "message" in result:
        return await _steward(visit, Text(**result["message"]))
    return RedirectResponse("/desk/steward", 303)


async def _steward(visit: DeskRequest, refusal: Text | None = None) -> Response:
    try:
        found = await visit.ask("Steward")
    except Refused as refused:
        return visit.refused(refused)
    sources = [edge["node"] for edge in found["sources"]["edges"]]
    impacts = [edge["node"] for edge in found["impactReports"]["edges"]]
    webhooks = [edge["node"] for edge in found["webhooks"]["edges"]]
    values = {"scheme": found["scheme"], "sources": sources, "impacts": impacts, "webhooks": webhooks}
    values |= {"versions": found["cityVersions"], "refusal": refusal}
    return visit.page("steward.html", 200 if refusal is None else 409, here="steward", **values)


async def impact(visit: DeskRequest) -> Response:
    """One impact report: a page of our own making that needs nothing else, not even a script."""
    try:
        found = (await visit.ask("Impact", id=visit.request.path_params["id"]))["node"]
    except Refused as refused:
        return visit.refused(refused)
    if not found:
        return visit.page("missing.html", 404)
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    return HTMLResponse(found["page"], headers={"content-security-policy": policy, "cache-control": "no-store"})
