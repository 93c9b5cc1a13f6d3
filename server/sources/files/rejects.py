"""Rejected and refused lines, in the form and coding in which they came, to be corrected and sent again.

The reason stands in a last column, or in a field of the object; it is not read again. A spreadsheet comes back as one
whose cells are text, so that it does not round ID numbers when it is opened.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

import orjson

from server.sources.files.coding import UTF_8
from server.sources.files.columns import REASON, Table
from server.sources.files.faults import Reject
from server.sources.files.objects import REASON_BEHIND, as_object
from server.sources.files.separated import split
from server.sources.files.understanding import Understood
from server.sources.files.workbook import WorkbookWriter

AddReject = Callable[[Reject], None]


def rejects_path(found: Understood) -> Path:
    """Where rejects go by default: beside the file."""
    ending = found.form.value.lower() + (".gz" if found.packed else "")
    return found.path.with_name(f"{found.path.name}.rejects.{ending}")


@contextmanager
def rejects_writer(path: Path, found: Understood, language: str) -> Iterator[AddReject]:
    """A file for rejects. It holds people's numbers: only its owner can read it."""
    owned = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(owned, 0o600)  # also where it was there before
    writer = _text_writer if found.sheet is None else _sheet_writer
    with os.fdopen(owned, "wb") as file, writer(file, found, language) as add:
        yield add


@contextmanager
def _sheet_writer(file: BinaryIO, found: Understood, language: str) -> Iterator[AddReject]:
    table = cast(Table, found.table)
    with WorkbookWriter(file) as writer:
        writer.write(_with_reason(table.header, table, REASON))
        yield lambda reject: writer.write(_with_reason(reject.raw, table, reject.text.in_language(language)))


@contextmanager
def _text_writer(file: BinaryIO, found: Understood, language: str) -> Iterator[AddReject]:
    coding = found.coding or UTF_8
    with ExitStack() as stack:
        binary = stack.enter_context(gzip.GzipFile("", "wb", fileobj=file, mtime=0)) if found.packed else file
        binary.write(coding.mark)
        text = io.TextIOWrapper(cast(BinaryIO, binary), coding.codec, coding.errors, newline="")
        stack.callback(text.detach)
        stack.callback(text.flush)
        if found.table is None:
            yield lambda reject: _add(
                text, _object_with_reason(str(reject.raw), reject.text.in_language(language)), "\n"
            )
            return
        table, separator = found.table, found.separator
        _add(text, _line_with_reason(found.header, table, separator, REASON), found.end)
        yield lambda reject: _add(
            text, _line_with_reason(str(reject.raw), table, separator, reject.text.in_language(language)), found.end
        )


def _add(file: TextIO, line: str, end: str) -> None:
    file.write(line + end)


def _with_reason(cells: Sequence[str], table: Table, reason: str) -> list[str]:
    """The cells with the reason in its column, which is the last one where there was none."""
    width = len(table.header)
    filled = [*cells, *[""] * (width - len(cells))]
    place = table.column_of(REASON)
    if place is None:
        return [*filled, reason]
    filled[place] = reason
    return filled


def _line_with_reason(line: str, table: Table, separator: str, reason: str) -> str:
    """A line as it came with the reason behind it; where its quotes are wrong, it has no columns to count."""
    cells = split(line, separator)
    if table.column_of(REASON) is not None:
        return line if cells is None else _joined(_with_reason(cells, table, reason), separator)
    missing = 0 if cells is None else len(table.header) - len(cells)
    return line + separator * max(missing, 0) + separator + _joined([reason], separator)


def _joined(cells: Sequence[str], separator: str) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator="").writerow(cells)
    return written.getvalue()


def _object_with_reason(line: str, reason: str) -> str:
    """The object with the reason as a field; what is no object has an object with the reason behind it."""
    value = as_object(line)
    written = orjson.dumps(reason).decode()
    if value is None:
        return f'{REASON_BEHIND.sub("", line)} {{"reason": {written}}}'
    if REASON in value or not value:
        return orjson.dumps({**value, REASON: reason}).decode()
    return f'{line.rstrip()[:-1]}, "reason": {written}}}'
