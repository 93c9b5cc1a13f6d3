"""The language of a page: the one that was chosen, or the browser's own."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from starlette.requests import Request

from bot.phrases import phrase
from scoring.dated import Text
from server.web.pages import language_of_browser

LANGUAGE = "egret_language"
"""The cookie of a browser in which a language was chosen."""
A_YEAR = 365 * 86_400


def language_asked(request: Request) -> str | None:
    """The language that was chosen on a page: now, or some time ago in this browser."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE)
    return asked if asked in ("zh", "en") else None


def language_of_reader(request: Request) -> str:
    """The one that was chosen on a page, else the browser's own."""
    return language_asked(request) or language_of_browser(request)


def other_language(request: Request, local: str) -> str:
    """This page's address in the other language; a form's page does not show it, for it cannot be opened so."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return "?" + urlencode([*kept, ("lang", "zh" if local == "en" else "en")])


def sayer(language: str) -> Callable[..., str]:
    """`t` of the templates: a phrase with its values."""
    return lambda key, **filled: phrase(language, key, **filled)


def both(sentence: Callable[[str], str]) -> Text:
    """A sentence in both languages."""
    return Text(zh=sentence("zh"), en=sentence("en"))


def said(key: str, **values: object) -> Callable[[str], str]:
    """A phrase, by language."""
    return lambda language: phrase(language, key, **values)
