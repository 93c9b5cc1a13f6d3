"""A new city: one command writes a folder, and the demo runs it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from scoring.dated import Provenance
from scoring.scheme import load_scheme_folder
from server.cli.main import main
from tests.support.demo import Demo, mongod_pids


def test_it_is_whole_and_every_figure_says_that_it_is_made_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "harbour"
    assert main(["scheme", "new", str(folder)]) == 0
    assert f"egret demo --scheme {folder}" in capsys.readouterr().out
    assert main(["scheme", "check", "--folder", str(folder)]) == 0
    assert capsys.readouterr().out == "harbour: no findings\n"
    scheme = load_scheme_folder(folder)
    assert scheme.id == "harbour"
    assert {figure.provenance for figure in scheme.figures} == {Provenance.ILLUSTRATIVE}
    assert main(["scheme", "card", "--folder", str(folder), "--language", "en"]) == 0


def test_its_files_help_an_editor_without_the_internet(tmp_path: Path) -> None:
    assert main(["scheme", "new", str(tmp_path / "harbour")]) == 0
    for path in (tmp_path / "harbour").glob("*.toml"):
        first = path.read_text("utf-8").splitlines()[0]
        schema = json.loads((path.parent / first.removeprefix("#:schema ")).read_text("utf-8"))
        assert "properties" in schema


def test_a_folder_that_holds_something_stays_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    assert main(["scheme", "new", str(tmp_path), "--name", "harbour"]) == 1
    assert "already and not empty; nothing was written" in capsys.readouterr().err
    assert main(["scheme", "new", str(tmp_path / "mine.txt"), "--name", "harbour"]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("name", ["Harbour", "1st", "a b", "a.b", "a" * 41, '"'])
def test_an_id_that_is_none_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["scheme", "new", str(tmp_path / "harbour"), "--name", name]) == 1
    assert "is no id of a scheme" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "egret"
    yield folder
    for pid in mongod_pids(folder):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.long
def test_the_demo_runs_a_new_city(tmp_path: Path, data_dir: Path) -> None:
    folder = tmp_path / "harbour"
    assert main(["scheme", "new", str(folder)]) == 0
    demo = Demo(data_dir, "--scheme", str(folder))
    base = demo.base_url()
    query = "{ scheme { code name { en } helpLine { number } scenes { code } languages } }"
    scheme = httpx.post(f"{base}/graphql", json={"query": query}).json()["data"]["scheme"]
    assert scheme == {
        "code": "harbour",
        "name": {"en": "Sample score"},
        "helpLine": {"number": "010-0000001"},
        "scenes": [{"code": "library"}],
        "languages": ["zh", "en"],
    }
    token = httpx.get(f"{base}/simulator/token", params={"openid": "dev-1"}).text.strip()
    headers = {"authorization": f"Bearer {token}"}
    score = httpx.post(f"{base}/graphql", json={"query": "{ me { score { value } } }"}, headers=headers).json()
    assert 0 <= score["data"]["me"]["score"]["value"] <= 1000
    assert demo.stop() == 0
