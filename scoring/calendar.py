"""Chinese working days, and adding months to dates.

Public holidays and make-up days (调休) come from `chinesecalendar`; past the last
year that the State Council has announced, Monday to Friday are working days.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar


def is_working_day(day: date) -> bool:
    """Whether offices are open on that day."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < calendar.SATURDAY


def add_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`, which itself is not counted."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to and including `end`; negative when `end` is past."""
    if end < start:
        return -working_days_between(end, start)
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(is_working_day(d) for d in days)


@lru_cache(maxsize=65536)
def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month where there is none."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, calendar.monthrange(year, month0 + 1)[1]))
