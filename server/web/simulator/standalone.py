"""The platform as a program of its own, next to an Egret in production mode: to rehearse the first day on one machine.

It reads the same settings as Egret does (`EGRET_WECHAT_…`, `EGRET_MINIAPP_…`, `EGRET_PUBLIC_URL`), has no database and
forgets everything when it ends. It can sign as WeChat for anyone, so it serves an Egret on this machine alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

import server.web
from server.platform.kit.safe_urls import is_loopback
from server.settings import BadSettingsError, Settings
from server.web.pages import same_origin
from server.web.simulator.pages import PHONE
from server.web.simulator.platform import Platform

_STATIC = Path(server.web.__file__).parent / "static"
_NEEDED = ("wechat_token", "wechat_aes_key", "wechat_app_secret")
_HOSTS = ("127.0.0.1", "localhost")
"""By another name a page of the internet would reach it, in a browser on this machine (DNS rebinding)."""
_TIMEOUT = httpx.Timeout(30.0, connect=3.0)


class OwnPagesMiddleware:
    """Only its own page makes it sign: no other page that is open in a browser on this machine."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] == "http" and scope["method"] != "GET" and not same_origin(Request(scope)):
            await PlainTextResponse("only from the simulator's own page", 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def build_standalone(settings: Settings) -> Starlette:
    """The phone and the platform's API under `/simulator`. Raises BadSettingsError."""
    faults = [f"Set EGRET_{name.upper()}: it is missing." for name in _NEEDED if not _is_set(settings, name)]
    if not is_loopback(urlsplit(settings.base_url).hostname or ""):
        faults.append("Set EGRET_PUBLIC_URL to an address on this machine: elsewhere WeChat itself has to be asked.")
    if faults:
        raise BadSettingsError(*faults)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with httpx.AsyncClient(trust_env=False, timeout=_TIMEOUT) as http:
            app.state.http = http
            yield

    app = Starlette(
        routes=[Mount("/simulator", routes=PHONE), Mount("/static", StaticFiles(directory=_STATIC))],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS), Middleware(OwnPagesMiddleware)],
        lifespan=lifespan,
    )
    app.state.platform = Platform(settings)
    app.state.account_name = settings.wechat_account
    app.state.people = []
    return app


def _is_set(settings: Settings, name: str) -> bool:
    return bool(getattr(settings, name).get_secret_value())
