"""Rows of assessments, and what is sealed in them. Days are ISO dates."""

from __future__ import annotations

import zlib
from datetime import date, datetime
from functools import cached_property
from typing import NotRequired, TypedDict

import orjson

from server.platform.db import Document, Sealed


class AssessmentRow(TypedDict):
    """A citizen's statement, the current one or one of the past.

    `sealed` is a `PackedStatement`; `fingerprint` tells of a current one, without opening it,
    whether it still has the same score; `scheme` and `digest` are the digests of scheme and statement. `seen_at` is
    when its citizen saw it first, in any channel.
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
    seen_at: NotRequired[datetime]


class StandingRow(TypedDict):
    """What tells whether an assessment is of today and of the scheme in force."""

    _id: str
    as_of: str
    scheme: str


class PackedStatement(TypedDict):
    """A `StatementContent` as packed JSON, and what most questions ask of it next to that."""

    zlib: bytes
    value: int
    band: str


class StatementContent(TypedDict):
    """A statement as JSON (`Statement.to_json`), and the ids of its records by source and document number."""

    statement: Document
    records: dict[str, str]


class StoredStatement:
    """A stored statement that is open: its face, and the whole where it is asked for."""

    def __init__(self, row: AssessmentRow, packed: PackedStatement) -> None:
        self.id = row["_id"]
        self.at = row["at"]
        self.is_seen = "seen_at" in row
        self.as_of = date.fromisoformat(row["as_of"])
        self.digest = row["digest"]
        self.value = packed["value"]
        self.band_code = packed["band"]
        self._packed = packed["zlib"]

    @cached_property
    def content(self) -> StatementContent:
        """The whole as JSON."""
        content: StatementContent = orjson.loads(zlib.decompress(self._packed))
        return content
