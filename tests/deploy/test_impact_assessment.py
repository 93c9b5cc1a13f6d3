"""The impact assessment: each statement names tests, and each test that it names exists."""

from __future__ import annotations

import ast
import re

import pytest

from tests.support.paths import ROOT

TEXT = (ROOT / "deploy" / "impact-assessment.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith(("| statement", "| risk"))]


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert name in {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert name.startswith("test_")


def test_every_statement_names_a_test() -> None:
    assert len(ROWS) > 20
    assert [row for row in ROWS if "::test_" not in row] == []


def test_every_promise_about_privacy_is_proved() -> None:
    for number in (*range(1, 6), 15):
        assert f"::test_promise_{number:02d}_" in TEXT


def test_it_has_what_the_law_asks_for() -> None:
    for part in ("Purposes and their necessity", "Data", "rights", "Risks", "measures", "What remains"):
        assert part in TEXT
