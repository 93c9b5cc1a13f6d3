"""Reading a file that was understood: every line with something in it comes out once, accepted or rejected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from scoring.dated import Text
from scoring.records import Known, Numbers, read_delivery
from scoring.rejections import SENTENCES, RejectedRecordError
from scoring.scheme import Scheme
from server.sources.files.columns import Table
from server.sources.files.faults import MALFORMED, Line, Reject, Row
from server.sources.files.understanding import Understood, rows


def read(found: Understood, scheme: Scheme, *, on: date) -> Iterator[Line | Reject]:
    """Every line below the header with something in it, checked. A file that was cut ends with a reject."""
    numbers = Numbers()
    known = Known()
    for row in rows(found):
        if row.values is None:
            yield Reject(row.number, MALFORMED, row.fault or SENTENCES["not_usable"], row.raw)
        else:
            yield _checked(row, found, scheme, on, numbers, known)


def _checked(row: Row, found: Understood, scheme: Scheme, on: date, numbers: Numbers, known: Known) -> Line | Reject:
    try:
        delivery = read_delivery(row.values or {}, scheme, on=on, rounded=found.rounded, known=known)
        numbers.check(delivery.record)
    except RejectedRecordError as error:
        return Reject(row.number, error.reason.value, _text(error, found.table), row.raw)
    return Line(row.number, delivery, row.raw)


def _text(error: RejectedRecordError, table: Table | None) -> Text:
    """The sentence, with the name that the table gives to the field."""
    field = error.details.get("field")
    if table is None or not isinstance(field, str):
        return error.text
    return SENTENCES.fill(error.sentence, **{**error.details, "field": table.label(field)})
