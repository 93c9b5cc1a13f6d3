"""Style sheets, scripts and pictures of our own: an address names the content, so that a browser asks for it once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from server.platform.kit.digests import digest_of

STATIC = Path(__file__).parent / "static"
COMPRESSED = (Middleware(GZipMiddleware, minimum_size=1024, compresslevel=5),)
"""For answers that hold nothing of a session."""
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


class OurOwn:
    """Compresses what is asked from our own pages, or typed.

    Where another site sends the browser, it may put words into the address that the page repeats; a compressed page
    would then tell by its length what else is in it (BREACH). Tokens of forms differ each time.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressing = GZipMiddleware(app, minimum_size=1024, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ours = Headers(scope=scope).get("sec-fetch-site") in ("same-origin", "none")
        await (self._compressing if ours else self._app)(scope, receive, send)


PAGE = (Middleware(OurOwn),)
"""For pages of one person."""


@cache
def asset(name: str) -> str:
    """The address of a file: another one whenever its content is another."""
    return f"/static/{name}?{version_of(name)}"


@cache
def version_of(name: str) -> str:
    """What a file's address ends with."""
    return digest_of((STATIC / name).read_text("utf-8"))[:12]


class Assets(StaticFiles):
    """Serves them: for ever where the address names this very content, else to be asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        named = scope["query_string"].decode("latin-1")
        is_this = response.status_code in (200, 304) and named == version_of(path)
        response.headers["cache-control"] = _FOR_EVER if is_this else _ASK_AGAIN
        return response
