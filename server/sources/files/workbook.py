"""A workbook as a zip of XML parts: what is checked before it is opened, and how a plain one is written.

The reader of spreadsheets keeps a sheet in memory as a dense table: one cell in the last row and column would be 17
billion cells. So before it sees a workbook, that is unpacked once as a stream and counted: the bytes that really come
out, whatever its directory says, and up to which row and column its cells go.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from xml.parsers import expat
from xml.sax.saxutils import escape

from server.sources.files.faults import UnreadableDeliveryError

MOST_UNPACKED = 1 << 30
MOST_CELLS = 20_000_000
_MOST_PARTS = 1000
_MEGABYTE = 1 << 20
_BLOCK = 1 << 20
_LONGEST_TAG = 4096
_HEAD = struct.Struct("<26xHH")
_CELLS = (b"<c ", b"<c>", b"<c/", b"<c\t", b"<c\n", b"<c\r")
_PREFIXED_CELLS = re.compile(rb"<\w+:c[\s/>]")
_PLACES = re.compile(
    rb"""<(?:\w+:)?c\s+(?:[\w:.-]+\s*=\s*(?:"[^"<&]*"|'[^'<&]*')\s*)*?r\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']"""
)
_OTHERS = rb"""(?:\s+(?!r\s*=)[\w:.-]+\s*=\s*(?:"[^"<&]*"|'[^'<&]*'))*\s*"""
_UNPLACED = re.compile(rb"<(?:\w+:)?c" + _OTHERS + rb"/?>")
_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])")
_PLACED_ROWS = re.compile(rb"<(?:\w+:)?row" + _OTHERS + rb"""\sr\s*=\s*["']([0-9]{1,7})["']""")
_UNPLACED_ROWS = re.compile(rb"<(?:\w+:)?row" + _OTHERS + rb"/?>")
_SHEET = re.compile(r"xl/worksheets/.+\.xml", re.IGNORECASE)
_SINCE_1904 = re.compile(rb"""\sdate1904\s*=\s*["'](?:1|true)["']""")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST_CELL = 32_767


def kind_of(path: Path) -> str | None:
    """The sentence for a zip that is no workbook; None for one that is."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.casefold() for name in archive.namelist()[:_MOST_PARTS]}
            with archive.open(archive.infolist()[0]) as first:
                described = first.read(_LONGEST_TAG)  # OpenDocument says there what it is
    except (
        zipfile.BadZipFile,
        OSError,
        ValueError,
        KeyError,
        NotImplementedError,
        RuntimeError,
        IndexError,
        zlib.error,
    ):
        return "file_workbook_damaged"
    if "xl/workbook.xml" in names:
        return None
    if "xl/workbook.bin" in names:
        return "file_xlsb"
    return "file_opendocument" if b"opendocument.spreadsheet" in described else "file_zip"


def check_workbook(path: Path) -> bool:
    """Count what is in it. True where its days are counted from 1904.

    Raises:
        UnreadableDeliveryError: it is too large, damaged, or not written as spreadsheets write it.
    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS:
                raise _too_large()
            return _counted(_unpacked(file, part) for part in parts)
    except (zipfile.BadZipFile, struct.error, zlib.error, ValueError, NotImplementedError):
        raise UnreadableDeliveryError("file_workbook_damaged") from None


def is_well_formed(path: Path) -> bool:
    """Whether the sheets of a workbook that was checked are whole as XML."""
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        sheets = [part for part in archive.infolist() if _SHEET.fullmatch(part.filename)]
        return all(_is_xml(_unpacked(file, sheet)) for sheet in sheets)


def _is_xml(blocks: Iterable[bytes]) -> bool:
    parser = expat.ParserCreate()
    try:
        for block in blocks:
            parser.Parse(block)
        parser.Parse(b"", True)
    except expat.ExpatError:
        return False
    return True


def _counted(parts: Iterable[Iterator[bytes]]) -> bool:
    since_1904 = False
    size = 0
    for part in parts:
        extent = _Extent()
        before = b""
        for block in part:
            size += len(block)
            if size > MOST_UNPACKED:
                raise _too_large()
            text = before + block
            cut = max(text.rfind(b"<", -_LONGEST_TAG), 0)
            text, before = (text[:cut], text[cut:]) if cut else (text, b"")
            extent.add(text)
            since_1904 = since_1904 or (b"date1904" in text and _SINCE_1904.search(text) is not None)
        extent.add(before)
        if extent.cells > MOST_CELLS:
            raise _too_large()
    return since_1904


class _Extent:
    """How far the cells of a part go, at most.

    A cell or row that does not say where it stands is the next one (ECMA-376): so many may stand behind the furthest.
    """

    def __init__(self) -> None:
        self._rows = self._columns = 0
        self._row_starts = self._unplaced_rows = 0
        self._run = self._longest = 0

    def add(self, text: bytes) -> None:
        """Look at whole tags. Raises UnreadableDeliveryError where a place is not written as spreadsheets write it."""
        self._add_rows(text)
        cells = sum(map(text.count, _CELLS)) + (len(_PREFIXED_CELLS.findall(text)) if b":c" in text else 0)
        if not cells:
            return
        places = _PLACES.findall(text)
        if len(places) != cells:
            self._add_unplaced(text, cells - len(places))
        if places:
            self._rows = max(self._rows, *map(int, {digits for _, digits in places}))
            self._columns = max(self._columns, *map(_column, {letters for letters, _ in places}))

    def _add_rows(self, text: bytes) -> None:
        starts = len(_ROW.findall(text)) if b"row" in text else 0
        if not starts:
            return
        places = _PLACED_ROWS.findall(text)
        unplaced = starts - len(places)
        if unplaced and len(_UNPLACED_ROWS.findall(text)) != unplaced:
            raise UnreadableDeliveryError("file_workbook_damaged")
        self._unplaced_rows += unplaced
        self._row_starts = max(self._row_starts, *map(int, places), 0)

    def _add_unplaced(self, text: bytes, expected: int) -> None:
        found = 0
        for place, row in enumerate(_ROW.split(text)):
            here = len(_UNPLACED.findall(row))
            found += here
            self._run = here + (self._run if place == 0 else 0)
            self._longest = max(self._longest, self._run)
        if found != expected:
            raise UnreadableDeliveryError("file_workbook_damaged")

    @property
    def cells(self) -> int:
        """How many cells a dense table of them has."""
        if not self._longest:
            return (self._rows + self._unplaced_rows) * self._columns
        return (max(self._rows, self._row_starts) + self._unplaced_rows) * (self._columns + self._longest)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _unpacked(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What really comes out of a part: the size in its directory may be a lie."""
    file.seek(part.header_offset)
    name, extra = _HEAD.unpack(file.read(_HEAD.size))
    file.seek(name + extra, 1)
    left = part.compress_size
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or part.flag_bits & 1:
        raise UnreadableDeliveryError("file_workbook_damaged")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if part.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0 and (block := file.read(min(left, _BLOCK))):
        left -= len(block)
        if inflate is None:
            yield block
            continue
        while block and not inflate.eof:
            yield inflate.decompress(block, _BLOCK)
            block = inflate.unconsumed_tail
    if inflate is not None:
        yield inflate.flush()


def _too_large() -> UnreadableDeliveryError:
    return UnreadableDeliveryError("file_too_large", cells=MOST_CELLS, megabytes=MOST_UNPACKED // _MEGABYTE)


_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns='
    '"http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/styles.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_RELATION = '<Relationship Id="{}" Type="' + _OFFICE + '/{}" Target="{}"/>'
_PARTS = {
    "[Content_Types].xml": _TYPES,
    "_rels/.rels": _RELATIONS.format(_RELATION.format("rId1", "officeDocument", "xl/workbook.xml")),
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="records" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": _RELATIONS.format(
        _RELATION.format("rId1", "worksheet", "worksheets/sheet1.xml")
        + _RELATION.format("rId2", "styles", "styles.xml")
    ),
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf numFmtId="49" applyNumberFormat="1"/></cellXfs></styleSheet>',
}
"""Style 1 is text (format 49 is @), so that a spreadsheet leaves numbers of 18 digits as they are."""


class WorkbookWriter:
    """Writes rows of text cells as a workbook of one sheet (ECMA-376), as a stream."""

    def __init__(self, file: BinaryIO) -> None:
        self._archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        for name, content in _PARTS.items():
            self._archive.writestr(zipfile.ZipInfo(name), content)  # without the time, so that equal is equal
        self._sheet = self._archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        self._sheet.write(f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
        self._row = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()
        self._archive.close()

    def write(self, cells: Sequence[str]) -> None:
        """Add a row."""
        self._row += 1
        texts = "".join(map(self._cell, range(len(cells)), cells))
        self._sheet.write(f'<row r="{self._row}">{texts}</row>'.encode())

    def _cell(self, column: int, text: str) -> str:
        content = escape(_NOT_IN_XML.sub("", text[:_LONGEST_CELL]))
        place = f"{column_letters(column)}{self._row}"
        return f'<c r="{place}" s="1" t="inlineStr"><is><t xml:space="preserve">{content}</t></is></c>'


def column_letters(column: int) -> str:
    """A, B, … Z, AA, … for 0, 1, …"""
    letters = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
