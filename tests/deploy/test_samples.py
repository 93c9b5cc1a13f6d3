"""The sample files are what the commands take, and say the same in every form."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from schema.types.principal import OPERATOR
from server.cli.main import main
from server.demo.people import ready_people
from server.sources.files.columns import RECORDS
from server.sources.files.faults import Line, Reject
from server.sources.files.reading import read
from server.sources.files.understanding import understand
from server.sources.importer import Importer
from server.sources.residents.importer import RegisterImporter
from server.sources.residents.reading import RESIDENTS
from tests.support.paths import ROOT
from tests.support.people import MOLI, TODAY
from tests.support.world import World

SAMPLES = ROOT / "deploy" / "samples"
FORMS = ("records.ndjson", "records.csv", "records.xlsx")


def lines(name: str) -> list[Line]:
    """The records of a file; every line is one."""
    found = list(read(understand(SAMPLES / name), MOLI, on=TODAY))
    assert all(isinstance(line, Line) for line in found)
    return [line for line in found if isinstance(line, Line)]


def test_one_persons_records_give_the_score_that_the_readme_says(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(SAMPLES / "one-person.ndjson")
    assert main(["score", "--scheme", "fuzhou-moli", "--records", path, "--as-of", "2026-11-23"]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == 565
    assert "(565 points)" in (SAMPLES / "README.md").read_text("utf-8")


def test_the_three_forms_hold_the_same_records_of_the_demos_people() -> None:
    ndjson, csv, xlsx = ([line.delivery for line in lines(name)] for name in FORMS)
    assert ndjson == csv == xlsx
    people = {person.id_number for person in ready_people(MOLI.city.demo.region)}
    assert {delivery.resident for delivery in ndjson} == people


@pytest.mark.parametrize("name", FORMS)
async def test_records_are_stored(world: World, name: str) -> None:
    importer = Importer(world.container.store, MOLI, world.container.deliveries)
    result = await importer.run(understand(SAMPLES / name), OPERATOR, on=TODAY, report=lambda *_: None)
    assert (result.stored, result.rejected, result.refused) == (4, 0, 0)


async def test_newcomers_come_onto_the_register(world: World) -> None:
    container = world.container
    await container.register.enter(ready_people(MOLI.city.demo.region), container.clock())
    importer = RegisterImporter(container.store, container.register.digests, container.clock)
    rejects: list[Reject] = []
    found = understand(SAMPLES / "residents.csv", None, RESIDENTS)
    result = await importer.run(found, changes=True, report=lambda *_: None, reject=rejects.append)
    assert (result.accepted, rejects) == (4, [])


@pytest.mark.parametrize("field", [*RECORDS.names])
def test_the_readme_says_what_every_field_of_a_record_is(field: str) -> None:
    if field != "reason":  # a column of files that come back; it is not read
        assert f"| `{field}` " in (SAMPLES / "README.md").read_text("utf-8")


def test_the_wrapper_takes_paths_from_where_one_stands(tmp_path: Path) -> None:
    program = tmp_path / "venv" / "bin" / "egret"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "$PWD" "$@"\n', "utf-8")
    program.chmod(0o755)
    command = ["sh", str(ROOT / "deploy" / "egret.sh"), "score", "--records", "my file.csv"]
    environment = {**os.environ, "EGRET_VENV": str(tmp_path / "venv")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"{tmp_path} score --records my file.csv\n"


def test_a_file_is_explained_without_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "--explain", "--scheme", "fuzhou-moli", str(SAMPLES / "records.csv")]) == 0
    assert capsys.readouterr().out.count("would be accepted") == 4
