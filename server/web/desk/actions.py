"""The buttons of the case page: what each asks the API, what it needs, and what is shown again when it is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from schema.types.errors import Refused
from scoring.dated import Text
from scoring.disputes import Determination, DisputeReason, Finding
from server.platform.kit.json import JsonObject
from server.web.desk.visit import DeskRequest

_WORKING = ("UNDER_REVIEW", "AWAITING_CITIZEN", "AWAITING_SOURCE")
_REVISION = re.compile(r"[0-9]{1,9}")
_CHOICES = {
    "determination": (
        {d.name for d in Determination},
        Text(zh="请选择处理意见。", en="Choose an outcome."),
    ),
    "finding": (
        {f.name for f in Finding},
        Text(zh="请选择对方的答复。", en="Choose what the source answered."),
    ),
    "reason": (
        {reason.name for reason in DisputeReason},
        Text(zh="请选择原因。", en="Choose a reason."),
    ),
}
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
_WHO = Text(zh="请填写与谁通话。", en="Say whom you spoke with.")


@dataclass(frozen=True, slots=True)
class Action:
    """What a button does: the operation, and the fields it takes besides the case."""

    operation: str
    fields: tuple[str, ...] = ()


ACTIONS = {
    "claim": Action("ClaimCase"),
    "release": Action("ReleaseCase"),
    "take-over": Action("TakeOverCase", ("revision", "explanation")),
    "refine": Action("RefineReason", ("revision", "reason")),
    "note": Action("AddNote", ("text",)),
    "ask": Action("AskCitizen", ("revision", "question")),
    "ask-source": Action("AskSource", ("revision", "question")),
    "log-call": Action("LogSourceCall", ("revision", "spokeWith", "finding", "words")),
    "extend": Action("ExtendCase", ("revision", "explanation")),
    "reject": Action("RejectCase", ("revision", "explanation")),
    "decide": Action("DecideCase", ("revision", "determination", "explanation")),
    "approve": Action("ApproveCase", ("revision", "determination")),
    "return": Action("ReturnCase", ("revision", "explanation")),
    "retract": Action("RetractProposal", ("revision",)),
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


async def carry_out(visit: DeskRequest, case_id: str, name: str, fields: Mapping[str, str]) -> Done:
    """Do what a button says. `name` is one of `ACTIONS`."""
    action = ACTIONS[name]
    complaint = _complaint(action, fields)
    if complaint is not None:
        return Done(refusal=complaint)
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
    return {field: fields[field] for field in ACTIONS[name].fields if field in fields and field != "revision"}


def _complaint(action: Action, fields: Mapping[str, str]) -> Text | None:
    """What is wrong with a form before the API sees it; what is wrong with words, the API says."""
    for name in action.fields:
        value = fields.get(name, "")
        if name == "revision" and not _REVISION.fullmatch(value):
            return _INCOMPLETE
        if name in _CHOICES and value not in _CHOICES[name][0]:
            return _CHOICES[name][1]
        if name == "spokeWith" and not value.strip():
            return _WHO
    return None


def _variables(action: Action, case_id: str, fields: Mapping[str, str]) -> JsonObject:
    values = {name: int(fields[name]) if name == "revision" else fields.get(name, "") for name in action.fields}
    values["id"] = case_id
    return {"input": values}
