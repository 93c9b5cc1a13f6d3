"""The engine for a whole city: the same rules over columns, with NumPy.

`assess_city` gives for every citizen what `scoring.engine.assess` gives for one: the value
and the dimensions. Property tests hold the two together on any records.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from functools import cache

import numpy as np
import numpy.typing as npt

from scoring.records import Record
from scoring.scheme import DataClass, Scheme, value_on

Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

EPOCH = date(1970, 1, 1)
NEVER = np.int32(2**31 - 1)
_FIRST, _LAST = date(1950, 1, 1), date(2100, 1, 1)


@dataclass(frozen=True, slots=True)
class Columns:
    """Records as columns. Days count from 1970-01-01; `rule` is an index into the scheme's rules, or -1."""

    citizen: Ints
    rule: Ints
    occurred_on: Ints
    reported_on: Ints
    cured_on: Ints
    final: Bools
    disputed: Bools
    declined: Bools

    def __len__(self) -> int:
        return len(self.citizen)


@dataclass(frozen=True, slots=True)
class Assessed:
    """What the city's engine gives, by citizen: values, dimensions in the scheme's order, history or none."""

    value: Ints
    dimensions: Ints
    has_history: Bools


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def columns_of(scheme: Scheme, people: Iterable[tuple[Iterable[Record], frozenset[str]]]) -> Columns:
    """Columns from records: each person's own, with the optional rules that the person switched off."""
    index = {rule.code: n for n, rule in enumerate(scheme.rules)}
    rows = [
        (
            citizen,
            index.get(r.rule, -1),
            day_number(r.occurred_on),
            day_number(r.reported_on),
            int(NEVER) if r.cured_on is None else day_number(r.cured_on),
            r.final,
            r.disputed,
            r.rule in declined,
        )
        for citizen, (records, declined) in enumerate(people)
        for r in records
    ]
    table = np.array(rows, dtype=np.int32).reshape(-1, len(fields(Columns)))
    numbers, flags = table[:, :5].T.copy(), table[:, 5:].T.astype(np.bool_)
    return Columns(*numbers, *flags)


class CityEngine:
    """A scheme made ready for one day. Making one costs milliseconds; use it for many chunks."""

    def __init__(self, scheme: Scheme, as_of: date) -> None:
        base = value_on(scheme.base, as_of)
        if base is None:
            raise ValueError(f"scheme {scheme.id} has no base in force on {as_of}")
        self._today = day_number(as_of)
        self._base, self._lowest, self._highest = base.value, scheme.lowest, scheme.highest
        self._dimensions = {d.code: n for n, d in enumerate(scheme.dimensions)}
        self._start, self._floor, self._cap = (
            np.array([getattr(d, name) for d in scheme.dimensions], dtype=np.int64)
            for name in ("start", "floor", "cap")
        )
        self._rules(scheme)

    def assess(self, columns: Columns, citizens: int) -> Assessed:
        """Assess `citizens` people, numbered from 0 in the columns."""
        points = self._points(columns)
        width = len(self._dimensions)
        keys = columns.citizen.astype(np.int64) * width + self._dimension[columns.rule]
        totals = _sums(keys, points, citizens * width).reshape(citizens, width)
        totals += self._rule_limits(columns, points, citizens)
        totals = np.clip(totals + self._start, self._floor, self._cap)
        value = np.clip(self._base + totals.sum(axis=1), self._lowest, self._highest)
        history = np.bincount(columns.citizen, weights=points != 0, minlength=citizens) > 0
        return Assessed(value.astype(np.int32), totals.astype(np.int32), history)

    def _rules(self, scheme: Scheme) -> None:
        """Tables by rule index; the last row stands for a rule that is not in the catalogue."""
        rules = scheme.rules
        self._dimension = np.array([self._dimensions[r.dimension] for r in rules] + [0], dtype=np.int64)
        self._grace = np.array([r.grace_days or 0 for r in rules] + [0], dtype=np.int32)
        self._adverse = np.array([r.data_class is DataClass.ADVERSE for r in rules] + [False])
        self._notice = np.array([r.data_class is DataClass.NOTICE for r in rules] + [False])
        self._optional = np.array([r.optional for r in rules] + [False])
        most = max(len(r.points) for r in rules)
        self._from, self._until, self._value = (
            np.full((most, len(rules) + 1), fill, dtype=np.int32) for fill in (NEVER, NEVER, 0)
        )
        for n, rule in enumerate(rules):
            for k, dated in enumerate(rule.points):
                self._from[k, n] = day_number(dated.from_)
                self._until[k, n] = NEVER if dated.until is None else day_number(dated.until)
                self._value[k, n] = dated.value
        months = [scheme.retention_of(r) for r in rules] + [1]
        spans = sorted({*months, 60})
        self._span = np.array([spans.index(m) for m in months], dtype=np.int32)
        self._five_years = spans.index(60)
        self._ends = np.stack([_month_table(span) for span in spans])
        self._limited = [(n, r.at_most) for n, r in enumerate(rules) if r.at_most is not None]

    def _points(self, columns: Columns) -> Ints:
        """What each record gives today; 0 for what is withheld."""
        rule, today = columns.rule, self._today
        ends = np.minimum(
            self._ends[self._span[rule], _row(columns.reported_on)],
            self._ends[self._five_years, _row(columns.occurred_on)],
        )
        counts = (columns.reported_on + self._grace[rule] <= today) & (today < ends)
        counts &= ~columns.disputed & (columns.final | ~self._adverse[rule])
        counts &= ~(columns.declined & self._optional[rule])
        counts &= ~(self._notice[rule] & (columns.cured_on <= today))
        points = np.zeros(len(columns), dtype=np.int32)
        for starts, ends_before, value in zip(self._from, self._until, self._value, strict=True):
            applies = (starts[rule] <= columns.occurred_on) & (columns.occurred_on < ends_before[rule])
            points += np.where(applies, value[rule], 0).astype(np.int32)
        return np.where(counts, points, 0).astype(np.int32)

    def _rule_limits(self, columns: Columns, points: Ints, citizens: int) -> npt.NDArray[np.int64]:
        """What the limits of single rules take back, by citizen and dimension."""
        taken = np.zeros((citizens, len(self._dimensions)), dtype=np.int64)
        if not self._limited:
            return taken
        place = np.full(len(self._dimension), -1, dtype=np.int64)
        place[[n for n, _ in self._limited]] = np.arange(len(self._limited))
        chosen = (place[columns.rule] >= 0) & (points != 0)
        width = len(self._limited)
        keys = columns.citizen[chosen].astype(np.int64) * width + place[columns.rule[chosen]]
        totals = _sums(keys, points[chosen], citizens * width).reshape(citizens, width)
        most = np.array([limit for _, limit in self._limited], dtype=np.int64)
        over = np.clip(totals, -most, most) - totals
        for column, (rule, _) in enumerate(self._limited):
            taken[:, self._dimension[rule]] += over[:, column]
        return taken


def assess_city(scheme: Scheme, columns: Columns, citizens: int, as_of: date) -> Assessed:
    """Assess everybody on one day. Raises ValueError where the scheme has no base on that day."""
    return CityEngine(scheme, as_of).assess(columns, citizens)


def _sums(keys: npt.NDArray[np.int64], points: Ints, size: int) -> npt.NDArray[np.int64]:
    return np.bincount(keys, weights=points, minlength=size).astype(np.int64)


def _row(days: Ints) -> Ints:
    """Where a day stands in the month tables; what lies outside counts as their first or last day."""
    return np.clip(days - day_number(_FIRST), 0, day_number(_LAST) - day_number(_FIRST) - 1)


@cache
def _month_table(months: int) -> Ints:
    """For every day of 150 years, the day `months` later, as `scoring.calendar.add_months` has it."""
    days = np.arange(np.datetime64(_FIRST), np.datetime64(_LAST))
    month = days.astype("datetime64[M]")
    later = month + months
    last = (later + 1).astype("datetime64[D]") - 1
    target = later.astype("datetime64[D]") + (days - month.astype("datetime64[D]"))
    ends: Ints = np.minimum(target, last).astype(np.int64).astype(np.int32)
    return ends
