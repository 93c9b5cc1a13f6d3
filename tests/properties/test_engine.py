"""Properties of the engine over any records: what a lawyer would want to be always true."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from scoring.catalogue import DataClass
from scoring.engine import assess
from scoring.records import Record
from tests.support.people import BAILU, MOLI
from tests.support.strategies import DAYS, records


@given(records(), DAYS)
def test_lines_sum_to_the_value_and_dimensions_keep_their_limits(held: list[Record], on: date) -> None:
    statement = assess(MOLI, held, on)
    assert sum(line.points for line in statement.lines) == statement.value
    assert 0 <= statement.value <= 1000
    assert all(d.floor <= d.value <= d.cap for d in statement.dimensions)


@given(records("bailu"), DAYS)
def test_the_same_engine_serves_the_other_city(held: list[Record], on: date) -> None:
    statement = assess(BAILU, held, on)
    assert sum(line.points for line in statement.lines) == statement.value
    assert 0 <= statement.value <= 1000


@given(records(), DAYS)
def test_every_record_is_counted_or_withheld_never_lost(held: list[Record], on: date) -> None:
    statement = assess(MOLI, held, on)
    counted = [line.record for line in statement.lines if line.record]
    withheld = [w.record for w in statement.withheld]
    assert sorted(counted + withheld) == sorted(r.id for r in held)


@given(records(), DAYS, st.randoms())
def test_order_does_not_matter(held: list[Record], on: date, random: object) -> None:
    shuffled = list(held)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert assess(MOLI, held, on) == assess(MOLI, shuffled, on)


@given(records(), DAYS)
def test_removing_an_adverse_record_never_lowers_the_score(held: list[Record], on: date) -> None:
    before = assess(MOLI, held, on).value
    for gone in held:
        if gone.data_class in (DataClass.ADVERSE, DataClass.NOTICE):
            assert assess(MOLI, [r for r in held if r is not gone], on).value >= before


@given(records(), DAYS)
def test_removing_a_positive_record_never_raises_the_score(held: list[Record], on: date) -> None:
    before = assess(MOLI, held, on).value
    for gone in held:
        if gone.data_class in (DataClass.POSITIVE, DataClass.BASIC):
            assert assess(MOLI, [r for r in held if r is not gone], on).value <= before


@given(records(), DAYS)
def test_a_disputed_record_counts_as_if_it_were_not_there(held: list[Record], on: date) -> None:
    for disputed in held:
        others = [r for r in held if r is not disputed]
        marked = [*others, replace(disputed, disputed=True)]
        assert assess(MOLI, marked, on).value == assess(MOLI, others, on).value


@given(records())
def test_nothing_adverse_is_left_after_five_years(held: list[Record]) -> None:
    statement = assess(MOLI, held, date(2032, 3, 2))
    assert not any(line.record for line in statement.lines)
    assert statement.value == 500
