"""`/letters/check`: anybody can see whether a letter is genuine, without learning anything about its person."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schema.types.errors import Refused
from schema.types.principal import ANONYMOUS
from scoring.dated import Text
from server.platform.kit.json import JsonObject
from server.web.forms import FORM_BYTES
from server.web.h5.render import language_of, look
from server.web.h5.visit import OPERATIONS
from server.web.needs import given, wrong_in
from server.web.session import container_of, operate

_LONGEST = 40
_NEEDS = {"number": given("check.needed.number"), "code": given("check.needed.code")}


async def _form(request: Request) -> Response:
    """An empty form. A letter's address brings its number along, and never its code."""
    return _check_page(request, number=request.query_params.get("number", "")[:_LONGEST])


async def _check(request: Request) -> Response:
    """Whether a letter is genuine: of this office, of which kind and day. Nothing of its person."""
    form = await request.form()
    number, code = (str(form.get(name, ""))[:_LONGEST] for name in ("number", "code"))
    wrong = wrong_in({"number": number, "code": code}, _NEEDS)
    if wrong:
        return _check_page(request, 400, number=number, code=code, wrong=wrong)
    try:
        answer = await operate(request, ANONYMOUS, OPERATIONS, "CheckLetter", {"number": number, "checkCode": code})
    except Refused as refused:
        return _check_page(request, 429, number=number, code=code, refusal=refused)
    return _check_page(request, number=number, code=code, found=answer["checkLetter"])


def _check_page(
    request: Request,
    status: int = 200,
    *,
    refusal: Refused | None = None,
    wrong: Mapping[str, Text] = MappingProxyType({}),
    **values: object,
) -> Response:
    language = language_of(request)
    errors = {place: text.in_language(language) for place, text in wrong.items()}
    told = refusal and refusal.sentence(language)
    shown: JsonObject = {"number": "", "code": "", "found": None, **values}
    phone = container_of(request).scheme.city.office.phone
    return look(request, "letter_check.html", language, status, refusal=told, errors=errors, phone=phone, **shown)


ROUTES = [
    Route("/check", _form, methods=["GET"]),
    Route("/check", _check, methods=["POST"], max_body_size=FORM_BYTES),
]
