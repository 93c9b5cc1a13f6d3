"""XLSX: the rows of a workbook as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from server.sources.files.columns import Columns, LineFaultError, Table
from server.sources.files.faults import Row, UnreadableDeliveryError
from server.sources.files.separated import row_of
from server.sources.files.workbook import check_workbook, is_well_formed

_DAY_ZERO, _DAY_ZERO_1904 = date(1899, 12, 30), date(1904, 1, 1)
_SERIALS = range(10_000, 100_000)
"""Days of 1927 to 2173, counted from 1900."""
_EXACT = 10**15
"""What a spreadsheet holds of a number: 15 digits. One that is longer was rounded, and is written so that it shows."""
_LOOKED_THROUGH = 10


@dataclass(frozen=True, slots=True)
class Sheet:
    """The sheet of a workbook that holds what is read, the day from which it counts, and which fields are dates."""

    rows: CalamineSheet
    day_zero: date
    dates: frozenset[str]


def open_sheet(path: Path, columns: Columns) -> tuple[Sheet, Table]:
    """The one sheet with a header, and that. Raises UnreadableDeliveryError."""
    day_zero = _DAY_ZERO_1904 if check_workbook(path) else _DAY_ZERO
    try:
        with path.open("rb") as file:
            book = CalamineWorkbook.from_filelike(file)
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
    except (CalamineError, ValueError):
        raise UnreadableDeliveryError("file_workbook_damaged") from None
    found = [(sheet, header) for sheet in sheets if (header := _header_of(sheet, columns)) is not None]
    if not found:
        if not is_well_formed(path):
            raise UnreadableDeliveryError("file_workbook_damaged")
        raise columns.no_header() if any(sheet.height for sheet in sheets) else UnreadableDeliveryError("file_empty")
    if len(found) > 1:
        raise UnreadableDeliveryError("file_sheets", sheets=", ".join(sheet.name for sheet, _ in found))
    sheet, (number, cells) = found[0]
    dates = frozenset(columns.dates)
    return Sheet(sheet, day_zero, dates), columns.table_of(number, cells)


def rows(sheet: Sheet, table: Table) -> Iterator[Row]:
    """The rows below the header; blank ones are none. Their raw form is the cells as text."""
    dates = [place for place, field in enumerate(table.fields) if field in sheet.dates]
    for number, cells in enumerate(islice(sheet.rows.iter_rows(), table.line, None), table.line + 1):
        texts = [cell if isinstance(cell, str) else _text(cell) for cell in cells]
        for place in dates:
            if isinstance(cells[place], float):
                texts[place] = _day(texts[place], sheet.day_zero)
        if not any(map(str.strip, texts)):
            continue
        try:
            yield row_of(number, tuple(texts), texts, table)
        except LineFaultError as error:
            yield Row(number, tuple(texts), None, error.text)


def _header_of(sheet: CalamineSheet, columns: Columns) -> tuple[int, list[str]] | None:
    """The row that names most fields, among the first ones."""
    some = [[_text(cell) for cell in cells] for cells in islice(sheet.iter_rows(), _LOOKED_THROUGH)]
    number, cells = max(enumerate(some, 1), key=lambda row: columns.recognised(row[1]), default=(0, []))
    return (number, cells) if columns.is_header(cells) else None


def _day(text: str, day_zero: date) -> str:
    """A number of days in a column of dates is a date; the workbook says since when it counts."""
    days = text.partition(".")[0]
    if not days.isdigit() or int(days) not in _SERIALS:
        return text
    return (day_zero + timedelta(days=int(days))).isoformat()


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        if abs(cell) >= _EXACT:
            return f"{cell:.14E}"
        return str(int(cell)) if cell.is_integer() else str(cell)
    if isinstance(cell, datetime) and cell.time() == datetime.min.time():
        return cell.date().isoformat()
    return str(cell)
