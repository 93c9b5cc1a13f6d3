"""The house: whose modules these are, and that every room says what it is for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import bot
import schema
import scoring
import server
from tests.support.paths import ROOT

FLOORS: tuple[Any, ...] = (server, schema, bot, scoring)


@pytest.mark.parametrize("floor", FLOORS, ids=lambda f: f.__name__)
def test_the_imported_floor_is_ours(floor: Any) -> None:
    assert Path(floor.__file__).parent.parent == ROOT


@pytest.mark.parametrize("folder", ["server", "schema", "bot", "scoring", "tests", "deploy"])
def test_every_folder_has_a_readme(folder: str) -> None:
    text = (ROOT / folder / "README.md").read_text("utf-8")
    assert len(text) > 200


def test_the_top_level_is_fixed() -> None:
    folders = {p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith(".")}
    assert folders - {"artefacts", "egret.egg-info", "build"} == {
        "server",
        "schema",
        "bot",
        "scoring",
        "tests",
        "deploy",
    }


@pytest.mark.parametrize("floor", FLOORS, ids=lambda f: f.__name__)
def test_every_module_says_what_it_is(floor: Any) -> None:
    for path in Path(floor.__file__).parent.rglob("*.py"):
        assert path.read_text("utf-8").startswith('"""'), path


def test_no_module_outside_its_room_imports_a_driver() -> None:
    for floor in FLOORS:
        for path in Path(floor.__file__).parent.rglob("*.py"):
            if "db" not in path.parent.parts:
                text = path.read_text("utf-8")
                assert not any(
                    f"import {name}" in text or f"from {name}" in text for name in ("pymongo", "motor", "bson")
                )
