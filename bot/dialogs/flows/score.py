"""查询, 明细, 历史: the score, every point of it, and how it got there."""

from __future__ import annotations

from collections.abc import Generator
from itertools import pairwise
from typing import Any

from bot.dialogs.flow import (
    NOT_COMPUTED,
    Ask,
    Data,
    End,
    Flow,
    Go,
    Heard,
    OperationRefusedError,
    Remembered,
    Show,
    Shown,
    Stay,
    Talk,
)
from bot.dialogs.typed import number, plain
from bot.phrases import day, eve, points

PAGE = 8
PAST = 10
"""How many past scores are shown; one more is asked for, to say how the last of them moved."""
_REASONS = 4
_AT_ONCE = 50
Lookup = Generator[Ask, Data, Data | None]


class Reading(Remembered):
    """Which page of the lines was shown, by the cursor that it starts behind; which is next; whose detail was asked."""

    page: str | None = None
    after: str | None = None
    chosen: int = 0
    before: int = 0
    """How many records stand on the pages before, where they are listed without a score."""


score = Flow("score", version=1, remembers=Remembered, words=("查询", "分数", "查分", "score"), loses=False)
lines = Flow("lines", version=2, remembers=Reading, words=("明细", "lines", "details"), loses=False)
history = Flow("history", version=1, remembers=Remembered, words=("历史", "history"), loses=False)


def show_score(talk: Talk[Remembered]) -> Show:
    me = (yield Ask("Score"))["me"]
    if me is None:
        return not_bound(talk)
    found = me["score"]
    open_now = sum(edge["node"]["eligible"] for edge in me["benefits"]["edges"])
    summary = [
        talk.words(
            "score.value",
            name=talk.local(found["scheme"]["name"]),
            value=found["value"],
            band=talk.local(found["band"]["label"]),
            day=day(talk.language, found["asOf"]),
        ),
        *_what_matters(talk, found),
        talk.words("score.benefits_open", count=open_now) + _next_benefit(talk, found),
        talk.words("score.next"),
    ]
    talk.say_text("\n".join(summary))
    talk.picture = {"kind": "score"}
    return End()


def _what_matters(talk: Talk[Remembered], found: Data) -> list[str]:
    """What changed, what can still be avoided, what is under way; then what takes points, then what gives them."""
    told = [talk.words("score.newcomer")] if found["band"]["code"] == "newcomer" else []
    if found["change"] is not None:
        told.append(_change(talk, found["change"]))
    withheld = [edge["node"] for edge in found["withheld"]["edges"]]
    soon = sorted(filter(may_be_avoided, withheld), key=lambda item: item["until"])
    told += [talk.words("score.avoid", **to_avoid(talk, item)) for item in soon]
    disputed = [talk.local(item["label"]) for item in withheld if item["withheldReason"] == "DISPUTED"]
    if disputed:
        told.append(talk.words("score.disputed", what=talk.words("comma").join(disputed)))
    for key, sign in (("score.taken", -1), ("score.given", 1)):
        reasons = [reason for reason in found["reasons"] if reason["points"] * sign > 0]
        if reasons:
            told.append(talk.words(key, what=_named(talk, reasons)))
    return told


def to_avoid(talk: Talk[Any], item: Data) -> dict[str, object]:
    """What, whom to pay, until when, and how many points it saves: for a sentence about what can be avoided."""
    return {
        "label": talk.local(item["label"]),
        "source": talk.local(item["source"]["label"]),
        "last": _last(talk, item["until"]),
        "points": abs(item["points"]),
    }


def show_lines(talk: Talk[Reading]) -> Show:
    try:
        me = (yield Ask("Lines", {"first": PAGE, "after": talk.data.page}))["me"]
    except OperationRefusedError as refused:
        if refused.code not in NOT_COMPUTED:
            raise
        return (yield from _show_records(talk, refused))
    if me is None:
        return not_bound(talk)
    found = me["score"]
    page = [edge["node"] for edge in found["lines"]["edges"]]
    if talk.data.page is None:
        talk.say("lines.head", value=found["value"])
    talk.say_text("\n".join(_line(talk, line) for line in page))
    following = found["lines"]["pageInfo"]
    talk.data.after = following["endCursor"] if following["hasNextPage"] else None
    if following["hasNextPage"]:
        talk.say("lines.more")
        return None
    withheld = [edge["node"] for edge in found["withheld"]["edges"]]
    if withheld:
        rows = "\n".join(_withheld(talk, item) for item in withheld)
        talk.say("lines.withheld", count=len(withheld), rows=rows)
    talk.say("lines.choose")
    return None


def hear_lines(talk: Talk[Reading], said: str) -> Heard:
    if plain(said) in ("更多", "more"):
        if talk.data.after is None:
            talk.say("lines.end")
            return Stay()
        talk.data.page = talk.data.after
        talk.data.before += PAGE
        return Go("list")
    chosen = number(said)
    if chosen is None:
        talk.say("lines.unclear")
        return Stay()
    talk.data.chosen = chosen
    return Go("detail")


def show_detail(talk: Talk[Reading]) -> Show:
    found = yield from line_number(talk.data.chosen)
    if found is None:
        talk.say("lines.unclear")
    else:
        talk.say_text(_detail(talk, found))
    return None


def show_history(talk: Talk[Remembered]) -> Show:
    me = (yield Ask("History"))["me"]
    if me is None:
        return not_bound(talk)
    rows: list[Data] = [edge["node"] for edge in me["history"]["edges"]]
    told = [_past(talk, row, before) for row, before in pairwise([*rows, None]) if row is not None]
    talk.say("history.head", rows="\n".join(told[:PAST]))
    return End()


def _past(talk: Talk[Remembered], row: Data, before: Data | None) -> str:
    """A past score, by how much it moved, and why."""
    moved = 0 if before is None else row["value"] - before["value"]
    why = _named(talk, row["reasons"]) if moved else ""
    return talk.words(
        "history.row",
        day=day(talk.language, row["asOf"]),
        value=row["value"],
        change=talk.words("history.change", points=points(moved)) if moved else "",
        cause=talk.words(f"cause.{row['cause'].lower()}"),
        why=talk.words("history.why", why=why) if why else "",
    )


def not_bound(talk: Talk[Remembered]) -> Shown:
    """Whatever needs an identity starts by offering to bind one."""
    talk.say("home.not_bound")
    return End()


def line_number(chosen: int) -> Lookup:
    """The line, withheld record or record without a score with that number, or None."""
    try:
        return (yield from _line_number(chosen))
    except OperationRefusedError as refused:
        if refused.code not in NOT_COMPUTED:
            raise
        return (yield from _record_number(chosen))


def listed_lines() -> Generator[Ask, Data, list[Data] | None]:
    """What a person may want to dispute, without its pages; None for those who are not bound."""
    try:
        me = (yield Ask("Lines", {"first": _AT_ONCE}))["me"]
    except OperationRefusedError as refused:
        if refused.code not in NOT_COMPUTED:
            raise
        page = (yield Ask("Records", {"first": _AT_ONCE, "after": None}))["me"]["records"]["edges"]
        return [_as_line(edge["node"], n) for n, edge in enumerate(page, 1)]
    if me is None:
        return None
    return [edge["node"] for edge in (*me["score"]["lines"]["edges"], *me["score"]["withheld"]["edges"])]


def _show_records(talk: Talk[Reading], refused: OperationRefusedError) -> Show:
    """The records alone, where no score is computed: there are no lines that they could stand in."""
    page = (yield Ask("Records", {"first": PAGE, "after": talk.data.page}))["me"]["records"]
    if talk.data.page is None:
        talk.say_text(refused.text[talk.language])
    rows = [_record(talk, _as_line(edge["node"], n)) for n, edge in enumerate(page["edges"], talk.data.before + 1)]
    talk.say_text("\n".join(rows) or talk.words("records.none"))
    following = page["pageInfo"]
    talk.data.after = following["endCursor"] if following["hasNextPage"] else None
    talk.say("lines.more" if following["hasNextPage"] else "lines.choose")
    return None


def _record_number(chosen: int) -> Lookup:
    """The record with that number in a list without a score, or None."""
    after: str | None = None
    for before in range(0, _AT_ONCE * 10, _AT_ONCE):
        page = (yield Ask("Records", {"first": _AT_ONCE, "after": after}))["me"]["records"]
        for n, edge in enumerate(page["edges"], before + 1):
            if n == chosen:
                return _as_line(edge["node"], n)
        if not page["pageInfo"]["hasNextPage"]:
            return None
        after = page["pageInfo"]["endCursor"]
    return None


def _as_line(record: Data, position: int) -> Data:
    """A record as a line of no score: with what its rule gives."""
    line: Data = {
        "position": position,
        "kind": "RECORD",
        "record": {"id": record["id"]},
        "label": record["rule"]["label"],
        "points": record["rule"]["points"],
        "source": record["source"],
        "documentNumber": record["documentNumber"],
        "legalBasis": record["rule"]["legalBasis"],
        "occurredOn": record["occurredOn"],
        "without_score": True,
    }
    if record["disputed"]:
        line |= {"withheldReason": "DISPUTED", "until": None}
    return line


def _record(talk: Talk[Reading], line: Data) -> str:
    disputed = talk.words("records.disputed") if "withheldReason" in line else ""
    return talk.words(
        "records.row",
        number=line["position"],
        label=talk.local(line["label"]),
        source=talk.local(line["source"]["label"]),
        occurred=day(talk.language, line["occurredOn"]),
        disputed=disputed,
    )


def _line_number(chosen: int) -> Lookup:
    after: str | None = None
    for _ in range(10):
        me: Data | None = (yield Ask("Lines", {"first": _AT_ONCE, "after": after}))["me"]
        if me is None:
            return None
        page, withheld = me["score"]["lines"], me["score"]["withheld"]
        for edge in (*page["edges"], *withheld["edges"]):
            if edge["node"]["position"] == chosen:
                line: Data = edge["node"]
                return line
        if not page["pageInfo"]["hasNextPage"]:
            return None
        after = page["pageInfo"]["endCursor"]
    return None


def _change(talk: Talk[Remembered], change: Data) -> str:
    since = day(talk.language, change["since"])
    if not change["points"]:
        return talk.words("score.unchanged", since=since)
    why = _named(talk, change["reasons"])
    return talk.words("score.change", points=points(change["points"]), since=since, why=why)


def _named(talk: Talk[Remembered], reasons: list[Data]) -> str:
    """The first reasons, each with its points."""
    return talk.words("comma").join(f"{talk.local(r['label'])} {points(r['points'])}" for r in reasons[:_REASONS])


def _next_benefit(talk: Talk[Remembered], found: Data) -> str:
    nearest = found["nextBenefit"]
    if nearest is None:
        return ""
    return talk.words(
        "score.next_benefit",
        benefit=talk.local(nearest["benefit"]["label"]),
        least=nearest["benefit"]["least"],
        short_by=nearest["shortBy"],
    )


def _line(talk: Talk[Remembered], line: Data) -> str:
    head = f"{line['position']}. " if line["position"] else ""
    label = talk.local(line["label"])
    row = head + (f"{points(line['points'])} {label}" if line["points"] else talk.words("lines.zero", label=label))
    if line["kind"] != "RECORD":
        return row
    origin = talk.words(
        "lines.origin",
        source=talk.local(line["source"]["label"]),
        occurred=day(talk.language, line["occurredOn"]),
        last=_last(talk, line["expiresOn"]),
    )
    return "\n    ".join((row, *_with_repair(talk, line, origin).split("\n")))


def _withheld(talk: Talk[Remembered], item: Data) -> str:
    return f"{item['position']}. {_why_withheld(talk, item)}"


def _why_withheld(talk: Talk[Remembered], item: Data) -> str:
    """What does not count, and why; of a bill that can still be paid until when, and what it costs after that."""
    label = talk.local(item["label"])
    if may_be_avoided(item):
        last = _last(talk, item["until"])
        return talk.words("withheld.row_due", label=label, last=last, points=abs(item["points"]))
    reason = talk.words(f"withheld.{item['withheldReason'].lower()}")
    return talk.words("withheld.row", label=label, reason=reason)


def may_be_avoided(item: Data) -> bool:
    """Whether it takes points from a day on, unless it is put right before."""
    return item["withheldReason"] == "NOTICE_NOT_DUE" and item["until"] is not None and item["points"] < 0


def _last(talk: Talk[Any], ends: str) -> str:
    """The day before it ends."""
    return day(talk.language, eve(ends))


def _detail(talk: Talk[Reading], line: Data) -> str:
    if "without_score" in line:
        return talk.words(
            "records.detail",
            row=_record(talk, line),
            document=line["documentNumber"],
            basis=line["legalBasis"],
        )
    if "withheldReason" in line:
        told = talk.words(
            "withheld.detail",
            number=line["position"],
            what=_why_withheld(talk, line),
            source=talk.local(line["source"]["label"]),
        )
        return _with_repair(talk, line, told)
    if line["kind"] != "RECORD":
        return talk.words("lines.detail_other", label=talk.local(line["label"]), points=points(line["points"]))
    told = talk.words(
        "lines.detail",
        number=line["position"],
        label=talk.local(line["label"]),
        points=points(line["points"]),
        source=talk.local(line["source"]["label"]),
        document=line["documentNumber"],
        basis=line["legalBasis"],
        provenance=talk.words(f"provenance.{line['provenance'].lower()}"),
        occurred=day(talk.language, line["occurredOn"]),
        counts=day(talk.language, line["countsFrom"]),
        last=_last(talk, line["expiresOn"]),
    )
    return _with_repair(talk, line, told)


def repair_outlook(talk: Talk[Any], repair: Data, number: int | str) -> str:
    """When and whether a record can be repaired, in a sentence; empty for what is no adverse record."""
    if repair["refusal"] == "NOT_ADVERSE":
        return ""
    known = {"number": number, "from_day": "", "due": ""}
    if repair["from"] is not None:
        known["from_day"] = day(talk.language, repair["from"])
    if repair["dueOn"] is not None:
        known["due"] = day(talk.language, repair["dueOn"])
    return talk.words(f"repair.outlook_{repair['state'].lower()}", **known).rstrip()


def _with_repair(talk: Talk[Remembered], line: Data, told: str) -> str:
    record = line["record"]
    outlook = "" if record is None else repair_outlook(talk, record["repair"], line["position"])
    return f"{told}\n{outlook}" if outlook else told


score.step("value", show_score)
lines.step("list", show_lines, hear_lines)
lines.step("detail", show_detail, hear_lines)
history.step("rows", show_history)
