"""进度, 撤回, 补充, 复核: what becomes of disputes, and what their person can still do."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from bot.dialogs.choices import choices
from bot.dialogs.evidence import (
    KEPT,
    TO_FILE,
    TO_WITHDRAW,
    YES,
    Evidence,
    Wording,
    add_evidence,
    choose_evidence,
    hear_words,
    limits,
    photo_at,
    when_confirmed,
)
from bot.dialogs.flow import Again, Ask, Data, End, Flow, Go, Hear, Remembered, Show, Talk, change
from bot.dialogs.flows.repair import repair_status
from bot.dialogs.flows.score import not_bound
from bot.dialogs.typed import confirms, decided, number
from bot.phrases import day, points

Found = Generator[Ask, Data, list[Data] | None]
See = Callable[[Talk[Any], str], Hear]


class Concerned(Remembered):
    """The dispute that it is about."""

    id: str = ""
    number: str = ""
    label: str = ""


class Appealing(Concerned, Wording):
    """And what is not right with the answer."""


class Supplying(Concerned, Evidence):
    """And what was asked, with the answer to it."""

    question: str = ""
    due: str = ""


status = Flow("status", version=1, remembers=Remembered, words=("进度", "status"), loses=False)
withdraw = Flow("withdraw", version=2, remembers=Concerned, words=("撤回", "withdraw"), numbered=True, rests=True)
supply = Flow("supply", version=2, remembers=Supplying, words=("补充", "supply"), numbered=True, rests=True, keeps=KEPT)
appeal = Flow("appeal", version=2, remembers=Appealing, words=("复核", "appeal"), numbered=True, rests=True)


def show_status(talk: Talk[Remembered]) -> Show:
    me = (yield Ask("Disputes"))["me"]
    if me is None:
        return not_bound(talk)
    disputes = [edge["node"] for edge in me["disputes"]["edges"]]
    repairs = [edge["node"] for edge in me["repairs"]["edges"]]
    if not disputes and not repairs:
        talk.say("status.none")
        return End()
    rows = [_status(talk, d) for d in disputes] + [repair_status(talk, r) for r in repairs]
    talk.say_text("\n\n".join(rows))
    if any(r["isOpen"] for r in repairs):
        talk.say("repair.open_hint")
    if any(_is_open(d) for d in disputes):
        talk.say("status.open_hint")
    if any(d["canAppeal"] for d in disputes):
        talk.say("status.appeal_hint")
    newest = next((d for d in disputes if d["letterUrl"]), None)
    if newest is not None:
        talk.say("status.letter", number=newest["number"], url=newest["letterUrl"])
    first = next((d for d in disputes if d["firstAnswer"]), None)
    if first is not None:
        talk.say("status.first_letter", number=first["number"], url=first["firstAnswer"]["letterUrl"])
    waiting = next((d for d in disputes if _is_open(d) and d["receiptUrl"]), None)
    if waiting is not None:
        talk.say("status.receipt", number=waiting["number"], url=waiting["receiptUrl"])
    return End()


def which(flow: Flow[Any], wanted: Callable[[Data], bool], following: str, see: See | None = None) -> None:
    """The step that finds the dispute which a flow is about. Mostly there is just one, and nothing is asked."""

    def show(talk: Talk[Concerned]) -> Show:
        found = yield from _mine(wanted)
        if found is None:
            return not_bound(talk)
        if not found:
            talk.say(f"{flow.name}.none")
            return End()
        chosen = 1 if len(found) == 1 else number(talk.argument)
        if chosen is not None and 1 <= chosen <= len(found):
            _concern(talk, found[chosen - 1])
            return Go(following)
        rows = [f"{n}. {item['number']} {talk.local(item['subject'])}" for n, item in enumerate(found, 1)]
        talk.say("status.which", rows="\n".join(rows))
        return None

    def hear(talk: Talk[Concerned], said: str) -> Hear:
        found = (yield from _mine(wanted)) or []
        chosen = decided(said)
        if not found:
            talk.say(f"{flow.name}.none")
            return End()
        if chosen is None or not 1 <= chosen <= len(found):
            talk.say("status.which_unclear", most=len(found))
            return Again()
        _concern(talk, found[chosen - 1])
        return Go(following)

    flow.step("which", show, hear, see)


def show_withdraw(talk: Talk[Concerned]) -> None:
    talk.say("withdraw.confirm", number=talk.data.number, label=talk.data.label)


def hear_withdraw(talk: Talk[Concerned], said: str) -> Hear:
    if not confirms(said, (*YES, "确认撤回")):
        talk.say("home.choose_one")
        return Again()
    result = yield from change("WithdrawDispute", id=talk.data.id)
    if not talk.refused(result):
        talk.say("withdraw.done", number=result["dispute"]["number"])
    return End()


def show_supply(talk: Talk[Supplying]) -> Show:
    due = day(talk.language, talk.data.due)
    most = (yield from limits())["mostCharacters"]
    talk.say("supply.ask", number=talk.data.number, question=talk.data.question, due=due, most=most)
    return None


def show_supply_confirm(talk: Talk[Supplying]) -> None:
    data = talk.data
    talk.say("supply.confirm", number=data.number, words=data.words, photos=len(data.photos))


def send_supply(talk: Talk[Supplying]) -> Generator[Ask, Data, End]:
    data = talk.data
    supplied = yield from change("SupplyDispute", id=data.id, words=data.words, evidence=data.photos)
    if not talk.refused(supplied):
        dispute = supplied["dispute"]
        talk.say("supply.done", number=dispute["number"], due=day(talk.language, dispute["dueOn"]))
    return End()


def show_appeal(talk: Talk[Appealing]) -> Show:
    most = (yield from limits())["mostCharacters"]
    talk.say("appeal.ask", number=talk.data.number, label=talk.data.label, most=most)
    return None


def hear_appeal(talk: Talk[Appealing], said: str) -> Hear:
    return Go("confirm") if (yield from hear_words(talk, said)) else Again()


def show_appeal_confirm(talk: Talk[Appealing]) -> None:
    talk.say("appeal.confirm", number=talk.data.number, words=talk.data.words)


def send_appeal(talk: Talk[Appealing]) -> Generator[Ask, Data, End]:
    appealed = yield from change("AppealDispute", id=talk.data.id, words=talk.data.words)
    if not talk.refused(appealed):
        dispute = appealed["dispute"]
        talk.say("appeal.done", number=dispute["number"], due=day(talk.language, dispute["dueOn"]))
    return End()


def waits_for_photos() -> Generator[Ask, Data, bool]:
    """Whether a dispute waits for more from its citizen, so that a photo without a word is for that."""
    return bool((yield from _mine(_is_asked)))


def _mine(wanted: Callable[[Data], bool]) -> Found:
    """The disputes that are wanted, the newest first; None where the contact is not bound."""
    me = (yield Ask("Disputes"))["me"]
    return None if me is None else [e["node"] for e in me["disputes"]["edges"] if wanted(e["node"])]


def _concern(talk: Talk[Concerned], item: Data) -> None:
    talk.data.id = item["id"]
    talk.data.number = item["number"]
    talk.data.label = talk.local(item["subject"])
    if isinstance(talk.data, Supplying):
        choose_evidence(talk.data, item["id"])
        talk.data.question, talk.data.due = item["question"] or "", item["dueOn"]
        talk.data.already = len(item["evidence"])


def _status(talk: Talk[Remembered], item: Data) -> str:
    state = talk.words("state." + item["state"].lower())
    label = talk.local(item["subject"])
    on_record = item.get("topic", "RECORD") == "RECORD"
    head = talk.words("status.row_complaint", number=item["number"], label=label, state=state)
    if on_record:
        given = points(item["points"])
        head = talk.words("status.row", number=item["number"], label=label, points=given, state=state)
    if _is_open(item):
        key = "status.due" if on_record else "status.due_complaint"
        due = talk.words(key, due=day(talk.language, item["dueOn"]), left=max(0, item["workingDaysLeft"]))
        asked = talk.words("status.question", question=item["question"]) if item["question"] else ""
        late = talk.words("status.escalated") if item.get("escalated") else ""
        return "\n".join(part for part in (head, late, asked, due) if part)
    if item["state"] not in ("RESOLVED", "REJECTED"):
        return head
    outcome = talk.words("determination." + item["determination"].lower()) if item["determination"] else ""
    lapsed = talk.words("status.lapsed") if item["lapsed"] and on_record else ""
    why = talk.words("status.why", why=item["explanation"]) if item["explanation"] else ""
    return "\n".join(part for part in (head, outcome, lapsed, why) if part)


def _is_open(item: Data) -> bool:
    return item["state"] in ("SUBMITTED", "UNDER_REVIEW", "AWAITING_CITIZEN", "AWAITING_SOURCE", "PROPOSED")


def _is_asked(item: Data) -> bool:
    return bool(item["state"] == "AWAITING_CITIZEN")


def _can_be_appealed(item: Data) -> bool:
    return bool(item["canAppeal"])


status.step("list", show_status)
which(withdraw, _is_open, "confirm")
withdraw.step("confirm", show_withdraw, hear_withdraw, choices=TO_WITHDRAW)
which(supply, _is_asked, "words", photo_at("which"))
add_evidence(supply, show_supply, show_supply_confirm, send_supply, choices("send", "change", "cancel"))
which(appeal, _can_be_appealed, "words")
appeal.step("words", show_appeal, hear_appeal, free=True)
appeal.step("confirm", show_appeal_confirm, when_confirmed(send_appeal), choices=TO_FILE)
