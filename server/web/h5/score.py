"""The score page: the dial, what matters now, every dimension with its lines, and what does not count and why."""

from __future__ import annotations

from starlette.responses import Response

from bot.phrases import day, local, phrase, points
from server.platform.kit.json import JsonObject
from server.web.h5.drawings import bar, dial
from server.web.h5.matters import avoidable, under_way
from server.web.h5.visit import VisitorRequest

Row = JsonObject
_MOST_PAGES = 20


async def score(visit: VisitorRequest) -> Response:
    """The visitor's score, with every line and its source."""
    me = await visit.me("MyScore")
    found = me["score"]
    lines = await _lines(visit, found["lines"])
    benefits = [edge["node"] for edge in me["benefits"]["edges"]]
    nearest = found["nextBenefit"]
    withheld = [edge["node"] for edge in found["withheld"]["edges"]]
    soon = avoidable(withheld)
    return visit.page(
        "h5_score.html",
        "score",
        score=found,
        dial=dial(
            found["value"],
            found["lowest"],
            found["highest"],
            local(visit.language, found["band"]["label"]),
            _in_words(visit.language, found),
            nearest["benefit"]["least"] if nearest else None,
        ),
        whole=[line for line in lines if line["dimension"] is None],
        parts=sorted((_part(part, lines) for part in found["dimensions"]), key=lambda part: part["value"] >= 0),
        soon=soon,
        disputes=under_way(me),
        taken=[line for line in lines if line["kind"] == "RECORD" and line["points"] < 0],
        withheld=[item for item in withheld if item not in soon],
        open_benefits=[item for item in benefits if item["eligible"]],
        near_benefits=[item for item in benefits if not item["eligible"]][:2],
    )


async def _lines(visit: VisitorRequest, page: JsonObject) -> list[Row]:
    """All lines, of which this is the first page."""
    lines = [edge["node"] for edge in page["edges"]]
    for _ in range(_MOST_PAGES):
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
        page = (await visit.me("MyScore", after=after))["score"]["lines"]
        lines += [edge["node"] for edge in page["edges"]]
    return lines


def _part(part: Row, lines: list[Row]) -> Row:
    """A dimension with its lines, what takes points first."""
    mine = [line for line in lines if line["dimension"] and line["dimension"]["code"] == part["code"]]
    mine.sort(key=lambda line: line["points"] >= 0)
    return {**part, "bar": bar(part["value"], part["floor"], part["cap"]), "lines": mine}


def _in_words(language: str, score: Row) -> str:
    """What the dial shows, for those who do not see it."""
    title = local(language, score["scheme"]["name"])
    band = local(language, score["band"]["label"])
    told = [f"{title} {score['value']}", band, day(language, score["asOf"])]
    if score["change"] is not None:
        since = day(language, score["change"]["since"])
        told.append(phrase(language, "card.change", points=points(score["change"]["points"]), since=since))
    return phrase(language, "comma").join(told)
