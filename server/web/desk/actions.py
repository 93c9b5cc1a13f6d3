"""The buttons of the case page: what each asks the API, what it needs, and what is shown again when it is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from schema.types.errors import Refused
from scoring.dated import Text
from scoring.disputes import Determination, DisputeReason, Finding
from server.disputes.documents import checked_words, staff_words
from server.platform.kit.json import JsonObject
from server.web.desk.visit import DeskRequest
from server.web.needs import Check, given, in_words, one_of, wrong_in

_WORKING = ("UNDER_REVIEW", "AWAITING_CITIZEN", "AWAITING_SOURCE")
_REVISION = re.compile(r"[0-9]{1,9}")
_INCOMPLETE = Text(
    zh="这一页的内容不完整，没有提交。请看过后再提交一次。",
    en="This page was not complete and was not sent. Please check it and send it again.",
)
_NOT_NOW = Text(
    zh="现在没有办成，什么都没有改动。请过一会儿再提交一次。",
    en="This could not be done just now; nothing has changed. Please send it again in a while.",
)
_NEWER = Text(
    zh="这个案件刚刚有变化，下面已经是最新内容。请看过后再提交。",
    en="This case has just changed; below is the latest. Please check it and send it again.",
)
_TAKEN = Text(
    zh="同事刚刚接手了这件，您的内容没有提交，在下面可以复制。",
    en="A colleague has just taken this case. What you wrote was not sent; you can copy it below.",
)
_EXPLAINED: dict[str, Check] = {"explanation": in_words(staff_words, "desk.needed.explanation")}
_BETWEEN_COLLEAGUES: dict[str, Check] = {"explanation": in_words(checked_words, "desk.needed.explanation")}
_ASKED: dict[str, Check] = {"question": in_words(staff_words, "desk.needed.question")}
_CALL: dict[str, Check] = {
    "spokeWith": given("desk.needed.spoke_with"),
    "finding": one_of({one.name for one in Finding}, "desk.needed.finding"),
    "words": in_words(staff_words, "desk.needed.words"),
}
_REASON = one_of({one.name for one in DisputeReason}, "desk.needed.reason")
_OUTCOME = one_of({one.name for one in Determination}, "desk.needed.determination")


@dataclass(frozen=True, slots=True)
class Action:
    """What a button does: the operation, what its form needs, and the ids of fields that are not their names."""

    operation: str
    needs: Mapping[str, Check] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    revised: bool = True
    """Whether the form says which revision of the case it was about."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it takes besides the case."""
        return (*(("revision",) if self.revised else ()), *self.needs)


ACTIONS = {
    "claim": Action("ClaimCase", revised=False),
    "release": Action("ReleaseCase", revised=False),
    "take-over": Action("TakeOverCase", _EXPLAINED, {"explanation": "take-over"}),
    "refine": Action("RefineReason", {"reason": _REASON}, {"reason": "refined"}),
    "note": Action("AddNote", {"text": in_words(checked_words, "desk.needed.text")}, {"text": "note"}, revised=False),
    "ask": Action("AskCitizen", _ASKED),
    "ask-source": Action("AskSource", _ASKED, {"question": "source-question"}),
    "log-call": Action("LogSourceCall", _CALL, {"spokeWith": "spoke", "words": "call"}),
    "extend": Action("ExtendCase", _EXPLAINED, {"explanation": "reason"}),
    "reject": Action("RejectCase", _EXPLAINED, {"explanation": "reject"}),
    "decide": Action("DecideCase", {"determination": _OUTCOME, **_EXPLAINED}),
    "approve": Action("ApproveCase", {"determination": _OUTCOME}, {"determination": "form-approve"}),
    "return": Action("ReturnCase", _BETWEEN_COLLEAGUES, {"explanation": "return"}),
    "retract": Action("RetractProposal"),
}


def offered(case: JsonObject) -> set[str]:
    """The actions whose forms the page of a case shows to its reader."""
    state = case["dispute"]["state"]
    found = set[str]()
    if case["citizenName"] is not None:
        found.add("note")
    if state == "SUBMITTED" or (state in _WORKING and case["holder"] is None):
        found.add("claim")
    elif state in _WORKING:
        found |= _of_holder(case, state) if case["heldByMe"] else {"take-over"}
    if case["proposal"] is not None and case["proposal"]["canApprove"]:
        found |= {"approve", "return"}
    if state == "PROPOSED" and case["heldByMe"]:
        found.add("retract")
    return found


def _of_holder(case: JsonObject, state: str) -> set[str]:
    found = {"decide"}
    if case["dispute"]["topic"] == "RECORD":
        found.add("refine")
    if case["canExtend"]:
        found.add("extend")
    if state == "AWAITING_SOURCE":
        found.add("log-call")
    if state == "UNDER_REVIEW":
        found |= {"ask", "reject", "release"} | ({"ask-source"} if case["findings"] else set())
    return found


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a form: the case's number where it was done, else why not."""

    number: str = ""
    refusal: Text | None = None
    errors: Mapping[str, Text] = field(default_factory=dict)
    """What is wrong with its fields, by their ids."""

    @property
    def is_done(self) -> bool:
        """Whether it was done."""
        return self.refusal is None and not self.errors


async def carry_out(visit: DeskRequest, case_id: str, name: str, fields: Mapping[str, str]) -> Done:
    """Do what a button says. `name` is one of `ACTIONS`."""
    action = ACTIONS[name]
    if action.revised and not _REVISION.fullmatch(fields.get("revision", "")):
        return Done(refusal=_INCOMPLETE)
    errors = wrong_in(fields, action.needs, action.places)
    if errors:
        return Done(errors=errors)
    try:
        (result,) = (await visit.ask(action.operation, **_variables(action, case_id, fields))).values()
    except Refused:
        return Done(refusal=_NOT_NOW)
    if "message" not in result:
        return Done(number=result["case"]["dispute"]["number"])
    if result["refusalCode"] == "CONFLICT":
        return Done(refusal=_NEWER)
    if result["refusalCode"] == "CASE_TAKEN" and name != "claim":
        return Done(refusal=_TAKEN)
    return Done(refusal=Text(**result["message"]))


def typed(name: str, fields: Mapping[str, str]) -> dict[str, str]:
    """What was typed into the form of an action, to be shown again."""
    return {taken: fields[taken] for taken in ACTIONS[name].needs if taken in fields}


def _variables(action: Action, case_id: str, fields: Mapping[str, str]) -> JsonObject:
    values = {name: int(fields[name]) if name == "revision" else fields.get(name, "") for name in action.fields}
    values["id"] = case_id
    return {"input": values}
