"""Understanding a file before it is read: form and coding by what is in it, never by its name."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from scoring.dated import Text
from scoring.rounding import RoundedNumbers
from server.platform.kit.progress import Report
from server.sources.files import objects, separated, spreadsheet
from server.sources.files.coding import UTF_8, Coding, by_mark, decide
from server.sources.files.columns import RECORDS, Columns, Table
from server.sources.files.faults import SENTENCES, Row, UnreadableDeliveryError
from server.sources.files.lines import MANY_LINES, Lines, NumberedLine
from server.sources.files.spreadsheet import Sheet
from server.sources.files.unpacked import GZIP, Unpacked
from server.sources.files.workbook import kind_of

_BLOCK = 1 << 18
_HEAD = 4096
_LOOKING = "bytes looked through"
_LOOKED_THROUGH = 10
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OTHERS = {
    b"%PDF": "file_pdf",
    b"PK\x05\x06": "file_zip",
    b"Rar!": "file_binary",
    b"7z\xbc\xaf\x27\x1c": "file_binary",
    b"\x89PNG": "file_binary",
    b"\xff\xd8\xff": "file_binary",
    b"BZh": "file_binary",
    b"\xfd7zXZ": "file_binary",
    b"\x28\xb5\x2f\xfd": "file_binary",
    b"\x7fELF": "file_binary",
    b"SQLite": "file_binary",
}


class Form(StrEnum):
    """What a file is."""

    CSV = "CSV"
    NDJSON = "NDJSON"
    XLSX = "XLSX"


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a file is and how it is read.

    `packed` says that it is gzipped, `coding` is None for a spreadsheet, `separator` and `table` are there for a table,
    `end` is how its lines end; `lines` counts what will be read, `rounded` says that a program rounded ID numbers.
    """

    path: Path
    digest: str
    form: Form
    packed: bool = False
    coding: Coding | None = None
    separator: str = ""
    table: Table | None = None
    header: str = ""
    end: str = "\n"
    sheet: Sheet | None = None
    lines: int = 0
    rounded: bool = False
    notes: tuple[Text, ...] = ()


def understand(path: Path, report: Report | None = None, columns: Columns = RECORDS) -> Understood:
    """Look through a whole file; how far it is, of one with many lines, is reported in bytes.

    `columns` is what such a file has.

    Raises:
        OSError: there is none.
        UnreadableDeliveryError: it cannot be read; the sentence names the cause.
    """
    digest = _digest(path)
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(_ZIP):
        if (why := kind_of(path)) is not None:
            raise UnreadableDeliveryError(why)
        sheet, table = spreadsheet.open_sheet(path, columns)
        found = Understood(path=path, digest=digest, form=Form.XLSX, sheet=sheet, table=table)
    else:
        found = _understand_text(path, digest, columns, packed=head.startswith(GZIP))
    return _looked_through(found, columns.id_number, report)


def rows(found: Understood, report: Report | None = None) -> Iterator[Row]:
    """Every line below the header with something in it."""
    if found.sheet is not None and found.table is not None:
        yield from spreadsheet.rows(found.sheet, found.table)
        return
    with opened(found, report) as lines:
        if found.table is None:
            yield from objects.rows(lines)
            return
        _pass_header(lines, found.table)
        yield from separated.rows(lines, found.table, found.separator)


def _pass_header(lines: Lines, table: Table) -> None:
    for line in lines:
        if line.number == table.line:
            break


@contextmanager
def opened(found: Understood, report: Report | None = None) -> Iterator[Lines]:
    """The lines of a text. A gzip file that was cut ends with a line that says so."""
    coding = found.coding or UTF_8
    with found.path.open("rb") as file:
        unpacked = Unpacked(file) if found.packed else None
        binary: BinaryIO = file if unpacked is None else io.BufferedReader(unpacked, _BLOCK)
        text = io.TextIOWrapper(binary, coding.codec, coding.errors, newline="")
        size = found.path.stat().st_size
        passed = None if report is None else lambda: report(_LOOKING, file.tell(), size)
        yield Lines(text, coding, unpacked, passed)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _understand_text(path: Path, digest: str, columns: Columns, *, packed: bool) -> Understood:
    notes = []
    with path.open("rb") as file:
        unpacked = Unpacked(file) if packed else None
        binary: BinaryIO = file if unpacked is None else io.BufferedReader(unpacked, _BLOCK)
        head = binary.read(_HEAD)
        _refuse_by_magic(path, head, unpacked)
        coding = by_mark(head)
        if coding is None:
            coding = decide(_blocks(head, binary))
        elif unpacked is not None:
            for _ in _blocks(b"", binary):  # to its end, where it shows whether it is damaged
                pass
        if unpacked is not None and unpacked.behind:
            notes.append(SENTENCES["note_behind"])
    found = Understood(path=path, digest=digest, form=Form.NDJSON, packed=packed, coding=coding, notes=tuple(notes))
    return _with_form(found, columns)


def _refuse_by_magic(path: Path, head: bytes, unpacked: Unpacked | None) -> None:
    if not head:
        raise UnreadableDeliveryError("file_cut" if unpacked is not None and unpacked.cut else "file_empty")
    for magic, sentence in _OTHERS.items():
        if head.startswith(magic):
            raise UnreadableDeliveryError(sentence)
    if head.startswith(_OLE):
        raise UnreadableDeliveryError("file_protected" if unpacked is None and _is_encrypted(path) else "file_xls")
    if head.startswith(_ZIP):
        raise UnreadableDeliveryError("file_packed_zip")
    if head.startswith(GZIP):
        raise UnreadableDeliveryError("file_packed_twice")


def _is_encrypted(path: Path) -> bool:
    before = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if _ENCRYPTED in before + block:
                return True
            before = block[-len(_ENCRYPTED) :]
    return False


def _blocks(head: bytes, binary: BinaryIO) -> Iterator[bytes]:
    yield head
    while block := binary.read(_BLOCK):
        yield block


def _with_form(found: Understood, columns: Columns) -> Understood:
    """NDJSON or CSV, by the first lines; with its header where it is a table."""
    with opened(found) as lines:
        first = list(islice((line for line in lines if line.text.strip()), _LOOKED_THROUGH))
        end = lines.end
    if not first:
        raise UnreadableDeliveryError("file_empty")
    start = first[0].text.lstrip()[0]
    if start == "[":
        raise UnreadableDeliveryError("file_array")
    if _is_spread(first):
        raise UnreadableDeliveryError("file_spread")
    if start == "<":
        raise UnreadableDeliveryError("file_markup")
    headers = [_header_at(first, place, columns) for place in range(len(first))]
    header = max(headers, key=lambda one: columns.recognised(one.cells))
    if start != "{" and columns.is_header(header.cells):
        table = columns.table_of(header.line, header.cells)
        notes = list(found.notes)
        if header.begins > first[0].number:
            notes.append(SENTENCES.fill("note_above", line=header.begins))
        return replace(
            found,
            form=Form.CSV,
            separator=header.separator,
            table=table,
            header=header.text,
            end=end,
            notes=tuple(notes),
        )
    if any(line.text.lstrip().startswith("{") for line in first):
        return replace(found, end=end)
    raise UnreadableDeliveryError("file_binary") if any("\0" in line.text for line in first) else columns.no_header()


def _is_spread(first: list[NumberedLine]) -> bool:
    """Whether the first lines are one JSON object, written over several of them."""
    return first[0].text.strip() == "{" and len(first) > 1 and first[1].text.lstrip().startswith(('"', "}"))


class _Header(NamedTuple):
    """What may be a header: where it begins and ends, its text, separator and cells."""

    begins: int
    line: int
    text: str
    separator: str
    cells: list[str]


def _header_at(first: list[NumberedLine], place: int, columns: Columns) -> _Header:
    """A line by the separator that makes most of its cells names of fields; a quoted name may have line breaks."""
    best = _Header(first[place].number, first[place].number, first[place].text, "", [])
    for separator in separated.SEPARATORS:
        text = first[place].text
        end = place
        while (cells := separated.split(text, separator)) is None and end + 1 < len(first):
            end += 1
            text = f"{text}\n{first[end].text}"
        if cells is not None and columns.recognised(cells) > columns.recognised(best.cells):
            best = _Header(first[place].number, first[end].number, text, separator, cells)
    return best


def _looked_through(found: Understood, id_number: str, report: Report | None) -> Understood:
    """Count the lines, and look for ID numbers that a program rounded."""
    survey = _survey_of_objects if found.table is None else _survey_of_table
    count, rounded = survey(found, id_number, report)
    if report is not None and count > MANY_LINES:
        size = found.path.stat().st_size
        report(_LOOKING, size, size)
    if not count:
        raise UnreadableDeliveryError("file_empty" if found.table is None else "file_header_only")
    notes = list(found.notes)
    if found.table is not None and found.table.unknown:
        notes.append(SENTENCES.fill("note_columns", columns=", ".join(found.table.unknown)))
    if rounded:
        notes.append(SENTENCES["note_rounded"])
    return replace(found, lines=count, rounded=rounded, notes=tuple(notes))


def _survey_of_table(found: Understood, id_number: str, report: Report | None) -> tuple[int, bool]:
    seen = RoundedNumbers()
    count = 0
    for number in _numbers_of_sheet(found, id_number) if found.sheet is not None else _numbers_of_text(found, report):
        count += 1
        if number is not None:
            seen.see(number)
    return count, seen.shown_in_table


def _numbers_of_sheet(found: Understood, id_number: str) -> Iterator[str | None]:
    """The ID number of each row; None where a row has none."""
    table = None if found.table is None else found.table.only(id_number)
    for row in rows(replace(found, table=table)):
        yield None if row.values is None else row.values.get(id_number)


def _numbers_of_text(found: Understood, report: Report | None) -> Iterator[str | None]:
    """As `_numbers_of_sheet`, by the quickest way: a million lines are looked through before they are read."""
    table = found.table
    with opened(found, report) as lines:
        if table is None:
            return
        _pass_header(lines, table)
        for _line, cells in separated.split_lines(lines, table, found.separator):
            yield None if cells is None else table.number_in(cells)


def _survey_of_objects(found: Understood, id_number: str, report: Report | None) -> tuple[int, bool]:
    seen = RoundedNumbers()
    count = 0
    with opened(found, report) as lines:
        for value in objects.values(lines):
            count += 1
            if value is not None:
                seen.see(str(value.get(id_number)))
    return count, seen.shown
