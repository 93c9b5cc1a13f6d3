"""Cases about a missing record: which delivered record ends one, and what who decides is shown (`scoring.missing`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from scoring.disputes import DisputeTopic
from scoring.missing import LIKELY_DAYS, Missed, Reported, found, is_likely
from server.disputes.model import DisputeRow
from server.platform.db import Collections
from server.records.model import ACTIVE, RecordRow
from server.records.repository import RecordRepository


def ended_by(cases: Sequence[DisputeRow], rows: Sequence[RecordRow]) -> list[DisputeRow]:
    """The cases whose record is among those that arrived."""
    missed = [(case, one) for case in cases if (one := _missed(case)) is not None]
    return [missed[place][0] for place in found([one for _, one in missed], [_reported(row) for row in rows])]


async def likely(within: Collections, case: DisputeRow) -> list[str]:
    """The ids of the citizen's records that may be the missing one; none of a case about anything else."""
    missed = _missed(case)
    if missed is None:
        return []
    days = [(missed.day + timedelta(days=n)).isoformat() for n in range(-LIKELY_DAYS, LIKELY_DAYS + 1)]
    rows = await RecordRepository(within).of_days([case["citizen"]], days, [ACTIVE])
    return [row["_id"] for row in sorted(rows, key=_order) if is_likely(missed, _reported(row))]


def _missed(case: DisputeRow) -> Missed | None:
    subject, source = case.get("subject"), case["source"]
    if subject is None or subject["kind"] != DisputeTopic.MISSING_RECORD.value or source is None:
        return None
    return Missed(source, case["rule"], date.fromisoformat(subject["day"]))


def _reported(row: RecordRow) -> Reported:
    return Reported(row["source"], row["rule"], date.fromisoformat(row["occurred_on"]))


def _order(row: RecordRow) -> tuple[str, str]:
    return row["occurred_on"], row["_id"]
