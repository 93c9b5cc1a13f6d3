"""Rows of versions."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict


class SchemeVersionRow(TypedDict):
    """The files of a folder by name, who stands for them, and the day (ISO) from which they are in force."""

    _id: str
    scheme: str
    version: str
    digest: str
    effective_on: str
    files: dict[str, str]
    state: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None
