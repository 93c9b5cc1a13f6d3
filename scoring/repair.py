"""Repair (信用修复): when a record may be taken out of use because what it demanded has been done.

Not a dispute: the record was right. After repair its publication, sharing and use end, and
assessments are renewed (信用修复管理办法 art. 3, in force 2026-04-01), so it leaves the score and its history.
"""

from __future__ import annotations

import tomllib
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from scoring.calendar import add_months
from scoring.catalogue import DataClass, Rule, Tier
from scoring.dated import Dated, Model, value_on

_FILE = Path(__file__).with_name("repair.toml")


class RepairTerms(Model):
    """Months after the record occurred, by tier; dated, each with its source. `extreme` is never repaired."""

    minor: tuple[Dated[int], ...]
    moderate: tuple[Dated[int], ...]
    serious: tuple[Dated[int], ...]


class RepairRefusal(StrEnum):
    """Why a record cannot be repaired."""

    NOT_ADVERSE = "not_adverse"
    NEVER = "never"
    TOO_EARLY = "too_early"
    NOT_DONE = "not_done"


class NotRepairableError(ValueError):
    """`reason` says why; `earliest` is the first day on which it could be, where there is one."""

    def __init__(self, reason: RepairRefusal, earliest: date | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.earliest = earliest


@cache
def repair_terms() -> RepairTerms:
    """The figures that ship with Egret (`repair.toml`)."""
    return RepairTerms.model_validate(tomllib.loads(_FILE.read_text("utf-8")))


def repairable_from(rule: Rule, occurred_on: date) -> date:
    """The first day on which a record of a rule can be repaired. Raises NotRepairableError."""
    if rule.data_class is not DataClass.ADVERSE:
        raise NotRepairableError(RepairRefusal.NOT_ADVERSE)
    if rule.tier is None or rule.tier is Tier.EXTREME:
        raise NotRepairableError(RepairRefusal.NEVER)
    months = value_on(getattr(repair_terms(), rule.tier.value), occurred_on)
    if months is None:
        raise NotRepairableError(RepairRefusal.NEVER)
    return add_months(occurred_on, months.value)


def check_repair(rule: Rule, occurred_on: date, done_on: date, on: date) -> None:
    """Whether a record may be repaired on a day, what it demanded having been done on another.

    Raises:
        NotRepairableError: not at all, or not yet.
    """
    earliest = repairable_from(rule, occurred_on)
    if not occurred_on <= done_on <= on:
        raise NotRepairableError(RepairRefusal.NOT_DONE)
    if on < earliest:
        raise NotRepairableError(RepairRefusal.TOO_EARLY, earliest)
