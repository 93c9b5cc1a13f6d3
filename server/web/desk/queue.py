"""The queue at the desk: its parts with their counts, what came back first, and which case is next."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import JSONResponse, RedirectResponse, Response

from schema.types.errors import RefusalCode, Refused
from scoring.disputes import DisputeTopic
from server.platform.kit.digests import digest_of
from server.platform.kit.json import JsonObject
from server.web.desk import said
from server.web.desk.said import Said
from server.web.desk.visit import PARTS, DeskRequest
from server.web.forms import Form

PAGE = 50
TOPICS = tuple(topic.name for topic in DisputeTopic)
_MOST_TRIES = 10
"""Cases that are tried in turn: colleagues are faster, or it is an appeal against one's own answer."""


async def queue(visit: DeskRequest) -> Response:
    """Cases, due first."""
    if not visit.principal.is_desk:
        return RedirectResponse("/desk/figures", 303)
    found = await _queue(visit)
    if found is None:
        return RedirectResponse("/desk/", 303)
    part, page = found
    cases = [edge["node"] for edge in page["edges"]]
    after = visit.request.query_params.get("after")
    topic = _topic(visit)
    back = await nodes(visit, "CAME_BACK") if part == "MINE" and not after and not topic else []
    first = {one["id"] for one in back}
    kept = {"part": part} | ({"topic": topic} if topic else {})
    follow = {"query": urlencode(kept | ({"after": after} if after else {})), "known": pulse_of(found)}
    values = {"part": part, "topic": topic, "page_info": page["pageInfo"], "follow": follow}
    values |= {"back": back, "cases": [one for one in cases if one["id"] not in first]}
    return visit.page("queue.html", asked="", topics=TOPICS, counts=await counts(visit), **values)


async def counts(visit: DeskRequest) -> dict[str, int]:
    """How many cases each part of the queue has."""
    return {part: found["totalCount"] for part, found in (await visit.ask("QueueCounts")).items()}


async def nodes(visit: DeskRequest, part: str, most: int = PAGE) -> list[JsonObject]:
    """The first cases of a part of the queue."""
    found = (await visit.ask("Cases", part=part, first=most, after=None, topic=None))["cases"]
    return [edge["node"] for edge in found["edges"]]


def _topic(visit: DeskRequest) -> str | None:
    """Which topic alone is listed; None for all."""
    topic = visit.request.query_params.get("topic", "")
    return topic if topic in DisputeTopic.__members__ else None


async def _queue(visit: DeskRequest) -> tuple[str, JsonObject] | None:
    part = visit.request.query_params.get("part", "OPEN")
    part = part if part in PARTS else "OPEN"
    after = visit.request.query_params.get("after")
    try:
        return part, (await visit.ask("Cases", part=part, first=PAGE, after=after, topic=_topic(visit)))["cases"]
    except Refused:
        return None


def pulse_of(queue: tuple[str, JsonObject] | None) -> str:
    return digest_of(repr(queue))


async def take_next(visit: DeskRequest, _form: Form) -> Response:
    """Claim the case that is due first and that nobody has; its page."""
    try:
        return await onward(visit, None, take=True)
    except Refused as refused:
        return visit.refused(refused)


async def onward(visit: DeskRequest, done: Said | None, *, take: bool) -> Response:
    """To the next case after one is done: what came back, what one holds, then one that nobody has.

    Without `take`, to the next proposal that one may approve.
    """
    left = None if done is None else done.case
    following = await _claimed(visit) if done is None else await _next_of(visit, left, take=take)
    if following is None:
        part = "UNASSIGNED" if take else "TO_APPROVE"
        response = RedirectResponse(f"/desk/?part={part}", 303)
        said.keep(visit.request, response, done or Said("none-left"))
        return response
    response = RedirectResponse(f"/desk/cases/{following}", 303)
    if done is not None:
        said.keep(visit.request, response, done)
    return response


async def _next_of(visit: DeskRequest, left: str | None, *, take: bool) -> str | None:
    if not take:
        waiting = [one["id"] for one in await nodes(visit, "TO_APPROVE", 2)]
        return next((one for one in waiting if one != left), None)
    for part in ("CAME_BACK", "MINE"):
        mine = [one["id"] for one in await nodes(visit, part) if one["dispute"]["state"] == "UNDER_REVIEW"]
        found = next((one for one in mine if one != left), None)
        if found is not None:
            return str(found)
    return await _claimed(visit)


async def _claimed(visit: DeskRequest) -> str | None:
    """The case that this person could claim; None where there is none for them."""
    for one in await nodes(visit, "UNASSIGNED", _MOST_TRIES):
        result = (await visit.ask("ClaimCase", input={"id": one["id"]}))["claimCase"]
        if "refusalCode" not in result:
            return str(one["id"])
        if result["refusalCode"] == RefusalCode.PERSON_UNKNOWN.name:
            raise Refused.of_answer(result)
    return None


async def pulse(visit: DeskRequest) -> Response:
    """A value that changes when the page would: a case's revision, or what stands in the queue."""
    case_id = visit.request.query_params.get("case")
    try:
        if case_id is not None:
            value = str((await visit.ask("CaseChanges", id=case_id))["caseChanges"])
        else:
            value = pulse_of(await _queue(visit))
    except Refused:
        return JSONResponse({"pulse": None}, 404)
    return JSONResponse({"pulse": value}, headers={"cache-control": "no-store"})
