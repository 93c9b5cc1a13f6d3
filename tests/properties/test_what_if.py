"""What-if is what happens: each step, taken in thought, gives the statement that the same step gives in fact."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from scoring.engine import assess, term_of
from scoring.records import Record
from scoring.what_if import Add, Annul, Settle, Wait, path_to, turns, what_if
from tests.support.people import MOLI
from tests.support.strategies import DAYS, records

BENEFITS = st.sampled_from([b.code for b in MOLI.benefits])


@given(records(), DAYS, st.integers(0, 800))
def test_waiting_is_assessing_later(held: list[Record], on: date, days: int) -> None:
    later = on + timedelta(days=days)
    assert what_if(MOLI, held, on, [Wait(later)]) == assess(MOLI, held, later)


@given(records(), DAYS, st.data())
def test_annulling_is_not_having_it(held: list[Record], on: date, data: st.DataObject) -> None:
    assume(held)
    gone = data.draw(st.sampled_from(held))
    expected = assess(MOLI, [r for r in held if r is not gone], on)
    assert what_if(MOLI, held, on, [Annul((gone.source, gone.id))]) == expected


@given(records(), DAYS)
def test_settling_is_a_bill_reported_as_settled(held: list[Record], on: date) -> None:
    for bill in [r for r in held if r.data_class == "notice"]:
        paid = replace(bill, facts={"cured_on": on.isoformat()})
        expected = assess(MOLI, [*(r for r in held if r is not bill), paid], on)
        assert what_if(MOLI, held, on, [Settle((bill.source, bill.id))]) == expected


@given(records(), DAYS, st.integers(1, 4))
def test_earning_gives_what_a_report_of_that_day_gives(held: list[Record], on: date, count: int) -> None:
    rule = MOLI.rules_by_code["volunteering.hours"]
    real = [
        Record(
            id=f"R{n}",
            source=rule.sources[0],
            rule=rule.code,
            data_class=rule.data_class,
            occurred_on=on,
            reported_on=on,
        )
        for n in range(count)
    ]
    assert what_if(MOLI, held, on, [Add(rule.code, count)]).value == assess(MOLI, [*held, *real], on).value


@given(records(), st.dates(date(2020, 6, 1), date(2026, 12, 31)), BENEFITS)
def test_a_path_leads_there_and_waiting_opens_it_on_its_day(held: list[Record], on: date, benefit: str) -> None:
    path = path_to(MOLI, held, on, benefit)
    least = MOLI.benefits_by_code[benefit].least_on(on)
    assert least is not None
    if path.steps is not None:
        assert what_if(MOLI, held, on, path.steps).value >= least
    if path.by_waiting is not None and path.by_waiting > on:
        assert not is_open(held, on, benefit)
        assert not is_open(held, path.by_waiting - timedelta(days=1), benefit)
        assert is_open(held, path.by_waiting, benefit)


def is_open(held: list[Record], on: date, benefit: str) -> bool:
    return next(b.eligible for b in assess(MOLI, held, on).benefits if b.code == benefit)


@given(records(), st.dates(date(2019, 6, 1), date(2026, 12, 31)))
def test_the_calendar_ends_where_every_record_has_expired(held: list[Record], on: date) -> None:
    calendar = turns(MOLI, held, on)
    last = calendar[-1].value if calendar else assess(MOLI, held, on).value
    assert last == assess(MOLI, held, date(2040, 1, 1)).value


@given(records(), st.data())
def test_a_record_counts_up_to_the_eve_of_its_last_day_and_not_on_it(held: list[Record], data: st.DataObject) -> None:
    assume(held)
    one = replace(data.draw(st.sampled_from(held)), final=True, disputed=False, barred=None)
    terms = MOLI.terms_on(one.rule, one.occurred_on)
    assert terms is not None
    term = term_of(terms, one)
    assume(term.start < term.end)
    for day, counts in (
        (term.start - timedelta(days=1), False),
        (term.start, True),
        (term.end - timedelta(days=1), True),
        (term.end, False),
    ):
        statement = assess(MOLI, [one], day)
        assert any(line.record == one.id for line in statement.lines) is counts
