"""What sources deliver: records as they come, and what became of them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

import strawberry

from schema.types.errors import LocalText
from schema.types.scalars import Money
from scoring.catalogue import DataClass
from scoring.records import RevocationReason
from scoring.rejections import Rejection


class RecordRefusal(StrEnum):
    """Why a record that is all right in itself was not stored, or not yet."""

    OTHER_PERSON = "other_person"
    OTHER_ENTITY = "other_entity"
    ANNULLED = "annulled"
    REPAIRED = "repaired"
    HELD = "held"


strawberry.enum(RecordRefusal, description="Why a delivered record that is all right in itself was not stored.")
strawberry.enum(Rejection, description="Why a delivered record was not accepted.")
strawberry.enum(RevocationReason, description="Why a source takes a record back for good.")


@strawberry.input(description="Sources: what a record says besides its rule and its days.")
class RecordFactsInput:
    """Facts that the rules know; others come with the files of `egret import`."""

    amount: Money | None = None
    cured_on: date | None = None
    sealed: bool = False


@strawberry.input(description="Sources: a record to deliver.")
class RecordInput:
    """What is wrong with one is said in the report, and the others are stored."""

    document_number: str
    resident: str
    source: str
    rule: str
    data_class: DataClass
    occurred_on: date
    reported_on: date
    final: bool
    facts: RecordFactsInput | None = None

    def on_the_wire(self) -> dict[str, Any]:
        """As a line of a file has it."""
        facts: dict[str, str | bool] = {}
        if self.facts is not None and self.facts.amount is not None:
            facts["amount"] = str(self.facts.amount)
        if self.facts is not None and self.facts.cured_on is not None:
            facts["cured_on"] = self.facts.cured_on.isoformat()
        if self.facts is not None and self.facts.sealed:
            facts["sealed"] = True
        return {
            "id": self.document_number,
            "resident": self.resident,
            "source": self.source,
            "rule": self.rule,
            "class": self.data_class.value,
            "occurred_on": self.occurred_on.isoformat(),
            "reported_on": self.reported_on.isoformat(),
            "final": self.final,
            "facts": facts,
        }


@strawberry.type(description="Sources: a record that was not accepted.")
class RejectedRecord:
    """`index` counts from 0; `text` says what to do."""

    index: int
    rejection: Rejection
    text: str


@strawberry.type(description="Sources: a record that was refused, or is held for a person to decide.")
class RefusedRecord:
    """`index` counts from 0."""

    index: int
    refusal: RecordRefusal
    message: LocalText


@strawberry.type(description="Sources: what became of a delivery. The same delivery twice changes nothing.")
class DeliveryReport:
    """Counts of records; `refusals` say of each that was `refused` or is `held` why."""

    stored: int
    corrected: int
    unchanged: int
    refused: int
    rejects: list[RejectedRecord]
    refusals: list[RefusedRecord]
    held: int = 0
