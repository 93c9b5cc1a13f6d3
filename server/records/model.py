"""Rows of stored records and of their earlier versions. Days are ISO dates."""

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
        "rule": str,
        "class": str,
        "occurred_on": str,
        "reported_on": str,
        "final": bool,
        "cured_on": str | None,
        "disputed": str | None,
        "barred": str | None,
        "status": str,
        "version": int,
        "content": str,
        "sealed": Sealed,
        "record": NotRequired[str],
        "until": NotRequired[datetime],
    },
)
"""A record. `reporter` is the entity that delivered it, None where the platform imported it for a whole source;
`disputed` is the open dispute about it; `barred` (a `scoring.records.Bar`) says why it never counts; `content` is a
digest of all that two versions may differ in; `sealed` has the document's number and the facts. An earlier version has
the `record` that it was of, and `until` when."""


def owner_of(record: RecordRow) -> str:
    """The entity whose record it is: that delivered it, or the source itself where the platform imported it."""
    return record["reporter"] or record["source"]
