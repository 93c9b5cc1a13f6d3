"""Stored records of one event by several bodies (`scoring.same_event`): what a person decided of one holds for all."""

from __future__ import annotations

from collections.abc import Sequence

from scoring.same_event import AGAINST, event_of
from scoring.scheme import Scheme
from server.platform.db import Collections
from server.records.model import ACTIVE, REPAIRED, RecordRow, was_decided
from server.records.repository import RecordRepository


async def twins_of(within: Collections, scheme: Scheme, record: RecordRow) -> list[RecordRow]:
    """What other bodies reported of the event of a record, and no person found to be another event; active only."""
    if record.get("separate", False):
        return []
    found = await RecordRepository(within).of_days([record["citizen"]], [record["occurred_on"]], [ACTIVE])
    return [row for row in found if _is_twin(scheme, row, record) and not row.get("separate", False)]


async def ending_with(within: Collections, scheme: Scheme, record: RecordRow) -> list[RecordRow]:
    """The twins that a decision on a record holds for, but for one that is disputed itself."""
    found = await twins_of(within, scheme, record)
    return [twin for twin in found if twin["disputed"] is None and ends_with(twin, record)]


def ends_with(twin: RecordRow, record: RecordRow) -> bool:
    """Whether a decision on a record holds for its twin: not where the twin is what counts in the person's favour."""
    if record["class"] in AGAINST:
        return True
    return (twin["reported_on"], twin["source"]) > (record["reported_on"], record["source"])


async def of_decided_events(within: Collections, scheme: Scheme, fresh: Sequence[RecordRow]) -> frozenset[str]:
    """The ids of new records whose event was decided about: another body's record of it was ended by a person."""
    citizens = sorted({row["citizen"] for row in fresh})
    days = sorted({row["occurred_on"] for row in fresh})
    ended = [row for row in await RecordRepository(within).ended_of_days(citizens, days) if _is_decided(row)]
    return frozenset(row["_id"] for row in fresh if any(_is_twin(scheme, row, one) for one in ended))


def _is_decided(row: RecordRow) -> bool:
    return row["status"] == REPAIRED or was_decided(row)


def _is_twin(scheme: Scheme, row: RecordRow, other: RecordRow) -> bool:
    return (
        row["citizen"] == other["citizen"]
        and row["occurred_on"] == other["occurred_on"]
        and row["source"] != other["source"]
        and event_of(scheme, row["rule"]) == event_of(scheme, other["rule"])
    )
