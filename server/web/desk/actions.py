"""The buttons of the case page: what each asks the API, what it needs, and what is shown again when it is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from schema.types.errors import Refused
from scoring.disputes import Determination, Finding
from server.platform.kit.json import JsonObject
from server.web.desk.visit import DeskRequest

_WORKING = ("UNDER_REVIEW", "AWAITING_CITIZEN", "AWAITING_SOURCE")
_REVISION = re.compile(r"[0-9]{1,9}")
_CHOICES = {
    "determination": ({d.name for d in Determination}, "请选择处理意见。"),
    "finding": ({f.name for f in Finding}, "请选择对方的答复。"),
}
_INCOMPLETE = "这一页的内容不完整，没有提交。请看过后再提交一次。"
_NOT_NOW = "现在没有办成，什么都没有改动。请过一会儿再提交一次。"
_NEWER = "这个案件刚刚有变化，下面已经是最新内容。请看过后再提交。"
PROSE = {
    "spokeWith": "与谁通话",
    "words": "要点",
    "text": "备注",
    "question": "问题",
    "explanation": "理由",
}
"""What people type, and what it is called where its form is gone."""


@dataclass(frozen=True, slots=True)
class Action:
    """What a button does: the operation, and the fields it takes besides the case."""

    operation: str
    fields: tuple[str, ...] = ()


ACTIONS = {
    "claim": Action("ClaimCase"),
    "release": Action("ReleaseCase"),
    "take-over": Action("TakeOverCase", ("revision", "explanation")),
    "note": Action("AddNote", ("text",)),
    "ask": Action("AskCitizen", ("revision", "question")),
    "ask-source": Action("AskSource", ("revision", "question")),
    "log-call": Action("LogSourceCall", ("revision", "spokeWith", "finding", "words")),
    "extend": Action("ExtendCase", ("revision", "explanation")),
    "reject": Action("RejectCase", ("revision", "explanation")),
    "decide": Action("DecideCase", ("revision", "determination", "explanation")),
    "approve": Action("ApproveCase", ("revision", "determination")),
    "return": Action("ReturnCase", ("revision", "explanation")),
}


@dataclass(frozen=True, slots=True)
class NotDone:
    """A form that was not carried out: why, and what was typed into it, so that nothing has to be typed again."""

    action: str
    sentence: str
    status: int
    typed: Mapping[str, str] = field(default_factory=dict)

    def value(self, action: str, name: str) -> str:
        """What was typed into a field of an action's form; empty for other forms."""
        return self.typed.get(name, "") if action == self.action else ""

    def prose(self) -> list[tuple[str, str]]:
        """What was typed in words, each with its label."""
        return [(label, self.typed[name]) for name, label in PROSE.items() if self.typed.get(name, "").strip()]


def offered(case: JsonObject) -> set[str]:
    """The actions whose forms the page of a case shows to its reader."""
    state = case["dispute"]["state"]
    found = set[str]()
    if case["citizenName"] is not None:
        found.add("note")
    if state == "SUBMITTED":
        found.add("claim")
    if state in _WORKING:
        found |= _of_holder(case, state) if case["heldByMe"] else {"take-over"}
    if case["proposal"] is not None and case["proposal"]["canApprove"]:
        found |= {"approve", "return"}
    return found


def _of_holder(case: JsonObject, state: str) -> set[str]:
    found = {"decide"}
    if case["canExtend"]:
        found.add("extend")
    if state == "AWAITING_SOURCE":
        found.add("log-call")
    if state == "UNDER_REVIEW":
        found |= {"ask", "ask-source", "reject", "release"}
    return found


async def carry_out(visit: DeskRequest, case_id: str, name: str, fields: Mapping[str, str]) -> NotDone | None:
    """Do what a button says; None where it is done. `name` is one of `ACTIONS`."""
    action = ACTIONS[name]
    typed = {n: fields[n] for n in action.fields if n in fields and n != "revision"}
    complaint = _complaint(action, fields)
    if complaint is not None:
        return NotDone(name, complaint, 400, typed)
    try:
        (result,) = (await visit.ask(action.operation, **_variables(action, case_id, fields))).values()
    except Refused:
        return NotDone(name, _NOT_NOW, 409, typed)
    if "message" not in result:
        return None
    sentence = _NEWER if result["refusalCode"] == "CONFLICT" else result["message"]["zh"]
    return NotDone(name, sentence, 409, typed)


def _complaint(action: Action, fields: Mapping[str, str]) -> str | None:
    """What is wrong with a form before the API sees it; what is wrong with words, the API says."""
    for name in action.fields:
        value = fields.get(name, "")
        if name == "revision" and not _REVISION.fullmatch(value):
            return _INCOMPLETE
        if name in _CHOICES and value not in _CHOICES[name][0]:
            return _CHOICES[name][1]
        if name == "spokeWith" and not value.strip():
            return "请填写与谁通话。"
    return None


def _variables(action: Action, case_id: str, fields: Mapping[str, str]) -> JsonObject:
    values = {name: int(fields[name]) if name == "revision" else fields.get(name, "") for name in action.fields}
    values["id"] = case_id
    return {"input": values}
