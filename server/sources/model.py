"""Rows of the register of sources and of imports."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict


class LabelRow(TypedDict):
    """A name in both languages."""

    zh: str
    en: str


class OfficeRow(TypedDict):
    """Whom to ask at an entity."""

    office: str
    phone: str


class SourceRow(TypedDict):
    """A reporting entity, what it may report, and counts of what it delivered."""

    _id: str
    source: str
    label: LabelRow
    rules: list[str]
    classes: list[str]
    contact: OfficeRow
    active: bool
    counts: dict[str, int]
    last_at: NotRequired[datetime]


class ImportRow(TypedDict):
    """How far a file was imported: the last line that is stored. `_id` begins with a digest of the file.

    A batch with records that were `refused` has a row of its own, with the reason of each by the number of its line.
    """

    _id: str
    line: int
    refused: NotRequired[dict[str, str]]
