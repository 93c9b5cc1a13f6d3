"""Each promise's test fails when the promise is broken: a line of the sources is changed, and the tests must notice.

The changes are data (`tests/golden/tables/mutations.toml`); they are made in a copy of the tree.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import ROOT

_TABLE: list[dict[str, Any]] = tomllib.loads(
    (ROOT / "tests" / "golden" / "tables" / "mutations.toml").read_text("utf-8")
)["mutation"]
_PARTS = ("scoring", "schema", "bot", "server", "tests", "deploy")
_SEEN = 1
"""What pytest answers where tests failed; anything else is no proof."""


def test_every_promise_is_broken_at_least_once() -> None:
    assert {row["promise"] for row in _TABLE} == set(range(1, 17))


@pytest.mark.parametrize("row", _TABLE, ids=lambda row: f"{row['promise']:02}-{row['breaks']}")
def test_a_mutation_changes_one_place(row: dict[str, Any]) -> None:
    assert (ROOT / row["file"]).read_text("utf-8").count(row["old"]) == 1
    assert row["old"] != row["new"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree, in which the promises hold."""
    copy = tmp_path_factory.mktemp("tree")
    for part in _PARTS:
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, copy / name)
    assert _answer(copy, "test_promise") == 0
    return copy


@pytest.mark.long
@pytest.mark.parametrize("row", _TABLE, ids=lambda row: f"{row['promise']:02}-{row['breaks']}")
def test_the_promise_fails_when_it_is_broken(row: dict[str, Any], tree: Path) -> None:
    source = tree / row["file"]
    whole = source.read_text("utf-8")
    source.write_text(whole.replace(row["old"], row["new"]), "utf-8")
    try:
        assert _answer(tree, f"test_promise_{row['promise']:02}") == _SEEN
    finally:
        source.write_text(whole, "utf-8")


def _answer(tree: Path, tests: str) -> int:
    command = [sys.executable, "-m", "pytest", "tests/test_promises.py", "-k", tests, "-x", "-q"]
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider"], cwd=tree, env=environment, check=False, capture_output=True
    )
    return done.returncode
