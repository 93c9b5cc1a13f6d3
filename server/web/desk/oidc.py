"""Signing in at the desk by the city's own provider; the desk's cookie begins and ends here and in `visit`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from server.auth.oidc.errors import BadIdTokenError, NotSignedInError, ProviderError
from server.auth.oidc.flows import FLOW_LIFE, Returned
from server.auth.staff.errors import DisabledError, NoRoleError
from server.container import Container
from server.platform.kit.digests import digest_of
from server.web.desk.visit import (
    COOKIE,
    after_sign_in,
    begin_session,
    desk_page,
    from_sign_in_page,
    sign_in_page,
    unreachable,
)
from server.web.pages import same_origin
from server.web.session import end_cookie

FLOW = "egret_desk_flow_"
"""With the digest of the state behind it: two tabs sign in side by side."""
_PATH = "/desk/oidc"
_NO_STORE = {"cache-control": "no-store"}


async def login(request: Request) -> Response:
    """To the provider. Only from our own page: another site cannot make a person sign in."""
    container: Container = request.app.state.container
    if container.staff.signing_in is None or not from_sign_in_page(request):
        return RedirectResponse("/desk/sign-in", 303)
    try:
        begun = await container.staff.signing_in.begin()
    except ProviderError:
        return unreachable(request)
    response = RedirectResponse(begun.url, 303, headers=_NO_STORE)
    secure = container.settings.base_url.startswith("https:")
    # Lax: the provider's redirect back has to bring it along.
    life = int(FLOW_LIFE.total_seconds())
    name = _flow_of(begun.state)
    response.set_cookie(name, begun.flow, max_age=life, httponly=True, samesite="lax", secure=secure, path=_PATH)
    return response


async def callback(request: Request) -> Response:
    """Back from the provider."""
    response = await _returned(request)
    end_cookie(request, response, _flow_of(request.query_params.get("state", "")), path=_PATH)
    return response


def _flow_of(state: str) -> str:
    return FLOW + digest_of(state)[:12]


async def _returned(request: Request) -> Response:
    container: Container = request.app.state.container
    if container.staff.signing_in is None:
        return RedirectResponse("/desk/sign-in", 303)
    given = request.query_params
    returned = Returned(given.get("state", ""), given.get("code", ""), given.get("iss"))
    try:
        token = await container.staff.signing_in.finish(request.cookies.get(_flow_of(returned.state)), returned)
    except ProviderError:
        return unreachable(request)
    except NoRoleError:
        return sign_in_page(request, 403, "no-role")
    except DisabledError:
        return sign_in_page(request, 403, "disabled")
    except NotSignedInError:
        # Who comes here again, by Back or in another tab, is signed in: on our own page their strict cookie says so.
        return sign_in_page(request, 401, "failed", onward="/desk/sign-in?failed=1")
    # A page and no redirect: the provider's site began this navigation, so that a redirect would not bring along the
    # strict cookie that is set here; the page's own step to the desk does.
    step = desk_page(request, "onward.html", to=after_sign_in(request), signed_in=True)
    return await begin_session(request, step, token)


async def log_out(request: Request) -> Response:
    """The provider says that a person has signed out there (OpenID Connect Back-Channel Logout 1.0, section 2.8)."""
    container: Container = request.app.state.container
    async with request.form(max_fields=5) as form:
        token = str(form.get("logout_token", ""))
    try:
        if container.staff.signing_in is None:
            raise BadIdTokenError("there is no provider")
        await container.staff.signing_in.log_out(token)
    except BadIdTokenError:
        return JSONResponse({"error": "invalid_request"}, 400, headers=_NO_STORE)
    except ProviderError:
        return JSONResponse({"error": "temporarily_unavailable"}, 503, headers=_NO_STORE)
    return Response(status_code=200, headers=_NO_STORE)


async def sign_out(request: Request) -> Response:
    """End the session here, then at the provider where it offers that."""
    response: Response = RedirectResponse("/desk/sign-in", 303)
    if not same_origin(request):
        return response
    container: Container = request.app.state.container
    try:
        onward = await container.staff.sign_out(request.cookies.get(COOKIE, ""))
    except ProviderError:
        onward = None
    if onward is not None:
        # Browsers hold a form's redirects to `form-action 'self'`; a page's own step onward is free.
        response = desk_page(request, "onward.html", to=onward, signed_in=False)
    end_cookie(request, response, COOKIE, path="/desk")
    return response
