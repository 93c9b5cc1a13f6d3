"""Who is at the desk: signing in with a password here, the cookie, and the forms' tokens."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schema.types.errors import Refused
from schema.types.principal import ANONYMOUS
from server.auth.service import Audience, UnconfirmedError
from server.auth.staff.service import DEVICE_LIFE
from server.platform.kit.json import JsonObject
from server.web.pages import page, says_same_origin
from server.web.session import PageRequest, container_of, operate, session_of, set_cookie

COOKIE, DEVICE, FORM = "egret_desk", "egret_desk_device", "egret_desk_form"
PARTS = ("OPEN", "UNASSIGNED", "MINE", "OVERDUE", "TO_APPROVE")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
OPERATIONS = Path(__file__).parents[1] / "operations"


class DeskRequest(PageRequest):
    """A request of a person who is signed in."""

    __slots__ = ()

    async def ask(self, operation: str, **variables: object) -> JsonObject:
        """Run one of the desk's operations. Raises Refused."""
        return await operate(self.request, self.principal, OPERATIONS, operation, variables)

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        """A page that knows who is signed in."""
        return page(self.request, template, status, principal=self.principal, csrf=self.csrf, parts=PARTS, **values)

    async def fields(self) -> tuple[dict[str, str], bool]:
        """The fields of a form, and whether its token is this session's. The route bounds how long they are."""
        async with self.request.form(max_fields=10) as form:
            fields = {name: _text(value) for name, value in form.items()}
        return fields, self.is_genuine(fields.get("csrf", ""))

    async def form(self) -> dict[str, str] | None:
        """The fields of a form; None where its token is not this session's."""
        fields, genuine = await self.fields()
        return fields if genuine else None


Page = Callable[[DeskRequest], Awaitable[Response]]


def signed_in(handler: Page) -> Callable[[Request], Awaitable[Response]]:
    """A page for staff who are signed in; others are sent to sign in."""

    async def endpoint(request: Request) -> Response:
        try:
            visit = await _visit(request)
        except UnconfirmedError:
            return unreachable(request, signed_in=True)
        return RedirectResponse("/desk/sign-in", 303) if visit is None else await handler(visit)

    endpoint.__doc__ = handler.__doc__
    return endpoint


async def _visit(request: Request) -> DeskRequest | None:
    found = await session_of(request, COOKIE, Audience.DESK)
    return None if found is None or not found[0].is_staff else DeskRequest(request, *found)


def _text(value: UploadFile | str) -> str:
    """A field as text with simple line ends, without what cannot be written; empty for a file."""
    if isinstance(value, UploadFile):
        return ""
    lines = value.encode("utf-8", "replace").decode().replace("\r\n", "\n")
    return _CONTROL.sub("", lines)


def sign_in_page(
    request: Request, status: int = 200, refused: str | None = None, refusal: dict[str, str] | None = None
) -> Response:
    """The sign-in page: with the provider, the form for a password, or both; and why a sign-in failed."""
    staff = request.app.state.container.staff
    ways = {"provider": staff.signing_in is not None, "local": staff.local}
    token = request.cookies.get(FORM, "")[:64] or secrets.token_hex(16)
    response = page(request, "sign_in.html", status, refused=refused, refusal=refusal, form=token, **ways)
    _set_cookie(request, response, FORM, token)
    return response


def from_sign_in_page(request: Request, token: str | None = None) -> bool:
    """Whether a person signs in from our own page, so that no other site can sign them in as another.

    A browser that does not say so sends a strict cookie from our own pages alone; a form has the same in it.
    """
    said = says_same_origin(request)
    if said is not None:
        return said
    kept = request.cookies.get(FORM, "")
    return bool(kept) and (token is None or hmac.compare_digest(kept.encode(), token.encode()))


def unreachable(request: Request, *, signed_in: bool = False) -> Response:
    """The page when the provider cannot be asked: to try again, with the session they may have."""
    response = page(request, "unreachable.html", 503, signed_in=signed_in)
    response.headers["retry-after"] = "10"
    return response


async def sign_in_form(request: Request) -> Response:
    """The sign-in page."""
    return sign_in_page(request)


async def sign_in(request: Request) -> Response:
    """Check account and password; the session lives in a cookie no script can read."""
    container = container_of(request)
    if not container.staff.local:
        return sign_in_page(request, 403, "local")
    async with request.form(max_fields=5) as form:
        variables = {name: str(form.get(name, ""))[:200] for name in ("account", "password")}
        token = str(form.get("form", ""))[:64]
    if not from_sign_in_page(request, token):
        return sign_in_page(request, 403, "elsewhere")
    variables["device"] = request.cookies.get(DEVICE, "")[:2048]
    try:
        signed_in = (await operate(request, ANONYMOUS, OPERATIONS, "SignIn", {"input": variables}))["signIn"]
    except Refused as over:
        return sign_in_page(request, 429, refusal={language: over.sentence(language) for language in ("zh", "en")})
    if "refusalCode" in signed_in:
        return sign_in_page(request, 401, refusal=signed_in["message"])
    session = signed_in["session"]
    response = await begin_session(request, RedirectResponse("/desk/", 303), session["token"])
    _set_cookie(request, response, DEVICE, session["device"], int(DEVICE_LIFE.total_seconds()))
    return response


async def begin_session(request: Request, response: Response, token: str) -> Response:
    """Give the browser its new session; what it had before is over."""
    container = container_of(request)
    if (former := request.cookies.get(COOKIE)) is not None:
        await container.staff.end(former)
    _set_cookie(request, response, COOKIE, token)
    return response


def _set_cookie(request: Request, response: Response, name: str, value: str, seconds: int | None = None) -> None:
    set_cookie(request, response, name, value, path="/desk", same_site="strict", seconds=seconds)
