"""如果, 怎样到: what would be if, and the way to a benefit. Nothing is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pydantic import Field

from bot.dialogs.flow import Again, Ask, Data, End, Flow, Hear, Remembered, Show, Stay, Talk
from bot.dialogs.flows.score import may_be_avoided, not_bound, to_avoid
from bot.dialogs.typed import number, plain
from bot.phrases import day, points

_BETWEEN = re.compile(r"[\s,、;+和跟]+")
MOST = 12
TURNS = 3


class Steps(Remembered):
    """The steps that were listed, as the API takes them, and how many points each keeps from being taken later."""

    steps: list[dict[str, str]] = Field(default_factory=list)
    saves: list[int] = Field(default_factory=list)


what_if = Flow("what_if", version=2, remembers=Steps, words=("试算", "如果", "假如", "what if", "if"), loses=False)
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
    due = _due(me["score"]["withheld"]["edges"])
    steps = [step for step in (edge["node"] for edge in me["steps"]["edges"]) if step["points"] or _bill(step) in due]
    steps = sorted(steps, key=lambda step: _bill(step) not in due)[:MOST]  # what a loss can be avoided by comes first
    talk.data.steps = [{"settle": s["record"]["id"]} if s["record"] else {"earn": s["rule"]["code"]} for s in steps]
    talk.data.saves = [abs(due[_bill(step)]["points"]) if _bill(step) in due else 0 for step in steps]
    rows = [_step(talk, n, step, due.get(_bill(step))) for n, step in enumerate(steps, 1)]
    talk.say("whatif.head", value=me["score"]["value"], rows="\n".join(rows))
    turns = [edge["node"] for edge in me["calendar"]["edges"][:TURNS]]
    if turns:
        talk.say("whatif.turns", rows="\n".join(_turn(talk, turn) for turn in turns))
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
    saved = sum(talk.data.saves[n - 1] for n in set(numbers))
    _result(talk, me["whatIf"], saved)
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


def _result(talk: Talk[Remembered], found: Data, saved: int) -> None:
    talk.say(
        "whatif.result",
        value=found["value"],
        points=points(found["points"]),
        band=talk.local(found["band"]["label"]),
    )
    if saved:
        talk.say("whatif.saved", points=saved)
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
        talk.say("path.steps", count=len(found["steps"]), rows="\n".join(_counted(talk, found["steps"])))
    elif found["steps"] is None:
        talk.say("path.no_steps")
    if found["byWaiting"] is not None:
        talk.say("path.waiting", day=day(talk.language, found["byWaiting"]))
    talk.say("path.ordinary", route=talk.local(found["benefit"]["ordinaryRoute"]))


def _step(talk: Talk[Remembered], n: int, step: Data, due: Data | None = None) -> str:
    """A step with what it gives; of a bill that does not count yet whom to pay until when, and what that saves."""
    if due is not None:
        return talk.words("whatif.settle_due", n=n, **to_avoid(talk, due))
    return f"{n}. {_named(talk, step)}"


def _named(talk: Talk[Remembered], step: Data) -> str:
    label, given = talk.local(step["label"]), points(step["points"])
    if step["kind"] != "SETTLE":
        return talk.words("whatif.earn", label=label, points=given)
    source = talk.local(step["record"]["source"]["label"])
    return talk.words("whatif.settle", label=label, source=source, points=given)


def _counted(talk: Talk[Remembered], steps: Sequence[Data]) -> list[str]:
    """Steps in their order, what is to be done several times once."""
    times = Counter(_named(talk, step) for step in steps)
    rows = [name if count == 1 else talk.words("path.times", step=name, count=count) for name, count in times.items()]
    return [f"{n}. {row}" for n, row in enumerate(rows, 1)]


def _bill(step: Data) -> str:
    """The id of the record that a step puts right."""
    return step["record"]["id"] if step["record"] else ""


def _due(withheld: Sequence[Data]) -> dict[str, Data]:
    """What will take points unless it is put right before, by its record, the soonest first."""
    items = [edge["node"] for edge in withheld if edge["node"]["record"] is not None]
    soon = sorted((item for item in items if may_be_avoided(item)), key=lambda item: item["until"])
    return {item["record"]["id"]: item for item in soon}


def _turn(talk: Talk[Remembered], turn: Data) -> str:
    """A day on which the score moves by itself, and why."""
    why = talk.words("comma").join(
        talk.words(
            "whatif.begins" if reason["begins"] else "whatif.ends",
            label=talk.local(reason["label"]),
        )
        for reason in turn["reasons"][:TURNS]
    )
    return talk.words(
        "whatif.turn",
        day=day(talk.language, turn["on"]),
        points=points(turn["points"]),
        value=turn["value"],
        why=why or talk.words("whatif.rules"),
    )


what_if.step("steps", show_steps, hear_steps)
path.step("way", show_path)
