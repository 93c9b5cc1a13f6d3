"""How the score came to be what it is: a step plot, and next to it each step with its reason."""

from __future__ import annotations

from itertools import pairwise

from starlette.responses import Response

from bot.phrases import day, phrase
from server.web.h5.drawings import steps
from server.web.h5.visit import VisitorRequest

_LEAST_CHANGES = 3
"""With fewer the list says it all."""


async def history(visit: VisitorRequest) -> Response:
    """Past assessments, newest first; twenty a page."""
    after = visit.request.query_params.get("after")
    found = await visit.ask("MyHistory", after=after)
    page = (found["me"] or await visit.me("MyHistory", after=after))["history"]
    bands = [band["floor"] for band in found["scheme"]["bands"]]
    rows = [edge["node"] for edge in page["edges"]]
    moved = [later["value"] - row["value"] for later, row in pairwise(rows)]
    told = [{**row, "moved": move} for row, move in zip(rows, [*moved, 0], strict=True)]
    plot = _plot(visit, rows, bands) if sum(move != 0 for move in moved) >= _LEAST_CHANGES else None
    return visit.page("h5_history.html", "score", rows=told, plot=plot, after=_next(page), later=after)


def _plot(visit: VisitorRequest, rows: list[dict[str, object]], bands: list[int]) -> object:
    oldest, newest = rows[-1], rows[0]
    first = day(visit.language, str(oldest["asOf"]))
    last = day(visit.language, str(newest["asOf"]))
    told = {"since": first, "until": last, "from_value": oldest["value"], "to_value": newest["value"]}
    text = phrase(visit.language, "h5.history_in_words", count=len(rows), **told)
    return steps(rows[::-1], bands, text, first, last)


def _next(page: dict[str, dict[str, object]]) -> object:
    return page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
