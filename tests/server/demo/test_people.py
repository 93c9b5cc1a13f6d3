"""The people of the demo."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest

from schema.types.complaint import MissingRecord
from scoring.catalogue import DataClass
from scoring.disputes import REASONS, DisputeReason
from scoring.engine import assess
from scoring.repair import repairability
from scoring.rounding import ends_in_zeros
from scoring.scheme import Scheme
from server.demo.entities import entities
from server.demo.objections import OBJECTIONS, complaints
from server.demo.people import colleague, residents
from server.demo.records import RecordMaker
from tests.support.people import BAILU, MOLI, TODAY


@pytest.mark.parametrize("region", [scheme.city.demo.region for scheme in (MOLI, BAILU)])
def test_no_one_has_a_number_that_looks_as_if_a_spreadsheet_had_rounded_it(region: str) -> None:
    numbers = [person.id_number for person in residents(region, 5000, Random(1), TODAY)]
    numbers += [colleague(region, n) for n in range(4)]
    assert not any(map(ends_in_zeros, numbers))


@pytest.mark.parametrize("scheme", [MOLI, BAILU])
def test_the_first_person_to_try_has_a_record_that_the_source_with_the_printed_key_can_repair(scheme: Scheme) -> None:
    records = RecordMaker(scheme, Random(1), TODAY).ready(0)
    now = [r for r in records if repairability(scheme.rules_by_code[r.rule], r.occurred_on).is_now(TODAY)]
    assert {record.source for record in now} == {scheme.city.demo.source}


@pytest.mark.parametrize("scheme", [MOLI, BAILU])
def test_nobody_completes_one_year_twice_within_it(scheme: Scheme) -> None:
    maker = RecordMaker(scheme, Random(1), TODAY)
    once = [r.code for r in scheme.rules if r.data_class is DataClass.POSITIVE and r.code not in scheme.city.yearly]
    for records in [maker.ready(0), maker.ready(2), *(maker.someone() for _ in range(500))]:
        for code in once:
            days = sorted(record.occurred_on for record in records if record.rule == code)
            assert all(later - earlier >= timedelta(days=365) for earlier, later in pairwise(days))


@pytest.mark.parametrize("scheme", [MOLI, BAILU])
def test_the_people_are_spread_over_every_band_and_the_first_three_show_what_is_said_of_them(scheme: Scheme) -> None:
    maker = RecordMaker(scheme, Random(f"20180601-{scheme.id}"), TODAY)
    ying, fan, wu = (assess(scheme, maker.ready(n), TODAY) for n in range(3))
    base = fan.value
    assert ying.value - base >= 200
    assert any(line.points < 0 for line in ying.lines)
    assert wu.value < base
    city = [assess(scheme, maker.someone(), TODAY) for _ in range(2000)]
    assert {statement.to_json()["band"]["code"] for statement in city} >= {band.code for band in scheme.bands}


@pytest.mark.parametrize("scheme", [MOLI, BAILU])
def test_a_bill_is_a_households_and_an_instalment_is_larger(scheme: Scheme) -> None:
    maker = RecordMaker(scheme, Random(1), TODAY)
    notices = [r for _ in range(500) for r in maker.someone() if r.data_class is DataClass.NOTICE]
    bills = [r.amount for r in notices if r.amount is not None and "loan" not in r.rule]
    loans = [r.amount for r in notices if r.amount is not None and "loan" in r.rule]
    assert max(bills) < 300 < 1500 < min(loans)


def test_words_fit_the_reason_and_name_no_other_kind_of_record() -> None:
    assert {reason for reason, _ in OBJECTIONS} == {*REASONS} - {DisputeReason.OTHER}
    for scheme in (MOLI, BAILU):
        missing, words = complaints(scheme, TODAY)[0]
        assert isinstance(missing, MissingRecord)
        assert missing.rule is not None
        assert scheme.rules_by_code[missing.rule].label.zh in words
        assert f"{missing.day.month}月" in words


@pytest.mark.parametrize("scheme", [MOLI, BAILU])
def test_every_office_has_a_name_of_its_own(scheme: Scheme) -> None:
    made = entities(scheme)
    assert len(made) == len({zh for _, _, zh, _ in made}) == len({en for *_, en in made})
