"""Records of credit information about a citizen."""

from __future__ import annotations

from datetime import date

import strawberry
from strawberry.scalars import JSON

from schema.types.connection import Node
from schema.types.scalars import Money
from schema.types.score import Rule, Source
from scoring.records import RevocationReason
from scoring.statement import WithheldReason

strawberry.enum(RevocationReason, description="Why a source takes a record back for good.")


@strawberry.type(description="One piece of public credit information about the citizen who asks.")
class CreditRecord(Node):
    """A record with its rule and source; `points` is what it gives today, null if withheld."""

    key: strawberry.Private[str]
    document_number: str
    source: Source
    rule: Rule
    occurred_on: date
    reported_on: date
    final: bool
    disputed: bool
    amount: Money | None
    points: int | None
    withheld: WithheldReason | None
    counts_from: date | None
    expires_on: date | None


@strawberry.input(description="Sources: a record to deliver. `id` is your own document number, dates are ISO.")
class RecordInput:
    """The wire format of records; what is wrong with one is said in the report, and the others are stored."""

    id: str
    resident: str
    source: str
    rule: str
    data_class: str
    occurred_on: str
    reported_on: str
    final: bool
    facts: JSON | None = None


@strawberry.type(description="Sources: a record that was not accepted.")
class RejectedRecord:
    """`place` counts from 0; `reason` is a stable code, `text` says what to do."""

    place: int
    reason: str
    text: str


@strawberry.type(description="Sources: what became of a delivery. The same delivery twice changes nothing.")
class DeliveryReport:
    """Counts of records; `refused` are about another person than before, or were annulled."""

    stored: int
    corrected: int
    unchanged: int
    refused: int
    rejects: list[RejectedRecord]


@strawberry.type(description="Sources: a record left the score, or had left it already.")
class RecordEnded:
    """`changed` is false where nothing was left to do."""

    changed: bool
