"""What every page behind the chat has in common: its language, its words, and what was just done."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from bot.phrases import catalogue, day, eve, moment, phrase, points
from server.web.languages import A_YEAR, LANGUAGE, language_asked, other_language, sayer
from server.web.pages import page
from server.web.session import container_of, end_cookie, set_cookie

SAID = "egret_said"
_SAID = re.compile(r"([a-z_]{1,32})(?:\.([\w-]{1,64}))?", re.ASCII)


def language_of(request: Request) -> str:
    """The language that was chosen on a page, or the one that the city's account begins with."""
    return language_asked(request) or container_of(request).scheme.city.languages[0]


def look(request: Request, template: str, language: str, status: int = 200, **values: object) -> Response:
    """A page in a language; `t` gives its phrases, `local` the right half of a text in both."""
    local = "en" if language == "en" else "zh"
    scheme = container_of(request).scheme
    values = {
        "t": sayer(language),
        "lang": "en" if language == "en" else "zh-CN",
        "local": local,
        "day": lambda iso: day(language, iso),
        "last_day": lambda iso: day(language, eve(iso)),
        "moment": lambda iso: moment(language, iso),
        "clock_time": lambda iso: moment(language, iso)[-5:],
        "points": points,
        "name": scheme.name.in_language(language),
        "help": scheme.city.help.in_words(local),
        "done": _done(request, language),
        "other_language": other_language(request, local),
        "bound": False,
        "here": "",
        **values,
    }
    response = page(request, template, status, **values)
    keep_language(request, response)
    if SAID in request.cookies:
        end_cookie(request, response, SAID, path="/h5")
    return response


def keep_language(request: Request, response: Response) -> None:
    """Remember the language that an address asks for."""
    asked = request.query_params.get("lang")
    if asked in ("zh", "en"):
        keep(request, response, LANGUAGE, asked, A_YEAR)


def gone(request: Request) -> Response:
    """An address that opens nothing, or nothing any more."""
    return look(request, "h5_gone.html", language_of(request), 410)


def keep(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    """A cookie of these pages. It is lax: WeChat sends people here from its own address."""
    set_cookie(request, response, name, value, path="/h5", same_site="lax", seconds=seconds)


def lost_words(fields: Mapping[str, str]) -> list[str]:
    """What was typed in words into a form that cannot be shown again, to be copied."""
    return [fields[name].strip() for name in ("words",) if fields.get(name, "").strip()]


def new_key() -> str:
    """What makes a form one form, however often it is sent."""
    return secrets.token_hex(16)


def _done(request: Request, language: str) -> str | None:
    """What the form before this page did, once."""
    found = _SAID.fullmatch(request.cookies.get(SAID, ""))
    key = f"h5.said.{found[1]}" if found else ""
    if found is None or key not in catalogue(language):
        return None
    return phrase(language, key, about=found[2] or "")
