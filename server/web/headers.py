"""Security headers on every answer, as plain ASGI middleware; and what an internal fault is answered with."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_HSTS = {"strict-transport-security": "max-age=31536000"}
_FAULT = "系统出了点问题，您的数据没有受影响，请稍后再试。\nSomething went wrong here; try again in a while.\n"


class SecureHeaders:
    """Adds what is missing; HSTS where the city's own address, or this request, is of TLS."""

    def __init__(self, app: ASGIApp, *, tls: bool) -> None:
        self._app = app
        self._tls = tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = _RAW[self._tls or scope["scheme"] == "https"]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = [*message["headers"]]
                names = {name for name, _ in given}
                message["headers"] = given + [header for header in wanted if header[0] not in names]
            await send(message)

        await self._app(scope, receive, send_with_headers)


async def fault(request: Request, error: Exception) -> Response:
    """An unexpected fault: one sentence. Starlette sends it from outside of every middleware."""
    headers = _wanted(request.url.scheme == "https" or request.app.state.tls) | {"cache-control": "no-store"}
    return PlainTextResponse(_FAULT, 500, headers=headers)


def _wanted(tls: bool) -> dict[str, str]:
    return _HEADERS | _HSTS if tls else _HEADERS


_RAW = {tls: [(name.encode(), value.encode()) for name, value in _wanted(tls).items()] for tls in (False, True)}
"""As a server sends them, made once."""
