"""What if: steps that can be tried out, what they would give, and what time alone does. Nothing is written."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from starlette.responses import Response

from bot.phrases import phrase
from schema.types.errors import RefusalCode, Refused
from scoring.dated import Text
from server.platform.kit.json import JsonObject
from server.scores.what_if import MOST_STEPS
from server.web.h5.matters import avoidable
from server.web.h5.visit import VisitorRequest

Row = JsonObject
MOST_TIMES = 5
"""How often one record of a rule can be tried."""


async def what_if(visit: VisitorRequest) -> Response:
    """The form, and above it what was tried. It asks by its address, for asking changes nothing."""
    asked = visit.request.query_params
    tried = [(name, value[:128]) for name, value in asked.multi_items()]
    wait = asked.get("wait", "")[:10]
    chosen = _chosen(tried, wait)
    then = None
    refusal = None
    if chosen or "try" in asked:
        try:
            then = await _then(visit, chosen)
        except Refused as refused:
            refusal = refused
    me = await visit.me("MyChances")
    steps = [edge["node"] for edge in me["steps"]["edges"]]
    withheld = [edge["node"] for edge in me["score"]["withheld"]["edges"]]
    saves = {item["record"]["id"]: item for item in avoidable(withheld) if item["record"]}
    times = {name.removeprefix("earn."): value for name, value in tried if name.startswith("earn.")}
    return visit.page(
        "h5_what_if.html",
        "score",
        refusal=refusal,
        status=422 if refusal else 200,
        now=me["score"],
        then=then,
        settle=[step | {"saves": saves.get(step["record"]["id"])} for step in steps if step["kind"] == "SETTLE"],
        earn=[step for step in steps if step["kind"] == "EARN"],
        turns=[edge["node"] for edge in me["calendar"]["edges"]],
        settled={value for name, value in tried if name == "settle"},
        times=times,
        wait=wait,
        most_times=MOST_TIMES,
    )


def trial(steps: list[Row]) -> str:
    """The address that tries steps out."""
    asked: dict[str, int | str] = {"try": 1}
    for step in steps:
        if step["kind"] == "EARN":
            name = f"earn.{step['rule']['code']}"
            asked[name] = min(MOST_TIMES, int(asked.get(name, 0)) + 1)
    settled = [("settle", step["record"]["id"]) for step in steps if step["kind"] == "SETTLE"]
    return "/h5/what-if?" + urlencode([*asked.items(), *settled])


async def _then(visit: VisitorRequest, chosen: list[Row]) -> Row:
    if not 0 < len(chosen) <= MOST_STEPS:
        words = {language: phrase(language, "h5.what_if_how_many", most=MOST_STEPS) for language in ("zh", "en")}
        raise Refused(RefusalCode.BAD_INPUT, message=Text(**words))
    try:
        then: Row = (await visit.me("MyWhatIf", steps=chosen))["whatIf"]
    except Refused as refused:
        if refused.code not in (RefusalCode.BAD_INPUT, RefusalCode.NOT_FOUND):
            raise
        words = {language: phrase(language, "h5.what_if_not_now") for language in ("zh", "en")}
        raise Refused(RefusalCode.BAD_INPUT, message=Text(**words)) from None
    return then


def _chosen(tried: list[tuple[str, str]], wait: str) -> list[Row]:
    steps: list[Row] = [{"settle": value} for name, value in tried if name == "settle"]
    for name, value in tried:
        if name.startswith("earn.") and value.isascii() and value.isdigit() and len(value) < 3:
            steps += [{"earn": name.removeprefix("earn.")}] * int(value)
    try:
        steps += [{"waitUntil": date.fromisoformat(wait).isoformat()}] if wait else []
    except ValueError:
        return []
    return steps
