"""What a scheme says on one day: the values in force, looked up once and kept.

An `SchemeAt` is the frame of an assessment on its day. `RuleTerms` are what a rule says
about a record, by the catalogue in force on the day the record occurred.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from scoring.catalogue import Band, Dimension, Interval, Limit, Range, Rule, Scale, Tier
from scoring.dated import Dated, Provenance, value_on

T = TypeVar("T")
_NARROW_FIRST = ("month", "year", None)


@dataclass(frozen=True, slots=True)
class SchemeAt:
    """The frame of an assessment on one day. `limits` holds each rule's, narrow periods first."""

    base: Dated[int]
    scale: Dated[Scale]
    dimensions: tuple[tuple[Dimension, Dated[Range]], ...]
    bands: tuple[tuple[Band, Dated[Interval]], ...]
    limits: Mapping[str, tuple[Dated[Limit], ...]]

    @property
    def lowest(self) -> int:
        return self.scale.value.lowest

    @property
    def highest(self) -> int:
        return self.scale.value.highest

    def band_of(self, value: int) -> Band:
        """The band that holds a value. Raises ValueError where the bands leave a gap."""
        for band, dated in self.bands:
            if dated.value.floor <= value <= dated.value.cap:
                return band
        raise ValueError(f"no band in force holds {value}")


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """What a rule says about a record that occurred on some day."""

    rule: Rule
    points: int
    provenance: Provenance
    retention_months: int
    grace_days: int


def edition(
    base: Sequence[Dated[int]],
    scale: Sequence[Dated[Scale]],
    dimensions: Sequence[Dimension],
    bands: Sequence[Band],
    rules: Sequence[Rule],
    on: date,
) -> SchemeAt:
    """The frame in force on a day. Raises ValueError where base, scale or a dimension has no value then."""
    return SchemeAt(
        base=_in_force(base, "base", on),
        scale=_in_force(scale, "scale", on),
        dimensions=tuple((d, _in_force(d.range, f"range of dimension {d.code}", on)) for d in dimensions),
        bands=tuple((b, interval) for b in bands if (interval := value_on(b.interval, on)) is not None),
        limits={r.code: limits for r in rules if (limits := _limits(r, on))},
    )


def terms(rule: Rule | None, retention: Mapping[Tier, Sequence[Dated[int]]], on: date) -> RuleTerms | None:
    """A rule's terms for a record of a day; None where there is no such rule on that day."""
    points = None if rule is None else rule.points_on(on)
    if rule is None or points is None:
        return None
    own = value_on(rule.retention_months, on)
    by_tier = None if rule.tier is None else value_on(retention[rule.tier], on)
    months = own or by_tier
    if months is None:
        return None
    grace = value_on(rule.grace_days, on)
    return RuleTerms(rule, points.value, points.provenance, months.value, grace.value if grace else 0)


def _limits(rule: Rule, on: date) -> tuple[Dated[Limit], ...]:
    found = [v for v in rule.limits if v.in_force(on)]
    return tuple(sorted(found, key=lambda v: _NARROW_FIRST.index(v.value.per)))


def _in_force(values: Sequence[Dated[T]], what: str, on: date) -> Dated[T]:
    found = value_on(values, on)
    if found is None:
        raise ValueError(f"the scheme has no {what} in force on {on}")
    return found
