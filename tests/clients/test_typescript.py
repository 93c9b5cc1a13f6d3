"""The mini-program page: its types are those of the schema, it compiles strictly, and it works."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scoring.identity import Identity
from scoring.scheme import load_scheme
from server.demo.people import REGIONS, ready_people
from tests.clients.conftest import HERE, Tools
from tests.support.demo import Demo

PROJECT = HERE / "typescript"
pytestmark = pytest.mark.slow


def test_the_generated_types_are_current(tools: Tools, tmp_path: Path) -> None:
    made = tmp_path / "generated.ts"
    tools.node("generate.mjs", str(made))
    assert made.read_text("utf-8") == (PROJECT / "generated.ts").read_text("utf-8"), "run: sh tests/clients/generate.sh"


def test_tsc_finds_nothing(tools: Tools) -> None:
    assert tools.node("node_modules/typescript/bin/tsc", "-p", str(PROJECT), "--noEmit") == ""


def test_tsc_finds_a_field_that_the_schema_does_not_have(tools: Tools, tmp_path: Path) -> None:
    """The check above is no empty one: what was not asked for cannot be read."""
    page = tmp_path / "wrong.ts"
    page.write_text(
        f'import type {{ ScoreQuery }} from "{PROJECT}/generated";\n'
        'export const rank = (me: NonNullable<ScoreQuery["me"]>) => me.score.rank;\n',
        "utf-8",
    )
    with pytest.raises(AssertionError, match="'rank' does not exist"):
        tools.node("node_modules/typescript/bin/tsc", "--strict", "--noEmit", "--skipLibCheck", str(page))


def test_the_page_binds_shows_the_score_and_issues_a_pass(tools: Tools, demo: Demo, tmp_path: Path) -> None:
    tools.node("node_modules/typescript/bin/tsc", "-p", str(PROJECT), "--outDir", str(tmp_path))
    scheme = load_scheme("fuzhou-moli")
    person: Identity = ready_people(REGIONS[scheme.id])[0]
    identity = (person.name, person.id_number, person.phone)
    told = tools.node("typescript/story.mjs", str(tmp_path), demo.base_url(), "mini-story", *identity)
    shown = {page["step"]: page for page in map(json.loads, told.splitlines())}

    assert shown["opened"]["binding"] == "identity"
    assert len(shown["opened"]["consent"]) == len(scheme.consent.points)
    assert "身份号码" in shown["mistyped"]["notice"]
    assert shown["asked"]["phone"] == "139****5678"

    score, lines = shown["bound"]["score"], shown["bound"]["lines"]
    assert score["value"] == sum(line["points"] for line in lines)
    assert [d["code"] for d in score["dimensions"]] == [d.code for d in scheme.dimensions]
    assert all(line["basis"] for line in lines[1:])
    assert shown["pass"]["pass"]["code"]
    assert shown["no pass"]["pass"] is None
    assert "普通渠道照常可用" in shown["no pass"]["notice"]
