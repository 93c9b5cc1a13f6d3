"""Which other origins a browser may ask the API from (CORS), and where: the API, uploads and pictures alone.

A token never travels by itself, as a cookie does; so another origin can do nothing but what its own token allows. Pages
with a session in a cookie are not among these places.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ANY = "*"
PLACES = ("/graphql", "/uploads/", "/h5/evidence/", "/h5/pictures/")
_SHARED = (b"cross-origin-resource-policy", b"cross-origin")
_MINI_PROGRAM = "servicewechat.com"
"""Where the page of a WeChat mini-program says it is from; it is served by WeChat alone."""


class CrossOrigin:
    """Answers preflights, and tells browsers what other origins may read; pages stay as they are."""

    def __init__(self, app: ASGIApp, *, origins: tuple[str, ...]) -> None:
        self._app = app
        self._shared = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=("GET", "POST", "PUT"),
            allow_headers=("authorization", "content-type", "idempotency-key", "if-none-match"),
            expose_headers=("etag", "retry-after", "www-authenticate"),
            max_age=600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PLACES):
            await self._app(scope, receive, send)
            return

        async def send_shared(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], _SHARED]
            await send(message)

        await self._shared(scope, receive, send_shared)


def may_open(origin: str | None, host: str | None, origins: tuple[str, ...]) -> bool:
    """Whether a page of this origin may open a socket: our own, a mini-program, or one that is allowed."""
    if origin is None or ANY in origins or origin in origins:
        return True
    parts = urlsplit(origin)
    return parts.netloc == host or parts.netloc == _MINI_PROGRAM or parts.scheme == "weapp"
