"""From dispute documents to what the citizen and the desk see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from schema.types.connection import global_id
from schema.types.dispute import Case, Dispute, DisputeEvent, Evidence, Inquiry, Proposal
from schema.types.errors import LocalText
from schema.types.rule import Source
from scoring.calendar import working_days_between
from scoring.deadlines import appeal_until
from scoring.disputes import (
    CHANGES_RECORD,
    Determination,
    DisputeAction,
    DisputeReason,
    DisputeRole,
    DisputeState,
    Finding,
    can_appeal,
)
from scoring.scheme import Scheme
from server.disputes.model import DisputeContent, DisputeRow, EventRow

_DECIDED = (DisputeState.RESOLVED.value, DisputeState.REJECTED.value)


def told_on(document: DisputeRow) -> date | None:
    """The day on which the decision is known to have reached its citizen; None where it is not."""
    day = document.get("told_on")
    return None if day is None else date.fromisoformat(day)


def appealable(document: DisputeRow, today: date) -> bool:
    """Whether the citizen may have the decision looked at again."""
    if document["state"] not in _DECIDED or document["lapsed"] or document["ended_on"] is None:
        return False
    determination = document["determination"]
    return can_appeal(
        DisputeState(document["state"]),
        None if determination is None else Determination(determination),
        told_on(document),
        today,
        appealed=document["appealed"],
    )


def appeal_ends(document: DisputeRow, today: date) -> date | None:
    """The last day of an appeal; None where there is none, or while it does not run."""
    told = told_on(document)
    return appeal_until(told) if told is not None and appealable(document, today) else None


def dispute_view(
    scheme: Scheme,
    document: DisputeRow,
    content: DisputeContent | None,
    today: date,
    evidence: Sequence[Evidence] = (),
    letter: str | None = None,
) -> Dispute:
    """A dispute; `content` is its sealed part, or None after the person left."""
    texts = content["texts"] if content else {}
    rule = scheme.rules_by_code.get(document["rule"])
    due = date.fromisoformat(document["due_on"])
    determination = document["determination"]
    final = document["state"] in _DECIDED
    waits = document["state"] == DisputeState.AWAITING_CITIZEN.value
    return Dispute(
        id=global_id("Dispute", document["_id"]),
        key=document["_id"],
        record_key=document["record"],
        filed_at=document["filed_at"],
        number=document["number"],
        state=DisputeState(document["state"]),
        reason=DisputeReason(document["reason"]),
        words=content["words"] if content else None,
        filed_on=date.fromisoformat(document["filed_on"]),
        due_on=due,
        working_days_left=working_days_between(today, due),
        subject=LocalText.of(rule.label) if rule else LocalText.same(document["rule"]),
        source=Source.of(scheme, document["source"]),
        points=document["points"],
        determination=Determination(determination) if determination and final else None,
        explanation=texts.get(str(document["explanation_event"])) if final else None,
        lapsed=document["lapsed"],
        question=texts.get(str(document["question_event"])) if waits else None,
        can_appeal=appealable(document, today),
        appeal_until=appeal_ends(document, today),
        appealed=document["appealed"],
        extended=document["extended"],
        ended_on=None if document["ended_on"] is None else date.fromisoformat(document["ended_on"]),
        letter_url=letter,
        evidence=list(evidence),
        events=[_event(e, texts.get(str(n))) for n, e in enumerate(document["events"])],
    )


def _event(event: EventRow, text: str | None) -> DisputeEvent:
    """A step with what the citizen wrote or was told; what colleagues write to each other is theirs."""
    for_citizen = event["by"] == "citizen" or event["action"] in (DisputeAction.ASK.value, DisputeAction.EXTEND.value)
    return DisputeEvent(
        at=event["at"],
        action=DisputeAction(event["action"]),
        by=DisputeRole(event["by"]),
        text=text if for_citizen else None,
    )


def inquiry_view(document: DisputeRow, texts: Mapping[str, str]) -> Inquiry | None:
    """What the source was asked, and what it said."""
    inquiry = document["inquiry"]
    if inquiry is None:
        return None
    return Inquiry(
        question=texts.get(str(inquiry["question_event"])) or "",
        finding=None if inquiry["finding"] is None else Finding(inquiry["finding"]),
        answer=None if inquiry["answer_event"] is None else texts.get(str(inquiry["answer_event"])),
        by_telephone=inquiry["by_telephone"],
    )


def proposal_view(
    document: DisputeRow, content: DisputeContent | None, case: Case, *, can_approve: bool
) -> Proposal | None:
    """What waits for a second person, None where nothing does; its effect on the score is that of the case."""
    proposed, proposer, place = document["determination"], document["proposer"], document["explanation_event"]
    if document["state"] != DisputeState.PROPOSED.value or proposed is None or proposer is None or place is None:
        return None
    determination = Determination(proposed)
    changes_record = determination in CHANGES_RECORD
    after = case.score_without if changes_record else case.score_with
    return Proposal(
        determination=determination,
        explanation=(content["texts"] if content else {}).get(str(place), ""),
        proposed_by=proposer,
        proposed_at=document["events"][place]["at"],
        changes_record=changes_record,
        score_now=case.score_now,
        score_after=case.score_now if after is None else after,
        can_approve=can_approve,
    )


def with_texts(dispute: Dispute, content: DisputeContent | None) -> Dispute:
    """The desk also reads what colleagues wrote at each step."""
    texts = content["texts"] if content else {}
    for n, event in enumerate(dispute.events):
        event.text = texts.get(str(n))
    return dispute
