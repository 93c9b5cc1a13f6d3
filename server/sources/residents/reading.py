"""Reading a file of the register that was understood: each line is a resident, or a reject."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from scoring.dated import Text
from scoring.identity import InvalidIdentityError, parse_id_number, parse_name, parse_phone
from scoring.identity.text import plain_text
from scoring.rejections import SENTENCES as REJECTIONS
from scoring.rejections import sentence_of_number
from scoring.rounding import is_rounded, may_be_rounded
from scoring.sentences import Sentences
from scoring.written import unmarked
from server.citizens.residents.model import Residence
from server.citizens.residents.register import Resident
from server.platform.kit.json import JsonObject
from server.sources.files.columns import Columns, Table
from server.sources.files.faults import MALFORMED, Raw, Reject, Row
from server.sources.files.understanding import Understood, rows

_FILE = Path(__file__).with_name("columns.toml")
RESIDENTS = Columns.read(_FILE)
SENTENCES = Sentences(Path(__file__).with_name("sentences.toml"))


class Status(StrEnum):
    """What a line says of its person."""

    RESIDENT = "resident"
    MOVED = "moved"
    DIED = "died"
    REMOVED = "removed"
    RENAMED = "renamed"


_STATUSES = {
    word: Status(status)
    for status, words in tomllib.loads(_FILE.read_text("utf-8"))["statuses"].items()
    for word in words
}
_OF_CHANGES = (Status.REMOVED, Status.RENAMED)
_RESIDENCE = {Status.MOVED: Residence.MOVED, Status.DIED: Residence.DIED}


class ResidentLine(NamedTuple):
    """A line that was accepted."""

    number: int
    resident: Resident
    status: Status
    raw: Raw


class _RejectedError(ValueError):
    def __init__(self, sentence: str, field: str, number: InvalidIdentityError | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
        self.number = number


def read(found: Understood, *, on: date, changes: bool) -> Iterator[ResidentLine | Reject]:
    """Every line below the header with something in it, checked."""
    is_table = found.table is not None
    for row in rows(found):
        if row.values is None:
            yield Reject(row.number, MALFORMED, row.fault or REJECTIONS["not_usable"], row.raw)
            continue
        try:
            values = row.values if is_table else _texts(row.values)
            yield _line(row, values, on, changes=changes, rounded=found.rounded)
        except _RejectedError as error:
            yield Reject(row.number, error.sentence, _text(error, found.table), row.raw)


def _texts(values: JsonObject) -> dict[str, str]:
    """The fields of an object that are there, as a table has them."""
    texts = {}
    for field, value in values.items():
        if field not in RESIDENTS.names:
            raise _RejectedError("unknown_field", field[:40])
        if value is None:
            continue
        if not isinstance(value, str):
            raise _RejectedError("not_text", field)
        if text := value.strip():
            texts[field] = text
    return texts


def _line(row: Row, values: Mapping[str, str], on: date, *, changes: bool, rounded: bool) -> ResidentLine:
    number = _id_number(_required(values, "id_number"), on, rounded=rounded)
    status = _status(values["status"]) if "status" in values else Status.RESIDENT
    if status in _OF_CHANGES and not changes:
        raise _RejectedError("status_of_change", "status")
    try:
        name = parse_name(_required(values, "name"))
        phone = parse_phone(values["phone"]) if "phone" in values else None
    except InvalidIdentityError as error:
        raise _RejectedError(error.code, "name" if error.code == "name_invalid" else "phone") from None
    return ResidentLine(row.number, Resident(name, number, phone, _RESIDENCE.get(status)), status, row.raw)


def _required(values: Mapping[str, str], field: str) -> str:
    if field in values:
        return values[field]
    raise _RejectedError("missing", field)


def _status(written: str) -> Status:
    status = _STATUSES.get(plain_text(unmarked(written)).casefold())
    if status is None:
        raise _RejectedError("status_unknown", "status")
    return status


def _id_number(written: str, on: date, *, rounded: bool) -> str:
    if is_rounded(written) or (rounded and may_be_rounded(written)):
        raise _RejectedError("resident_rounded", "id_number")
    try:
        return parse_id_number(written, on=on)
    except InvalidIdentityError as error:
        raise _RejectedError(error.code, "id_number", error) from None


def _text(error: _RejectedError, table: Table | None) -> Text:
    """The sentence, with the name that the table gives to the field."""
    field = error.field if table is None else table.label(error.field)
    if error.sentence in SENTENCES:
        return SENTENCES.fill(error.sentence, field=field)
    if error.number is None:
        return REJECTIONS.fill(error.sentence, field=field)
    sentence, details = sentence_of_number(error.number)
    return REJECTIONS.fill(sentence, field=field, **details)
