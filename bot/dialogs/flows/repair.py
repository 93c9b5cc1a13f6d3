"""修复: what can be repaired, and applying for it: a record, the day, own words, photos, the effect, confirm."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from datetime import date, timedelta
from itertools import count
from typing import Any

from bot.dialogs.evidence import (
    KEPT,
    TO_WITHDRAW,
    YES,
    Evidence,
    add_evidence,
    choose_evidence,
    limits,
    photo_at,
)
from bot.dialogs.flow import Again, Ask, Data, End, Flow, Go, Hear, Remembered, Show, Talk, change
from bot.dialogs.flows.score import line_number, listed_lines, not_bound, repair_outlook
from bot.dialogs.typed import confirms, decided, is_bare, plain
from bot.phrases import day, points

_DAYS_AGO = {"今天": 0, "today": 0, "昨天": 1, "yesterday": 1, "前天": 2}
_WITHOUT_YEAR = re.compile(r"(\d{1,2})月(\d{1,2})[日号]?")
_WITH_YEAR = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?")
_PARTS = ("now", "later", "applied", "never")


class Repairing(Evidence):
    """The record that is to be repaired, as it was shown, and the day its demand was met."""

    record: str = ""
    label: str = ""
    source: str = ""
    done_on: str = ""


repair = Flow(
    "repair",
    version=1,
    remembers=Repairing,
    words=("修复", "信用修复", "repair"),
    numbered=True,
    rests=True,
    keeps=KEPT,
)


class Concerned(Remembered):
    """The application that is taken back."""

    id: str = ""
    number: str = ""


withdraw_repair = Flow(
    "withdraw_repair", version=1, remembers=Concerned, words=("撤回修复", "withdraw repair"), rests=True
)


def show_choice(talk: Talk[Repairing]) -> Show:
    records = yield from _records()
    if records is None:
        return not_bound(talk)
    if talk.argument:
        line = yield from line_number(int(talk.argument))
        chosen = None if line is None or line["record"] is None else line["record"]["id"]
        following = _choose(talk, next((r for r in records if r["id"] == chosen), None))
        return following or (None if _now(records) else End())
    adverse = [r for r in records if r["repair"]["refusal"] != "NOT_ADVERSE"]
    now = yield from _numbered(records)
    if not adverse:
        talk.say("repair.nothing")
        return End()
    for part in _PARTS:
        of_part = [*now.values()] if part == "now" else [r for r in adverse if r["repair"]["state"] == part.upper()]
        if of_part:
            rows = "\n".join(_row(talk, r, now) for r in of_part)
            talk.say(f"repair.list_{part}", rows=rows)
    if not now:
        return End()
    talk.say("repair.choose")
    return None


def hear_choice(talk: Talk[Repairing], said: str) -> Hear:
    now = yield from _numbered((yield from _records()) or ())
    chosen = decided(said)
    if chosen is None or chosen not in now:
        talk.say("repair.choose_unclear")
        return Again()
    return _choose(talk, now[chosen]) or Again()


def show_day(talk: Talk[Repairing]) -> Show:
    found = (yield Ask("RepairEffect", {"id": talk.data.record}))["node"]
    if found is None:
        talk.say("repair.gone")
        return End()
    talk.say("repair.ask_day", label=talk.data.label, demand=talk.local(found["repair"]["demand"]))
    return None


def hear_day(talk: Talk[Repairing], said: str) -> Hear:
    found = (yield Ask("RepairEffect", {"id": talk.data.record}))["node"]
    if found is None:
        talk.say("repair.gone")
        return End()
    today = date.fromisoformat(found["repair"]["asOf"])
    done_on = _day_of(said, today) if is_bare(said) else None
    if done_on is None:
        talk.say("repair.day_unclear")
        return Again()
    if not date.fromisoformat(found["occurredOn"]) <= done_on <= today:
        talk.say("repair.day_outside", occurred=day(talk.language, found["occurredOn"]))
        return Again()
    talk.data.done_on = done_on.isoformat()
    return Go("words")


def show_words(talk: Talk[Repairing]) -> Show:
    talk.say("repair.ask_words", most=(yield from limits())["mostCharacters"])
    return None


def show_confirm(talk: Talk[Repairing]) -> Show:
    found = (yield Ask("RepairEffect", {"id": talk.data.record}))["node"]
    if found is None:
        talk.say("repair.gone")
        return End()
    known = found["repair"]
    effect = known["effect"]
    data = talk.data
    talk.say(
        "repair.confirm",
        label=data.label,
        source=data.source,
        done=day(talk.language, data.done_on),
        words=data.words,
        photos=len(data.photos),
        days=known["answerWorkingDays"],
        effect=""
        if effect is None
        else talk.words("repair.effect", value=effect["value"], points=points(effect["points"])) + "\n",
    )
    return None


def send_repair(talk: Talk[Repairing]) -> Generator[Ask, Data, End]:
    data = talk.data
    made = yield from change(
        "ApplyForRepair", recordId=data.record, doneOn=data.done_on, words=data.words, evidence=data.photos
    )
    if not talk.refused(made):
        applied = made["repair"]
        talk.say(
            "repair.applied", number=applied["number"], source=data.source, due=day(talk.language, applied["dueOn"])
        )
    return End()


def show_withdraw(talk: Talk[Concerned]) -> Show:
    me = (yield Ask("Disputes"))["me"]
    if me is None:
        return not_bound(talk)
    is_open = [edge["node"] for edge in me["repairs"]["edges"] if edge["node"]["isOpen"]]
    if not is_open:
        talk.say("repair.none_open")
        return End()
    talk.data.id, talk.data.number = is_open[0]["id"], is_open[0]["number"]
    talk.say("repair.withdraw_confirm", number=is_open[0]["number"], label=talk.local(is_open[0]["subject"]))
    return None


def hear_withdraw(talk: Talk[Concerned], said: str) -> Hear:
    if not confirms(said, (*YES, "确认撤回")):
        talk.say("home.choose_one")
        return Again()
    result = yield from change("WithdrawRepair", id=talk.data.id)
    if not talk.refused(result):
        talk.say("repair.withdrawn", number=result["repair"]["number"])
    return End()


def repair_status(talk: Talk[Any], item: Data) -> str:
    """An application for 进度: where it stands, and what was answered."""
    head = talk.words(
        "repair.row",
        number=item["number"],
        label=talk.local(item["subject"]),
        state=talk.words("repair_state." + item["state"].lower()),
    )
    told = [head]
    if item["isOpen"]:
        due = day(talk.language, item["dueOn"])
        key = "repair.overdue" if item["lapsed"] else "repair.due"
        told.append(
            talk.words(key, source=talk.local(item["source"]["label"]), due=due, left=max(0, item["workingDaysLeft"]))
        )
    elif item["answer"]:
        told.append(talk.words("repair.answer", answer=item["answer"]))
    if item["scoreAfter"] is not None:
        told.append(talk.words("notice.repair_score", value=item["scoreAfter"], points=points(item["points"])))
    return "\n".join(told)


def _records() -> Generator[Ask, Data, list[Data] | None]:
    me = (yield Ask("Repairs"))["me"]
    return None if me is None else [edge["node"] for edge in me["records"]["edges"]]


def _now(records: Sequence[Data]) -> list[Data]:
    return [record for record in records if record["repair"]["state"] == "NOW"]


def _numbered(records: Sequence[Data]) -> Generator[Ask, Data, dict[int, Data]]:
    """What can be repaired now, by the numbers of the details; what has none there comes after them."""
    now = _now(records)
    lines = (yield from listed_lines()) or [] if now else []
    places = {line["record"]["id"]: line["position"] for line in lines if line["record"] is not None}
    after = count(max([place for place in places.values() if place], default=0) + 1)
    found = {int(places.get(record["id"]) or next(after)): record for record in now}
    return dict(sorted(found.items()))


def _row(talk: Talk[Repairing], record: Data, now: Mapping[int, Data]) -> str:
    label = talk.local(record["rule"]["label"])
    number = next((place for place, one in now.items() if one is record), None)
    if number is not None:
        return f"{number}. {label}（{talk.local(record['source']['label'])}）"
    return f"· {label}　{repair_outlook(talk, record['repair'], '')}"


def _choose(talk: Talk[Repairing], record: Data | None) -> Go | None:
    """Go on with a record, or say what is to be said of it instead."""
    if record is None or record["repair"]["refusal"] == "NOT_ADVERSE":
        talk.say("repair.no_such_record")
        return None
    if record["repair"]["state"] != "NOW":
        talk.say_text(f"{talk.local(record['rule']['label'])}　{repair_outlook(talk, record['repair'], '')}")
        return None
    data = talk.data
    data.record = record["id"]
    data.label = talk.local(record["rule"]["label"])
    data.source = talk.local(record["source"]["label"])
    choose_evidence(data, data.record)
    return Go("day")


def _day_of(said: str, today: date) -> date | None:
    """A day as people write it; one without a year is the last such day."""
    text = plain(said)
    if text in _DAYS_AGO:
        return today - timedelta(days=_DAYS_AGO[text])
    try:
        if found := _WITHOUT_YEAR.fullmatch(text):
            month, number = int(found[1]), int(found[2])
            this_year = date(today.year, month, number)
            return this_year if this_year <= today else date(today.year - 1, month, number)
        found = _WITH_YEAR.fullmatch(text)
        return None if found is None else date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:  # as 2026-02-30
        return None


repair.step("record", show_choice, hear_choice, photo_at("record"))
repair.step("day", show_day, hear_day, photo_at("day"))
add_evidence(repair, show_words, show_confirm, send_repair)
withdraw_repair.step("confirm", show_withdraw, hear_withdraw, choices=TO_WITHDRAW)
