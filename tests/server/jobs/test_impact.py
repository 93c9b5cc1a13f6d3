"""The impact report: over a city and over made-up people, as text and as a page."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from schema.types.principal import Caller
from scoring.identity import Identity
from scoring.scheme import SCHEMES_DIR, Scheme, load_scheme_folder
from server.cli.main import main
from server.jobs.impact import plots
from server.jobs.impact.city import over_made_up_people, over_the_city
from server.jobs.impact.report import Report
from tests.support.people import FAN, MOLI, TODAY, YING, id_number, record
from tests.support.world import World

VOLUNTEER = record("volunteering.hours", "2026-05-01", "V1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A next version: volunteering gives more, the metro opens earlier."""
    made = tmp_path / "next"
    shutil.copytree(SCHEMES_DIR / "fuzhou-moli", made)
    for name, old, new in (
        ("scheme.toml", 'version = "2026-1"', 'version = "2027-1"'),
        ("benefits.toml", "at_least = 697", "at_least = 505"),
    ):
        path = made / name
        path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    rules = made / "rules.toml"
    before, after = rules.read_text("utf-8").split('code = "volunteering.hours"')
    rules.write_text(f'{before}code = "volunteering.hours"{after.replace("value = 10", "value = 40", 1)}', "utf-8")
    return made


@pytest.fixture
def newer(folder: Path) -> Scheme:
    return load_scheme_folder(folder)


def silent(what: str, done: int, total: int) -> None:
    """Progress that no one watches."""


async def test_over_the_citys_own_people(world: World, newer: Scheme) -> None:
    await world.enrol(YING, VOLUNTEER)
    await world.deliver(FAN, replace(VOLUNTEER, id="V2"))
    paused = await world.enrol(Identity("吴小满", id_number(sequence=9), "13900007777"), openid="o-paused")
    await world.container.services.participations.pause(Caller(paused))
    before = await world.container.store["assessments"].count_documents({})
    found = await over_the_city(world.container, MOLI, newer, TODAY, silent)
    assert (found.citizens, found.up) == (1, 1)
    assert found.flows == {("growing", "growing"): 1}
    assert await world.container.store["assessments"].count_documents({}) == before
    text = Report(found, MOLI, newer, "en").text()
    assert "1 citizens: 1 rise, 0 fall, 0 stay; mean 510.0 → 540.0" in text
    assert "Metro, 20% off (from 697 → 505): 0 → 1" in text
    assert "510 → 540 (+30): Public credit +30" in text
    assert "YING" not in text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_needs_nothing_else_and_has_a_picture_of_everything(newer: Scheme, language: str) -> None:
    found = over_made_up_people(MOLI, newer, TODAY, 300, silent)
    html = Report(found, MOLI, newer, language).html()
    assert "<script" not in html
    assert "http" not in html.split("</style>")[1]
    pictures = [
        ElementTree.fromstring("<svg" + part.split("</svg>")[0] + "</svg>")  # noqa: S314 - our own page
        for part in html.split("<svg")[1:]
    ]
    assert len(pictures) == 2
    bars = [r for r in pictures[0].iter("rect") if r.get("class") == "after"]
    assert len(bars) == len(found.histogram_after)
    ribbons = [p.find("title") for p in pictures[1].iter("path")]
    assert len(ribbons) == len(found.flows)
    for benefit in MOLI.benefits:
        assert benefit.label.in_language(language) in html


def test_ribbons_are_as_thick_as_the_people_they_stand_for() -> None:
    flow = plots.flow({("a", "a"): 3, ("a", "b"): 1}, ["a", "b"], {"a": "A", "b": "B"})
    assert [b.title for b in flow.left] == ["A: 4"]
    assert [b.title for b in flow.right] == ["A: 3", "B: 1"]
    assert flow.right[0].height == pytest.approx(3 * flow.right[1].height, rel=0.01)
    assert [r.kind for r in flow.ribbons] == ["stay", "down"]


def test_the_command_writes_text_and_page(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "impact.html"
    arguments = ["scheme", "impact", "fuzhou-moli", str(folder), "--made-up", "200", "--language", "en"]
    assert main([*arguments, "--html", str(page), "--as-of", "2026-11-23"]) == 0
    printed = capsys.readouterr().out
    assert "What the new version would do · 2026-11-23" in printed
    assert "200 citizens" in printed
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert main(["scheme", "impact", "fuzhou-moli", "atlantis", "--made-up", "200"]) == 1
    assert "no scheme 'atlantis'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["scheme", "impact", "fuzhou-moli"])


def test_a_version_that_the_checker_refuses_is_not_compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = folder / "rules.toml"
    rules.write_text(rules.read_text("utf-8").replace('dimension = "ability"', 'dimension = "luck"', 1), "utf-8")
    assert main(["scheme", "impact", "fuzhou-moli", str(folder), "--made-up", "10"]) == 1
    assert "egret scheme check --folder" in capsys.readouterr().err


def test_the_card_shows_a_citys_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(SCHEMES_DIR / "fuzhou-moli")
    assert main(["scheme", "card", "--folder", folder, "--language", "en", "--made-up", "500"]) == 0
    printed = capsys.readouterr().out
    assert "## Distribution" in printed
    assert "- No history yet: " in printed
