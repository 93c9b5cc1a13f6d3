"""The people of the demo."""

from __future__ import annotations

from random import Random

import pytest

from scoring.repair import repairability
from scoring.rounding import ends_in_zeros
from scoring.scheme import Scheme
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
