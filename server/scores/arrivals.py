"""Tells a citizen of records that arrived about them, each once.

What moved the score is told by `score_changed`, and not here again. What does not count now is: a bill inside its grace
(`bill_due`), with what settles it and until when, and any other record (`record_arrived`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import cast

from pydantic import JsonValue

from scoring.engine import term_of
from scoring.records import Record
from scoring.scheme import Scheme
from scoring.statement import Statement, WithheldReason
from server.citizens.model import CitizenRow
from server.citizens.service import Citizens
from server.platform.core.unit_of_work import Transaction
from server.records.service import HeldRecord

ARRIVED = "arrived"
"""What `bill_due` is raised once for, when a bill arrives."""
_NAMED = 3


class Arrivals:
    """Raises the notices of one delivery to one person."""

    def __init__(self, scheme: Scheme, citizens: Citizens) -> None:
        self._scheme = scheme
        self._citizens = citizens

    async def tell(
        self, tx: Transaction, citizen: CitizenRow, now: Statement, found: Sequence[HeldRecord], before: Statement
    ) -> None:
        """Tell of the records `found`; `before` is the statement of the same day without them."""
        waiting = {(w.source, w.record) for w in now.withheld if w.reason is WithheldReason.NOTICE_NOT_DUE}
        moved = {(line.source, line.record) for line in now.lines if line.points and now.value != before.value}
        bills = [held for held in found if _ref(held) in waiting]
        others = [held for held in found if _ref(held) not in waiting | moved]
        if bills:
            data: dict[str, JsonValue] = {
                "bills": [bill_data(self._scheme, held.record) for held in bills[:_NAMED]],
                "count": len(bills),
            }
            first = min(held.key for held in bills)
            await self._citizens.notify(tx, citizen, "bill_due", data, about=first, once=ARRIVED)
        if others:
            data = {"records": [self._label(held.record) for held in others[:_NAMED]], "count": len(others)}
            first = min(held.key for held in others)
            await self._citizens.notify(tx, citizen, "record_arrived", data, about=first)

    def _label(self, record: Record) -> JsonValue:
        label = self._scheme.rules_by_code[record.rule].label
        return {"zh": label.zh, "en": label.en}


def counts_from(scheme: Scheme, rule: str, occurred_on: date, reported_on: date) -> date | None:
    """The day from which a record counts; None for a rule that is not in force on its day."""
    terms = scheme.terms_on(rule, occurred_on)
    return None if terms is None else reported_on + timedelta(days=terms.grace_days)


def bill_data(scheme: Scheme, record: Record) -> dict[str, JsonValue]:
    """What a notice says of a bill: what it is, whom to pay, the amount, and from when it counts how much."""
    terms = scheme.terms_on(record.rule, record.occurred_on)
    if terms is None:
        raise LookupError(f"{record.rule} is not in force on {record.occurred_on}")
    source = scheme.sources_by_code[record.source].label
    return {
        "zh": terms.rule.label.zh,
        "en": terms.rule.label.en,
        "source_zh": source.zh,
        "source_en": source.en,
        "amount": None if record.amount is None else f"{record.amount:.2f}",
        "counts_from": term_of(terms, record).start.isoformat(),
        "last_day": (term_of(terms, record).start - timedelta(days=1)).isoformat(),
        "points": terms.points,
    }


def _ref(held: HeldRecord) -> tuple[str | None, str | None]:
    return cast(tuple[str | None, str | None], (held.record.source, held.record.id))
