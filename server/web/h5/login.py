"""WeChat's own login: it says who opened the page, and sends them back to it."""

from __future__ import annotations

import re
import secrets

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.wechat.faults import WeChatApiError
from server.web.h5.render import gone, keep, keep_language, language_asked, look
from server.web.session import container_of

COOKIE, STATE, BACK = "egret_page", "egret_state", "egret_back"
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


def to_login(request: Request) -> Response:
    """Off to WeChat; the state and the way back stay in this browser."""
    container = container_of(request)
    state = secrets.token_urlsafe(16)
    response = RedirectResponse(container.wechat.authorize_url(f"{container.settings.base_url}/h5/login", state), 303)
    keep(request, response, STATE, state, 10 * _A_MINUTE)
    keep(request, response, BACK, request.url.path, 10 * _A_MINUTE)
    keep_language(request, response)
    return response


async def login(request: Request) -> Response:
    """Back from WeChat with a code; the state belongs to this browser."""
    container = container_of(request)
    expected = request.cookies.get(STATE, "")
    state = request.query_params.get("state", "")
    code = request.query_params.get("code", "")[:512]
    if not expected or not secrets.compare_digest(expected.encode(), state.encode()):
        return gone(request)
    back = request.cookies.get(BACK, "")
    back = back if _BACK.fullmatch(back) else "/h5/"
    try:
        openid = await container.wechat.openid_of_page(code)
    except WeChatApiError:  # logged there, and nothing of it is the visitor's fault
        return _not_now(request, back)
    if openid is None:
        return gone(request)
    session = container.sessions.log_in_page(openid)
    response = RedirectResponse(back, 303)
    for name in (STATE, BACK):
        response.delete_cookie(name, path="/h5")
    keep(request, response, COOKIE, session.token, int((session.expires_at - container.clock()).total_seconds()))
    return response


def _not_now(request: Request, back: str) -> Response:
    """WeChat does not answer; state and way back stay, so that the page can simply be opened again."""
    response = look(request, "h5_no_login.html", language_asked(request) or "zh", 503, back=back)
    response.headers["retry-after"] = "60"
    return response
