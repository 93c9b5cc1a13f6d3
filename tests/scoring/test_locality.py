"""A city is a folder: its file says everything that moves no score, and what is wrong is told with file and line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from scoring.check import check_scheme, load_usable
from scoring.scheme import SCHEMES_DIR, city_json_schema, load_scheme, load_scheme_folder, scheme_folder, scheme_ids
from tests.support.paths import GOLDEN
from tests.support.people import BAILU, MOLI

TOWN = GOLDEN / "tiny-town"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of a city, to be changed."""
    return Path(shutil.copytree(TOWN, tmp_path / "town"))


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_a_scheme_is_named_by_its_id_or_by_a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_scheme("fuzhou-moli") is load_scheme("fuzhou-moli")
    assert load_scheme(str(folder)).id == "tiny-town"
    monkeypatch.chdir(folder.parent)
    assert load_scheme("town").id == load_scheme("./town/").id == "tiny-town"
    assert scheme_folder("town") == folder


def test_a_folder_is_read_again_each_time(folder: Path) -> None:
    assert load_scheme(str(folder)).version == "1"
    change(folder, "scheme.toml", 'version = "1"', 'version = "2"')
    assert load_scheme(str(folder)).version == "2"


@pytest.mark.parametrize(("name", "kind"), [("atlantis", "scheme"), ("./atlantis", "folder"), ("/no/such", "folder")])
def test_neither_is_told_with_those_there_are(name: str, kind: str) -> None:
    with pytest.raises(ValueError, match=f"no {kind} '{name}'.*fuzhou-moli, xiamen-bailu"):
        load_scheme(name)


def test_a_folder_that_the_checker_refuses_is_not_usable(folder: Path) -> None:
    assert load_usable(str(folder)).id == "tiny-town"
    change(folder, "rules.toml", 'dimension = "all"', 'dimension = "luck"')
    with pytest.raises(
        ValueError, match=r"town/rules.toml:4: rule fair.helped: (.|\n)*findings; see: egret scheme check"
    ):
        load_usable(str(folder))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('number = "010-0000001"', "", r"town/city.toml:7: help.number: Field required"),
        ('number = "010-0000001"', 'number = "help"', r"town/city.toml:8: help.number: "),
        ('zh = "信用"', 'zh = ""', r"town/city.toml:9: help.ask_for.zh: "),
        ("[office]", "[bureau]", r"town/city.toml: office: Field required"),
        ("[office]", "[bureau]", r"town/city.toml:13: bureau: Extra inputs"),
        ('code = "gate"', 'code = "The Gate"', r"town/city.toml:20: scene.0.code: "),
        ('region = "990199"', "region = 990199", r"town/city.toml:25: demo.region: "),
        ('languages = ["zh", "en"]', 'languages = ["zh", "fr"]', r"town/city.toml:5: languages.1: "),
        (
            'languages = ["zh", "en"]',
            'languages = ["zh", "zh"]',
            r"town/city.toml: the file: .*languages: zh is there twice",
        ),
        ('code = "riverside"', 'code = "old-town"', r"demo.district: old-town is there twice"),
        ('code = "old-town"', "code = 1", r"town/city.toml:31: demo.district.0.code: "),
        ('code = "riverside"', "code = 1", r"town/city.toml:35: demo.district.1.code: "),
        ("[help]", "[help", r"town/city.toml:7: "),
        ("[help]", "note = 1\n[help]", r"town/city.toml:7: note: Extra inputs"),
    ],
)
def test_what_is_wrong_with_a_city_is_told_with_file_and_line(folder: Path, old: str, new: str, told: str) -> None:
    change(folder, "city.toml", old, new)
    with pytest.raises(ValueError, match=told):
        load_scheme_folder(folder)


def test_a_file_without_an_end_or_in_another_coding_is_told_with_its_line(folder: Path) -> None:
    path = folder / "benefits.toml"
    text = path.read_text("utf-8")
    path.write_text(text + 'more = "', "utf-8")
    with pytest.raises(ValueError, match=rf"town/benefits.toml:{text.count(chr(10)) + 1}: "):
        load_scheme_folder(folder)
    path.write_bytes(text.encode("gb18030"))
    with pytest.raises(ValueError, match=r"town/benefits.toml:5: it is not UTF-8; save it as UTF-8"):
        load_scheme_folder(folder)


def test_what_stands_in_two_files_is_refused(folder: Path) -> None:
    change(folder, "scheme.toml", 'version = "1"', 'version = "1"\ncity = { zh = "小城", en = "Town" }')
    with pytest.raises(ValueError, match=r"town/city.toml: city: stands in two files"):
        load_scheme_folder(folder)


def test_the_demo_needs_a_source_and_rules_that_are_there(folder: Path) -> None:
    change(folder, "city.toml", 'source = "town-hall"', 'source = "castle"')
    change(folder, "city.toml", '[["fair.helped"], [], []]', '[["fair.helped"], ["fair.slept"], []]')
    told = [finding.at(folder) for finding in check_scheme(load_scheme_folder(folder))]
    assert told == [
        "town/city.toml:27: city demo.source: there is no source castle; name one of scheme.toml",
        "town/city.toml:28: city demo.records: there is no rule fair.slept; name one of rules.toml",
    ]


def test_nothing_about_a_city_but_its_name_is_in_the_digest(folder: Path) -> None:
    before = load_scheme_folder(folder).digest
    change(folder, "city.toml", "010-0000001", "010-0000009")
    assert load_scheme_folder(folder).digest == before
    change(folder, "city.toml", 'en = "Tiny Town"', 'en = "Small Town"')
    assert load_scheme_folder(folder).digest != before


def test_a_scene_is_found_by_its_code() -> None:
    scene = MOLI.city.scene_at("library")
    assert scene is not None
    assert "图书馆" in scene.text.zh
    assert BAILU.city.scene_at("metro") is None


def test_the_json_schema_of_a_city_next_to_the_schemes_is_current() -> None:
    committed = json.loads((SCHEMES_DIR / "city.schema.json").read_text("utf-8"))
    assert committed == city_json_schema(), "run: egret scheme json-schema --city > scoring/schemes/city.schema.json"


@pytest.mark.parametrize("name", scheme_ids())
def test_every_file_of_a_city_points_an_editor_at_its_schema(name: str) -> None:
    assert (SCHEMES_DIR / name / "city.toml").read_text("utf-8").startswith("#:schema ../city.schema.json\n")


def test_a_help_line_fills_the_sentences_of_either_language() -> None:
    for language in ("zh", "en"):
        words = MOLI.city.help.in_words(language)
        assert set(words) == {"number", "ask_for", "hours", "counter"}
        assert all(words.values())
