"""Who is at the desk: signing in and out, and the forms' tokens."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.operations import documents, operations
from schema.execution import ask
from schema.principal import ANONYMOUS, Principal
from server.sessions import BadTokenError, Door
from server.system import System
from server.web.pages import page, same_origin

COOKIE = "egret_desk"
PARTS = ("OPEN", "UNASSIGNED", "MINE", "OVERDUE", "TO_APPROVE")
OPERATIONS = Path(__file__).parents[1] / "operations"


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
        return page(self.request, template, status, principal=self.principal, csrf=self.csrf, parts=PARTS, **values)

    async def form(self) -> dict[str, str] | None:
        """The fields of a form, each cut; None where its token is not this session's."""
        async with self.request.form(max_fields=10) as form:
            fields = {name: str(value)[:2000] for name, value in form.items()}
        fits = hmac.compare_digest(fields.get("csrf", "").encode(), self.csrf.encode())
        return fields if fits else None


Page = Callable[[Visit], Awaitable[Response]]


def signed_in(handler: Page) -> Callable[[Request], Awaitable[Response]]:
    """A page for whoever is signed in; anybody else is sent to sign in."""

    async def endpoint(request: Request) -> Response:
        visit = await _visit(request)
        return RedirectResponse("/desk/sign-in", 303) if visit is None else await handler(visit)

    endpoint.__doc__ = handler.__doc__
    return endpoint


async def _ask(request: Request, principal: Principal, operation: str, variables: dict[str, Any]) -> dict[str, Any]:
    system: System = request.app.state.system
    document = documents(OPERATIONS).get(operation) or operations()[operation]
    return await ask(system.schema, document, variables, system.context(principal), operation)


async def _visit(request: Request) -> Visit | None:
    system: System = request.app.state.system
    token = request.cookies.get(COOKIE)
    if token is None:
        return None
    try:
        principal = await system.sessions.principal_of(token, Door.DESK)
    except BadTokenError:
        return None
    return Visit(request, principal, _csrf(token)) if principal.is_staff else None


def _csrf(token: str) -> str:
    return hashlib.sha256(f"csrf {token}".encode()).hexdigest()


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
