"""WeChat's own login: it says who opened the page, and sends them back to it."""

from __future__ import annotations

import re
import secrets

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.wechat.faults import WeChatApiError
from server.auth.service import Audience
from server.web.h5.render import keep, keep_language, language_of, look
from server.web.session import container_of, end_cookie, session_of

COOKIE, STARTED = "egret_page", "egret_login_"
_A_MINUTE = 60
_BACK = re.compile(
    r"/h5/(?:"
    r"(?:bind|data|letters|evidence-form)/[\w-]{1,1024}(?:\.pdf)?"
    r"|history|what-if|benefits(?:/[\w.-]{1,64})?|passes/[\w-]{1,128}"
    r"|records(?:/[\w-]{1,128})?|disputes(?:/[\w-]{1,128})?"
    r"|privacy(?:/(?:looks|leave|unlink))?"
    r")?",
    re.ASCII,
)
"""Where a login may lead back to: pages that can be opened by their address."""
_TABS = 5
"""Sign-ins that may be under way in one browser; more cookies than that would make its requests too long."""
_STATE = 32
_STATES = re.compile(r"[0-9a-f]{32}", re.ASCII)


def to_login(request: Request, back: str) -> Response:
    """Off to WeChat; the state and the way back stay in this browser, one for each tab."""
    container = container_of(request)
    back = back if _BACK.fullmatch(back) else "/h5/"
    state = secrets.token_hex(16)
    response = RedirectResponse(container.wechat.authorize_url(f"{container.settings.base_url}/h5/login", state), 303)
    begun = [name for name in request.cookies if name.startswith(STARTED)]
    for name in begun[: max(0, len(begun) - _TABS + 1)]:
        end_cookie(request, response, name, path="/h5")
    keep(request, response, _started(state), state + back, 10 * _A_MINUTE)
    keep_language(request, response)
    return response


async def login(request: Request) -> Response:
    """Back from WeChat with a code; the state belongs to this browser.

    Who comes here again, by Back or in another tab, goes on with the session there is.
    """
    container = container_of(request)
    state = request.query_params.get("state", "")
    code = request.query_params.get("code", "")[:512]
    begun = request.cookies.get(_started(state), "")
    expected, back = begun[:_STATE], begun[_STATE:]
    back = back if _BACK.fullmatch(back) else "/h5/"
    if not expected or not secrets.compare_digest(expected.encode(), state.encode()):
        return await _once_more(request, back)
    try:
        openid = await container.wechat.openid_of_page(code)
    except WeChatApiError:  # logged there, and nothing of it is the visitor's fault
        return _not_now(request, back)
    if openid is None:
        return await _once_more(request, back)
    await container.contacts.enter("wechat", openid)  # who does not follow the account can bind here as well
    session = container.sessions.log_in_page(openid)
    response = RedirectResponse(back, 303)
    end_cookie(request, response, _started(state), path="/h5")
    keep(request, response, COOKIE, session.token, int((session.expires_at - container.clock()).total_seconds()))
    return response


def _started(state: str) -> str:
    return STARTED + state[:8] if _STATES.fullmatch(state) else STARTED


async def _once_more(request: Request, back: str) -> Response:
    """A sign-in that cannot go on: the session there is does; without one, the way to a new sign-in is shown."""
    if await session_of(request, COOKIE, Audience.PAGE) is not None:
        return RedirectResponse(back, 303)
    return look(request, "h5_login_again.html", language_of(request), 410, back=back)


def _not_now(request: Request, back: str) -> Response:
    """WeChat does not answer; state and way back stay, so that the page can simply be opened again."""
    response = look(request, "h5_no_login.html", language_of(request), 503, back=back)
    response.headers["retry-after"] = "60"
    return response
