"""From dispute documents to what the citizen and the desk see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from bot.phrases import phrase
from schema.types.connection import global_id
from schema.types.dispute import (
    Case,
    CaseReturn,
    Dispute,
    DisputeEvent,
    FirstAnswer,
    Inquiry,
    Proposal,
    RelatedCase,
)
from schema.types.errors import LocalText
from schema.types.evidence import Evidence
from schema.types.rule import Source
from scoring.calendar import working_days_between
from scoring.deadlines import appeal_until
from scoring.disputes import (
    CHANGES_RECORD,
    OF_HOLDING,
    Determination,
    DisputeAction,
    DisputeReason,
    DisputeRole,
    DisputeState,
    DisputeTopic,
    Finding,
    can_appeal,
    chosen_reason,
    refinement_of,
)
from scoring.scheme import Scheme
from server.disputes.model import DisputeContent, DisputeRow, EventRow, SubjectRow
from server.disputes.steps import topic_of

_RETURNS = frozenset(way.value for way in CaseReturn)
_DECIDED = (DisputeState.RESOLVED.value, DisputeState.REJECTED.value)


class Addresses(NamedTuple):
    """Where its citizen can read the letters about a dispute, for a while; None where there is no such letter."""

    answer: str | None
    receipt: str
    first: str | None


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
    letters: Addresses | None = None,
) -> Dispute:
    """A dispute; `content` is its sealed part, or None after the person left."""
    texts = content["texts"] if content else {}
    subject = subject_of(document)
    day = subject.get("day")
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
        topic=topic_of(document),
        state=DisputeState(document["state"]),
        reason=reason_of(document),
        refined_reason=_refined(document),
        concerns_on=None if day is None else date.fromisoformat(day),
        rating=subject.get("rating"),
        words=content["words"] if content else None,
        filed_on=date.fromisoformat(document["filed_on"]),
        due_on=due,
        working_days_left=working_days_between(today, due),
        subject=subject_text(scheme, document),
        source=source_of(scheme, document),
        points=document["points"],
        determination=Determination(determination) if determination and final else None,
        explanation=texts.get(str(document["explanation_event"])) if final else None,
        lapsed=document["lapsed"],
        question=texts.get(str(document["question_event"])) if waits else None,
        can_appeal=appealable(document, today),
        appeal_until=appeal_ends(document, today),
        appealed=document["appealed"],
        extended=document["extended"],
        escalated=document.get("escalated", False),
        ended_on=None if document["ended_on"] is None else date.fromisoformat(document["ended_on"]),
        letter_url=letters.answer if letters else None,
        receipt_url=letters.receipt if letters else None,
        first_answer=_first_answer(document, texts, letters),
        evidence=list(evidence),
        events=[_event(e, texts.get(str(n))) for n, e in enumerate(document["events"])],
    )


def _first_answer(document: DisputeRow, texts: Mapping[str, str], letters: Addresses | None) -> FirstAnswer | None:
    """The answer that was appealed: its citizen goes on to read it."""
    first = document.get("first")
    if first is None:
        return None
    return FirstAnswer(
        determination=None if first["determination"] is None else Determination(first["determination"]),
        explanation=texts.get(str(first["explanation_event"])),
        decided_on=date.fromisoformat(first["ended_on"]),
        letter_url=letters.first if letters else None,
    )


def subject_of(document: DisputeRow) -> SubjectRow:
    """What a dispute is about."""
    return document.get("subject") or {"kind": DisputeTopic.RECORD.value}


def subject_text(scheme: Scheme, document: DisputeRow) -> LocalText:
    """What a dispute is about, in words: the rule of a record, or what a complaint is about."""
    subject, code = subject_of(document), document["rule"]
    rule = None if code is None else scheme.rules_by_code.get(code)
    named = LocalText.of(rule.label) if rule else LocalText.same(code or "")
    topic = DisputeTopic(subject["kind"])
    if topic is DisputeTopic.RECORD:
        return named
    named = _named(scheme, subject) or named
    zh, en = (phrase(language, f"topic.{topic.value}") for language in ("zh", "en"))
    return LocalText(zh=f"{zh}：{named.zh}", en=f"{en}: {named.en}") if named.zh else LocalText(zh=zh, en=en)


def _named(scheme: Scheme, subject: SubjectRow) -> LocalText | None:
    """What of its topic a complaint is about: the benefit and where, the data, or the rated case."""
    benefit = scheme.benefits_by_code.get(subject.get("benefit", ""))
    if benefit is not None:
        where = subject.get("partner")
        label = LocalText.of(benefit.label)
        return label if where is None else LocalText(zh=f"{label.zh}（{where}）", en=f"{label.en} ({where})")
    if "aspect" in subject:
        key = f"aspect.{subject['aspect']}"
        return LocalText(zh=phrase("zh", key), en=phrase("en", key))
    return LocalText.same(subject["number"]) if "number" in subject else None


def source_of(scheme: Scheme, document: DisputeRow) -> Source:
    """Who reported a record or should have; the office itself where a complaint is about no source."""
    code = document["source"]
    if code is None:
        return Source(code="office", label=LocalText.of(scheme.city.office.name))
    return Source.of(scheme, code)


def reason_of(document: DisputeRow) -> DisputeReason:
    """Which of the five it is; a complaint has its words for that."""
    return chosen_reason(DisputeReason(document["reason"])) if document["reason"] else DisputeReason.OTHER


def _refined(document: DisputeRow) -> DisputeReason | None:
    refined = document.get("refined") or document["reason"]
    return refinement_of(DisputeReason(refined)) if refined else None


def _event(event: EventRow, text: str | None) -> DisputeEvent:
    """A step with what the citizen wrote or was told; what colleagues write to each other is theirs."""
    for_citizen = event["by"] == "citizen" or event["action"] in (DisputeAction.ASK.value, DisputeAction.EXTEND.value)
    return DisputeEvent(
        at=event["at"],
        action=DisputeAction(event["action"]),
        by=DisputeRole(event["by"]),
        text=text if for_citizen else None,
    )


def came_back(document: DisputeRow) -> CaseReturn | None:
    """Why a case is with its holder again: what happened last, apart from who holds it and how long."""
    if document["state"] != DisputeState.UNDER_REVIEW.value:
        return None
    last = next((event for event in reversed(document["events"]) if event["action"] not in OF_HOLDING), None)
    if last is None or last["action"] not in _RETURNS:
        return None
    by_telephone = last["action"] == DisputeAction.ANSWER.value and last["by"] != DisputeRole.SOURCE.value
    return None if by_telephone else CaseReturn(last["action"])


def related_view(scheme: Scheme, document: DisputeRow) -> RelatedCase:
    """Another case, in a line."""
    state, determination = DisputeState(document["state"]), document["determination"]
    final = document["state"] in _DECIDED
    return RelatedCase(
        id=global_id("Case", document["_id"]),
        number=document["number"],
        topic=topic_of(document),
        subject=subject_text(scheme, document),
        state=state,
        determination=Determination(determination) if determination and final else None,
        filed_on=date.fromisoformat(document["filed_on"]),
        due_on=date.fromisoformat(document["due_on"]),
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
        also_ends=[],
    )


def with_texts(dispute: Dispute, content: DisputeContent | None) -> Dispute:
    """The desk also reads what colleagues wrote at each step."""
    texts = content["texts"] if content else {}
    for n, event in enumerate(dispute.events):
        event.text = texts.get(str(n))
    return dispute
