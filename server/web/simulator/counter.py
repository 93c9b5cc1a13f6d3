"""A partner's counter, for the demo: a pass is typed in, and the answer is yes or no, as for a partner's program."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from schema.types.errors import Refused
from schema.types.principal import Kind, Principal, Scope
from server.platform.kit.json import JsonObject
from server.web.pages import language_of_browser, page, same_origin
from server.web.session import container_of, operate
from server.web.simulator.words import WORDS

_OPERATIONS = Path(__file__).with_name("operations")
_LONGEST = 40


async def counter(request: Request) -> Response:
    """An empty form."""
    return _shown(request)


async def redeem(request: Request) -> Response:
    """Whether a pass is good at this partner, once. Nothing about the person, and no reason."""
    form = await request.form()
    partner, code = (str(form.get(name, ""))[:_LONGEST] for name in ("partner", "code"))
    scheme = container_of(request).scheme
    if not same_origin(request) or partner not in {benefit.partner for benefit in scheme.benefits}:
        return _shown(request, 400, code=code)
    principal = Principal(Kind.PARTNER, partner, scopes=frozenset(Scope))
    try:
        answer = await operate(request, principal, _OPERATIONS, "RedeemPass", {"input": {"code": code}})
    except Refused as refused:
        return _shown(request, 429, partner=partner, code=code, refusal=refused.sentence(language_of_browser(request)))
    return _shown(request, partner=partner, code=code, valid=answer["redeemPass"].get("valid", False))


def _shown(request: Request, status: int = 200, **values: object) -> Response:
    language = language_of_browser(request)
    scheme = container_of(request).scheme
    known: JsonObject = {"partner": "", "code": "", "valid": None, "refusal": None, **values}
    return page(
        request,
        "counter.html",
        status,
        lang="en" if language == "en" else "zh-CN",
        language=language,
        w=lambda code: WORDS[code].in_language(language),
        partners={one.partner: one.partner_label.in_language(language) for one in scheme.benefits},
        **known,
    )
