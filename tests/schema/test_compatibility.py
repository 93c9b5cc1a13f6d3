"""A change that breaks clients is announced with its date and reason, or the build fails and names it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from schema.api.building import print_sdl
from schema.api.compatibility import Announcement, announcements, compare
from server.cli.main import main
from tests.support.paths import GOLDEN

RELEASED = GOLDEN / "released.graphql"


def test_every_breaking_change_since_the_release_is_announced() -> None:
    found = compare(RELEASED.read_text("utf-8"), print_sdl(), announcements())
    assert found.breaking == [], "announce each in schema/api/breaking.toml, or undo it"


def test_every_announcement_is_of_a_change_that_was_made() -> None:
    known = announcements()
    assert compare(RELEASED.read_text("utf-8"), print_sdl(), known).announced == known


def test_what_breaks_a_client_is_told_from_what_may_surprise_one() -> None:
    old = "type Query { a: Int, b(x: Int): Int! } enum E { ONE } union U = Query"
    new = "type Query { b(x: Int!, y: Int): Int! } enum E { ONE, TWO } union U = Query"
    gone = Announcement("Field Query.a was removed.", date(2026, 11, 24), "nobody asked it")
    found = compare(old, new, [gone])
    assert found.breaking == ["Argument Query.b(x:) has changed type from Int to Int!."]
    assert found.announced == [gone]
    assert found.dangerous == ["An optional argument Query.b(y:) was added.", "Enum value E.TWO was added."]
    assert "breaking, announced on 2026-11-24: Field Query.a was removed. (nobody asked it)" in found.lines()
    assert compare(old, old, []).lines() == ["nothing that a client could notice"]


@pytest.mark.parametrize(
    "entry", ['text = "x"', 'text = "x"\non = 2026-11-24', 'text = "x"\non = 2026-11-24\nreason = " "']
)
def test_an_announcement_without_date_and_reason_is_refused(entry: str, tmp_path: Path) -> None:
    path = tmp_path / "breaking.toml"
    path.write_text(f"[[change]]\n{entry}\n", "utf-8")
    with pytest.raises(ValueError, match="text, on"):
        announcements(path)


def test_the_command_fails_on_what_is_not_announced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--diff", str(RELEASED)]) == 0
    older = tmp_path / "older.graphql"
    older.write_text(RELEASED.read_text("utf-8").replace("type Query {", "type Query {\n  rank: Int\n"), "utf-8")
    assert main(["schema", "--diff", str(older)]) == 1
    assert "breaking: Field Query.rank was removed." in capsys.readouterr().out
    older.write_text("not a schema", "utf-8")
    assert main(["schema", "--diff", str(older)]) == 1
    assert "is no SDL" in capsys.readouterr().err
