"""Working days of the Chinese calendar, and months."""

from __future__ import annotations

from datetime import date

import pytest

from scoring.calendar import add_months, add_working_days, is_working_day, working_days_between


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 10, 1), False),  # National Day
        (date(2026, 11, 23), True),  # an ordinary Monday
        (date(2026, 11, 22), False),  # a Sunday
        (date(2026, 2, 14), True),  # a Saturday made up for the Spring Festival
        (date(2030, 10, 1), True),  # not announced yet: Monday to Friday
        (date(2030, 10, 5), False),
    ],
)
def test_holidays_and_make_up_days(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_five_working_days_from_a_monday_end_on_the_next_monday() -> None:
    assert add_working_days(date(2026, 11, 23), 5) == date(2026, 11, 30)


def test_the_national_holiday_is_jumped() -> None:
    assert add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)


def test_days_left_turn_negative_when_the_date_has_passed() -> None:
    assert working_days_between(date(2026, 11, 23), date(2026, 11, 30)) == 5
    assert working_days_between(date(2026, 11, 23), date(2026, 11, 23)) == 0
    assert working_days_between(date(2026, 11, 30), date(2026, 11, 23)) == -5


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        (date(2026, 9, 2), 3, date(2026, 12, 2)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
    ],
)
def test_months_end_where_there_is_no_such_day(day: date, months: int, result: date) -> None:
    assert add_months(day, months) == result
