"""Which release is the previous one, and what is said where its code is not at hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from server.platform.db.versions import FIRST, LAYOUT
from tests.upgrade.previous import previous, tree_of


def test_the_previous_release_is_one_that_this_one_can_work_beside() -> None:
    assert FIRST <= previous().layout <= LAYOUT


def test_where_history_is_missing_the_skip_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match=r"commit 0000000000, .* `git fetch --unshallow`"):
        tree_of(replace(previous(), commit="0" * 40), tmp_path)
