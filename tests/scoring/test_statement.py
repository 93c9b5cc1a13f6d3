"""Statements as JSON: complete, canonical, and the same bytes every time."""

from __future__ import annotations

from scoring.engine import assess, recomputed
from scoring.statement import Statement, canonical_json
from tests.support.people import MOLI, TODAY, record

RECORDS = [
    record("volunteering.hours", "2026-01-01", "V"),
    record("utility.power-overdue", "2026-11-10", "N"),
    record("traffic.illegal-parking", "2026-01-01", "T"),
]


def test_the_json_has_the_names_of_the_contract() -> None:
    data = assess(MOLI, RECORDS, TODAY).to_json()
    assert list(data) == [
        "scheme",
        "as_of",
        "value",
        "band",
        "dimensions",
        "lines",
        "withheld",
        "benefits",
        "digest",
    ]
    assert set(data["scheme"]) == {"id", "version", "digest"}
    assert set(data["dimensions"][0]) == {"code", "label", "value", "floor", "cap"}
    assert {"kind", "dimension", "points", "record", "rule", "source"} <= set(data["lines"][0])
    assert set(data["benefits"][0]) == {"code", "eligible", "short_by"}


def test_reading_back_gives_the_same_statement() -> None:
    statement = assess(MOLI, RECORDS, TODAY)
    assert Statement.from_json(statement.to_json()) == statement


def test_order_of_records_does_not_matter_to_a_single_byte() -> None:
    forth, back = assess(MOLI, RECORDS, TODAY), assess(MOLI, RECORDS[::-1], TODAY)
    assert canonical_json(forth.to_json()) == canonical_json(back.to_json())


def test_the_digest_tells_statements_apart() -> None:
    assert assess(MOLI, [], TODAY).digest == assess(MOLI, [], TODAY).digest
    assert assess(MOLI, [], TODAY).digest != assess(MOLI, RECORDS, TODAY).digest


def test_a_statement_is_genuine_for_the_records_it_was_made_from() -> None:
    off = frozenset({"volunteering.hours"})
    made = assess(MOLI, RECORDS, TODAY, declined=off)
    assert recomputed(MOLI, RECORDS, made) == made
    assert recomputed(MOLI, RECORDS[1:], made) != made
