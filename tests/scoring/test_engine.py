"""The engine: sums, terms, limits and what is withheld."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from scoring.engine import NEWCOMER_BAND, assess
from scoring.records import Bar
from scoring.scheme import Scheme
from scoring.statement import LineKind, WithheldReason
from tests.support.people import BAILU, MOLI, TODAY, record


def test_a_newcomer_is_shown_as_having_no_history_never_as_poor() -> None:
    statement = assess(MOLI, [], TODAY)
    assert statement.value == 500
    assert statement.band_code == NEWCOMER_BAND
    assert statement.band_label == "暂无记录"


def test_bailu_starts_from_its_dimensions() -> None:
    statement = assess(BAILU, [], TODAY)
    assert statement.value == sum(limits.value.start for _, limits in BAILU.scheme_at(TODAY).dimensions) == 520
    assert [line.kind for line in statement.lines] == [LineKind.BASE, *[LineKind.START] * 5]


def test_every_line_names_record_rule_source_points_and_dates() -> None:
    statement = assess(MOLI, [record("traffic.illegal-parking", "2026-09-02", "T1")], TODAY)
    line = statement.lines[-1]
    assert (line.record, line.rule, line.source) == ("T1", "traffic.illegal-parking", "traffic-police")
    assert line.points == -10
    assert line.counts_from == date(2026, 9, 2)
    assert line.expires_on == date(2026, 12, 2)
    assert line.legal_basis == "道路交通安全法 第九十三条、第一百零九条"
    assert line.provenance == "illustrative"


def test_a_record_that_scores_nothing_is_still_a_line() -> None:
    statement = assess(MOLI, [record("basic.residence", "2026-01-01")], TODAY)
    assert statement.lines[-1].points == 0
    assert statement.band_code == NEWCOMER_BAND


def test_a_rule_limit_is_a_line() -> None:
    records = [record("volunteering.hours", "2026-01-01", str(n)) for n in range(8)]
    statement = assess(MOLI, records, TODAY)
    limit = statement.lines[-1]
    assert limit.kind is LineKind.RULE_LIMIT
    assert limit.points == -20
    assert statement.value == 560


def test_a_dimension_cap_and_floor_are_lines() -> None:
    many = [
        *(record("social-insurance.timely", "2026-01-01", f"S{n}") for n in range(3)),
        *(record("housing-fund.timely", "2026-01-01", f"F{n}") for n in range(3)),
        record("tax.on-time", "2026-01-01", "X"),
    ]
    capped = assess(MOLI, many, TODAY)
    assert capped.lines[-1].kind is LineKind.DIMENSION_CAP
    assert capped.lines[-1].points == -10
    bad = [record("court.defaulter", "2026-01-01", str(n)) for n in range(2)]
    floored = assess(MOLI, bad, TODAY)
    assert floored.lines[-1].kind is LineKind.DIMENSION_FLOOR
    assert floored.value == 350


def test_the_score_itself_has_a_floor_and_a_cap() -> None:
    base = MOLI.base[0].model_copy(update={"value": 1100})
    high: Scheme = MOLI.model_copy(update={"base": [base]})
    assert assess(high, [], TODAY).lines[-1].kind is LineKind.SCORE_CAP
    assert assess(high, [], TODAY).value == 1000
    low: Scheme = MOLI.model_copy(update={"base": [base.model_copy(update={"value": -10})]})
    assert assess(low, [], TODAY).lines[-1].kind is LineKind.SCORE_FLOOR
    assert assess(low, [], TODAY).value == 0


def test_a_scheme_has_no_score_before_its_base() -> None:
    with pytest.raises(ValueError, match="no base in force"):
        assess(MOLI, [], date(2018, 5, 31))


@pytest.mark.parametrize(
    ("rule", "reported", "last_day"),
    [
        ("traffic.illegal-parking", "2026-09-02", "2026-12-01"),
        ("market.false-advertising", "2026-09-02", "2027-09-01"),
        ("tax.evasion", "2026-09-02", "2029-09-01"),
        ("court.defaulter", "2026-09-02", "2031-09-01"),
    ],
)
def test_a_record_counts_for_nothing_on_the_day_it_expires(rule: str, reported: str, last_day: str) -> None:
    last = date.fromisoformat(last_day)
    one = record(rule, reported)
    assert assess(MOLI, [one], last).value < 500
    expired = assess(MOLI, [one], date.fromordinal(last.toordinal() + 1))
    assert expired.value == 500
    assert expired.withheld[0].reason is WithheldReason.EXPIRED


def test_nothing_counts_longer_than_five_years_after_the_conduct() -> None:
    late = record("court.defaulter", "2026-06-01", occurred_on=date(2022, 3, 1))
    assert assess(MOLI, [late], TODAY).lines[-1].expires_on == date(2027, 3, 1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"disputed": True}, WithheldReason.DISPUTED),
        ({"final": False}, WithheldReason.NOT_FINAL),
        ({"reported_on": date(2026, 12, 1)}, WithheldReason.NOT_YET_REPORTED),
        ({"rule": "no.such"}, WithheldReason.RULE_UNKNOWN),
        ({"barred": Bar.BEFORE_EIGHTEEN}, WithheldReason.BEFORE_EIGHTEEN),
        ({"barred": Bar.SEALED}, WithheldReason.SEALED),
    ],
)
def test_what_does_not_count_is_withheld_with_the_reason(change: dict[str, Any], reason: WithheldReason) -> None:
    statement = assess(MOLI, [record("traffic.illegal-parking", "2026-09-02", **change)], TODAY)
    assert statement.value == 500
    assert [w.reason for w in statement.withheld] == [reason]


@pytest.mark.parametrize("code", ["basic.residence", "volunteering.hours", "utility.power-overdue", "tax.evasion"])
def test_what_is_not_final_counts_in_no_class(code: str) -> None:
    statement = assess(MOLI, [record(code, "2026-09-02", final=False)], TODAY)
    assert [w.reason for w in statement.withheld] == [WithheldReason.NOT_FINAL]
    assert not any(line.record for line in statement.lines)


def test_a_statement_does_not_say_what_is_sealed() -> None:
    sealed = record("tax.evasion", "2026-03-02", barred=Bar.SEALED, disputed=True)
    statement = assess(MOLI, [sealed], TODAY)
    assert (statement.value, statement.withheld[0].rule) == (500, "sealed")
    assert "tax.evasion" not in str(statement.to_json())


def test_a_notice_is_shown_first_and_counts_only_after_its_grace() -> None:
    notice = record("utility.power-overdue", "2026-11-10")
    before = assess(MOLI, [notice], date(2026, 12, 9))
    assert before.value == 500
    assert before.withheld[0].reason is WithheldReason.NOTICE_NOT_DUE
    assert before.withheld[0].until == date(2026, 12, 10)
    assert assess(MOLI, [notice], date(2026, 12, 10)).value == 495


def test_a_notice_that_is_settled_never_counts() -> None:
    settled = record("utility.power-overdue", "2026-11-10", facts={"cured_on": "2026-11-20"})
    later = assess(MOLI, [settled], date(2026, 12, 20))
    assert later.value == 500
    assert later.withheld[0].reason is WithheldReason.CURED


def test_only_a_notice_can_be_settled() -> None:
    paid = record("traffic.illegal-parking", "2026-09-02", facts={"cured_on": "2026-09-03"})
    assert assess(MOLI, [paid], TODAY).value == 490


def test_an_optional_item_can_be_switched_off_and_another_cannot() -> None:
    records = [
        record("volunteering.hours", "2026-01-01", "V"),
        record("traffic.illegal-parking", "2026-09-02", "T"),
    ]
    off = frozenset({"volunteering.hours", "traffic.illegal-parking"})
    statement = assess(MOLI, records, TODAY, declined=off)
    assert statement.value == 490
    assert [w.reason for w in statement.withheld] == [WithheldReason.OPTED_OUT]


def test_a_record_is_judged_by_the_catalogue_of_its_day() -> None:
    rule = MOLI.rules_by_code["volunteering.hours"]
    old = rule.points[0].model_copy(update={"until": date(2026, 1, 1)})
    new = rule.points[0].model_copy(update={"from_": date(2026, 1, 1), "value": 20})
    changed = rule.model_copy(update={"points": [old, new]})
    rules = [changed if r.code == rule.code else r for r in MOLI.rules]
    scheme = Scheme.model_validate(MOLI.model_copy(update={"rules": rules}).model_dump(by_alias=True))
    before = record("volunteering.hours", "2025-12-31", "A")
    after = record("volunteering.hours", "2026-01-01", "B")
    assert [x.points for x in assess(scheme, [before, after], TODAY).lines[1:]] == [10, 20]


def test_benefits_are_answered_with_the_missing_points() -> None:
    answers = {b.code: b for b in assess(MOLI, [], TODAY).benefits}
    assert answers["gulou.express"].short_by == 184
    assert answers["library.deposit-free"].short_by == 100
    assert not any(b.eligible for b in answers.values())
