"""Synthetic records: what sources would have reported about a resident."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from scoring.catalogue import DataClass, Rule
from scoring.records import Fact, Record
from scoring.scheme import Scheme

_HISTORIES = (
    # share, positive, basic, notice and adverse records at most
    (15, 0, 1, 0, 0),
    (55, 9, 1, 1, 0),
    (12, 18, 3, 0, 0),
    (3, 60, 6, 0, 0),
    (15, 6, 1, 2, 3),
)
_A_LIFE = 36_500
_A_BILL = 30
_INSTALMENT = 10
"""Points from which on a notice is about more than a bill."""


class RecordMaker:
    """Makes records of a scheme up to a day."""

    def __init__(self, scheme: Scheme, random: Random, today: date) -> None:
        self._scheme = scheme
        self._random = random
        self._today = today
        self._numbers = iter(range(1, 10**9))
        self._by_class = {c: [r for r in scheme.rules if r.data_class is c] for c in DataClass}

    def someone(self) -> list[Record]:
        """The records of a resident, by one of a few kinds of history."""
        weights = [h[0] for h in _HISTORIES]
        _, *most = self._random.choices(_HISTORIES, weights)[0]
        classes = (DataClass.POSITIVE, DataClass.BASIC, DataClass.NOTICE, DataClass.ADVERSE)
        made: list[Record] = []
        for data_class, count in zip(classes, most, strict=True):
            made += (record for record in self._some(data_class, count) if self._is_believable(record, made))
        return made

    def ready(self, who: int) -> list[Record]:
        """The records of the ready-made people."""
        codes = self._scheme.city.demo.records[who]
        return [
            self._recent(self._scheme.rules_by_code[code], codes.index(code), codes[:n].count(code))
            for n, code in enumerate(codes)
        ]

    def _recent(self, rule: Rule, place: int, before: int) -> Record:
        """A record that counts, or for a notice one that is not due yet; earlier where there are others of its rule."""
        days = min(40 + 20 * place + before * self._apart(rule), self._months(rule) * 29)
        if rule.data_class is DataClass.NOTICE:
            days = 12
        reported = self._today - timedelta(days=days)
        return self._record(rule, reported - timedelta(days=12), reported, cured=0.0)

    def _some(self, data_class: DataClass, most: int) -> Iterator[Record]:
        for _ in range(self._random.randint(min(most, 1), most) if most else 0):
            if not self._by_class[data_class]:
                return
            rule = self._random.choice(self._by_class[data_class])
            longest = self._months(rule) * 30 + 60
            reported = self._today - timedelta(days=self._random.randrange(1, longest))
            occurred = reported - timedelta(days=self._random.randrange(1, 30))
            if rule.points_on(occurred) is not None:
                yield self._record(rule, occurred, reported)

    def _apart(self, rule: Rule) -> int:
        """How many days lie between two records of a rule in one life."""
        if rule.data_class is DataClass.BASIC:
            return _A_LIFE
        if rule.data_class is DataClass.POSITIVE:
            return 365 // max(1, self._scheme.city.yearly.get(rule.code, 1))
        return _A_BILL if rule.data_class is DataClass.NOTICE else 1

    def _is_believable(self, record: Record, others: Sequence[Record]) -> bool:
        """Nobody completes one year twice within it."""
        apart = timedelta(days=self._apart(self._scheme.rules_by_code[record.rule]))
        same = (other for other in others if other.rule == record.rule)
        return all(abs(record.occurred_on - other.occurred_on) >= apart for other in same)

    def _months(self, rule: Rule) -> int:
        terms = self._scheme.terms_on(rule.code, self._today)
        return terms.retention_months if terms else 1

    def _amount(self, rule: Rule, day: date) -> str:
        """What is overdue, in yuan: a household's bill, or an instalment where more is at stake."""
        points = rule.points_on(day)
        is_bill = points is None or abs(points.value) < _INSTALMENT
        least, most = (30, 280) if is_bill else (1800, 4600)
        return f"{self._random.randrange(least * 100, most * 100) / 100:.2f}"

    def _record(self, rule: Rule, occurred: date, reported: date, cured: float = 0.4) -> Record:
        """A notice was cured with that probability."""
        facts: dict[str, Fact] = {}
        if rule.data_class is DataClass.NOTICE:
            facts["amount"] = self._amount(rule, occurred)
        if rule.data_class is DataClass.NOTICE and self._random.random() < cured:
            on = min(self._today, reported + timedelta(days=self._random.randrange(1, 40)))
            facts["cured_on"] = on.isoformat()
        return Record(
            id=f"{reported.year}-{next(self._numbers):07d}",
            source=self._random.choice(rule.sources),
            rule=rule.code,
            data_class=rule.data_class,
            occurred_on=occurred,
            reported_on=reported,
            facts=facts,
        )
