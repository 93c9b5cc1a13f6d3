"""The dispute: reasons, states, and who may do what.

A dispute marks the record at once. A decision that leaves it standing can be appealed once, to
other people, for some days from the one on which it reached its citizen. Silence decides for the
citizen (promise 9); a change of the record takes two people, neither the subject (promise 14). The
deadlines are in `scoring.deadlines`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from scoring.deadlines import appeal_until


class DisputeReason(StrEnum):
    """What the citizen says is wrong; after the bureau codes of FCRA practice."""

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
    """How a dispute ends. `unverifiable` and a lapse count for the citizen."""

    CORRECTED = "corrected"
    DELETED = "deleted"
    UPHELD = "upheld"
    UNVERIFIABLE = "unverifiable"


class Finding(StrEnum):
    """What the reporting entity says when it is asked about a record."""

    CONFIRMED = "confirmed"
    WRONG = "wrong"
    REVOKED = "revoked"
    NOT_OURS = "not_ours"


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
OPEN_STATES = frozenset({DisputeState.SUBMITTED, *WITH_THE_DESK, DisputeState.PROPOSED})
CHANGES_RECORD = frozenset({Determination.CORRECTED, Determination.DELETED, Determination.UNVERIFIABLE})

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
    _Move(_S.RESOLVED, _A.APPEAL, _R.CITIZEN, _S.SUBMITTED),
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
    if action is DisputeAction.PROPOSE and determination is not None and determination not in CHANGES_RECORD:
        return DisputeState.RESOLVED
    return to


def can_appeal(
    state: DisputeState, determination: Determination | None, told_on: date | None, on: date, *, appealed: bool
) -> bool:
    """Whether a decision can be appealed: it left the record standing, was not one on an appeal, and is recent.

    `told_on` is the day on which it is known to have reached its citizen; until then the days do not run.
    """
    stands = state is DisputeState.REJECTED or (
        state is DisputeState.RESOLVED and determination is Determination.UPHELD
    )
    return stands and not appealed and (told_on is None or on <= appeal_until(told_on))
