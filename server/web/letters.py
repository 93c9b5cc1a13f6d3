"""Letters as pages and as PDF, for their citizen and for the desk."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from bot.phrases import day, phrase
from schema.types.errors import Refused
from schema.types.principal import Principal
from server.container import Container
from server.platform.core.admission import LETTER_COST
from server.platform.kit.json import JsonObject
from server.platform.sandbox.sandbox import SandboxBusyError
from server.web.pages import page, render_with, static_text, too_much

ANSWER, RECEIPT = "letter.html", "receipt.html"


async def letter_page(
    request: Request, letter: Mapping[str, object], language: str, pdf: str, template: str = ANSWER
) -> Response:
    """The letter as a page, which prints well; a link to the PDF where this machine can make one."""
    container: Container = request.app.state.container
    can_print = await container.sandbox.can_print()
    return page(request, template, pdf=pdf if can_print else None, **_values(container, letter, language))


async def letter_pdf(
    request: Request, actor: Principal, letter: Mapping[str, object], language: str, template: str = ANSWER
) -> Response:
    """The same letter as PDF; `actor` is whose turn at the printer it is."""
    container: Container = request.app.state.container
    if not await container.sandbox.can_print():
        return Response("This server has no Pango to make a PDF with; print the page instead.", 501)
    try:
        await container.admission.spend(actor, "", LETTER_COST)
    except Refused as over:
        return too_much(over)
    css = Markup(static_text("letter.css"))  # noqa: S704 - our own file
    html = render_with(template, css=css, **_values(container, letter, language))
    try:
        made = await container.sandbox.letter(str(actor.id), html)
    except SandboxBusyError:
        return page(request, "busy.html", 503, english=language == "en")
    headers = {"content-disposition": f'inline; filename="{letter["number"]}.pdf"', "cache-control": "no-store"}
    return Response(made, media_type="application/pdf", headers=headers)


def _values(container: Container, letter: Mapping[str, object], language: str) -> JsonObject:
    english = language == "en"
    return {
        "l": letter,
        "lang": "en" if english else "zh-CN",
        "t": lambda key, **filled: phrase(language, key, **filled),
        "day": lambda iso: day(language, iso),
        "local": lambda text: text["en" if english else "zh"],
        "name": container.scheme.name.in_language(language),
    }
