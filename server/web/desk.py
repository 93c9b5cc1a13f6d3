"""`/desk`: sign in, the queue, one case, claim, decide, approve.

A client of the GraphQL schema, in process, with the principal of the person signed in.
Every form that changes something carries a token that belongs to the session.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.operations import documents
from schema.errors import Refused
from schema.execution import ask
from schema.principal import ANONYMOUS, Principal
from server.sessions import BadTokenError
from server.system import System
from server.web.pages import page, same_origin

COOKIE = "egret_desk"
PAGE = 50
_OPERATIONS = Path(__file__).parent / "operations"
_PARTS = ("OPEN", "UNASSIGNED", "MINE", "OVERDUE", "TO_APPROVE")
_FORM_MAX = 16 * 1024


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who is signed in."""

    request: Request
    principal: Principal
    csrf: str

    async def ask(self, operation: str, **variables: Any) -> dict[str, Any]:
        """Run one of the desk's operations. Raises Refused."""
        return await _ask(self.request, self.principal, operation, variables)

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page that knows who is signed in."""
        return page(self.request, template, status, principal=self.principal, csrf=self.csrf, parts=_PARTS, **values)


async def _ask(request: Request, principal: Principal, operation: str, variables: dict[str, Any]) -> dict[str, Any]:
    system: System = request.app.state.system
    document = documents(_OPERATIONS)[operation]
    return await ask(system.schema, document, variables, system.context(principal), operation)


async def _visit(request: Request) -> Visit | None:
    system: System = request.app.state.system
    token = request.cookies.get(COOKIE)
    if token is None:
        return None
    try:
        principal = await system.sessions.principal_of(token)
    except BadTokenError:
        return None
    return Visit(request, principal, _csrf(token)) if principal.is_desk else None


def _csrf(token: str) -> str:
    return hashlib.sha256(f"csrf {token}".encode()).hexdigest()


def _to_sign_in() -> Response:
    return RedirectResponse("/desk/sign-in", 303)


async def sign_in_form(request: Request) -> Response:
    """The sign-in page."""
    return page(request, "sign_in.html", refusal=None)


async def sign_in(request: Request) -> Response:
    """Check account and password; the session lives in a cookie no script can read."""
    if not same_origin(request):
        return page(request, "sign_in.html", 403, refusal=None)
    async with request.form(max_fields=5) as form:
        variables = {name: str(form.get(name, ""))[:200] for name in ("account", "password")}
    session = (await _ask(request, ANONYMOUS, "SignIn", variables))["signIn"]
    if session["__typename"] == "Refusal":
        return page(request, "sign_in.html", 401, refusal=session["message"])
    response = RedirectResponse("/desk/", 303)
    system: System = request.app.state.system
    secure = system.settings.base_url.startswith("https:")
    response.set_cookie(COOKIE, session["token"], httponly=True, samesite="strict", secure=secure, path="/desk")
    return response


async def sign_out(request: Request) -> Response:
    """Forget the session."""
    response = RedirectResponse("/desk/sign-in", 303)
    if same_origin(request):
        response.delete_cookie(COOKIE, path="/desk")
    return response


async def queue(request: Request) -> Response:
    """Cases, due first."""
    visit = await _visit(request)
    if visit is None:
        return _to_sign_in()
    part = request.query_params.get("part", "OPEN")
    part = part if part in _PARTS else "OPEN"
    after = request.query_params.get("after")
    try:
        found = (await visit.ask("Cases", part=part, first=PAGE, after=after))["cases"]
    except Refused:
        return RedirectResponse("/desk/", 303)
    cases = [edge["node"] for edge in found["edges"]]
    return visit.page("queue.html", cases=cases, part=part, page_info=found["pageInfo"])


async def case(request: Request) -> Response:
    """One case with its record and its effect on the score."""
    visit = await _visit(request)
    if visit is None:
        return _to_sign_in()
    return await _case_page(visit, request.path_params["id"], None)


async def act(request: Request) -> Response:
    """A button of the case page: claim, release, decide, approve or return."""
    visit = await _visit(request)
    if visit is None:
        return _to_sign_in()
    async with request.form(max_fields=10) as form:
        fields = {name: str(value)[:2000] for name, value in form.items()}
    if not hmac.compare_digest(fields.get("csrf", "").encode(), visit.csrf.encode()):
        return visit.page("refused.html", 403)
    case_id = request.path_params["id"]
    try:
        refusal = await _act(visit, case_id, request.path_params["action"], fields)
    except (Refused, ValueError, KeyError):
        return visit.page("refused.html", 400)
    if refusal is not None:
        return await _case_page(visit, case_id, refusal)
    return RedirectResponse(f"/desk/cases/{case_id}", 303)


async def _act(visit: Visit, case_id: str, action: str, fields: dict[str, str]) -> dict[str, str] | None:
    if action in ("claim", "release"):
        name = action.capitalize() + "Case"
        data = await visit.ask(name, id=case_id)
    elif action == "decide":
        decision = {
            "id": case_id,
            "version": int(fields["version"]),
            "determination": fields["determination"],
            "explanation": fields["explanation"],
        }
        data = await visit.ask("DecideCase", input=decision)
    elif action == "approve":
        data = await visit.ask("ApproveCase", id=case_id, version=int(fields["version"]))
    elif action == "ask":
        version = int(fields["version"])
        data = await visit.ask("AskCitizen", id=case_id, version=version, question=fields["question"])
    elif action == "return":
        version = int(fields["version"])
        data = await visit.ask("ReturnCase", id=case_id, version=version, explanation=fields["explanation"])
    else:
        raise KeyError(action)
    (result,) = data.values()
    message: dict[str, str] | None = result.get("message")
    return message


async def _case_page(visit: Visit, case_id: str, refusal: dict[str, str] | None) -> Response:
    try:
        found = (await visit.ask("Case", id=case_id))["case"]
    except Refused:
        found = {"__typename": "Refusal"}
    if found["__typename"] == "Refusal":
        return visit.page("missing.html", 404)
    status = 200 if refusal is None else 409
    return visit.page("case.html", status, case=found, refusal=refusal)


ROUTES = [
    Route("/", queue),
    Route("/sign-in", sign_in_form, methods=["GET"]),
    Route("/sign-in", sign_in, methods=["POST"], max_body_size=_FORM_MAX),
    Route("/sign-out", sign_out, methods=["POST"], max_body_size=_FORM_MAX),
    Route("/cases/{id}", case, methods=["GET"]),
    Route("/cases/{id}/{action}", act, methods=["POST"], max_body_size=_FORM_MAX),
]
