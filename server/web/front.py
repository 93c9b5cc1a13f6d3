"""The demo's front page: who to try for what, and which door is for whom. Nothing of it in production."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.phrases import day
from scoring.sentences import Sentences
from server.demo.guide import Guide
from server.platform.kit.clock import day_of
from server.web import graphiql
from server.web.pages import language_of_browser, page
from server.web.session import container_of

WORDS = Sentences(Path(__file__).with_name("front.toml"))
DOORS = {
    "chat": "/simulator/",
    "pages": "/h5/",
    "counter": "/simulator/counter",
    "desk": "/desk/",
    "figures": "/desk/figures",
    "letters": "/letters/check",
    "graphiql": "/graphiql/",
    "developers": "/developers/",
}


def said(language: str, code: str, /, **details: str) -> str:
    """A sentence of the page."""
    return WORDS.fill(code, **details).in_language(language)


async def front(request: Request) -> Response:
    """The front page, where the demo has said who there is; else the desk."""
    guide: Guide | None = request.app.state.guide
    if guide is None:
        return RedirectResponse("/desk")
    container = container_of(request)
    language = language_of_browser(request)
    doors = {name: path for name, path in DOORS.items() if name != "graphiql" or graphiql.installed()}
    return page(
        request,
        "front.html",
        lang="en" if language == "en" else "zh-CN",
        language=language,
        w=partial(said, language),
        name=container.scheme.name.in_language(language),
        today=day(language, day_of(container.clock()).isoformat()),
        guide=guide,
        doors=doors,
    )
