"""A record that was delivered is the one that was missed by body, kind and day; what is only near is looked at."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from scoring.missing import LIKELY_DAYS, NEAR_DAYS, Missed, Reported, found, is_likely, is_the_one

DAY = date(2026, 11, 2)
HOURS = Missed("volunteers", "volunteering.hours", DAY)
ANYTHING = Missed("volunteers", None, DAY)


def reported(days: int = 0, source: str = "volunteers", rule: str = "volunteering.hours") -> Reported:
    return Reported(source, rule, DAY + timedelta(days=days))


@pytest.mark.parametrize("sign", [-1, 1])
def test_where_the_kind_was_named_a_few_days_either_way_are_the_same(sign: int) -> None:
    assert is_the_one(HOURS, reported(sign * NEAR_DAYS))
    assert not is_the_one(HOURS, reported(sign * (NEAR_DAYS + 1)))
    assert is_likely(HOURS, reported(sign * LIKELY_DAYS))
    assert not is_likely(HOURS, reported(sign * (LIKELY_DAYS + 1)))


def test_where_it_was_not_the_day_alone_tells() -> None:
    assert is_the_one(ANYTHING, reported())
    assert not is_the_one(ANYTHING, reported(1))
    assert is_likely(ANYTHING, reported(1))


@pytest.mark.parametrize("other", [{"source": "library"}, {"rule": "blood.donation"}])
def test_of_another_body_or_kind_it_is_not(other: dict[str, str]) -> None:
    assert not is_likely(HOURS, reported(**other))  # type: ignore[arg-type]
    assert found([HOURS], [reported(**other)]) == []  # type: ignore[arg-type]


def test_each_report_is_one_of_what_is_missed_and_the_nearest() -> None:
    next_day = Missed("volunteers", "volunteering.hours", DAY + timedelta(days=1))
    assert found([HOURS, next_day], [reported(1)]) == [1]
    assert found([HOURS, next_day], [reported(1), reported(2)]) == [0, 1]
    assert found([HOURS], [reported(), reported(1)]) == [0]
    assert found([HOURS], []) == []
