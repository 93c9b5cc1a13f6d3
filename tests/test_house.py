"""The house: whose modules these are, and that every room says what it is for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import bot
import schema
import scoring
import server
from scoring.scheme import SCHEMES_DIR, load_scheme, scheme_ids
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


_CODE = ("*.py", "*.po", "*.html", "*.css", "*.js", "*.toml", "*.graphql", "*.ts", "*.wxml", "*.wxss", "*.sh")


def _facts_of_cities() -> list[str]:
    """What is true of one city: its names and those of its score, its districts, telephones and ID numbers."""
    facts: set[str] = set()
    for scheme in map(load_scheme, scheme_ids()):
        city = scheme.city
        facts |= {*scheme.id.split("-"), scheme.name.zh, *scheme.name.en.removesuffix("score").split(), *city.called}
        facts |= {city.name.zh, city.name.en, city.help.number, city.office.phone, city.demo.area_code}
        facts |= {city.demo.region, city.demo.region[:4]} | {d.label.zh for d in city.demo.districts}
    return sorted(facts)


def test_nothing_of_a_city_stands_outside_its_folder() -> None:
    facts = _facts_of_cities()
    begins = [rf"(?<![0-9A-Za-z]){re.escape(fact)}" if fact.isascii() else re.escape(fact) for fact in facts]
    ends = [rf"{fact}(?![0-9A-Za-z])" if fact[-1].isalpha() and fact.isascii() else fact for fact in begins]
    fact = re.compile("|".join(ends), re.IGNORECASE)
    folders = [ROOT / name for name in ("server", "bot", "schema", "scoring", "deploy")]
    paths = [path for folder in folders for ending in _CODE for path in folder.rglob(ending)]
    ours = [path for path in paths if SCHEMES_DIR not in path.parents and not set(path.parts) & set(_SKIPPED)]
    found = {str(path.relative_to(ROOT)): fact.findall(path.read_text("utf-8")) for path in ours}
    assert len(ours) > 400
    assert {name: facts for name, facts in found.items() if facts} == {}


_NAMED = re.compile(r"(?<![\w/.-])((?:tests|server|schema|bot|scoring|deploy)/[\w./-]*\w\.(?:py|md|toml|sh|graphql))\b")
_ANY = re.compile(r"\bAny\b")
MOST_ANY = 110
_SKIPPED = ("node_modules", "artefacts", "build")


def test_a_file_that_is_named_exists() -> None:
    paths = [p for ending in ("md", "py", "toml", "yaml") for p in ROOT.rglob(f"*.{ending}")]
    ours = [p for p in paths if not any(x in _SKIPPED or x.startswith(".") for x in p.relative_to(ROOT).parts)]
    named = {(str(p.relative_to(ROOT)), name) for p in ours for name in _NAMED.findall(p.read_text("utf-8"))}
    assert [(where, name) for where, name in sorted(named) if not (ROOT / name).exists()] == []


def test_what_is_anything_is_seldom() -> None:
    """`Any` switches the type checker off: it is for the edges, where drivers and JSON come in."""
    words = [word for path in (ROOT / "server").rglob("*.py") for word in _ANY.findall(path.read_text("utf-8"))]
    assert len(words) <= MOST_ANY


def test_no_test_module_is_a_helper_of_another() -> None:
    """What several tests use lives in `tests/support`; a whole test may be run again over another world."""
    tests = ROOT / "tests"
    imported = re.compile(r"^from (tests\.[\w.]*test_\w+) import (?!test_)", re.MULTILINE)
    found = {
        str(path.relative_to(tests)): names
        for path in tests.rglob("*.py")
        if "clients" not in path.parts and (names := imported.findall(path.read_text("utf-8")))
    }
    assert found == {}
