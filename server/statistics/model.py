"""Rows of reassessments of the whole city, and of published impact reports. They say nothing of people."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict


class TotalsRow(TypedDict):
    """Counts of a reassessment."""

    citizens: int
    records: int
    changed: int


class RescoreRow(TypedDict):
    """A reassessment of the whole city as of a day (an ISO date).

    `done` names the ranges that are done, of `ranges`; `histogram` has a count of scores for each bin, by its place.
    """

    _id: str
    as_of: str
    started_at: datetime
    citizens: int
    ranges: int
    done: list[str]
    totals: TotalsRow
    histogram: NotRequired[dict[str, int]]
    finished_at: NotRequired[datetime]


class ImpactRow(TypedDict):
    """A published impact report: how many citizens there are, and whose score goes up or down; `page` is its HTML."""

    _id: str
    at: datetime
    old: str
    new: str
    citizens: int
    up: int
    down: int
    page: str
