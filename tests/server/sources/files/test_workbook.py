"""Workbooks: what is checked before one is opened, so that none takes all memory, and what is written."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from server.sources.files import workbook
from server.sources.files.faults import Line, UnreadableDeliveryError
from server.sources.files.understanding import understand
from server.sources.files.workbook import WorkbookWriter, check_workbook, column_letters
from tests.support.files import lines_of
from tests.support.people import wire

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"


def book(path: Path, cells: str, *, also: dict[str, bytes] | None = None) -> Path:
    """A workbook with these rows in its sheet."""
    written = io.BytesIO()
    with WorkbookWriter(written) as writer:
        writer.write(["id"])
    with zipfile.ZipFile(written) as plain, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as changed:
        for name in plain.namelist():
            if name != SHEET:
                changed.writestr(name, plain.read(name))
        changed.writestr(SHEET, f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>')
        for name, content in (also or {}).items():
            changed.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        "<row r='1'><c r='A1'/></row><row r='1048576'><c\n  s='0'\n r = 'XFD1048576' ><v>1</v></c></row>",
        '<x:row xmlns:x="x" r="9"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
        '<row r="1"><c r="a1"/><c r="xfd1048576"><v>1</v></c></row>',
        '<row r="1048576"><c/><c r="XFC1"/><c><v>1</v></c></row>',
        '<row r="1048576">' + "<c><v>1</v></c>" * 30 + "</row>",
        '<row r="1048570"/>' + "<row>" + "<c s='1'/>" * 30 + "</row>",
        "<row>" + "<c/>" * 5000 + "</row>" + "<row/>" * 5000,
    ],
)
def test_one_cell_far_away_is_seen_before_a_table_of_its_size_is_made(tmp_path: Path, cells: str) -> None:
    with pytest.raises(UnreadableDeliveryError, match="too large"):
        check_workbook(book(tmp_path / "b.xlsx", cells))


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="&#88;FD1048576"><v>1</v></c></row>',
        """<row r="1"><c s=" r='A1'" r="&#88;FD1048576"><v>1</v></c></row>""",
        '<row r="&#49;048576"><c><v>1</v></c></row>',
        '<row r="1"><c foo="1>" r = "&#65;1"><v>1</v></c></row>',
        '<row r="1"><c r="AAAA1"><v>1</v></c></row>',
    ],
)
def test_a_cell_that_hides_where_it_stands_is_not_opened(tmp_path: Path, cells: str) -> None:
    with pytest.raises(UnreadableDeliveryError, match="damaged"):
        check_workbook(book(tmp_path / "b.xlsx", cells))


@pytest.mark.parametrize("attribute", [r' r="[A-Z]+\d+"', r' r="[A-Z]*\d+"', r' r="[B-Z]\d+"', r' r="[1-9]\d*"'])
def test_cells_and_rows_need_not_say_where_they_stand(tmp_path: Path, attribute: str) -> None:
    plain = io.BytesIO()
    with WorkbookWriter(plain) as writer:
        writer.write(list(wire()))
        for number in range(4):
            writer.write([str(value) for value in wire(id=f"A-{number}").values()])
    with zipfile.ZipFile(plain) as archive:
        text = archive.read(SHEET).decode()
    rows = text[text.index("<row") : text.index("</sheetData>")]
    found = lines_of(book(tmp_path / "b.xlsx", re.sub(attribute, "", rows)))
    assert [line.delivery.record.id for line in found if isinstance(line, Line)] == ["A-0", "A-1", "A-2", "A-3"]


@pytest.mark.parametrize(
    "sheet", ["", "<worksheet>", f'<worksheet xmlns="{MAIN}"><sheetData>', "no XML", "<worksheet></sheetData>"]
)
def test_a_sheet_that_is_no_whole_xml_is_damaged_and_not_empty(tmp_path: Path, sheet: str) -> None:
    path = book(tmp_path / "b.xlsx", "")
    with zipfile.ZipFile(path) as plain:
        parts = {name: plain.read(name) for name in plain.namelist()}
    with zipfile.ZipFile(path, "w") as changed:
        for name, content in parts.items():
            changed.writestr(name, sheet if name == SHEET else content)
    with pytest.raises(UnreadableDeliveryError, match="damaged"):
        understand(path)


def test_a_sheet_without_rows_is_empty(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDeliveryError, match="empty"):
        understand(book(tmp_path / "b.xlsx", ""))


def test_a_place_in_another_attribute_is_not_the_place(tmp_path: Path) -> None:
    cells = """<row r="1"><c s=" r='A1'" r="XFD1048576"><v>1</v></c></row>"""
    with pytest.raises(UnreadableDeliveryError, match="too large"):
        check_workbook(book(tmp_path / "b.xlsx", cells))


def test_what_really_comes_out_is_counted_whatever_the_directory_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 1 << 20)
    path = book(tmp_path / "b.xlsx", "", also={"xl/sharedStrings.xml": b" " * (4 << 20)})
    packed = bytearray(path.read_bytes())
    size = (4 << 20).to_bytes(4, "little")
    while (place := packed.find(size)) >= 0:
        packed[place : place + 4] = (10).to_bytes(4, "little")
    path.write_bytes(packed)
    with pytest.raises(UnreadableDeliveryError, match="too large"):
        check_workbook(path)


def test_a_workbook_in_bounds_is_opened(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", '<row r="2"><c r="B2" t="inlineStr"><is><t>a r="x"</t></is></c><c r="C2"/></row>')
    assert not check_workbook(path)
    assert check_workbook(book(tmp_path / "c.xlsx", "", also={"x.xml": b'<workbookPr date1904="1"/>'}))


def test_too_many_parts_or_none_that_can_be_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path / "b.xlsx", "")
    with monkeypatch.context() as patched:
        patched.setattr(workbook, "_MOST_PARTS", 2)
        with pytest.raises(UnreadableDeliveryError, match="too large"):
            check_workbook(path)
    with zipfile.ZipFile(tmp_path / "c.xlsx", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("xl/workbook.xml", "x" * 100)
    with pytest.raises(UnreadableDeliveryError, match="damaged"):
        understand(tmp_path / "c.xlsx")


def test_what_is_written_is_read_again_as_text(tmp_path: Path) -> None:
    rows = [["id", "证件号码"], ['<A>&"1"', "350199199001010015"], ["a\x00b", "x" * 40_000], ["𠮷 ", ""]]
    path = tmp_path / "b.xlsx"
    with path.open("wb") as file, WorkbookWriter(file) as writer:
        for row in rows:
            writer.write(row)
    read = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert read == [*rows[:2], ["ab", "x" * 32_767], rows[3]]
    assert [column_letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
