"""What mypy refuses: a handle that must not be used in a transaction is none of its collections."""

from __future__ import annotations

from pathlib import Path

import pytest
from mypy import api

from tests.support.paths import ROOT

MODULE = """
from typing import Any

from server.platform.db import Collection, Collections, Store, DatabaseTransaction


async def inside(rows: Collection[Any], within: Collections) -> None:
    await rows.delete_one({{}})
    await within["things"].delete_one({{}})


async def body(store: Store, within: DatabaseTransaction) -> None:
    await inside({given}, within)
"""


def checked(tmp_path: Path, given: str) -> str:
    """What mypy says where a collection of some kind is given to code of a transaction."""
    path = tmp_path / "module.py"
    path.write_text(MODULE.format(given=given), "utf-8")
    said, faults, _ = api.run(["--config-file", str(ROOT / "pyproject.toml"), "--follow-imports=silent", str(path)])
    assert faults == ""
    return said


@pytest.mark.long
def test_a_collection_of_the_transaction_is_taken(tmp_path: Path) -> None:
    assert checked(tmp_path, 'within["things"]').startswith("Success")


def test_a_quick_one_is_refused(tmp_path: Path) -> None:
    said = checked(tmp_path, 'store.quick("things")')
    assert 'has incompatible type "OutsideCollection[Any]"; expected "Collection[Any]"' in said
