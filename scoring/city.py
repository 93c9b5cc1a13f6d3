"""The engine for a whole city: the same rules over columns, with NumPy.

`assess_city` gives for every citizen what `scoring.engine.assess` gives for one: the value
and the dimensions. Property tests hold the two together on any records.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.catalogue import MAX_RETENTION_MONTHS, DataClass, Rule
from scoring.dated import Dated
from scoring.edition import RuleTerms, SchemeAt
from scoring.records import Record
from scoring.same_event import AGAINST, event_of
from scoring.scheme import Scheme

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

EPOCH = date(1970, 1, 1)
NEVER = np.int32(2**31 - 1)
_FIRST = date(1950, 1, 1)
_LAST = date(2100, 1, 1)


@dataclass(frozen=True, slots=True)
class Columns:
    """Records as columns. Days count from 1970-01-01; `rule` is an index into the scheme's rules, or -1, `source`
    one into `source_codes`, or -1."""

    citizen: Ints
    rule: Ints
    source: Ints
    occurred_on: Ints
    reported_on: Ints
    cured_on: Ints
    final: Bools
    disputed: Bools
    declined: Bools
    barred: Bools
    separate: Bools

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
    sources = {code: n for n, code in enumerate(source_codes(scheme))}
    rows = [
        (
            citizen,
            index.get(r.rule, -1),
            sources.get(r.source, -1),
            day_number(r.occurred_on),
            day_number(r.reported_on),
            int(NEVER) if r.cured_on is None else day_number(r.cured_on),
            r.final,
            r.disputed,
            r.rule in declined,
            r.barred is not None,
            r.separate,
        )
        for citizen, (records, declined) in enumerate(people)
        for r in records
    ]
    table = np.array(rows, dtype=np.int32).reshape(-1, len(fields(Columns)))
    numbers = table[:, :6].T.copy()
    flags = table[:, 6:].T.astype(np.bool_)
    return Columns(*numbers, *flags)


def source_codes(scheme: Scheme) -> list[str]:
    """The register of sources in the order of `Columns.source`."""
    return sorted(source.code for source in scheme.sources)


class CityEngine:
    """A scheme made ready for one day. Making one costs milliseconds; use it for many chunks."""

    def __init__(self, scheme: Scheme, as_of: date) -> None:
        edition = scheme.scheme_at(as_of)
        self._today = day_number(as_of)
        self._base, self._lowest, self._highest = edition.base.value, edition.lowest, edition.highest
        self._start, self._floor, self._cap = (
            np.array([getattr(limits.value, name) for _, limits in edition.dimensions], dtype=np.int64)
            for name in ("start", "floor", "cap")
        )
        self._width = len(edition.dimensions)
        self._rules(scheme)
        self._terms(scheme)
        self._limits(scheme, edition)

    def assess(self, columns: Columns, citizens: int) -> Assessed:
        """Assess `citizens` people, numbered from 0 in the columns."""
        points = self._points(columns)
        keys = columns.citizen.astype(np.int64) * self._width + self._dimension[columns.rule]
        totals = _sums(keys, points, citizens * self._width).reshape(citizens, self._width)
        totals += self._taken(columns, points, citizens)
        totals = np.clip(totals + self._start, self._floor, self._cap)
        value = np.clip(self._base + totals.sum(axis=1), self._lowest, self._highest)
        history = np.bincount(columns.citizen, weights=points != 0, minlength=citizens) > 0
        return Assessed(value.astype(np.int32), totals.astype(np.int32), history)

    def _rules(self, scheme: Scheme) -> None:
        """Tables by rule index; the last row stands for a rule that is not in the catalogue."""
        place = {d.code: n for n, d in enumerate(scheme.dimensions)}
        rules = scheme.rules
        self._dimension = np.array([place[r.dimension] for r in rules] + [0], dtype=np.int64)
        self._notice = np.array([r.data_class is DataClass.NOTICE for r in rules] + [False])
        self._against = np.array([r.data_class in AGAINST for r in rules] + [False])
        self._optional = np.array([r.optional for r in rules] + [False])
        events = [event_of(scheme, r.code) for r in rules]
        place_of = {event: n for n, event in enumerate(sorted(set(events)))}
        self._event = np.array([place_of[event] for event in events] + [-1], dtype=np.int64)
        bodies: dict[str, set[str]] = defaultdict(set)
        for event, rule in zip(events, rules, strict=True):
            bodies[event].update(rule.sources)
        self._shared = np.array([len(bodies[event]) > 1 for event in events] + [False])

    def _terms(self, scheme: Scheme) -> None:
        """Tables by terms: each rule has new ones on each of its days of change. Row 0: not in force."""
        rows: list[RuleTerms | None] = [None]
        changes = [_changes(scheme, rule) for rule in scheme.rules]
        most = max(map(len, changes), default=1)
        self._begin = np.full((most, len(changes) + 1), NEVER, dtype=np.int32)
        self._row = np.zeros((most, len(changes) + 1), dtype=np.int32)
        for n, (rule, days) in enumerate(zip(scheme.rules, changes, strict=True)):
            for k, day in enumerate(days):
                terms = scheme.terms_on(rule.code, day)
                self._begin[k, n] = day_number(day)
                self._row[k, n] = 0 if terms is None else len(rows)
                rows += [] if terms is None else [terms]
        spans = sorted({t.retention_months for t in rows if t is not None} | {MAX_RETENTION_MONTHS})
        self._five_years = spans.index(MAX_RETENTION_MONTHS)
        self._ends = np.stack([_month_table(span) for span in spans])
        self._span, self._grace, self._value = (
            np.array(values, dtype=np.int32)
            for values in zip(
                *((0, 0, 0) if t is None else (spans.index(t.retention_months), t.grace_days, t.points) for t in rows),
                strict=True,
            )
        )

    def _limits(self, scheme: Scheme, edition: SchemeAt) -> None:
        """The most points by rule index, for each kind of period; 0 where there is no limit."""
        self._most = {per: np.zeros(len(scheme.rules) + 1, dtype=np.int64) for per in ("month", "year", None)}
        for n, rule in enumerate(scheme.rules):
            for limit in edition.limits.get(rule.code, ()):
                self._most[limit.value.per][n] = limit.value.points
        self._limited = np.any(list(self._most.values()), axis=0)

    def _points(self, columns: Columns) -> Ints:
        """What each record gives today; 0 for what is withheld."""
        rule, today = columns.rule, self._today
        row = np.zeros(len(columns), dtype=np.int32)
        for begin, rows in zip(self._begin, self._row, strict=True):
            row = np.where(begin[rule] <= columns.occurred_on, rows[rule], row)
        ends = np.minimum(
            self._ends[self._span[row], _day_row(columns.reported_on)],
            self._ends[self._five_years, _day_row(columns.occurred_on)],
        )
        stands = (columns.reported_on <= today) & (today < ends) & columns.final & ~columns.barred
        cured = self._notice[rule] & (columns.cured_on <= today)
        counts = stands & (columns.reported_on + self._grace[row] <= today)
        counts &= ~columns.disputed & ~cured
        counts &= ~(columns.declined & self._optional[rule])
        points: Ints = np.where(counts, self._value[row], 0).astype(np.int32)
        points[self._twins(columns, stands & (row > 0), np.where(cured, 0, self._value[row]))] = 0
        return points

    def _twins(self, columns: Columns, stands: Bools, value: Ints) -> Longs:
        """Where records are of the same event as one of another source that counts (`scoring.same_event`)."""
        places = np.flatnonzero(self._shared[columns.rule] & stands & ~columns.separate)
        if len(places) < 2:
            return places[:0]
        rule, source = columns.rule[places], columns.source[places]
        harm = np.where(self._against[rule], -value[places], 0)
        event, day = self._event[rule], columns.occurred_on[places]
        whose = columns.citizen[places]
        order = np.lexsort((source, columns.reported_on[places], harm, day, event, whose))
        keys = np.stack([whose[order], event[order], day[order]])
        begins = np.concatenate([[True], np.any(keys[:, 1:] != keys[:, :-1], axis=0)])
        counting = source[order][begins][np.cumsum(begins) - 1]
        twins: Longs = places[order[source[order] != counting]]
        return twins

    def _taken(self, columns: Columns, points: Ints, citizens: int) -> Longs:
        """What the limits of single rules take back, by citizen and dimension."""
        chosen = self._limited[columns.rule] & (points != 0)
        months = columns.occurred_on[chosen].astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        given = _Sums(columns.citizen[chosen].astype(np.int64), columns.rule[chosen], months, points[chosen])
        left = given
        for per, width in (("month", 1), ("year", 12)):
            left = left.within(self._most[per], width)
        return self._altogether(left, citizens) - self._by_dimension(given, citizens)

    def _altogether(self, sums: _Sums, citizens: int) -> Longs:
        """By citizen and dimension, each rule within its limit on all that counts."""
        rules = np.flatnonzero(self._limited)
        place = np.zeros(len(self._limited), dtype=np.int64)
        place[rules] = np.arange(len(rules))
        keys = sums.citizen * len(rules) + place[sums.rule]
        totals = _sums(keys, sums.points, citizens * len(rules)).reshape(citizens, len(rules))
        most = self._most[None][rules]
        most = np.where(most == 0, NEVER, most)
        totals = np.clip(totals, -most, most)
        found = np.zeros((citizens, self._width), dtype=np.int64)
        for column, rule in enumerate(rules):
            found[:, self._dimension[rule]] += totals[:, column]
        return found

    def _by_dimension(self, sums: _Sums, citizens: int) -> Longs:
        keys = sums.citizen * self._width + self._dimension[sums.rule]
        return _sums(keys, sums.points, citizens * self._width).reshape(citizens, self._width)


@dataclass(frozen=True, slots=True)
class _Sums:
    """Points by citizen, rule and period (months or years since 1970), in no order."""

    citizen: Longs
    rule: Ints
    period: Longs
    points: npt.NDArray[np.integer[Any]]

    def within(self, most: Longs, width: int) -> _Sums:
        """Sum up what has a limit on periods of `width` months, and cut each sum to it."""
        limited = most[self.rule] > 0
        if not limited.any():
            return self
        period = self.period[limited] // width
        wide = 1 << 16
        keys = (self.citizen[limited] * len(most) + self.rule[limited]) * wide + period + wide // 2
        unique, inverse = np.unique(keys, return_inverse=True)
        owner, rule = np.divmod(unique // wide, len(most))
        points = np.clip(_sums(inverse, self.points[limited], len(unique)), -most[rule], most[rule])
        rest = ~limited
        return _Sums(
            np.concatenate([self.citizen[rest], owner]),
            np.concatenate([self.rule[rest], rule.astype(np.int32)]),
            np.concatenate([self.period[rest], (unique % wide - wide // 2) * width]),
            np.concatenate([self.points[rest], points]),
        )


def assess_city(scheme: Scheme, columns: Columns, citizens: int, as_of: date) -> Assessed:
    """Assess everybody on one day. Raises ValueError where the scheme has no base on that day."""
    return CityEngine(scheme, as_of).assess(columns, citizens)


def _sums(keys: npt.NDArray[np.integer[Any]], points: npt.NDArray[np.integer[Any]], size: int) -> Longs:
    return np.bincount(keys, weights=points, minlength=size).astype(np.int64)


def _changes(scheme: Scheme, rule: Rule) -> list[date]:
    """The days on which anything about a record of this rule changes."""
    dated: list[Dated[int]] = [*rule.points, *rule.retention_months, *rule.grace_days]
    dated += scheme.retention[rule.tier] if rule.tier else []
    return sorted({day for value in dated for day in (value.from_, value.until) if day is not None})


def _day_row(days: Ints) -> Ints:
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
