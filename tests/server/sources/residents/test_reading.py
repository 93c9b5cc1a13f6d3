"""Lines of the register of residents: what is accepted, and why a line is rejected."""

from __future__ import annotations

import csv
import gzip
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from server.sources.files.faults import Reject, UnreadableDeliveryError
from server.sources.files.understanding import Form, understand
from server.sources.residents.reading import RESIDENTS, ResidentLine, read
from tests.support.paths import TABLES
from tests.support.people import FAN, TODAY, YING

HEAD = ["姓名", "公民身份号码", "手机号码", "状态"]
CASES: dict[str, list[dict[str, Any]]] = tomllib.loads((TABLES / "residents.toml").read_text("utf-8"))


def lines_of(path: Path, *, changes: bool = False) -> list[ResidentLine | Reject]:
    return list(read(understand(path, None, RESIDENTS), on=TODAY, changes=changes))


def written(path: Path, *rows: list[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEAD, *rows])
    return path


@pytest.mark.parametrize("case", CASES["accepted"], ids=lambda case: "-".join(case["cells"]))
def test_a_line_of_a_resident_is_accepted(tmp_path: Path, case: dict[str, Any]) -> None:
    (line,) = lines_of(written(tmp_path / "r.csv", case["cells"]))
    assert isinstance(line, ResidentLine)
    assert line.status.value == case["status"]
    assert line.resident.name == case.get("name", YING.name)
    assert line.resident.id_number == case.get("id_number", YING.id_number)
    assert line.resident.phone == (YING.phone if case["cells"][2] else None)


@pytest.mark.parametrize("case", CASES["rejected"], ids=lambda case: f"{case['reason']}-{'-'.join(case['cells'])}")
def test_a_line_that_cannot_be_taken_says_why_and_harms_no_other(tmp_path: Path, case: dict[str, Any]) -> None:
    good = [FAN.name, FAN.id_number, FAN.phone, ""]
    first, second = lines_of(written(tmp_path / "r.csv", case["cells"], good))
    assert isinstance(first, Reject)
    assert first.reason == case["reason"]
    assert "{" not in first.text.zh + first.text.en
    assert isinstance(second, ResidentLine)


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_the_register_comes_in_any_coding_gzipped_or_not(tmp_path: Path, coding: str, packed: bool) -> None:
    text = "\r\n".join([",".join(HEAD), f"{YING.name},{YING.id_number},{YING.phone},"]).encode(coding)
    path = tmp_path / "register"
    path.write_bytes(gzip.compress(text) if packed else text)
    (line,) = lines_of(path)
    assert isinstance(line, ResidentLine)
    assert line.resident.name == YING.name


def test_the_register_comes_as_objects(tmp_path: Path) -> None:
    path = tmp_path / "r.ndjson"
    row = {"name": YING.name, "id_number": YING.id_number, "phone": YING.phone}
    strange = row | {"address": "somewhere"}
    path.write_text("\n".join(json.dumps(one) for one in (row, strange, row | {"phone": 13900005678})), "utf-8")
    accepted, unknown, number = lines_of(path)
    assert isinstance(accepted, ResidentLine)
    assert isinstance(unknown, Reject)
    assert unknown.reason == "unknown_field"
    assert isinstance(number, Reject)
    assert number.reason == "not_text"


def test_a_table_without_phones_is_refused_with_the_column_that_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(f"姓名,公民身份号码\n{YING.name},{YING.id_number}\n", "utf-8")
    with pytest.raises(UnreadableDeliveryError, match="手机号码"):
        understand(path, None, RESIDENTS)


def test_a_file_of_records_is_no_register(tmp_path: Path) -> None:
    path = tmp_path / "records.csv"
    path.write_text("文号,来源,规则\n1,traffic-police,traffic.illegal-parking\n", "utf-8")
    with pytest.raises(UnreadableDeliveryError):
        understand(path, None, RESIDENTS)


def test_removed_and_renamed_belong_to_changes(tmp_path: Path) -> None:
    path = written(tmp_path / "r.csv", [YING.name, YING.id_number, "", "删除"], [FAN.name, FAN.id_number, "", "更名"])
    assert [line.status.value for line in lines_of(path, changes=True) if isinstance(line, ResidentLine)] == [
        "removed",
        "renamed",
    ]
    assert understand(path, None, RESIDENTS).form is Form.CSV
