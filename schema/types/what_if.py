"""What would be: steps a person could take, what they would give, the way to a benefit, what time alone does.

Everything here is worked out by the engine itself on the citizen's own records and writes nothing.
"""

from __future__ import annotations

import enum
from datetime import date

import strawberry

from schema.types.benefit import Benefit
from schema.types.dispute import CreditRecord
from schema.types.errors import LocalText
from schema.types.rule import Rule
from schema.types.score import Band, Reason


@strawberry.enum(description="A kind of step.")
class StepKind(enum.Enum):
    """Settling an overdue bill, or earning one more record of a rule."""

    SETTLE = "SETTLE"
    EARN = "EARN"


@strawberry.type(description="Something a person can do. `points` is what it alone would give today.")
class Step:
    """For SETTLE `whatIf` takes the id of `record`, for EARN the code of `rule`."""

    kind: StepKind
    label: LocalText
    points: int
    rule: Rule
    record_key: strawberry.Private[str | None]

    @strawberry.field(description="The record to put right; null for something new.")
    async def record(self, info: strawberry.Info) -> CreditRecord | None:
        if self.record_key is None:
            return None
        found: CreditRecord | None = await info.context.loading.record(self.record_key)
        return found


@strawberry.input(description="One step of a what-if: give exactly one of the fields.", one_of=True)
class StepInput:
    """Settle a bill, think a record away, earn one record of a rule, or wait until a day."""

    settle: strawberry.Maybe[strawberry.ID]
    annul: strawberry.Maybe[strawberry.ID]
    earn: strawberry.Maybe[str]
    wait_until: strawberry.Maybe[date]


@strawberry.type(description="What the score would be. An estimate by the rules in force; nothing is written.")
class WhatIf:
    """The value, how it differs from today's, why, and what it would open."""

    as_of: date
    value: int
    points: int
    band: Band
    reasons: list[Reason]
    opened: list[Benefit]


@strawberry.type(description="How a benefit comes within reach.")
class Path:
    """`steps` is null where nothing a person can do within a year is enough, and empty where it is open."""

    benefit: Benefit
    short_by: int
    steps: list[Step] | None
    by_waiting: date | None


@strawberry.type(description="A record that begins or ends to count on a day.")
class TurnReason:
    """What it is, what it gives while it counts, and whether it begins or ends."""

    label: LocalText
    points: int
    begins: bool


@strawberry.type(description="A day on which time alone moves the score.")
class Turn:
    """The day, the points, the value from then on, and why."""

    on: date
    points: int
    value: int
    reasons: list[TurnReason]
