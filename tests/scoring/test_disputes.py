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
    due_on,
    lapsed,
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
    (S.PROPOSED, A.APPROVE, R.APPROVER): S.RESOLVED,
    (S.PROPOSED, A.RETURN, R.APPROVER): S.UNDER_REVIEW,
    (S.PROPOSED, A.WITHDRAW, R.CITIZEN): S.WITHDRAWN,
    (S.PROPOSED, A.LAPSE, R.CLOCK): S.RESOLVED,
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
def test_only_a_change_of_the_record_waits_for_a_second_person(determination: Determination) -> None:
    to = move(S.UNDER_REVIEW, A.PROPOSE, R.HOLDER, determination)
    assert to is (S.PROPOSED if determination in CHANGES_RECORD else S.RESOLVED)


def test_nothing_but_an_appeal_moves_after_the_end() -> None:
    assert {S.RESOLVED, S.WITHDRAWN} == set(S) - OPEN_STATES
    assert [key for key in ALLOWED if key[0] in (S.RESOLVED, S.WITHDRAWN)] == [(S.RESOLVED, A.APPEAL, R.CITIZEN)]


@pytest.mark.parametrize("determination", [None, *Determination])
def test_only_what_left_the_record_standing_is_appealed(determination: Determination | None) -> None:
    decided = date(2026, 11, 23)
    upheld = determination is Determination.UPHELD
    assert can_appeal(determination, decided, decided, appealed=False) is upheld
    assert can_appeal(determination, decided, date(2026, 12, 23), appealed=False) is upheld
    assert not can_appeal(determination, decided, date(2026, 12, 24), appealed=False)
    assert not can_appeal(determination, decided, decided, appealed=True)


@pytest.mark.parametrize(
    ("filed", "due"),
    [
        (date(2026, 11, 23), date(2026, 11, 30)),  # Monday: the next Monday
        (date(2026, 11, 27), date(2026, 12, 4)),  # Friday
        (date(2026, 9, 28), date(2026, 10, 10)),  # over the holiday, to a Saturday made up for it
    ],
)
def test_five_working_days(filed: date, due: date) -> None:
    assert due_on(filed) == due


def test_the_due_date_still_belongs_to_the_desk() -> None:
    assert not lapsed(date(2026, 11, 30), date(2026, 11, 30))
    assert lapsed(date(2026, 11, 30), date(2026, 12, 1))
