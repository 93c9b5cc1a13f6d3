"""Refusals by HTTP itself, as pages: nobody who uses a browser meets a bare line of text.

Routes, bounds of bodies and budgets answer in plain text. Where a browser asked for a page, the same refusal is told in
its person's language, with a way on. As plain ASGI middleware, so that there is one place for all of them.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.phrases import catalogue, phrase
from server.web.languages import language_of_reader
from server.web.pages import page

_KEPT = ("retry-after", "allow", "connection")
"""What a browser or a proxy needs of the first answer."""


class ErrorPages:
    """Puts a page in the place of a plain refusal."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self._app(scope, receive, send)
            return
        told = False

        async def send_page(message: Message) -> None:
            nonlocal told
            if message["type"] == "http.response.start" and _is_plain_refusal(message):
                told = True
                await _page(scope, message)(scope, receive, send)
            elif not told:
                await send(message)

        await self._app(scope, receive, send_page)


def _is_plain_refusal(start: Message) -> bool:
    kind = Headers(raw=start["headers"]).get("content-type", "")
    return 400 <= start["status"] < 500 and (not kind or kind.startswith("text/plain"))


def _page(scope: Scope, start: Message) -> ASGIApp:
    request = Request(scope)
    language = language_of_reader(request)
    status = start["status"]
    known = f"http.{status}_title" in catalogue(language)
    key = f"http.{status}" if known else "http.400"
    response = page(
        request,
        "error.html",
        status,
        lang="en" if language == "en" else "zh-CN",
        title=phrase(language, f"{key}_title"),
        why=phrase(language, key),
        on=phrase(language, "http.on"),
        door=next((door for door in ("/h5/", "/desk/", "/developers/") if request.url.path.startswith(door)), "/"),
    )
    given = Headers(raw=start["headers"])
    response.headers.update({name: given[name] for name in _KEPT if name in given})
    return response
