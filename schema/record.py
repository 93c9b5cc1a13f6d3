"""Records of credit information about a citizen."""

from __future__ import annotations

from datetime import date

import strawberry

from schema.connection import Node
from schema.score import Rule, Source
from scoring.statement import WithheldReason


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
    points: int | None
    withheld: WithheldReason | None
    counts_from: date | None
    expires_on: date | None
