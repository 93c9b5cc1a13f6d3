"""The deadlines of a dispute: dated figures, and the days that follow from them.

The record is marked at once. A decision is due in some working days; that can be extended once; never past a ceiling.
"""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from scoring.calendar import add_working_days
from scoring.dated import Dated, Model, value_on

_FILE = Path(__file__).with_name("deadlines.toml")


class Deadlines(Model):
    """Every figure with the days on which it holds; the day that counts is the one on which the clock started."""

    decide_working_days: tuple[Dated[int], ...]
    extension_working_days: tuple[Dated[int], ...]
    ceiling_days: tuple[Dated[int], ...]
    appeal_days: tuple[Dated[int], ...]
    explain_look_working_days: tuple[Dated[int], ...]


@cache
def deadlines() -> Deadlines:
    """The figures that ship with Egret (`deadlines.toml`)."""
    return Deadlines.model_validate(tomllib.loads(_FILE.read_text("utf-8")))


def due_on(started_on: date) -> date:
    """The last day for a decision when the clock started on a day."""
    working = _days(deadlines().decide_working_days, started_on)
    return min(add_working_days(started_on, working), _ceiling(started_on))


def extended_due_on(started_on: date) -> date:
    """The last day after the one extension."""
    working = _days(deadlines().extension_working_days, started_on)
    return min(add_working_days(due_on(started_on), working), _ceiling(started_on))


def appeal_until(told_on: date) -> date:
    """The last day on which a decision can be looked at again that reached its citizen on a day."""
    return told_on + timedelta(days=appeal_days(told_on))


def appeal_days(on: date) -> int:
    """How many days there are for that."""
    return _days(deadlines().appeal_days, on)


def look_explained_by(asked_on: date) -> date:
    """The last day for saying why somebody looked, when it was asked on a day."""
    return add_working_days(asked_on, _days(deadlines().explain_look_working_days, asked_on))


def lapsed(due: date, on: date) -> bool:
    """Whether the deadline has passed: the due date itself still belongs to the desk."""
    return on > due


def _ceiling(started_on: date) -> date:
    return started_on + timedelta(days=_days(deadlines().ceiling_days, started_on))


def _days(values: tuple[Dated[int], ...], on: date) -> int:
    found = value_on(values, on)
    if found is None:
        raise LookupError(f"no deadline is in force on {on}")
    return found.value
