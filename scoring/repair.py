"""Repair (信用修复): when a record may be taken out of use because what it demanded has been done, and who says so.

Not a dispute: the record was right. After repair its publication, sharing and use end, and
assessments are renewed (信用修复管理办法 art. 3, in force 2026-04-01), so it leaves the score and its history.
Who determined a record repairs it (谁认定、谁修复). Silence repairs nothing: no rule says that it does.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from scoring.calendar import add_months, add_working_days
from scoring.catalogue import DataClass, Rule, Tier
from scoring.dated import Dated, Model, Text, value_on

_FILE = Path(__file__).with_name("repair.toml")


class RepairTerms(Model):
    """Months after the record occurred, by tier; dated, each with its source. `extreme` is never repaired.

    An application is answered in `answer_working_days`, which are counted from the day it was made. `demand` says
    what has to be done, and what proves it; `demand_with_proof` is its sentence where a city says what proof it wants.
    """

    minor: tuple[Dated[int], ...]
    moderate: tuple[Dated[int], ...]
    serious: tuple[Dated[int], ...]
    answer_working_days: tuple[Dated[int], ...]
    demand: tuple[Dated[Text], ...]
    demand_with_proof: tuple[Dated[Text], ...]


class RepairRefusal(StrEnum):
    """Why a record cannot be repaired."""

    NOT_ADVERSE = "not_adverse"
    NEVER = "never"
    TOO_EARLY = "too_early"
    NOT_DONE = "not_done"


class RepairState(StrEnum):
    """Where an application for repair stands. `closed`: its record left the score in another way meanwhile."""

    APPLIED = "applied"
    PROPOSED = "proposed"
    LAPSED = "lapsed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class RepairAction(StrEnum):
    """What can be done to an application."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    PROPOSE = "propose"
    APPROVE = "approve"
    RETURN = "return"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"
    CLOSE = "close"


class RepairRole(StrEnum):
    """Who acts on an application. The desk writes down what an office without a program answered."""

    CITIZEN = "citizen"
    SOURCE = "source"
    DESK = "desk"
    APPROVER = "approver"
    CLOCK = "clock"


OPEN_REPAIRS = frozenset({RepairState.APPLIED, RepairState.PROPOSED, RepairState.LAPSED})
_WAITING = frozenset({RepairState.APPLIED, RepairState.LAPSED})
_MOVES: dict[RepairAction, tuple[frozenset[RepairState], frozenset[RepairRole], RepairState]] = {
    RepairAction.ACCEPT: (OPEN_REPAIRS, frozenset({RepairRole.SOURCE}), RepairState.ACCEPTED),
    RepairAction.REFUSE: (_WAITING, frozenset({RepairRole.SOURCE, RepairRole.DESK}), RepairState.REFUSED),
    RepairAction.PROPOSE: (_WAITING, frozenset({RepairRole.DESK}), RepairState.PROPOSED),
    RepairAction.APPROVE: (
        frozenset({RepairState.PROPOSED}),
        frozenset({RepairRole.APPROVER}),
        RepairState.ACCEPTED,
    ),
    RepairAction.RETURN: (frozenset({RepairState.PROPOSED}), frozenset({RepairRole.APPROVER}), RepairState.APPLIED),
    RepairAction.WITHDRAW: (OPEN_REPAIRS, frozenset({RepairRole.CITIZEN}), RepairState.WITHDRAWN),
    RepairAction.LAPSE: (frozenset({RepairState.APPLIED}), frozenset({RepairRole.CLOCK}), RepairState.LAPSED),
    RepairAction.CLOSE: (OPEN_REPAIRS, frozenset(RepairRole), RepairState.CLOSED),
}
"""By action: from which states, by whom, to which state. A repair that the desk writes down takes two people."""


class IllegalRepairMoveError(ValueError):
    """An application cannot be moved so."""


def move_repair(state: RepairState, action: RepairAction, role: RepairRole) -> RepairState:
    """The state after an action. Raises IllegalRepairMoveError."""
    states, roles, after = _MOVES[action]
    if state not in states or role not in roles:
        raise IllegalRepairMoveError(f"{role.value} cannot {action.value} what is {state.value}")
    return after


@dataclass(frozen=True, slots=True)
class Repairability:
    """Whether a record can be repaired: from a day on, or why not."""

    earliest: date | None
    refusal: RepairRefusal | None

    def is_now(self, on: date) -> bool:
        """Whether a repair can be applied for on a day."""
        return self.refusal is None and self.earliest is not None and self.earliest <= on


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


def repair_months() -> frozenset[int]:
    """After how many months records can be repaired, of any tier and on any day."""
    terms = repair_terms()
    return frozenset(dated.value for dated in (*terms.minor, *terms.moderate, *terms.serious))


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


def repairability(rule: Rule, occurred_on: date) -> Repairability:
    """As `repairable_from`, with the reason in place of an error."""
    try:
        return Repairability(repairable_from(rule, occurred_on), None)
    except NotRepairableError as error:
        return Repairability(None, error.reason)


def answer_due_on(applied_on: date) -> date:
    """The last day for an answer to an application."""
    return add_working_days(applied_on, answer_days(applied_on))


def answer_days(on: date) -> int:
    """In how many working days an application that is made on a day is answered."""
    found = value_on(repair_terms().answer_working_days, on)
    if found is None:
        raise LookupError(f"no deadline is in force on {on}")
    return found.value


def repair_demand(on: date, proof: Text | None = None) -> Text:
    """What a record demands before it can be repaired, and what proves it: in general, or as `proof` says."""
    terms = repair_terms()
    found = value_on(terms.demand if proof is None else terms.demand_with_proof, on)
    if found is None:
        raise LookupError(f"no demand is in force on {on}")
    if proof is None:
        return found.value
    return Text(zh=found.value.zh.format(proof=proof.zh), en=found.value.en.format(proof=proof.en))
