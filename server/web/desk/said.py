"""What was just done at the desk: said once, on the page that comes next."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from server.web.session import end_cookie, set_cookie

_COOKIE, _PATH = "egret_desk_said", "/desk"
_SAID = re.compile(r"([a-z-]{1,16})(?:!([DR]-\d{4}-\d{1,9})!([\w=-]{1,128}))?", re.ASCII)
WHAT = ("decide", "approve", "return", "reject", "ask", "ask-source", "none-left", "claim")


@dataclass(frozen=True, slots=True)
class Said:
    """What was done, and to which case; to none where there was nothing to do."""

    what: str
    number: str = ""
    case: str = ""


def keep(request: Request, response: Response, said: Said) -> None:
    """Say it on the page that this answer leads to."""
    value = f"{said.what}!{said.number}!{said.case}" if said.case else said.what
    set_cookie(request, response, _COOKIE, value, path=_PATH, same_site="lax")


def of(request: Request) -> Said | None:
    """What the page before this one did."""
    found = _SAID.fullmatch(request.cookies.get(_COOKIE, ""))
    if found is None or found[1] not in WHAT:
        return None
    return Said(found[1], found[2] or "", found[3] or "")


def end(request: Request, response: Response) -> None:
    """It was said."""
    if _COOKIE in request.cookies:
        end_cookie(request, response, _COOKIE, path=_PATH)
