"""Rows of assessments. Days are ISO dates."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict

from server.platform.db import Document, Sealed


class AssessmentRow(TypedDict):
    """A citizen's statement, the current one or one of the past.

    `sealed` has the packed JSON of a `StatementContent`; `fingerprint` tells of a current one, without opening it,
    whether it still has the same score; `scheme` and `digest` are the digests of scheme and statement.
    """

    _id: str
    citizen: str
    current: bool
    at: datetime
    as_of: str
    scheme: str
    cause: str
    digest: str
    fingerprint: NotRequired[str]
    sealed: Sealed
    recalculated_at: NotRequired[datetime]


class StandingRow(TypedDict):
    """What tells whether an assessment is of today and of the scheme in force."""

    _id: str
    as_of: str
    scheme: str


class StatementContent(TypedDict):
    """A statement as JSON (`Statement.to_json`), and the ids of its records by source and document number."""

    statement: Document
    records: dict[str, str]
