"""Chinese working days, and adding months to dates.

Public holidays and make-up days (调休) come from `chinesecalendar`. Past the last year that the State Council has
announced, Monday to Friday are working days, but for the holidays that are known by law (`holidays.toml`).
"""

from __future__ import annotations

import calendar
import tomllib
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path

import chinese_calendar
from chinese_calendar import constants

from scoring.dated import Model

_FILE = Path(__file__).with_name("holidays.toml")
_WARNS_FROM = 11
"""The month from which the next year's calendar is missed; it is announced in October or November."""


class LunarYear(Model):
    """The days of a year that follow the moon and the sun."""

    year: int
    spring_festival: date
    qingming: date
    dragon_boat: date
    mid_autumn: date


class Holidays(Model):
    """The holidays that the law fixes; `fixed` are days of any year, as 10-01."""

    fixed: tuple[str, ...]
    spring_festival_from: int
    spring_festival_to: int
    law: str
    source: str
    year: tuple[LunarYear, ...]


@cache
def holidays() -> Holidays:
    """What ships with Egret (`holidays.toml`)."""
    return Holidays.model_validate(tomllib.loads(_FILE.read_text("utf-8")))


@cache
def _lunar_holidays() -> frozenset[date]:
    law = holidays()
    around = range(law.spring_festival_from, law.spring_festival_to + 1)
    found = {day for year in law.year for day in (year.qingming, year.dragon_boat, year.mid_autumn)}
    return frozenset(found | {year.spring_festival + timedelta(days=n) for year in law.year for n in around})


def is_legal_holiday(day: date) -> bool:
    """Whether the law makes a day a holiday, in any year from 2027 on; the lunar ones for as long as the table goes."""
    return f"{day:%m-%d}" in holidays().fixed or day in _lunar_holidays()


def known_until() -> date:
    """The last day whose calendar is announced, as the installed library knows it."""
    return date(max(constants.holidays).year, 12, 31)


def missing_year(on: date) -> int | None:
    """The year whose calendar is not in the installed library and should be: this one, from November on the next."""
    known = known_until().year
    wanted = on.year + (on.month >= _WARNS_FROM)
    return wanted if known < wanted else None


def is_working_day(day: date) -> bool:
    """Whether offices are open on that day."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < calendar.SATURDAY and not is_legal_holiday(day)


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
