"""The city's engine agrees with the engine on any records of any people."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.calendar import add_months
from scoring.catalogue import DataClass
from scoring.city import CityEngine, Columns, _month_table, assess_city, columns_of, day_number
from scoring.engine import NEWCOMER_BAND, assess
from scoring.records import Bar, Record
from scoring.scheme import Scheme
from tests.properties.schemes import schemes
from tests.support.people import BAILU, MOLI, TODAY, record
from tests.support.strategies import DAYS


@st.composite
def a_person(draw: st.DrawFn, scheme: Scheme) -> tuple[list[Record], frozenset[str]]:
    """Anything a person may have: all classes, unknown rules, settled notices, items switched off."""
    made = []
    for n in range(draw(st.integers(0, 16))):
        rule = draw(st.sampled_from(scheme.rules))
        occurred = draw(DAYS)
        reported = occurred + timedelta(days=draw(st.integers(0, 90)))
        cured = draw(st.none() | st.integers(0, 90))
        made.append(
            Record(
                id=str(n),
                source=draw(st.sampled_from(rule.sources)),
                rule=rule.code if draw(st.integers(0, 9)) else "no.such",
                data_class=rule.data_class,
                occurred_on=occurred,
                reported_on=reported,
                final=draw(st.booleans()),
                disputed=draw(st.integers(0, 4)) == 0,
                barred=draw(st.none() | st.none() | st.sampled_from(Bar)),
                separate=draw(st.integers(0, 9)) == 0,
                facts={} if cured is None else {"cured_on": (reported + timedelta(days=cured)).isoformat()},
            )
        )
    optional = [r.code for r in scheme.rules if r.optional]
    return made, frozenset(draw(st.sets(st.sampled_from(optional), max_size=2)) if optional else ())


def agree(scheme: Scheme, people: list[tuple[list[Record], frozenset[str]]], on: date) -> None:
    found = assess_city(scheme, columns_of(scheme, people), len(people), on)
    for n, (records, declined) in enumerate(people):
        one = assess(scheme, records, on, declined=declined)
        assert found.value[n] == one.value
        assert found.dimensions[n].tolist() == [d.value for d in one.dimensions]
        assert found.has_history[n] == (one.band_code != NEWCOMER_BAND)


@pytest.mark.long
@given(st.lists(a_person(MOLI), max_size=5), DAYS)
def test_moli(people: list[tuple[list[Record], frozenset[str]]], on: date) -> None:
    agree(MOLI, people, on)


@pytest.mark.long
@given(st.lists(a_person(BAILU), max_size=5), DAYS)
def test_bailu(people: list[tuple[list[Record], frozenset[str]]], on: date) -> None:
    agree(BAILU, people, on)


@pytest.mark.long
@given(st.data(), schemes(), DAYS)
def test_any_scheme_with_terms_and_limits_that_change(data: st.DataObject, scheme: Scheme, on: date) -> None:
    people = data.draw(st.lists(a_person(scheme), max_size=4))
    agree(scheme, people, on)
    for records, declined in people:
        statement = assess(scheme, records, on, declined=declined)
        assert sum(line.points for line in statement.lines) == statement.value


@given(st.integers(0, 400))
def test_every_day_around_an_expiry(days: int) -> None:
    records = [record(r.code, "2026-01-31", r.code) for r in MOLI.rules]
    on = date(2026, 1, 31) + timedelta(days=days)
    agree(MOLI, [([r], frozenset()) for r in records], on)


def test_values_that_changed_over_time_are_the_ones_of_the_day() -> None:
    rule = MOLI.rules_by_code["volunteering.hours"]
    old = rule.points[0].model_copy(update={"until": date(2026, 1, 1)})
    new = rule.points[0].model_copy(update={"from_": date(2026, 1, 1), "value": 20})
    rules = [r.model_copy(update={"points": [old, new]}) if r is rule else r for r in MOLI.rules]
    scheme = MOLI.model_copy(update={"rules": rules})
    scheme = Scheme.model_validate(scheme.model_dump(by_alias=True))
    before = record("volunteering.hours", "2025-12-31", "A")
    after = record("volunteering.hours", "2026-01-01", "B")
    agree(scheme, [([before], frozenset()), ([after], frozenset()), ([before, after], frozenset())], TODAY)


def test_a_city_without_records_or_limits_and_a_day_without_a_base() -> None:
    agree(MOLI, [([], frozenset())], TODAY)
    unlimited = [r.model_copy(update={"limits": ()}) for r in MOLI.rules if r.data_class is DataClass.ADVERSE]
    scheme = Scheme.model_validate(MOLI.model_copy(update={"rules": unlimited}).model_dump(by_alias=True))
    agree(scheme, [([record("tax.evasion", "2026-01-01")], frozenset())], TODAY)
    with pytest.raises(ValueError, match="no base in force"):
        CityEngine(MOLI, date(2018, 1, 1))


def test_columns_are_compact() -> None:
    columns = columns_of(MOLI, [([record("tax.evasion", "2026-01-01")], frozenset())])
    assert isinstance(columns, Columns)
    assert len(columns) == 1
    assert columns.rule.dtype == np.int32
    assert columns.final.dtype == np.bool_


@pytest.mark.parametrize("months", [1, 3, 12, 24, 36, 60])
def test_months_are_those_of_the_calendar(months: int) -> None:
    table = _month_table(months)
    for number in range(0, 54_780, 7):
        day = date(1950, 1, 1) + timedelta(days=number)
        assert table[number] == day_number(add_months(day, months))


@pytest.mark.long
@given(st.data(), DAYS)
def test_events_that_several_bodies_report_count_once_in_both(data: st.DataObject, on: date) -> None:
    """Few rules, sources and days, so that twins are many; two rules of one event, one graver than the other."""
    rules = [
        rule.model_copy(update={"sources": ["court", "tax", "police"], "event": event})
        for rule, event in zip(_TWINS, ("late", "late", None, None), strict=True)
    ]
    sources = [MOLI.sources[0].model_copy(update={"code": code}) for code in ("court", "tax", "police")]
    city = MOLI.city.model_copy(update={"repair_proofs": ()})
    scheme = MOLI.model_copy(update={"rules": rules, "sources": sources, "city": city})
    scheme = type(scheme).model_validate(scheme.model_dump(by_alias=True))
    people = [
        (
            [
                replace(one, occurred_on=date(2026, 3, 1 + draw % 2), reported_on=date(2026, 3, 3 + draw % 3))
                for one, draw in zip(records, data.draw(st.lists(st.integers(0, 5), min_size=20)), strict=False)
            ],
            declined,
        )
        for records, declined in data.draw(st.lists(a_person(scheme), max_size=3))
    ]
    agree(scheme, people, on)


_TWINS = [
    *(r for r in MOLI.rules if r.data_class is DataClass.NOTICE),
    *(r for r in MOLI.rules if r.data_class is DataClass.ADVERSE),
][:3] + [r for r in MOLI.rules if r.optional][:1]
