"""The people of the demo."""

from __future__ import annotations

from random import Random

import pytest

from scoring.rounding import ends_in_zeros
from server.demo.people import colleague, residents
from tests.support.people import BAILU, MOLI, TODAY


@pytest.mark.parametrize("region", [scheme.city.demo.region for scheme in (MOLI, BAILU)])
def test_no_one_has_a_number_that_looks_as_if_a_spreadsheet_had_rounded_it(region: str) -> None:
    numbers = [person.id_number for person in residents(region, 5000, Random(1), TODAY)]
    numbers += [colleague(region, n) for n in range(4)]
    assert not any(map(ends_in_zeros, numbers))
