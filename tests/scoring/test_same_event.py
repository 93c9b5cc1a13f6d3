"""The same event reported by two bodies counts once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from scoring.engine import assess
from scoring.records import Record
from scoring.scheme import Scheme
from scoring.statement import Line, LineKind, Statement, WithheldReason
from tests.support.people import MOLI, TODAY, record

RULE = next(r for r in MOLI.rules if len(r.sources) > 1 and r.points[0].value > 0 and not r.optional)
FIRST, SECOND = RULE.sources[:2]
HONOUR = record(RULE.code, "2026-09-01", "A", source=FIRST)
TWIN = replace(HONOUR, id="B", source=SECOND, reported_on=date(2026, 9, 5))


def counted(statement: Statement) -> list[str | None]:
    return [line.record for line in statement.lines if line.kind is LineKind.RECORD]


def withheld(statement: Statement) -> list[tuple[str, WithheldReason]]:
    return [(w.record, w.reason) for w in statement.withheld]


def test_the_one_that_was_reported_first_counts() -> None:
    for records in ([HONOUR, TWIN], [TWIN, HONOUR]):
        statement = assess(MOLI, records, TODAY)
        assert counted(statement) == ["A"]
        assert withheld(statement) == [("B", WithheldReason.SAME_EVENT)]
    earlier = replace(TWIN, reported_on=HONOUR.reported_on)
    later = replace(HONOUR, reported_on=date(2026, 9, 2))
    assert counted(assess(MOLI, [later, earlier], TODAY)) == ["B"]


def test_another_day_another_rule_and_the_same_source_are_other_events() -> None:
    day = date(2026, 9, 2)
    other_day = replace(TWIN, occurred_on=day)
    other_rule = record("volunteering.hours", "2026-09-01", "C")
    same_source = replace(TWIN, source=FIRST)
    for other in (other_day, other_rule, same_source):
        assert len(counted(assess(MOLI, [HONOUR, other], TODAY))) == 2


def test_what_a_person_found_to_be_separate_counts() -> None:
    assert set(counted(assess(MOLI, [HONOUR, replace(TWIN, separate=True)], TODAY))) == {"A", "B"}


def late(*, graver: str = "court", source: str = "court", **values: object) -> tuple[Scheme, Record]:
    """Two adverse rules of one event, of which the second takes twice the points."""
    one = next(r for r in MOLI.rules if r.code == "traffic.illegal-parking")
    two = one.model_copy(
        update={
            "code": "traffic.graver",
            "event": "parking",
            "sources": [graver],
            "points": [p.model_copy(update={"value": 2 * p.value}) for p in one.points],
        }
    )
    rules = [*(r for r in MOLI.rules if r.code != one.code), one.model_copy(update={"event": "parking"}), two]
    scheme = MOLI.model_copy(update={"rules": rules})
    return Scheme.model_validate(scheme.model_dump(by_alias=True)), replace(
        record("traffic.illegal-parking", "2026-09-02", "G"),
        rule="traffic.graver",
        source=source,
        **values,  # type: ignore[arg-type]
    )


def test_of_what_is_held_against_a_person_the_milder_counts() -> None:
    scheme, graver = late(reported_on=date(2026, 9, 2))
    milder = record("traffic.illegal-parking", "2026-09-02", "M", reported_on=date(2026, 9, 20))
    statement = assess(scheme, [graver, milder], TODAY)
    assert counted(statement) == ["M"]
    assert withheld(statement) == [("G", WithheldReason.SAME_EVENT)]


def test_a_dispute_of_the_one_that_counts_does_not_bring_its_twin_up() -> None:
    statement = assess(MOLI, [replace(HONOUR, disputed=True), TWIN], TODAY)
    assert counted(statement) == []
    assert dict(withheld(statement)) == {"A": WithheldReason.DISPUTED, "B": WithheldReason.SAME_EVENT}


def test_a_bill_that_was_settled_at_one_body_is_settled() -> None:
    notice = record("utility.power-overdue", "2026-10-10", "N")
    rule = MOLI.rules_by_code["utility.power-overdue"].model_copy(update={"sources": ["power", "court"]})
    rules = [r if r.code != rule.code else rule for r in MOLI.rules]
    scheme = Scheme.model_validate(MOLI.model_copy(update={"rules": rules}).model_dump(by_alias=True))
    settled = replace(notice, id="S", source="court", facts={"cured_on": "2026-10-20"})
    statement = assess(scheme, [notice, settled], TODAY)
    assert counted(statement) == []
    assert dict(withheld(statement)) == {"N": WithheldReason.SAME_EVENT, "S": WithheldReason.CURED}


def test_what_no_longer_counts_takes_nobodys_place() -> None:
    expired = replace(HONOUR, reported_on=date(2019, 1, 1), occurred_on=date(2019, 1, 1))
    twin = replace(TWIN, occurred_on=date(2019, 1, 1), reported_on=date(2026, 9, 1))
    assert [w.reason for w in assess(MOLI, [expired, twin], TODAY).withheld] == [WithheldReason.EXPIRED] * 2
    early = assess(MOLI, [HONOUR, TWIN], date(2026, 9, 2))
    assert counted(early) == ["A"]
    assert withheld(early) == [("B", WithheldReason.NOT_YET_REPORTED)]


def test_base_and_lines_are_the_score_with_twins_as_well() -> None:
    statement = assess(MOLI, [HONOUR, TWIN], TODAY)
    assert statement.value == sum(line.points for line in statement.lines if isinstance(line, Line))


def test_a_scheme_without_events_keeps_its_digest() -> None:
    assert "event" not in MOLI.model_dump_json(exclude_none=True).split('"rules"')[1].split('"benefits"')[0]
    scheme, _ = late()
    assert scheme.digest != MOLI.digest
