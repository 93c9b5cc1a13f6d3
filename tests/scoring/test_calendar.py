"""Working days of the Chinese calendar, and months."""

from __future__ import annotations

from datetime import date

import pytest

from scoring.calendar import (
    add_months,
    add_working_days,
    holidays,
    is_working_day,
    known_until,
    missing_year,
    working_days_between,
)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 10, 1), False),  # National Day
        (date(2026, 11, 23), True),  # an ordinary Monday
        (date(2026, 11, 22), False),  # a Sunday
        (date(2026, 2, 14), True),  # a Saturday made up for the Spring Festival
        (date(2030, 10, 8), True),  # not announced yet: Monday to Friday
        (date(2030, 10, 5), False),
        (date(2031, 1, 1), False),  # and no holiday that the law fixes
        (date(2030, 10, 1), False),
        (date(2030, 10, 4), True),
        (date(2029, 5, 2), False),
        (date(2027, 2, 5), False),  # the eve of the Spring Festival
        (date(2027, 2, 8), False),  # and its third day, a Monday
        (date(2027, 2, 9), True),
        (date(2027, 4, 5), False),
        (date(2027, 6, 9), False),
        (date(2027, 9, 15), False),
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


def test_the_table_of_lunar_days_agrees_with_every_year_that_was_announced() -> None:
    first = known_until().year + 1
    years = [year.year for year in holidays().year]
    assert years == list(range(years[0], years[0] + 10))
    assert years[0] <= first, "a year without calendar and without table"
    for year in holidays().year:
        if year.year < first:
            assert not is_working_day(year.spring_festival)
            assert not is_working_day(year.mid_autumn)


def test_the_next_years_calendar_is_missed_from_november_on() -> None:
    last = known_until().year
    assert missing_year(date(last, 10, 31)) is None
    assert missing_year(date(last, 11, 1)) == last + 1
    assert missing_year(date(last + 1, 3, 1)) == last + 1
    assert missing_year(date(last - 1, 12, 31)) is None
