"""Rows of stored records, of their earlier versions, and of what is held or gone. Days are ISO dates."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict

from server.platform.db import Sealed

ACTIVE = "active"
ANNULLED = "annulled"
AWAITING_CORRECTION = "awaiting_correction"
REPAIRED = "repaired"

RecordRow = TypedDict(
    "RecordRow",
    {
        "_id": str,
        "citizen": str,
        "source": str,
        "reporter": str | None,
        "document_index": bytes,
        "number_index": NotRequired[bytes],
        "person_document": NotRequired[bytes],
        "rule": str,
        "class": str,
        "occurred_on": str,
        "reported_on": str,
        "final": bool,
        "cured_on": str | None,
        "disputed": str | None,
        "barred": str | None,
        "status": str,
        "ended": NotRequired[str],
        "separate": NotRequired[bool],
        "version": int,
        "content": str,
        "sealed": Sealed,
        "record": NotRequired[str],
        "until": NotRequired[datetime],
        "held_at": NotRequired[datetime],
        "kept": NotRequired[bool],
    },
)
"""A record. `reporter` is the entity that delivered it, None where the platform imported it for a whole source;
`disputed` is the open dispute about it; `barred` (a `scoring.records.Bar`) says why it never counts; `content` is a
digest of all that two versions may differ in; `sealed` has the document's number and the facts. `document_index` is
what the number is found by as it was written, `number_index` in any spelling, `person_document` a digest of person,
source and number in any spelling. `reported_on` is the first report, whenever it was delivered again. Of a record
that ended, `ended` says by whom: a decision, or why its source took it back. `separate` says whether a person found
it to be another event than one of the same day and rule. An earlier version has the `record` that it was of, and
`until` when.

What a decision deleted or corrected and came again is held (`held_at`) in a collection of its own until a person
decides; `kept` that it stays out, and is not asked about again before its `content` differs."""

BY_DECISION = "decision"
"""In `ended`: a dispute was decided so; else it is `BY_TWIN` or a `RevocationReason`."""
BY_TWIN = "twin"
"""In `ended`: so was decided of another body's record of the same event."""


class GoneRow(TypedDict):
    """What remains of a record that had ended when its citizen left: a digest under a key of its own, and a day."""

    _id: bytes
    expires_at: datetime


def owner_of(record: RecordRow) -> str:
    """The entity whose record it is: that delivered it, or the source itself where the platform imported it."""
    return record["reporter"] or record["source"]


def was_decided(record: RecordRow) -> bool:
    """Whether a decision deleted a record, or had it corrected and the correction is awaited."""
    if record["status"] == ANNULLED:
        return record.get("ended", BY_DECISION) in (BY_DECISION, BY_TWIN)
    return record["status"] == AWAITING_CORRECTION


def later_version(document: RecordRow, earlier: RecordRow) -> RecordRow:
    """A document in place of an earlier version: the first report goes on to count."""
    first = min(earlier["reported_on"], document["reported_on"])
    return {**document, "_id": earlier["_id"], "reported_on": max(first, document["occurred_on"])}
