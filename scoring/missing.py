"""Which delivered record is the one that a citizen misses: same body, same kind where it was named, and about that day.

People remember a day or two beside the one that a body writes down: where the kind is known, a few days either way are
the same. Where it is not, the day alone tells, and what is near is for a person to look at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

NEAR_DAYS = 3
"""So far a record's day may be from the one that the citizen named, where they named the kind."""
LIKELY_DAYS = 31
"""So far it may be to be shown to who decides."""


@dataclass(frozen=True, slots=True)
class Missed:
    """What a citizen misses: who should have reported it, of which rule if they named one, and on which day."""

    source: str
    rule: str | None
    day: date


@dataclass(frozen=True, slots=True)
class Reported:
    """What a body reported."""

    source: str
    rule: str
    day: date


def is_likely(missed: Missed, reported: Reported) -> bool:
    """Whether it may be what is missed."""
    same = reported.source == missed.source and missed.rule in (None, reported.rule)
    return same and _apart(missed, reported) <= LIKELY_DAYS


def is_the_one(missed: Missed, reported: Reported) -> bool:
    """Whether it is what is missed, without anybody looking."""
    most = 0 if missed.rule is None else NEAR_DAYS
    return is_likely(missed, reported) and _apart(missed, reported) <= most


def found(missed: Sequence[Missed], reported: Sequence[Reported]) -> list[int]:
    """The places of those that are no longer missed: each report is one of them at most, the nearest first."""
    pairs = sorted(
        (_apart(one, report), place, n)
        for place, one in enumerate(missed)
        for n, report in enumerate(reported)
        if is_the_one(one, report)
    )
    places: dict[int, int] = {}
    for _, place, n in pairs:
        if place not in places and n not in places.values():
            places[place] = n
    return sorted(places)


def _apart(missed: Missed, reported: Reported) -> int:
    return abs((reported.day - missed.day).days)
