"""The dispute: every state, action and role, and the deadlines."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from scoring.disputes import (
    OPEN_STATES,
    OUTCOMES,
    REASONS,
    REFINEMENTS,
    STANDS,
    TAKES_TWO,
    WITH_THE_DESK,
    Determination,
    DisputeAction,
    DisputeReason,
    DisputeRole,
    DisputeState,
    DisputeTopic,
    IllegalTransitionError,
    can_appeal,
    chosen_reason,
    move,
    refinement_of,
)

S, A, R = DisputeState, DisputeAction, DisputeRole
ALLOWED = {
    (S.SUBMITTED, A.CLAIM, R.AGENT): S.UNDER_REVIEW,
    (S.SUBMITTED, A.WITHDRAW, R.CITIZEN): S.WITHDRAWN,
    (S.SUBMITTED, A.LAPSE, R.CLOCK): S.RESOLVED,
    (S.UNDER_REVIEW, A.RELEASE, R.HOLDER): S.SUBMITTED,
    (S.UNDER_REVIEW, A.PROPOSE, R.HOLDER): S.PROPOSED,
    (S.UNDER_REVIEW, A.WITHDRAW, R.CITIZEN): S.WITHDRAWN,
    (S.UNDER_REVIEW, A.LAPSE, R.CLOCK): S.RESOLVED,
    (S.UNDER_REVIEW, A.ASK, R.HOLDER): S.AWAITING_CITIZEN,
    (S.AWAITING_CITIZEN, A.SUPPLY, R.CITIZEN): S.UNDER_REVIEW,
    (S.AWAITING_CITIZEN, A.PROPOSE, R.HOLDER): S.PROPOSED,
    (S.AWAITING_CITIZEN, A.WITHDRAW, R.CITIZEN): S.WITHDRAWN,
    (S.AWAITING_CITIZEN, A.LAPSE, R.CLOCK): S.RESOLVED,
    (S.RESOLVED, A.APPEAL, R.CITIZEN): S.SUBMITTED,
    (S.REJECTED, A.APPEAL, R.CITIZEN): S.SUBMITTED,
    (S.UNDER_REVIEW, A.REJECT, R.HOLDER): S.REJECTED,
    (S.UNDER_REVIEW, A.ASK_SOURCE, R.HOLDER): S.AWAITING_SOURCE,
    (S.UNDER_REVIEW, A.EXTEND, R.HOLDER): S.UNDER_REVIEW,
    (S.UNDER_REVIEW, A.TAKE_OVER, R.AGENT): S.UNDER_REVIEW,
    (S.AWAITING_CITIZEN, A.EXTEND, R.HOLDER): S.AWAITING_CITIZEN,
    (S.AWAITING_CITIZEN, A.TAKE_OVER, R.AGENT): S.AWAITING_CITIZEN,
    (S.AWAITING_SOURCE, A.ANSWER, R.SOURCE): S.UNDER_REVIEW,
    (S.AWAITING_SOURCE, A.ANSWER, R.HOLDER): S.UNDER_REVIEW,
    (S.AWAITING_SOURCE, A.PROPOSE, R.HOLDER): S.PROPOSED,
    (S.AWAITING_SOURCE, A.EXTEND, R.HOLDER): S.AWAITING_SOURCE,
    (S.AWAITING_SOURCE, A.TAKE_OVER, R.AGENT): S.AWAITING_SOURCE,
    (S.AWAITING_SOURCE, A.WITHDRAW, R.CITIZEN): S.WITHDRAWN,
    (S.AWAITING_SOURCE, A.LAPSE, R.CLOCK): S.RESOLVED,
    (S.PROPOSED, A.APPROVE, R.APPROVER): S.RESOLVED,
    (S.PROPOSED, A.RETURN, R.APPROVER): S.UNDER_REVIEW,
    (S.PROPOSED, A.WITHDRAW, R.CITIZEN): S.WITHDRAWN,
    (S.PROPOSED, A.LAPSE, R.CLOCK): S.RESOLVED,
}

ALLOWED |= {(state, A.SETTLE, R.SOURCE): S.RESOLVED for state in OPEN_STATES}
ALLOWED |= {(state, A.ESCALATE, R.CLOCK): S.SUBMITTED for state in OPEN_STATES}
ALLOWED |= {(state, A.REFINE, R.HOLDER): state for state in WITH_THE_DESK}
ALLOWED |= {
    (S.SUBMITTED, A.ASK_SOURCE, R.CLOCK): S.AWAITING_SOURCE,
    (S.SUBMITTED, A.ACKNOWLEDGE, R.CLOCK): S.RESOLVED,
    (S.AWAITING_SOURCE, A.CLAIM, R.AGENT): S.AWAITING_SOURCE,
    (S.UNDER_REVIEW, A.CLAIM, R.AGENT): S.UNDER_REVIEW,
    (S.PROPOSED, A.RETRACT, R.HOLDER): S.UNDER_REVIEW,
}


@pytest.mark.parametrize(("state", "action", "role"), list(product(S, A, R)))
def test_the_whole_table(state: DisputeState, action: DisputeAction, role: DisputeRole) -> None:
    expected = ALLOWED.get((state, action, role))
    if expected is None:
        with pytest.raises(IllegalTransitionError, match=f"{role} cannot {action}"):
            move(state, action, role)
    else:
        assert move(state, action, role) is expected


@pytest.mark.parametrize("determination", Determination)
def test_only_a_change_waits_for_a_second_person(determination: Determination) -> None:
    to = move(S.UNDER_REVIEW, A.PROPOSE, R.HOLDER, determination)
    assert to is (S.PROPOSED if determination in TAKES_TWO else S.RESOLVED)


def test_nothing_but_an_appeal_moves_after_the_end() -> None:
    ended = set(S) - OPEN_STATES
    assert ended == {S.RESOLVED, S.WITHDRAWN, S.REJECTED}
    after = [key for key in ALLOWED if key[0] in ended]
    assert after == [(S.RESOLVED, A.APPEAL, R.CITIZEN), (S.REJECTED, A.APPEAL, R.CITIZEN)]


@pytest.mark.parametrize(("state", "determination"), list(product(S, [None, *Determination])))
def test_only_what_left_things_as_they_were_is_appealed(
    state: DisputeState, determination: Determination | None
) -> None:
    decided = date(2026, 11, 23)
    stands = state is S.REJECTED or (state is S.RESOLVED and determination in STANDS)
    assert can_appeal(state, determination, decided, decided, appealed=False) is stands
    assert can_appeal(state, determination, decided, date(2026, 12, 23), appealed=False) is stands
    assert not can_appeal(state, determination, decided, date(2026, 12, 24), appealed=False)
    assert not can_appeal(state, determination, decided, decided, appealed=True)


def test_every_reason_is_one_of_five_or_refines_one() -> None:
    assert len(REASONS) == 5
    assert {*REASONS, *REFINEMENTS} == set(DisputeReason)
    for reason in DisputeReason:
        assert chosen_reason(reason) in REASONS
        assert refinement_of(reason) == (None if reason in REASONS else reason)


def test_every_topic_has_outcomes_of_its_own_and_no_one_else_decides_with_those_of_records() -> None:
    assert OUTCOMES.keys() == set(DisputeTopic)
    of_records = set(OUTCOMES[DisputeTopic.RECORD])
    others = {one for topic, outcomes in OUTCOMES.items() if topic is not DisputeTopic.RECORD for one in outcomes}
    assert not of_records & others
    never_chosen = {Determination.ACKNOWLEDGED, Determination.UNANSWERED}
    assert of_records | others == set(Determination) - never_chosen
