"""SECURITY.md names only proofs that there are."""

from __future__ import annotations

import re

from tests.support.paths import ROOT


def test_every_proof_that_the_page_names_is_there() -> None:
    page = (ROOT / "SECURITY.md").read_text("utf-8")
    named = re.findall(r"`((?:tests|deploy)/[\w./]+)`", page)
    assert len(named) > 15
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_row_has_a_proof() -> None:
    rows = [line for line in (ROOT / "SECURITY.md").read_text("utf-8").splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 10
    assert [row for row in rows if "`" not in row.split("|")[4]] == []
