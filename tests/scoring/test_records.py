"""Records on the wire: what is stored, and each reason for which one is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from scoring.records import Numbers, RejectedRecordError, Rejection, read_delivery
from tests.support.people import MOLI, TODAY, YING, record, wire


def test_a_good_record_is_read() -> None:
    delivered = read_delivery(wire(facts={"amount": 200}), MOLI, on=TODAY)
    assert delivered.resident == YING.id_number
    assert delivered.record.reported_on == date(2026, 9, 2)
    assert delivered.record.facts == {"amount": 200}


@pytest.mark.parametrize("form", ["{0} {1}", "{0}-{1}", "\u202d{0}{1}\u202c", "\ufeff{0}{1}", "spaced", "wide"])
def test_a_resident_is_the_same_in_each_form_of_the_number(form: str) -> None:
    number = YING.id_number
    wide = number.translate({n: n + 0xFEE0 for n in range(0x30, 0x3A)})
    sent = {"spaced": "\u200b".join(number), "wide": wide}.get(form, form.format(number[:6], number[6:]))
    assert read_delivery(wire(resident=sent), MOLI, on=TODAY).resident == number


def test_a_residence_card_is_rejected_for_what_it_is() -> None:
    with pytest.raises(RejectedRecordError, match="id_permanent_residence"):
        read_delivery(wire(resident="935840198503150010"), MOLI, on=TODAY)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": ""}, Rejection.MALFORMED),
        ({"id": "x" * 65}, Rejection.MALFORMED),
        ({"occurred_on": "2026-13-01"}, Rejection.MALFORMED),
        ({"class": "sticks"}, Rejection.MALFORMED),
        ({"surprise": 1}, Rejection.MALFORMED),
        ({"facts": {"cured_on": "soon"}}, Rejection.MALFORMED),
        ({"facts": {"cured_on": 20261101}}, Rejection.MALFORMED),
        ({"facts": {"amount": "128,50"}}, Rejection.MALFORMED),
        ({"facts": {"amount": True}}, Rejection.MALFORMED),
        ({"facts": {"amount": 10**12}}, Rejection.MALFORMED),
        ({"facts": {str(n): n for n in range(21)}}, Rejection.MALFORMED),
        ({"resident": "350199199001010016"}, Rejection.RESIDENT_INVALID),
        ({"source": "a-shop"}, Rejection.SOURCE_UNKNOWN),
        ({"rule": "traffic.jaywalking"}, Rejection.RULE_UNKNOWN),
        ({"source": "water"}, Rejection.SOURCE_NOT_ALLOWED),
        ({"class": "positive"}, Rejection.CLASS_WRONG),
        ({"reported_on": "2026-12-01"}, Rejection.DATE_IN_FUTURE),
        ({"occurred_on": "2026-09-03"}, Rejection.DATES_REVERSED),
        ({"occurred_on": "2018-10-31"}, Rejection.RULE_NOT_IN_FORCE),
    ],
)
def test_each_fault_has_its_reason(change: dict[str, Any], reason: Rejection) -> None:
    with pytest.raises(RejectedRecordError) as caught:
        read_delivery(wire(**change), MOLI, on=TODAY)
    assert caught.value.reason is reason
    assert str(caught.value)


def test_what_is_missing_is_named() -> None:
    incomplete = wire()
    del incomplete["source"]
    with pytest.raises(RejectedRecordError, match="source: Field required"):
        read_delivery(incomplete, MOLI, on=TODAY)


def test_the_text_never_quotes_the_resident() -> None:
    with pytest.raises(RejectedRecordError) as caught:
        read_delivery(wire(resident="350199199001010016"), MOLI, on=TODAY)
    assert "350199" not in str(caught.value)


def test_a_number_comes_once_in_a_delivery() -> None:
    numbers = Numbers()
    numbers.check(record("traffic.illegal-parking", "2026-11-02", "1"))
    numbers.check(record("traffic.illegal-parking", "2026-11-02", "2"))
    numbers.check(record("tax.evasion", "2026-11-02", "1"))
    with pytest.raises(RejectedRecordError, match="'1' of 'traffic-police' comes twice") as caught:
        numbers.check(record("traffic.illegal-parking", "2026-11-03", "1"))
    assert caught.value.reason is Rejection.DUPLICATE_NUMBER


@pytest.mark.parametrize(
    ("facts", "cured_on", "amount"),
    [
        ({"cured_on": "2026-11-02", "amount": "128.50"}, date(2026, 11, 2), Decimal("128.50")),
        ({"amount": 128}, None, Decimal(128)),
        ({}, None, None),
        ({"cured_on": "soon", "amount": "a lot"}, None, None),
    ],
)
def test_facts_are_read_where_they_are_what_they_should_be(
    facts: dict[str, Any], cured_on: date | None, amount: Decimal | None
) -> None:
    kept = replace(record("traffic.illegal-parking", "2026-09-02"), facts=facts)
    assert (kept.cured_on, kept.amount) == (cured_on, amount)
