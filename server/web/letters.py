"""The written answer as a page and as PDF, for its citizen and for the desk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import cache
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from bot.phrases import day, phrase
from server.system import System
from server.web.pages import page, render_with, static_text

log = logging.getLogger("egret.letters")


def letter_page(request: Request, letter: Mapping[str, Any], language: str, pdf: str) -> Response:
    """The letter as a page, which prints well; a link to the PDF where this machine can make one."""
    values = _values(request.app.state.system, letter, language)
    return page(request, "letter.html", pdf=pdf if can_make_pdf() else None, **values)


async def letter_pdf(request: Request, letter: Mapping[str, Any], language: str) -> Response:
    """The same letter as PDF."""
    if not can_make_pdf():
        return Response("This server has no Pango to make a PDF with; print the page instead.", 501)
    css = Markup(static_text("letter.css"))  # noqa: S704 - our own file
    html = render_with("letter.html", css=css, **_values(request.app.state.system, letter, language))
    made = await asyncio.to_thread(_pdf, html)
    headers = {"content-disposition": f'inline; filename="{letter["number"]}.pdf"', "cache-control": "no-store"}
    return Response(made, media_type="application/pdf", headers=headers)


@cache
def can_make_pdf() -> bool:
    """Whether the native libraries of WeasyPrint are here."""
    try:
        import weasyprint  # noqa: F401 - only to see whether it loads
    except OSError:
        log.warning("No Pango found (Debian: libpangoft2-1.0-0): letters are pages without a PDF.")
        return False
    return True


def _pdf(html: str) -> bytes:
    from weasyprint import HTML

    made: bytes = HTML(string=html, url_fetcher=_nothing).write_pdf()
    return made


def _nothing(url: str, *_: object, **__: object) -> Any:
    raise ValueError("a letter fetches nothing")


def _values(system: System, letter: Mapping[str, Any], language: str) -> dict[str, Any]:
    english = language == "en"
    return {
        "l": letter,
        "lang": "en" if english else "zh-CN",
        "t": lambda key, **filled: phrase(language, key, **filled),
        "day": lambda iso: day(language, iso),
        "local": lambda text: text["en" if english else "zh"],
        "name": system.scheme.name.in_language(language),
    }
