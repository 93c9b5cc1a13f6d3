"""Golden cases: data in `golden/*.toml`, each with the value, and the lines, benefits and reasons that matter."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from scoring.engine import assess
from scoring.records import Record
from scoring.scheme import Scheme, load_scheme
from scoring.statement import Line
from tests.support.paths import GOLDEN

CASES = [
    pytest.param(data["scheme"], case, id=f"{path.stem}: {case['name']} ({case['as_of']})")
    for path in sorted(GOLDEN.glob("*.toml"))
    for data in [tomllib.loads(path.read_text("utf-8"))]
    for case in data.get("case", ())
]


def records_of(scheme: Scheme, case: dict[str, Any]) -> list[Record]:
    made = []
    for number, given in enumerate(case["records"]):
        rule = scheme.rules_by_code[given["rule"]]
        defaults = {
            "id": str(number),
            "source": rule.sources[0],
            "data_class": rule.data_class,
            "occurred_on": given["reported_on"],
        }
        made.append(Record(**{**defaults, **given}))
    return made


def scheme_of(name: str, case: dict[str, Any]) -> Scheme:
    """The scheme, with another base where a case is about a bound."""
    scheme = load_scheme(name)
    if "base" not in case:
        return scheme
    return scheme.model_copy(update={"base": [scheme.base[0].model_copy(update={"value": case["base"]})]})


def told(line: Line) -> str:
    return f"{line.rule if line.kind == 'record' else line.kind} {line.points:+d}"


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 150


@pytest.mark.parametrize(("name", "case"), CASES)
def test_golden(name: str, case: dict[str, Any]) -> None:
    scheme = scheme_of(name, case)
    declined = frozenset(case.get("declined", []))
    statement = assess(scheme, records_of(scheme, case), case["as_of"], declined=declined)
    assert statement.value == case["value"]
    assert sum(line.points for line in statement.lines) == case["value"]
    assert [str(w.reason) for w in statement.withheld] == case.get("withheld", [])
    assert statement.band_code == case.get("band", statement.band_code)
    assert set(case.get("lines", [])) <= {told(line) for line in statement.lines}
    answers = {b.code: b.short_by for b in statement.benefits}
    for benefit, short_by in case.get("short_by", {}).items():
        assert answers[benefit] == short_by
