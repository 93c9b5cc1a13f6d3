"""Awkward files as offices send them, in `tests/golden/files`, and what must come out of each."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from server.sources.files.faults import Line, Reject, UnreadableDeliveryError
from server.sources.files.rejects import rejects_path, rejects_writer
from server.sources.files.understanding import understand
from tests.support.files import lines_of
from tests.support.paths import GOLDEN

FOLDER = GOLDEN / "files"
TABLE = tomllib.loads((FOLDER / "expected.toml").read_text("utf-8"))["file"]
READ = [case for case in TABLE if "refused" not in case]
REFUSED = [case for case in TABLE if "refused" in case]
ALONE = {"duplicate_number"}
"""What is all right when it comes back without the rest."""


def named(cases: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in cases])


def test_every_file_is_in_the_table() -> None:
    files = {path.name for path in FOLDER.iterdir()} - {"expected.toml"}
    assert files == {case["name"] for case in TABLE}
    assert len(files) >= 40


@named(READ)
def test_a_file_is_read_as_what_it_is(case: dict[str, Any]) -> None:
    found = understand(FOLDER / case["name"])
    lines = lines_of(found.path)
    assert found.form == case["form"]
    assert (None if found.coding is None else found.coding.name) == case.get("coding")
    assert found.packed == case.get("packed", False)
    assert [note.en for note in found.notes] == case.get("notes", [])
    assert found.lines == len(lines)
    assert [line.number for line in lines if isinstance(line, Line)] == case["accepted"]
    rejected = [[line.line, line.reason, line.text.en] for line in lines if isinstance(line, Reject)]
    assert rejected == case.get("rejected", [])


@named(REFUSED)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(case: dict[str, Any]) -> None:
    with pytest.raises(UnreadableDeliveryError) as caught:
        understand(FOLDER / case["name"])
    assert str(caught.value) == case["refused"]
    assert caught.value.text.zh.endswith("。")


@named([case for case in READ if "rejected" in case])
def test_what_was_rejected_comes_back_in_the_same_form_with_its_reason(case: dict[str, Any], tmp_path: Path) -> None:
    found = understand(FOLDER / case["name"])
    rejects = [line for line in lines_of(found.path) if isinstance(line, Reject)]
    path = tmp_path / rejects_path(found).name
    with rejects_writer(path, found, "en") as add:
        for reject in rejects:
            add(reject)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = understand(path)
    assert (again.form, again.coding, again.packed) == (found.form, found.coding, found.packed)
    assert again.lines == len(rejects)
    reasons = [line.reason for line in lines_of(path) if isinstance(line, Reject)]
    assert reasons == [reject.reason for reject in rejects if reject.reason not in ALONE]
