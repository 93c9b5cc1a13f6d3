"""Dates as offices write them: read where there is one reading, named where there are two."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from scoring.identity.text import visible
from scoring.written import UnclearDateError, read_date, unmarked

DAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    "written",
    [
        DAY,
        datetime(2026, 3, 1, 14, 30, tzinfo=UTC),
        "2026-03-01",
        "2026-3-1",
        "2026/3/1",
        "2026/03/01",
        "2026.3.1",
        "2026年3月1日",
        "2026年03月01号",
        " 2026 年 3 月 1 日 ",
        "２０２６年３月１日",
        "２０２６/３/１",
        "20260301",
        20260301,
        "2026-03-01 00:00:00",
        "2026/3/1 0:00",
        "2026-03-01T14:30:00.000",
        "2026年3月1日 14:30",
        "\u200e2026-03-01",
        "2026-03-01\ufeff",
    ],
)
def test_a_day_with_one_reading_is_read(written: object) -> None:
    assert read_date(written) == DAY


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("03/04/2026", "date_order"),
        ("25/12/2026", "date_order"),
        ("1-3-2026", "date_order"),
        ("26/3/1", "date_order"),
        ("46082", "date_serial"),
        ("46082.5", "date_serial"),
        (46082, "date_serial"),
        ("2026-02-30", "not_a_date"),
        ("2026/13/1", "not_a_date"),
        ("2026-3/1", "not_a_date"),
        ("2026年3月", "not_a_date"),
        ("2026-03-01T00:00:00Z", "not_a_date"),
        ("1767225600", "not_a_date"),
        ("二〇二六年三月一日", "not_a_date"),
        ("", "not_a_date"),
        ("now", "not_a_date"),
        ("2026-03-01" * 100, "not_a_date"),
        (True, "not_a_date"),
        (46082.0, "not_a_date"),
        (None, "not_a_date"),
    ],
)
def test_what_has_two_readings_or_none_is_named(written: object, code: str) -> None:
    with pytest.raises(UnclearDateError) as caught:
        read_date(written)
    assert caught.value.code == code


def test_marks_that_come_along_when_something_is_pasted_are_left_out() -> None:
    assert unmarked("榕公罚〔2026〕12号\u200b\u202c") == "榕公罚〔2026〕12号"
    assert unmarked("A-1") == "A-1"


@pytest.mark.parametrize(
    "mark", "\u00ad\u034f\u115f\u180e\u200b\u202e\u2066\u2800\u3164\ufe0f\ufeff\uffa0\U000e0001\U000e0100"
)
def test_every_mark_that_nobody_sees_goes_from_numbers_and_dates(mark: str) -> None:
    assert unmarked(f"榕公罚{mark}〔2026〕12号") == visible(f"榕公罚{mark}〔2026〕12号") == "榕公罚〔2026〕12号"
    assert read_date(f"2026年{mark}3月1日") == date(2026, 3, 1)


@pytest.mark.parametrize("garbled", ["\udc80", "\ufffe", "\0", "\x1f"])
def test_what_is_garbled_stays_to_be_rejected(garbled: str) -> None:
    assert unmarked(f"榕公罚{garbled}12号") == f"榕公罚{garbled}12号"
