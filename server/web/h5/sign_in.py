"""Signing in outside WeChat: at an OpenID Connect provider, in any browser.

What a sign-in began with stays in the browser, sealed, one cookie for each tab. A live session always goes on: neither
Back nor a second tab ends it or begins another.
"""

from __future__ import annotations

import secrets
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.auth.oidc.errors import NotSignedInError, ProviderError
from server.auth.oidc.flows import Returned
from server.auth.service import Audience
from server.platform.kit.digests import digest_of
from server.settings.citizen_providers import CitizenProvider
from server.web.forms import Form
from server.web.h5.login import COOKIE, keep_begun, keep_session, not_now, safe_back, to_sign_in, to_wechat
from server.web.h5.render import keep, keep_language, language_of, look
from server.web.h5.visit import VisitorRequest
from server.web.pages import same_origin
from server.web.session import container_of, end_cookie, session_of

_BEGUN = "egret_oidc_"
"""With the digest of the state behind it: tabs sign in side by side."""
_PATH = "/h5/oidc"
DEVICE = "egret_device"
_DEVICE_SECONDS = 400 * 24 * 3600
"""As long as browsers keep a cookie."""
_NO_STORE = {"cache-control": "no-store"}


async def sign_in(request: Request) -> Response:
    """The providers to choose from; without any, that the page is to be opened in WeChat."""
    back = safe_back(request.query_params.get("back", ""))
    if await _is_signed_in(request):
        return RedirectResponse(back, 303, headers=_NO_STORE)
    container = container_of(request)
    language = language_of(request)
    return look(
        request,
        "h5_sign_in.html",
        language,
        providers=[(one.code, one.label.in_language(language)) for one in container.providers.all],
        simulator=container.settings.demo,
        asked=urlencode({"back": back}, safe="/"),
        again="again" in request.query_params,
    )


async def wechat(request: Request) -> Response:
    """The way through WeChat where the simulator plays it: any browser can be sent there."""
    back = request.query_params.get("back", "")
    return to_wechat(request, back) if container_of(request).settings.demo else to_sign_in(request, back)


async def begin(request: Request) -> Response:
    """Off to a provider. Only from our own page: another site cannot make a person sign in."""
    back = safe_back(request.query_params.get("back", ""))
    if await _is_signed_in(request):
        return RedirectResponse(back, 303, headers=_NO_STORE)
    provider = _provider_of(request)
    if provider is None or not same_origin(request):
        return to_sign_in(request, back)
    try:
        begun = await container_of(request).providers.begin(provider.code, back)
    except ProviderError:
        return not_now(request, back, provider.label)
    response = RedirectResponse(begun.url, 303, headers=_NO_STORE)
    keep_begun(request, response, _begun(begun.state), begun.flow, _BEGUN, _PATH)
    keep_language(request, response)
    return response


async def callback(request: Request) -> Response:
    """Back from a provider, at the address that is its alone."""
    container, given, provider = container_of(request), request.query_params, _provider_of(request)
    name = _begun(given.get("state", ""))
    flow = request.cookies.get(name, "")
    returned = Returned(given.get("state", ""), given.get("code", ""), given.get("iss"))
    back = None if provider is None else container.providers.way_back(provider.code, flow, returned.state)
    if provider is None or back is None:
        return await _once_more(request, "/h5/")
    try:
        vouched = await container.providers.finish(provider.code, flow, returned)
        device = _device(request)
        session = await container.sessions.log_in_app_page(vouched, device)
    except ProviderError:
        return not_now(request, back, provider.label)
    except NotSignedInError:
        response = await _once_more(request, back)
    else:
        response = RedirectResponse(back, 303, headers=_NO_STORE)
        keep_session(request, response, session)
        keep(request, response, DEVICE, device, _DEVICE_SECONDS)
    end_cookie(request, response, name, path=_PATH)
    return response


async def sign_out(visit: VisitorRequest, form: Form) -> Response:
    """End what this account is signed in with here; at the provider it stays signed in."""
    await container_of(visit.request).enrolments.end_sign_ins(visit.contact, forget=False)
    response = visit.on_to("/h5/sign-in", "signed_out")
    end_cookie(visit.request, response, COOKIE, path="/h5")
    return response


def _provider_of(request: Request) -> CitizenProvider | None:
    return container_of(request).providers.get(request.path_params["provider"])


def _device(request: Request) -> str:
    """The random word that this browser keeps, so that a sign-in in another one is told to the citizen."""
    return request.cookies.get(DEVICE) or secrets.token_hex(16)


def _begun(state: str) -> str:
    return _BEGUN + digest_of(state)[:12]


async def _is_signed_in(request: Request) -> bool:
    return await session_of(request, COOKIE, Audience.PAGE) is not None


async def _once_more(request: Request, back: str) -> Response:
    """A sign-in that cannot go on: the session there is does; without one, the providers are shown again."""
    if await _is_signed_in(request):
        return RedirectResponse(back, 303, headers=_NO_STORE)
    return to_sign_in(request, back, again=True)
