"""如果, 怎样到: what would be if, and the way to a benefit. Nothing is written."""

from __future__ import annotations

import re

from pydantic import Field

from bot.dialogs.flow import Again, Ask, Data, End, Flow, Hear, Remembered, Show, Stay, Talk
from bot.dialogs.flows.score import not_bound
from bot.dialogs.typed import number, plain
from bot.phrases import day, points

_BETWEEN = re.compile(r"[\s,、;+和跟]+")
MOST = 12
TURNS = 3


class Steps(Remembered):
    """The steps that were listed, as the API takes them."""

    steps: list[dict[str, str]] = Field(default_factory=list)


what_if = Flow("what_if", version=1, remembers=Steps, words=("如果", "假如", "what if", "if"), loses=False)
path = Flow(
    "path",
    version=1,
    remembers=Remembered,
    words=("怎样到", "怎么到", "how to", "path"),
    numbered=True,
    loses=False,
)


def show_steps(talk: Talk[Steps]) -> Show:
    me = (yield Ask("Outlook"))["me"]
    if me is None:
        return not_bound(talk)
    steps = [edge["node"] for edge in me["steps"]["edges"][:MOST]]
    talk.data.steps = [{"settle": s["record"]["id"]} if s["record"] else {"earn": s["rule"]["code"]} for s in steps]
    rows = [_step(talk, n, step) for n, step in enumerate(steps, 1)]
    talk.say("whatif.head", value=me["score"]["value"], rows="\n".join(rows))
    turns = [edge["node"] for edge in me["calendar"]["edges"][:TURNS]]
    if turns:
        told = "\n".join(
            talk.words("whatif.turn", day=day(talk.language, t["on"]), points=points(t["points"]), value=t["value"])
            for t in turns
        )
        talk.say("whatif.turns", rows=told)
    talk.say("whatif.choose")
    return None


def hear_steps(talk: Talk[Steps], said: str) -> Hear:
    """One number or several; a number twice means to do it twice."""
    known = talk.data.steps
    chosen = [number(part) for part in _BETWEEN.split(plain(said))]
    numbers = [n for n in chosen if n is not None and 1 <= n <= len(known)]
    if not numbers or len(numbers) != len(chosen):
        talk.say("whatif.unclear", most=len(known))
        return Again()
    asked = [known[n - 1] for n in numbers]
    me = (yield Ask("WhatIf", {"steps": asked}))["me"]
    if me is None:
        return End()
    _result(talk, me["whatIf"])
    return Stay()


def show_path(talk: Talk[Remembered]) -> Show:
    """The benefit with the number typed, counted as in the list of benefits; else the next one."""
    me = (yield Ask("Benefits"))["me"]
    if me is None:
        return not_bound(talk)
    mine = [edge["node"] for edge in me["benefits"]["edges"]]
    wanted = number(talk.argument) if talk.argument else None
    if wanted is not None and not 1 <= wanted <= len(mine):
        talk.say("path.unclear", most=len(mine))
        return End()
    closed = [item for item in mine if not item["eligible"]]
    item = mine[wanted - 1] if wanted is not None else (closed[0] if closed else None)
    if item is None:
        talk.say("path.all_open")
        return End()
    found = (yield Ask("Path", {"benefit": item["benefit"]["code"]}))["me"]["path"]
    _path(talk, found)
    return End()


def _result(talk: Talk[Remembered], found: Data) -> None:
    talk.say(
        "whatif.result",
        value=found["value"],
        points=points(found["points"]),
        band=talk.local(found["band"]["label"]),
    )
    if found["opened"]:
        names = talk.words("comma").join(talk.local(b["label"]) for b in found["opened"])
        talk.say("whatif.opened", benefits=names)
    talk.say("whatif.estimate")


def _path(talk: Talk[Remembered], found: Data) -> None:
    benefit = talk.local(found["benefit"]["label"])
    short_by = found["shortBy"]
    if short_by == 0:
        talk.say("path.open", benefit=benefit)
        return
    talk.say("path.head", benefit=benefit, least=found["benefit"]["least"], short_by=short_by)
    if found["steps"]:
        rows = [_step(talk, n, step) for n, step in enumerate(found["steps"], 1)]
        talk.say("path.steps", count=len(rows), rows="\n".join(rows))
    elif found["steps"] is None:
        talk.say("path.no_steps")
    if found["byWaiting"] is not None:
        talk.say("path.waiting", day=day(talk.language, found["byWaiting"]))
    talk.say("path.ordinary", route=talk.local(found["benefit"]["ordinaryRoute"]))


def _step(talk: Talk[Remembered], n: int, step: Data) -> str:
    key = "whatif.settle" if step["kind"] == "SETTLE" else "whatif.earn"
    return talk.words(key, n=n, label=talk.local(step["label"]), points=points(step["points"]))


what_if.step("steps", show_steps, hear_steps)
path.step("way", show_path)
