"""The deadlines: working days with make-up days, one extension, a ceiling, and where each figure comes from."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.calendar import is_working_day
from scoring.dated import Provenance
from scoring.deadlines import appeal_until, deadlines, due_on, extended_due_on, lapsed


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


def test_an_extension_is_as_long_again() -> None:
    assert extended_due_on(date(2026, 11, 23)) == date(2026, 12, 7)


def test_no_holiday_makes_it_longer_than_twenty_days() -> None:
    filed = date(2026, 9, 30)  # eight days of holiday follow
    assert extended_due_on(filed) <= filed + timedelta(days=20)


@given(filed=st.dates(date(2018, 1, 1), date(2040, 1, 1)))
def test_the_due_date_is_a_working_day_or_the_ceiling(filed: date) -> None:
    due, extended, ceiling = due_on(filed), extended_due_on(filed), filed + timedelta(days=20)
    assert filed < due <= extended <= ceiling
    assert all(is_working_day(day) or day == ceiling for day in (due, extended))


def test_an_appeal_has_thirty_days() -> None:
    assert appeal_until(date(2026, 11, 23)) == date(2026, 12, 23)


def test_before_the_figures_there_is_no_deadline() -> None:
    with pytest.raises(LookupError, match="2010"):
        due_on(date(2010, 1, 1))


def test_every_figure_says_where_it_comes_from() -> None:
    for name in type(deadlines()).model_fields:
        for value in getattr(deadlines(), name):
            assert value.source
            assert value.provenance in Provenance
