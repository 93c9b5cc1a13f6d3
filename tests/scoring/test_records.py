"""Records on the wire: what is stored, and each reason for which one is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import records
from scoring.identity import InvalidIdentityError
from scoring.records import Bar, Known, Numbers, read_delivery
from scoring.rejections import RejectedRecordError, Rejection
from tests.support.people import MOLI, TODAY, YING, id_number, record, wire


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


def test_an_old_residence_card_is_rejected_for_what_it_is() -> None:
    with pytest.raises(RejectedRecordError, match="id_permanent_residence"):
        read_delivery(wire(resident="USA110085031501"), MOLI, on=TODAY)


def test_a_wrong_number_of_a_residence_card_is_rejected_with_its_own_hint() -> None:
    with pytest.raises(RejectedRecordError, match=r"^resident: .*Foreign Permanent Resident ID Card.*id_check_digit"):
        read_delivery(wire(resident="935840198503150010"), MOLI, on=TODAY)
    assert read_delivery(wire(resident="935840198503150013"), MOLI, on=TODAY).resident == "935840198503150013"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": ""}, Rejection.MALFORMED),
        ({"id": "x" * 65}, Rejection.MALFORMED),
        ({"occurred_on": "2026-13-01"}, Rejection.MALFORMED),
        ({"class": "sticks"}, Rejection.MALFORMED),
        ({"surprise": 1}, Rejection.MALFORMED),
        ({"facts": {"cured_on": "soon"}}, Rejection.MALFORMED),
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


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"id": 7}, "id must be text"),
        ({"id": "x" * 65}, "id is too long: at most 64"),
        ({"id": "   "}, "id is empty"),
        ({"id": "A\ufffd1"}, "id holds control characters, or the sign of a failed decoding"),
        ({"id": "A\x1f1"}, "id holds control characters"),
        ({"source": "交警"}, "source must be a code of the catalogue"),
        ({"class": "sticks"}, "class must be one of basic, positive, notice and adverse"),
        ({"occurred_on": "2026-02-30"}, "occurred_on is not a date"),
        ({"occurred_on": "03/04/2026"}, "write the year first"),
        ({"occurred_on": 46254}, "a spreadsheet's serial number"),
        ({"final": "maybe"}, "final must be true or false"),
        ({"surprise": 1}, "There is no field surprise"),
        ({"facts": {"n": "a\ufffd"}}, "facts must be a JSON object"),
        ({"facts": {"a\ufffd": 1}}, "facts must be a JSON object"),
        ({"facts": {"n": "x" * 2001}}, "facts must be a JSON object"),
        ({"facts": {"cured_on": "03/04/2026"}}, "facts.cured_on must be a date"),
        ({"facts": {"sealed": "maybe"}}, "facts.sealed must be true or false"),
        ({"resident": "3.50199E+17"}, "A spreadsheet or program made a number of resident"),
        ({"resident": "350199199001010000"}, "A spreadsheet or program made a number of resident"),
        ({"resident": "350199900101001"}, "an old ID number of 15 digits"),
        ({"resident": "9" * 65}, "resident is too long"),
    ],
)
def test_each_fault_is_said_in_both_languages(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RejectedRecordError) as caught:
        read_delivery(wire(**change), MOLI, on=TODAY)
    assert sentence in str(caught.value)
    assert caught.value.text.zh.endswith(("。", "）"))
    assert str(change.get("resident", "nobody")) not in str(caught.value)


@pytest.mark.parametrize(
    ("born", "occurred", "barred"),
    [
        ("20080301", "2026-02-28", Bar.BEFORE_EIGHTEEN),
        ("20080301", "2026-03-01", None),
        ("20080229", "2026-02-28", Bar.BEFORE_EIGHTEEN),  # of age on 1 March: 2026 has no 29 February
        ("20080229", "2026-03-01", None),
        ("19900101", "2026-03-01", None),
    ],
)
def test_what_was_done_before_the_eighteenth_birthday_never_counts(
    born: str, occurred: str, barred: Bar | None
) -> None:
    sent = wire(resident=id_number(born), occurred_on=occurred)
    assert read_delivery(sent, MOLI, on=TODAY).record.barred is barred


def test_a_sealed_record_keeps_nothing_but_that_it_is_sealed() -> None:
    sent = wire(resident=id_number("20080301"), occurred_on="2026-02-01", facts={"sealed": True, "place": "Gulou"})
    read = read_delivery(sent, MOLI, on=TODAY).record
    assert (read.barred, read.facts) == (Bar.SEALED, {"sealed": True})
    assert read_delivery(wire(facts={"sealed": False}), MOLI, on=TODAY).record.barred is None


def test_what_is_no_object_and_an_unknown_code_of_an_id_number_have_sentences_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw: Any = []
    with pytest.raises(RejectedRecordError, match="record holds a value that cannot be used"):
        read_delivery(raw, MOLI, on=TODAY)

    def refuse(text: str, *, on: date) -> str:
        raise InvalidIdentityError("id_of_the_future")

    monkeypatch.setattr(records, "parse_id_number", refuse)
    with pytest.raises(RejectedRecordError, match=r"not a valid ID number \(id_of_the_future\)"):
        read_delivery(wire(), MOLI, on=TODAY)


@pytest.mark.parametrize("written", ["2026/8/20", "2026年8月20日", "20260820", 20260820])
def test_dates_are_read_as_offices_write_them(written: object) -> None:
    read = read_delivery(wire(occurred_on=written, facts={"cured_on": "2026.9.1"}), MOLI, on=TODAY).record
    assert read.occurred_on == date(2026, 8, 20)
    assert read.facts == {"cured_on": "2026-09-01"}


def test_marks_that_came_along_with_a_number_are_not_a_part_of_it() -> None:
    assert read_delivery(wire(id=" 榕公罚〔2026〕12号\u200b"), MOLI, on=TODAY).record.id == "榕公罚〔2026〕12号"


def test_what_a_delivery_has_shown_to_be_good_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Known()
    first = read_delivery(wire(facts={}), MOLI, on=TODAY, known=known)
    monkeypatch.setattr(records, "check_record", None)
    monkeypatch.setattr(records, "WireRecord", None)
    assert read_delivery(wire(facts={}), MOLI, on=TODAY, known=known) == first
    assert read_delivery(wire(id="2", facts={}), MOLI, on=TODAY, known=known).record.id == "2"


def test_of_a_delivery_of_a_whole_city_not_everything_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_MOST_RESIDENTS", 0)
    monkeypatch.setattr(records, "_MOST_HEADS", 0)
    known = Known()
    first = read_delivery(wire(facts={}), MOLI, on=TODAY, known=known)
    assert (known.residents, known.heads) == ({}, {})
    assert read_delivery(wire(facts={}), MOLI, on=TODAY, known=known) == first


def test_who_is_known_has_no_new_check_though_the_record_is_of_another_kind() -> None:
    known = Known()
    read_delivery(wire(facts={}), MOLI, on=TODAY, known=known)
    other = wire(id="2", occurred_on="2026-09-01", facts={})
    assert read_delivery(other, MOLI, on=TODAY, known=known) == read_delivery(other, MOLI, on=TODAY)


@pytest.mark.parametrize("change", [{"id": ""}, {"occurred_on": ["2026-08-20"]}, {"class": {}}])
def test_a_fault_of_one_like_those_before_is_told_as_if_it_came_alone(change: dict[str, object]) -> None:
    known = Known()
    read_delivery(wire(facts={}), MOLI, on=TODAY, known=known)
    assert _outcome({**wire(facts={}), **change}, known) == _outcome({**wire(facts={}), **change}, None)


WRITTEN: dict[str, list[object]] = {
    "id": ["1", " 榕公罚〔2026〕12号\u200b", "", "a" * 65, 7, None],
    "resident": [YING.id_number, f" {YING.id_number}", "35019919900101001", "3.50199E+17", 350199199001010015],
    "source": ["traffic-police", "tax-bureau", "nobody", "", True],
    "rule": ["traffic.illegal-parking", "tax.evasion", "no.such", None],
    "class": ["adverse", "positive", "Adverse", 1],
    "occurred_on": ["2026-09-02", "2026/9/2", "2026-13-01", 20260902, 20260902.0, ["2026-09-02"]],
    "reported_on": ["2026-09-02", "2026-09-01", "2027-01-01", ""],
    "final": [True, "true", 1, 1.0, 0, "maybe", None],
    "facts": [{}, {"amount": "12.50"}, {"amount": "x"}, {"cured_on": "2026.9.3"}, {"sealed": True}, {"a": 1.5}, None],
    "disputed": [True, "x"],
    "more": [1],
}


@given(st.lists(st.fixed_dictionaries({}, optional={n: st.sampled_from(v) for n, v in WRITTEN.items()}), max_size=6))
def test_a_record_is_read_as_if_it_were_the_only_one_of_its_delivery(changes: list[dict[str, object]]) -> None:
    known = Known()
    for raw in ({**wire(facts={}), **change} for change in changes):
        assert _outcome(raw, known) == _outcome(raw, None)


def _outcome(raw: dict[str, Any], known: Known | None) -> object:
    try:
        return read_delivery(raw, MOLI, on=TODAY, known=known)
    except RejectedRecordError as error:
        return error.reason, str(error)


def test_where_numbers_were_rounded_one_that_ends_so_is_refused_although_it_may_be_true() -> None:
    true = id_number("19900111", 100)
    assert read_delivery(wire(resident=true), MOLI, on=TODAY).resident == true
    with pytest.raises(RejectedRecordError, match="rounded"):
        read_delivery(wire(resident=true), MOLI, on=TODAY, rounded=True)


def test_what_is_missing_is_named() -> None:
    incomplete = wire()
    del incomplete["source"]
    with pytest.raises(RejectedRecordError, match="source is missing"):
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
        ({"cured_on": 20261102, "amount": True}, None, None),
    ],
)
def test_facts_are_read_where_they_are_what_they_should_be(
    facts: dict[str, Any], cured_on: date | None, amount: Decimal | None
) -> None:
    kept = replace(record("traffic.illegal-parking", "2026-09-02"), facts=facts)
    assert (kept.cured_on, kept.amount) == (cured_on, amount)
