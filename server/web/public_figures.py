"""`/figures`: how disputes and repairs go, for everybody; counts, and none of a few people."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schema.types.principal import ANONYMOUS
from server.web.h5.render import language_of, look
from server.web.h5.visit import OPERATIONS
from server.web.session import operate


async def _figures(request: Request) -> Response:
    answer = await operate(request, ANONYMOUS, OPERATIONS, "PublicFigures", {})
    cases, repairs = answer["disputeFigures"], answer["repairFigures"]
    return look(request, "public_figures.html", language_of(request), cases=cases, repairs=repairs)


ROUTES = [Route("/figures", _figures, methods=["GET"])]
