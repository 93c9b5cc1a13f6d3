"""The dispute: every state, action and role, and the deadlines."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from scoring.disputes import (
    CHANGES_RECORD,
    OPEN_STATES,
    Determination,
    DisputeAction,
    DisputeRole,
    DisputeState,
    IllegalTransitionError,
    can_appeal,
    move,
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


@pytest.mark.parametrize(("state", "action", "role"), list(product(S, A, R)))
def test_the_whole_table(state: DisputeState, action: DisputeAction, role: DisputeRole) -> None:
    expected = ALLOWED.get((state, action, role))
    if expected is None:
        with pytest.raises(IllegalTransitionError, match=f"{role} cannot {action}"):
            move(state, action, role)
    else:
        assert move(state, action, role) is expected


@pytest.mark.parametrize("determination", Determination)
def test_only_a_change_of_the_record_waits_for_a_second_person(determination: Determination) -> None:
    to = move(S.UNDER_REVIEW, A.PROPOSE, R.HOLDER, determination)
    assert to is (S.PROPOSED if determination in CHANGES_RECORD else S.RESOLVED)


def test_nothing_but_an_appeal_moves_after_the_end() -> None:
    ended = set(S) - OPEN_STATES
    assert ended == {S.RESOLVED, S.WITHDRAWN, S.REJECTED}
    after = [key for key in ALLOWED if key[0] in ended]
    assert after == [(S.RESOLVED, A.APPEAL, R.CITIZEN), (S.REJECTED, A.APPEAL, R.CITIZEN)]


@pytest.mark.parametrize(("state", "determination"), list(product(S, [None, *Determination])))
def test_only_what_left_the_record_standing_is_appealed(
    state: DisputeState, determination: Determination | None
) -> None:
    decided = date(2026, 11, 23)
    stands = state is S.REJECTED or (state is S.RESOLVED and determination is Determination.UPHELD)
    assert can_appeal(state, determination, decided, decided, appealed=False) is stands
    assert can_appeal(state, determination, decided, date(2026, 12, 23), appealed=False) is stands
    assert not can_appeal(state, determination, decided, date(2026, 12, 24), appealed=False)
    assert not can_appeal(state, determination, decided, decided, appealed=True)
