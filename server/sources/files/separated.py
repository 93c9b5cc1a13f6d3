"""CSV: one line, one record.

A line is parsed by itself, so that a stray quote harms that line alone. A quoted field may go on over line breaks, as
Excel writes them, where the lines together have as many columns as the header, and none of the lines that follow is a
whole row by itself: two stray quotes with good lines between them are not one field. A quote within a cell that did not
begin with one is a stray quote, or closes a field that began in a line before; ="…" is how text is written for Excel.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache

from server.sources.files.columns import LineFaultError, Table
from server.sources.files.faults import SENTENCES, Row
from server.sources.files.lines import LONGEST_LINE, Lines, NumberedLine

SEPARATORS = (",", ";", "\t", "|", "，")
_MOST_JOINED = 20
csv.field_size_limit(LONGEST_LINE)


def split(line: str, separator: str) -> list[str] | None:
    """The cells of a line; None where its quotes are wrong."""
    if '"' not in line:
        return line.split(separator)
    if not _well_quoted(separator).fullmatch(line):
        return None
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error:
        return None


@cache
def _well_quoted(separator: str) -> re.Pattern[str]:
    """A line whose cells are quoted as a whole, are ="…", or hold no quote; csv also allows one in the middle."""
    mark = re.escape(separator)
    cell = rf'(?:"[^"]*(?:""[^"]*)*"|="[^"{mark}]*"|[^"{mark}]*)'
    return re.compile(f"{cell}(?:{mark}{cell})*")


def rows(lines: Lines, table: Table, separator: str) -> Iterator[Row]:
    """The rows below a header; blank ones are none."""
    for line, cells in split_lines(lines, table, separator):
        yield _row(line, cells, table)


def split_lines(lines: Lines, table: Table, separator: str) -> Iterator[tuple[NumberedLine, list[str] | None]]:
    """The lines below a header with their cells; None where one cannot be split. Blank ones are none."""
    width = len(table.header)
    for line in lines:
        cells = split(line.text, separator) if line.fault is None else None
        if cells is None and line.fault is None:
            line, cells = _joined(line, lines, width, separator)
        if cells is None or any(map(str.strip, cells)):
            yield line, cells


def _row(line: NumberedLine, cells: list[str] | None, table: Table) -> Row:
    if cells is None:
        return Row(line.number, line.text, None, line.fault or SENTENCES["line_quote"])
    try:
        return row_of(line.number, line.text, cells, table)
    except LineFaultError as error:
        return Row(line.number, line.text, None, error.text)


def row_of(number: int, raw: str | tuple[str, ...], cells: list[str], table: Table) -> Row:
    """A row that was split into cells. Raises LineFaultError."""
    if cells[0] == table.header[0] and tuple(cells) == table.header:
        raise LineFaultError("line_header")
    return Row(number, raw, table.values(cells))


def _joined(line: NumberedLine, lines: Lines, width: int, separator: str) -> tuple[NumberedLine, list[str] | None]:
    """A line whose quote is closed in a later one, with its cells; the line alone where it is a stray quote."""
    taken: list[NumberedLine] = []
    text = line.text
    for more in lines:
        taken.append(more)
        if more.fault is not None or len(text) + len(more.text) > LONGEST_LINE or len(taken) > _MOST_JOINED:
            break
        cells = split(more.text, separator)
        if len(cells or ()) >= width or (cells is None and _both_whole(line.text, more.text, width, separator)):
            break
        text = f"{text}\n{more.text}"
        if '"' in more.text and (cells := split(text, separator)) is not None:
            if len(cells) == width:
                return NumberedLine(line.number, text, None), cells
            break
    lines.give_back(taken)
    return line, None


def _both_whole(first: str, second: str, width: int, separator: str) -> bool:
    """Whether each of two lines would be a row, but for its quotes: then these are stray, and no field goes on."""
    return first.count(separator) + 1 >= width and second.count(separator) + 1 >= width
