"""Deliveries in files: NDJSON or CSV, either of them gzipped, checked line by line."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TextIO

import orjson

from scoring.records import Delivery, Numbers, read_delivery
from scoring.rejections import RejectedRecordError
from scoring.scheme import Scheme
from server.platform.kit.json import JsonObject

_BLOCK = 1 << 20
LONGEST_LINE = 64 * 1024
"""Characters of one record; a longer line is rejected, and the next one goes on."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that was not accepted; the rest goes on. `raw` is the line as it came."""

    line: int
    reason: str
    text: str
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was accepted."""

    number: int
    delivery: Delivery


def is_csv(path: Path) -> bool:
    """By its name: `x.csv` or `x.csv.gz`."""
    return path.name.removesuffix(".gz").endswith(".csv")


def read_lines(path: Path, scheme: Scheme, *, on: date, after: int = 0) -> Iterator[Line | Reject]:
    """Every line of a file after a number, checked. Raises OSError where there is no file.

    A file that was cut in the middle ends with a reject.
    """
    numbers = Numbers()
    last = 0
    with _opened(path) as file:
        try:
            for number, raw, row in _rows(file, csv_file=is_csv(path)):
                last = number
                found = _checked(number, raw, row, scheme, on, numbers)
                if number > after or isinstance(found, Reject):  # so that all rejects come back together
                    yield found
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            text = f"the file ends in the middle ({type(error).__name__}); send it again whole"
            yield Reject(last + 1, "malformed", text)


def read_file(path: Path, scheme: Scheme, *, on: date) -> Iterator[Delivery | Reject]:
    """As `read_lines`, without the numbers of what was accepted."""
    for found in read_lines(path, scheme, on=on):
        yield found if isinstance(found, Reject) else found.delivery


def measure(path: Path) -> tuple[str, int]:
    """What a file is known by again, and how many lines it has. Raises OSError."""
    digest = hashlib.sha256()
    count = 0
    last = b"\n"
    with path.open("rb") as raw:
        while block := raw.read(_BLOCK):
            digest.update(block)
    with path.open("rb") as raw:
        binary = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
        try:
            while block := binary.read(_BLOCK):
                count += block.count(b"\n")
                last = block[-1:]
        except (EOFError, zlib.error, gzip.BadGzipFile):
            count = max(count, 1)
    count += last != b"\n"
    return digest.hexdigest(), max(1, count - is_csv(path))


@contextmanager
def rejects_writer(path: Path, source: Path) -> Iterator[TextIO]:
    """A file for rejected lines, in the form in which they came, so that it can be corrected and sent again.

    It holds people's numbers: only its owner can read it.
    """
    owned = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(owned, 0o600)  # also where it was there before
    with os.fdopen(owned, "w", encoding="utf-8", newline="") as file:
        if is_csv(source):
            with _opened(source) as given:
                file.write(given.readline(LONGEST_LINE))
        yield file


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    with path.open("rb") as raw:
        binary = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
        yield io.TextIOWrapper(binary, encoding="utf-8-sig", errors="replace", newline="")


def _rows(file: TextIO, *, csv_file: bool) -> Iterator[tuple[int, str, Any]]:
    """Line number, the line as it came, and what stands in it; None for a line that is too long."""
    if not csv_file:
        for number, line in enumerate(_lines(file), 1):
            if line is None:
                yield number, "", None
            elif line.strip():
                yield number, line, line
        return
    taken: list[str] = []
    kept = _kept(_lines(file), taken)
    rows = csv.DictReader(kept)
    number = 1
    while True:
        number += 1
        try:
            row: Any = next(rows)
        except StopIteration:
            return
        except (TooLongError, csv.Error):
            row = None
        raw = "".join(taken[1:] if number == 2 else taken)
        taken.clear()
        yield number, raw if row is not None else "", row
        if row is None:  # the reader begins again with the next line
            rows = csv.DictReader(_kept(_lines(file), taken), fieldnames=rows.fieldnames or ())


class TooLongError(ValueError):
    """A line that is longer than any record."""


def _lines(file: TextIO) -> Iterator[str | None]:
    """The lines of a file; None for one that is too long, of which no more than that is ever in memory."""
    while line := file.readline(LONGEST_LINE):
        if len(line) < LONGEST_LINE or line.endswith("\n"):
            yield line
            continue
        while line and not line.endswith("\n"):
            line = file.readline(LONGEST_LINE)
        yield None


def _kept(lines: Iterable[str | None], taken: list[str]) -> Iterator[str]:
    for line in lines:
        if line is None:
            raise TooLongError
        taken.append(line)
        yield line


def _checked(number: int, raw: str, row: Any, scheme: Scheme, on: date, numbers: Numbers) -> Line | Reject:
    if row is None:
        return Reject(number, "malformed", f"the line is longer than {LONGEST_LINE} characters, or not CSV", raw)
    try:
        values = orjson.loads(row) if isinstance(row, str) else _from_csv(row)
        delivery = read_delivery(values, scheme, on=on)
        numbers.check(delivery.record)
        return Line(number, delivery)
    except RejectedRecordError as error:
        return Reject(number, error.reason.value, str(error), raw)
    except (ValueError, RecursionError) as error:
        return Reject(number, "malformed", f"not a record: {type(error).__name__}", raw)


def _from_csv(row: JsonObject) -> JsonObject:
    values = {name: value for name, value in row.items() if value not in (None, "")}
    if "facts" in values:
        values["facts"] = orjson.loads(values["facts"])
    return values
