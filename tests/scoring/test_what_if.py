"""What would be: steps, paths and the expiry calendar, all by the one engine."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.catalogue import DataClass, Range
from scoring.engine import assess
from scoring.records import Record
from scoring.scheme import Scheme
from scoring.what_if import Add, Annul, Option, Path, Settle, Wait, options, path_to, turns, what_if
from tests.support.people import MOLI, TODAY, record
from tests.support.strategies import records

PARKING = record("traffic.illegal-parking", "2026-09-02", "T1")
POWER = record("utility.power-overdue", "2026-10-01", "N1")
HELD = [PARKING, POWER, record("volunteering.hours", "2026-01-01", "V1")]


@pytest.mark.parametrize(
    ("steps", "value"),
    [
        ([], 495),
        ([Settle(("power", "N1"))], 500),
        ([Annul(("traffic-police", "T1"))], 505),
        ([Wait(date(2026, 12, 2))], 505),
        ([Add("volunteering.hours", 2)], 515),
        ([Add("volunteering.hours", 9)], 545),
        ([Settle(("power", "N1")), Annul(("traffic-police", "T1")), Add("tax.on-time")], 520),
    ],
)
def test_each_step_by_itself_and_together(steps: list[Settle | Annul | Add | Wait], value: int) -> None:
    assert what_if(MOLI, HELD, TODAY, steps).value == value


def test_a_what_if_leaves_the_records_as_they_are() -> None:
    before = list(HELD)
    what_if(MOLI, HELD, TODAY, [Settle(("power", "N1")), Add("tax.on-time")])
    assert before == HELD
    assert POWER.facts == {}


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        (Annul(("court", "none")), "no record 'none'"),
        (Settle(("traffic-police", "T1")), "is no notice"),
        (Add("tax.evasion"), "nobody can earn"),
        (Add("basic.qualification"), "nobody can earn"),
        (Add("no.such"), "nobody can earn"),
    ],
)
def test_an_impossible_step_is_refused(step: Settle | Annul | Add, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        what_if(MOLI, HELD, TODAY, [step])


def test_what_if_is_what_happens_when_it_happens() -> None:
    settled = replace(POWER, facts={"cured_on": TODAY.isoformat()})
    real = assess(MOLI, [PARKING, settled, HELD[2]], TODAY)
    assert what_if(MOLI, HELD, TODAY, [Settle(("power", "N1"))]) == real


def test_the_path_to_a_benefit_is_the_fewest_steps() -> None:
    path = path_to(MOLI, HELD, TODAY, "library.deposit-free")
    assert path.steps is not None
    assert what_if(MOLI, HELD, TODAY, path.steps).value >= 600
    assert all(what_if(MOLI, HELD, TODAY, [s for s in path.steps if s is not step]).value < 600 for step in path.steps)


def test_a_path_is_what_a_person_can_do_within_a_year() -> None:
    path = path_to(MOLI, HELD, TODAY, "library.deposit-free")
    assert path.steps is not None
    assert Add("honours.government") not in path.steps
    assert Counter(path.steps).most_common(1) == [(Add("volunteering.hours"), 2)]
    others = [step for step in path.steps if step != Add("volunteering.hours")]
    assert len(set(others)) == len(others)


def test_a_path_of_more_steps_than_a_person_would_go_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scoring.what_if.MOST_STEPS", 1)
    assert path_to(MOLI, HELD, TODAY, "library.deposit-free").steps is None


def test_an_open_benefit_needs_no_step() -> None:
    base = MOLI.base[0].model_copy(update={"value": 700})
    rich = MOLI.model_copy(update={"base": [base]})
    assert path_to(rich, [], TODAY, "library.deposit-free") == Path((), TODAY)


def test_a_benefit_opens_by_waiting_when_a_record_expires() -> None:
    base = MOLI.base[0].model_copy(update={"value": 690})
    scheme = MOLI.model_copy(update={"base": [base]})
    assert path_to(scheme, [PARKING], TODAY, "gulou.express").by_waiting == date(2026, 12, 2)
    assert path_to(scheme, [], TODAY, "scenic.no-deposit").by_waiting is None


def test_out_of_reach_is_said_and_switched_off_items_are_not_proposed() -> None:
    low = MOLI.model_copy(update={"base": [MOLI.base[0].model_copy(update={"value": 0})]})
    assert path_to(low, [], TODAY, "scenic.no-deposit").steps is None
    declined = frozenset({"honours.government", "volunteering.hours"})
    path = path_to(MOLI, HELD, TODAY, "library.deposit-free", declined=declined)
    assert path.steps is not None
    assert not any(isinstance(s, Add) and s.rule in declined for s in path.steps)


def test_an_unknown_benefit_and_one_not_in_force() -> None:
    with pytest.raises(ValueError, match="no benefit"):
        path_to(MOLI, [], TODAY, "moon.trip")
    assert path_to(MOLI, [], date(2018, 6, 10), "gulou.express") == Path(None, None)


def test_the_expiry_calendar() -> None:
    assert [(turn.on, turn.points, turn.value) for turn in turns(MOLI, HELD, TODAY)] == [
        (date(2026, 12, 2), 10, 505),
        (date(2027, 1, 1), 5, 510),
        (date(2028, 1, 1), -10, 500),
    ]
    unknown = replace(PARKING, rule="no.such")
    assert turns(MOLI, [unknown], TODAY) == []


def test_each_turn_says_which_records_begin_and_end() -> None:
    waiting = record("utility.gas-overdue", "2026-11-20", "N2")
    found = turns(MOLI, [PARKING, waiting], TODAY)
    told = [(turn.on, [line.record for line in turn.began], [line.record for line in turn.ended]) for turn in found]
    assert told[:2] == [(date(2026, 12, 2), [], ["T1"]), (date(2026, 12, 20), ["N2"], [])]
    assert (found[1].points, found[1].value) == (-5, 495)


@given(records(), st.dates(date(2019, 6, 1), date(2026, 12, 31)))
def test_the_calendar_agrees_with_every_day(held: list[Record], on: date) -> None:
    value = assess(MOLI, held, on).value
    for turn in turns(MOLI, held, on)[:3]:
        eve = date.fromordinal(turn.on.toordinal() - 1)
        assert assess(MOLI, held, eve).value == value
        value = assess(MOLI, held, turn.on).value
        assert value == turn.value


def test_where_nothing_can_be_done_there_is_no_path() -> None:
    grave = MOLI.model_copy(update={"rules": [r for r in MOLI.rules if r.data_class is DataClass.ADVERSE]})
    assert path_to(grave, [], TODAY, "library.deposit-free").steps is None


def test_a_step_that_turns_out_not_to_be_needed_is_dropped() -> None:
    economic = [
        d.model_copy(update={"range": [d.range[0].model_copy(update={"value": Range(start=0, floor=-15, cap=80)})]})
        for d in MOLI.dimensions
    ]
    rules = [r for r in MOLI.rules if r.code in ("green.public-transport", "loan.public-overdue")]
    base = [MOLI.base[0].model_copy(update={"value": 603})]
    scheme = MOLI.model_copy(update={"dimensions": economic, "rules": rules, "base": base})
    bills = [record("loan.public-overdue", "2026-10-01", f"L{n}") for n in range(2)]
    path = path_to(scheme, bills, TODAY, "library.deposit-free")
    assert path.steps == (Settle(("housing-fund", "L0")), Settle(("housing-fund", "L1")))


def test_below_a_floor_several_steps_together_can_still_be_a_path() -> None:
    deep = [
        d.model_copy(update={"range": [d.range[0].model_copy(update={"value": Range(start=0, floor=-10, cap=80)})]})
        for d in MOLI.dimensions
    ]
    scheme = MOLI.model_copy(update={"dimensions": deep})
    bills = [record("loan.public-overdue", "2026-10-01", f"L{n}") for n in range(2)]
    assert what_if(scheme, bills, TODAY, [Settle(("housing-fund", "L0"))]).value == 490
    base = scheme.base[0].model_copy(update={"value": 600})
    scheme = scheme.model_copy(
        update={"base": [base], "rules": [r for r in scheme.rules if r.data_class is not DataClass.POSITIVE]}
    )
    scheme = Scheme.model_validate(scheme.model_dump(by_alias=True))
    path = path_to(scheme, bills, TODAY, "library.deposit-free")
    assert path.steps is not None
    assert {s.record[1] for s in path.steps if isinstance(s, Settle)} == {"L0", "L1"}


def test_options_are_bills_then_what_a_person_can_do_then_what_others_award_what_gives_most_first() -> None:
    found = options(MOLI, HELD, TODAY)
    assert found[0] == Option(Settle(("power", "N1")), 5)
    assert [o.step for o in found[-2:]] == [Add("honours.government"), Add("professional.award")]
    own = [o.points for o in found[1:-2]]
    assert own == sorted(own, reverse=True)
    assert Option(Add("honours.government"), 40) in found
    assert all(o.points > 0 or isinstance(o.step, Settle) for o in found)
    declined = frozenset({"volunteering.hours"})
    assert not any(o.step == Add("volunteering.hours") for o in options(MOLI, HELD, TODAY, declined=declined))
