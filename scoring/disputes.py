"""The dispute: topics, reasons, states, and who may do what.

A dispute about a record marks the record at once. A decision that leaves it standing can be appealed once, to
other people, for some days from the one on which it reached its citizen. Silence decides for the citizen (promise 9);
a change of the record takes two people, neither the subject (promise 14). The deadlines are in `scoring.deadlines`.

A dispute about anything else is a complaint: the same states, deadlines and appeal. Where nothing can be decided by
silence, a complaint that was not answered in time goes to a supervisor, once; after that it ends as unanswered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from scoring.deadlines import appeal_until


class DisputeTopic(StrEnum):
    """What a dispute is about."""

    RECORD = "record"
    MISSING_RECORD = "missing_record"
    DATA = "data"
    COMPUTATION = "computation"
    REFUSED_BENEFIT = "refused_benefit"
    SIGN_IN = "sign_in"
    SERVICE = "service"


class DataAspect(StrEnum):
    """Which of a citizen's data is wrong. Where one lives has an objection of its own (`server.enrolment`)."""

    NAME = "name"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    OTHER = "other"


class DisputeReason(StrEnum):
    """What is wrong with a record. Citizens choose one of `REASONS`; the others are refinements by staff."""

    NOT_MINE = "not_mine"
    WRONG_FACTS = "wrong_facts"
    ALREADY_FULFILLED = "already_fulfilled"
    DUPLICATE = "duplicate"
    EXPIRED = "expired"
    WRONG_DATE_OR_POINTS = "wrong_date_or_points"
    OTHER = "other"
    WRONG_RECORD_TYPE = "wrong_record_type"
    SOURCE_REVOKED = "source_revoked"
    IDENTITY_THEFT = "identity_theft"
    DUPLICATE_OR_EXPIRED = "duplicate_or_expired"


REASONS: Mapping[DisputeReason, tuple[DisputeReason, ...]] = {
    DisputeReason.NOT_MINE: (DisputeReason.IDENTITY_THEFT,),
    DisputeReason.WRONG_FACTS: (DisputeReason.WRONG_DATE_OR_POINTS, DisputeReason.WRONG_RECORD_TYPE),
    DisputeReason.ALREADY_FULFILLED: (),
    DisputeReason.DUPLICATE_OR_EXPIRED: (
        DisputeReason.DUPLICATE,
        DisputeReason.EXPIRED,
        DisputeReason.SOURCE_REVOKED,
    ),
    DisputeReason.OTHER: (),
}
"""The five reasons that citizens choose from, each with what staff refine it to; the order is the one of the lists."""
REFINEMENTS: tuple[DisputeReason, ...] = tuple(reason for finer in REASONS.values() for reason in finer)


def chosen_reason(reason: DisputeReason) -> DisputeReason:
    """Which of the five a reason belongs to."""
    return next((chosen for chosen, finer in REASONS.items() if reason in finer), reason)


def refinement_of(reason: DisputeReason) -> DisputeReason | None:
    """A reason that is finer than the five; None for one of the five."""
    return None if reason in REASONS else reason


class DisputeState(StrEnum):
    """Where a dispute stands."""

    SUBMITTED = "submitted"
    UNDER_REVIEW = "under_review"
    AWAITING_CITIZEN = "awaiting_citizen"
    AWAITING_SOURCE = "awaiting_source"
    PROPOSED = "proposed"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


class Determination(StrEnum):
    """How a dispute ends. For a record `unverifiable` and a lapse count for the citizen."""

    CORRECTED = "corrected"
    DELETED = "deleted"
    UPHELD = "upheld"
    UNVERIFIABLE = "unverifiable"
    TO_BE_DELIVERED = "to_be_delivered"
    DELIVERED = "delivered"
    NOT_FOUND = "not_found"
    REMEDIED = "remedied"
    NO_ERROR_FOUND = "no_error_found"
    ANSWERED = "answered"
    ACKNOWLEDGED = "acknowledged"
    UNANSWERED = "unanswered"


class Finding(StrEnum):
    """What the reporting entity says when it is asked about a record."""

    CONFIRMED = "confirmed"
    WRONG = "wrong"
    REVOKED = "revoked"
    NOT_OURS = "not_ours"
    WILL_DELIVER = "will_deliver"
    NEVER_REPORTED = "never_reported"


class DisputeAction(StrEnum):
    """What can be done to a dispute. FILE begins it, and LEAVE is what its citizen's leaving does to it."""

    FILE = "file"
    LEAVE = "leave"
    CLAIM = "claim"
    RELEASE = "release"
    PROPOSE = "propose"
    APPROVE = "approve"
    RETURN = "return"
    ASK = "ask"
    SUPPLY = "supply"
    ASK_SOURCE = "ask_source"
    ANSWER = "answer"
    EXTEND = "extend"
    TAKE_OVER = "take_over"
    REJECT = "reject"
    APPEAL = "appeal"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"
    SETTLE = "settle"
    REFINE = "refine"
    ESCALATE = "escalate"
    ACKNOWLEDGE = "acknowledge"
    RETRACT = "retract"


class DisputeRole(StrEnum):
    """Who acts: the citizen, the reporting entity, the holder of the case, another desk person, or time."""

    CITIZEN = "citizen"
    SOURCE = "source"
    AGENT = "agent"
    HOLDER = "holder"
    APPROVER = "approver"
    CLOCK = "clock"


WITH_THE_DESK = (DisputeState.UNDER_REVIEW, DisputeState.AWAITING_CITIZEN, DisputeState.AWAITING_SOURCE)
"""Someone holds the case and works on it, or waits for an answer."""
OF_HOLDING = (
    DisputeAction.CLAIM,
    DisputeAction.RELEASE,
    DisputeAction.TAKE_OVER,
    DisputeAction.EXTEND,
    DisputeAction.REFINE,
)
"""What changes nothing but who holds a case, how long and under which reason."""
OPEN_STATES = frozenset({DisputeState.SUBMITTED, *WITH_THE_DESK, DisputeState.PROPOSED})
CHANGES_RECORD = frozenset({Determination.CORRECTED, Determination.DELETED, Determination.UNVERIFIABLE})
TAKES_TWO = CHANGES_RECORD | {Determination.REMEDIED}
"""What a second person approves: a change of the record, of data, or of how something was computed."""
STANDS = frozenset(
    {Determination.UPHELD, Determination.NOT_FOUND, Determination.NO_ERROR_FOUND, Determination.ANSWERED}
)
"""What left things as they were, so that it can be appealed."""
_PUT_RIGHT = (Determination.REMEDIED, Determination.NO_ERROR_FOUND)
OUTCOMES: Mapping[DisputeTopic, tuple[Determination, ...]] = {
    DisputeTopic.RECORD: (
        Determination.CORRECTED,
        Determination.DELETED,
        Determination.UPHELD,
        Determination.UNVERIFIABLE,
    ),
    DisputeTopic.MISSING_RECORD: (Determination.TO_BE_DELIVERED, Determination.DELIVERED, Determination.NOT_FOUND),
    DisputeTopic.DATA: _PUT_RIGHT,
    DisputeTopic.COMPUTATION: _PUT_RIGHT,
    DisputeTopic.REFUSED_BENEFIT: _PUT_RIGHT,
    DisputeTopic.SIGN_IN: _PUT_RIGHT,
    DisputeTopic.SERVICE: (Determination.ANSWERED,),
}
"""What a person at the desk can decide, by topic; that a record was delivered, only where one may be it."""
FINDINGS: Mapping[DisputeTopic, tuple[Finding, ...]] = {
    DisputeTopic.RECORD: (Finding.CONFIRMED, Finding.WRONG, Finding.REVOKED, Finding.NOT_OURS),
    DisputeTopic.MISSING_RECORD: (Finding.WILL_DELIVER, Finding.NEVER_REPORTED, Finding.NOT_OURS),
}
"""What a reporting entity can answer, by topic; about any other it is not asked."""

RATING_MIN, RATING_MAX = 1, 5
RATING_LOW = 2
"""A rating up to this one gets an answer, from a person who did not handle the case."""
MOST_OPEN_OF_TOPIC = 3
"""So many complaints of one topic a citizen may have open."""

PHOTOS_MAX = 10
"""Photos and pages with a dispute: a scanned letter of ten pages goes in whole."""
WORDS_MIN, WORDS_MAX = 2, 500
"""A statement in one's own words, in characters."""


class IllegalTransitionError(ValueError):
    """That action is not possible for this role in this state."""


@dataclass(frozen=True, slots=True)
class _Move:
    state: DisputeState
    action: DisputeAction
    role: DisputeRole
    to: DisputeState


_S, _A, _R = DisputeState, DisputeAction, DisputeRole
MOVES: tuple[_Move, ...] = (
    _Move(_S.SUBMITTED, _A.CLAIM, _R.AGENT, _S.UNDER_REVIEW),
    _Move(_S.UNDER_REVIEW, _A.RELEASE, _R.HOLDER, _S.SUBMITTED),
    _Move(_S.UNDER_REVIEW, _A.PROPOSE, _R.HOLDER, _S.PROPOSED),
    _Move(_S.UNDER_REVIEW, _A.ASK, _R.HOLDER, _S.AWAITING_CITIZEN),
    _Move(_S.AWAITING_CITIZEN, _A.SUPPLY, _R.CITIZEN, _S.UNDER_REVIEW),
    _Move(_S.AWAITING_CITIZEN, _A.PROPOSE, _R.HOLDER, _S.PROPOSED),
    _Move(_S.UNDER_REVIEW, _A.ASK_SOURCE, _R.HOLDER, _S.AWAITING_SOURCE),
    _Move(_S.AWAITING_SOURCE, _A.ANSWER, _R.SOURCE, _S.UNDER_REVIEW),
    _Move(_S.AWAITING_SOURCE, _A.ANSWER, _R.HOLDER, _S.UNDER_REVIEW),  # by telephone, logged
    _Move(_S.AWAITING_SOURCE, _A.PROPOSE, _R.HOLDER, _S.PROPOSED),
    _Move(_S.UNDER_REVIEW, _A.REJECT, _R.HOLDER, _S.REJECTED),
    _Move(_S.REJECTED, _A.APPEAL, _R.CITIZEN, _S.SUBMITTED),
    *(_Move(s, _A.EXTEND, _R.HOLDER, s) for s in WITH_THE_DESK),
    *(_Move(s, _A.TAKE_OVER, _R.AGENT, s) for s in WITH_THE_DESK),
    _Move(_S.PROPOSED, _A.APPROVE, _R.APPROVER, _S.RESOLVED),
    _Move(_S.PROPOSED, _A.RETURN, _R.APPROVER, _S.UNDER_REVIEW),
    _Move(_S.PROPOSED, _A.RETRACT, _R.HOLDER, _S.UNDER_REVIEW),
    _Move(_S.RESOLVED, _A.APPEAL, _R.CITIZEN, _S.SUBMITTED),
    _Move(_S.SUBMITTED, _A.ASK_SOURCE, _R.CLOCK, _S.AWAITING_SOURCE),  # about a missing record, at once
    _Move(_S.AWAITING_SOURCE, _A.CLAIM, _R.AGENT, _S.AWAITING_SOURCE),
    _Move(_S.UNDER_REVIEW, _A.CLAIM, _R.AGENT, _S.UNDER_REVIEW),  # its source answered before anybody held it
    _Move(_S.SUBMITTED, _A.ACKNOWLEDGE, _R.CLOCK, _S.RESOLVED),  # a good rating
    *(_Move(s, _A.REFINE, _R.HOLDER, s) for s in WITH_THE_DESK),
    *(_Move(s, _A.ESCALATE, _R.CLOCK, _S.SUBMITTED) for s in sorted(OPEN_STATES)),
    *(_Move(s, _A.WITHDRAW, _R.CITIZEN, _S.WITHDRAWN) for s in sorted(OPEN_STATES)),
    *(_Move(s, _A.LAPSE, _R.CLOCK, _S.RESOLVED) for s in sorted(OPEN_STATES)),
    *(_Move(s, _A.SETTLE, _R.SOURCE, _S.RESOLVED) for s in sorted(OPEN_STATES)),  # it took its record back
)
_TABLE = {(m.state, m.action, m.role): m.to for m in MOVES}


def move(
    state: DisputeState,
    action: DisputeAction,
    role: DisputeRole,
    determination: Determination | None = None,
) -> DisputeState:
    """The state after an action. A proposal that leaves the record as it is needs no second person.

    Raises:
        IllegalTransitionError: not possible here; the caller refuses and nothing changes.
    """
    to = _TABLE.get((state, action, role))
    if to is None:
        raise IllegalTransitionError(f"{role} cannot {action} a dispute that is {state}")
    if action is DisputeAction.PROPOSE and determination is not None and determination not in TAKES_TWO:
        return DisputeState.RESOLVED
    return to


def stands(state: DisputeState, determination: Determination | None) -> bool:
    """Whether a dispute ended with things as they were."""
    return state is DisputeState.REJECTED or (state is DisputeState.RESOLVED and determination in STANDS)


def can_appeal(
    state: DisputeState, determination: Determination | None, told_on: date | None, on: date, *, appealed: bool
) -> bool:
    """Whether a decision can be appealed: it left things as they were, was not one on an appeal, and is recent.

    `told_on` is the day on which it is known to have reached its citizen; until then the days do not run.
    """
    return stands(state, determination) and not appealed and (told_on is None or on <= appeal_until(told_on))
