"""Reasons, changes and what comes next."""

from __future__ import annotations

from datetime import date

from scoring.engine import assess
from scoring.explain import Reason, changes, label_of, moved_rules, next_benefit, points_by_rule, rule_sums, top_reasons
from tests.support.people import BAILU, MOLI, TODAY, record

RECORDS = [
    *(record("volunteering.hours", "2026-01-01", f"V{n}") for n in range(8)),
    record("court.defaulter", "2026-01-01", "C"),
    record("traffic.illegal-parking", "2026-09-02", "T"),
]


def test_what_takes_points_comes_first_then_the_heaviest_limits_included() -> None:
    assert top_reasons(assess(MOLI, RECORDS, TODAY)) == [
        Reason("court.defaulter", -100, 1),
        Reason("traffic.illegal-parking", -10, 1),
        Reason("volunteering.hours", 60, 8),
    ]


def test_what_a_rule_gives_is_the_sum_of_its_lines() -> None:
    given = points_by_rule(assess(MOLI, RECORDS, TODAY))
    assert given == {"court.defaulter": -100, "traffic.illegal-parking": -10, "volunteering.hours": 60}


def test_changes_sum_to_the_difference() -> None:
    before, after = assess(MOLI, RECORDS, TODAY), assess(MOLI, RECORDS[:-1], TODAY)
    found = changes(before, after)
    assert [(c.line.record, c.points) for c in found] == [("T", 10)]
    assert sum(c.points for c in found) == after.value - before.value


def test_nothing_changed_is_no_change() -> None:
    assert changes(assess(MOLI, RECORDS, TODAY), assess(MOLI, RECORDS, date(2026, 11, 24))) == []


def test_the_next_benefit_is_the_closest_one() -> None:
    nearest = next_benefit(assess(MOLI, [], TODAY))
    assert nearest is not None
    assert (nearest.code, nearest.short_by) == ("library.deposit-free", 100)


def test_there_is_no_next_benefit_when_all_are_open() -> None:
    base = MOLI.base[0].model_copy(update={"value": 900})
    assert next_benefit(assess(MOLI.model_copy(update={"base": [base]}), [], TODAY)) is None


def test_lines_have_names_in_both_languages() -> None:
    statement = assess(MOLI, RECORDS, TODAY)
    assert label_of(MOLI, statement.lines[0], "zh") == "基础分"
    limit = next(x for x in statement.lines if x.kind == "rule_limit")
    assert label_of(MOLI, limit, "en") == "Volunteering, 20 hours (limit of this item)"
    start = assess(BAILU, [], TODAY).lines[1]
    assert label_of(BAILU, start, "en") == "Breaches · start"


def test_rules_whose_points_moved_are_named_what_moved_most_first() -> None:
    before = rule_sums(assess(MOLI, [record("volunteering.hours", "2026-09-01", "V-1")], TODAY))
    after = rule_sums(assess(MOLI, [record("traffic.illegal-parking", "2026-09-02", "P-1")], TODAY))
    moved = moved_rules(before, after)
    assert {reason.rule for reason in moved} == {"volunteering.hours", "traffic.illegal-parking"}
    assert [abs(reason.points) for reason in moved] == sorted((abs(r.points) for r in moved), reverse=True)
    assert sum(reason.points for reason in moved) == sum(n for _, n in after) - sum(n for _, n in before)
    assert moved_rules(after, after) == []
