"""What everybody may know of disputes: counts from which no group of a few people can be worked out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from statistics import median

from schema.types.errors import LocalText
from schema.types.figures import DisputeFigures, SourceDisputes
from scoring.disputes import CHANGES_RECORD
from server.disputes.model import DisputeRow

SMALLEST = 10
"""No group of fewer people is shown."""
_OVERTURNED = {one.value for one in CHANGES_RECORD}


def at_least(count: int) -> int | None:
    """A count that may be shown; None where it is of too few people to stay anonymous."""
    return count if count == 0 or count >= SMALLEST else None


def part_of(part: int, whole: int) -> int | None:
    """A count within another that may be shown: neither it nor what is left of the other is of too few."""
    return None if at_least(whole - part) is None else at_least(part)


def without_rest(whole: int, parts: Mapping[str, int | None]) -> dict[str, int | None]:
    """Parts of a whole; the smallest are hidden as well where the rest of the whole would be of too few."""
    shown = dict(parts)
    while True:
        known = {name: count for name, count in shown.items() if count}
        if not known or at_least(whole - sum(known.values())) is not None:
            return shown
        shown[min(known, key=lambda name: (known[name], name))] = None


def dispute_figures(
    since: date, decided: Sequence[DisputeRow], days: Callable[[DisputeRow], int], label: Callable[[str], LocalText]
) -> DisputeFigures:
    """Figures of the decisions about records since a day; `days` is how long one took, `label` names a source."""
    rows = [row for row in decided if row["record"] is not None]
    overturned = sum(row["determination"] in _OVERTURNED for row in rows)
    enough = bool(rows) and at_least(len(rows)) is not None
    return DisputeFigures(
        since=since,
        decided=at_least(len(rows)),
        overturned=part_of(overturned, len(rows)),
        lapses=part_of(sum(row["lapsed"] for row in rows), len(rows)),
        median_working_days=median(map(days, rows)) if enough else None,
        by_source=_by_source(rows, overturned, label),
    )


def _by_source(rows: Sequence[DisputeRow], overturned: int, label: Callable[[str], LocalText]) -> list[SourceDisputes]:
    groups: dict[str, list[DisputeRow]] = {}
    for row in rows:
        if row["source"] is not None:
            groups.setdefault(row["source"], []).append(row)
    right = {code: sum(row["determination"] in _OVERTURNED for row in group) for code, group in groups.items()}
    counts = without_rest(len(rows), {code: at_least(len(group)) for code, group in groups.items()})
    parts = {code: part_of(right[code], len(group)) if counts[code] else None for code, group in groups.items()}
    changed = without_rest(overturned, parts)
    found = [SourceDisputes(label=label(code), decided=counts[code], overturned=changed[code]) for code in groups]
    return sorted(found, key=lambda one: (-(one.decided or 0), one.label.zh))
