"""Signing in: in WeChat by its own login, which says who opened the page; in any other browser at a provider."""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.wechat.faults import WeChatApiError
from schema.types.enrolment import Session
from scoring.dated import Text
from server.auth.service import Audience
from server.container import Container
from server.web.h5.render import keep, keep_language, language_of, look
from server.web.languages import both
from server.web.session import container_of, end_cookie, session_of, set_cookie

COOKIE, STARTED = "egret_page", "egret_login_"
_A_MINUTE = 60
_BACK = re.compile(
    r"/h5/(?:"
    r"(?:bind|data|letters|evidence-form)/[\w-]{1,1024}(?:\.pdf)?"
    r"|bind|history|notices|what-if|benefits(?:/[\w.-]{1,64})?|passes/[\w-]{1,128}"
    r"|records(?:/[\w-]{1,128}(?:/repair)?)?|repairs/[\w-]{1,128}"
    r"|disputes(?:/new(?:/[\w-]{1,64})?|/[\w-]{1,128})?"
    r"|privacy(?:/(?:looks|leave|part|unlink))?"
    r")?",
    re.ASCII,
)
"""Where a login may lead back to: pages that can be opened by their address."""
_TABS = 5
"""Sign-ins that may be under way in one browser; more cookies than that would make its requests too long."""
_STATE = 32
_STATES = re.compile(r"[0-9a-f]{32}", re.ASCII)


def safe_back(back: str) -> str:
    """Where a sign-in leads back to: a page of ours, whatever was asked for."""
    return back if _BACK.fullmatch(back) else "/h5/"


def to_login(request: Request, back: str) -> Response:
    """Off to WeChat, or to the page with the providers."""
    return to_wechat(request, back) if _in_wechat(request) else to_sign_in(request, back)


def _in_wechat(request: Request) -> bool:
    """Whether this is WeChat's browser. In the demo any browser is, unless there are providers to try."""
    container = container_of(request)
    if "micromessenger" in request.headers.get("user-agent", "").lower():
        return True
    return container.settings.demo and not container.providers.all


def to_sign_in(request: Request, back: str, *, again: bool = False) -> Response:
    """To the page with the providers, and then back; `again` after a sign-in that could not go on."""
    asked = {"back": safe_back(back), **({"again": "1"} if again else {})}
    response = RedirectResponse(f"/h5/sign-in?{urlencode(asked, safe='/')}", 303, headers={"cache-control": "no-store"})
    keep_language(request, response)
    return response


def to_wechat(request: Request, back: str) -> Response:
    """Off to WeChat; the state and the way back stay in this browser, one for each tab."""
    container = container_of(request)
    back = safe_back(back)
    state = secrets.token_hex(16)
    response = RedirectResponse(container.wechat.authorize_url(f"{container.settings.base_url}/h5/login", state), 303)
    keep_begun(request, response, _started(state), state + back, STARTED)
    keep_language(request, response)
    return response


def keep_begun(request: Request, response: Response, name: str, value: str, prefix: str, path: str = "/h5") -> None:
    """A cookie for one sign-in that is under way; the oldest of those with this prefix end."""
    begun = [one for one in request.cookies if one.startswith(prefix)]
    for one in begun[: max(0, len(begun) - _TABS + 1)]:
        end_cookie(request, response, one, path=path)
    set_cookie(request, response, name, value, path=path, same_site="lax", seconds=10 * _A_MINUTE)


async def login(request: Request) -> Response:
    """Back from WeChat with a code; the state belongs to this browser.

    Who comes here again, by Back or in another tab, goes on with the session there is.
    """
    container = container_of(request)
    state = request.query_params.get("state", "")
    code = request.query_params.get("code", "")[:512]
    begun = request.cookies.get(_started(state), "")
    expected, back = begun[:_STATE], begun[_STATE:]
    back = safe_back(back)
    if not expected or not secrets.compare_digest(expected.encode(), state.encode()):
        return await _once_more(request, back)
    try:
        openid = await container.wechat.openid_of_page(code)
    except WeChatApiError:  # logged there, and nothing of it is the visitor's fault
        return not_now(request, back, both(lambda language: "WeChat" if language == "en" else "微信"))
    if openid is None:
        return await _once_more(request, back)
    await _enter(container, openid)
    session = container.sessions.log_in_page(openid)
    response = RedirectResponse(back, 303)
    end_cookie(request, response, _started(state), path="/h5")
    keep_session(request, response, session)
    return response


async def _enter(container: Container, openid: str) -> None:
    """Those who do not follow the account can bind here; those who are bound in the mini-program are bound here too."""
    known = await container.contacts.enter("wechat", openid)
    if known.union is None and container.settings.wechat_union:
        union = await container.wechat.union_of(openid)
        known = known if union is None else await container.contacts.enter("wechat", openid, union)
    await container.linking.link(known)


def keep_session(request: Request, response: Response, session: Session) -> None:
    """This browser is signed in, and no longer as anyone else."""
    seconds = int((session.expires_at - container_of(request).clock()).total_seconds())
    keep(request, response, COOKIE, session.token, seconds)


def _started(state: str) -> str:
    return STARTED + state[:8] if _STATES.fullmatch(state) else STARTED


async def _once_more(request: Request, back: str) -> Response:
    """A sign-in that cannot go on: the session there is does; without one, the way to a new sign-in is shown."""
    if await session_of(request, COOKIE, Audience.PAGE) is not None:
        return RedirectResponse(back, 303)
    return look(request, "h5_login_again.html", language_of(request), 410, back=back)


def not_now(request: Request, back: str, who: Text) -> Response:
    """WeChat or a provider does not answer; state and way back stay, so that the page can simply be opened again."""
    language = language_of(request)
    response = look(request, "h5_no_login.html", language, 503, back=back, who=who.in_language(language))
    response.headers["retry-after"] = "60"
    return response
