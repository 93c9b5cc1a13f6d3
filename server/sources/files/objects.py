"""NDJSON: a JSON object on each line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

from server.platform.kit.json import JsonObject
from server.sources.files.columns import REASON
from server.sources.files.faults import SENTENCES, Row
from server.sources.files.lines import Lines, NumberedLine

REASON_BEHIND = re.compile(r'\s*\{"reason": ?"(?:[^"\\]|\\.)*"\}\s*$')
"""Where a line that is no object has its reason."""


def rows(lines: Lines) -> Iterator[Row]:
    """The lines of a file; blank ones are none."""
    for line in lines:
        if line.fault is not None:
            yield Row(line.number, line.text, None, line.fault)
        elif line.text and not line.text.isspace():
            yield _row(line)


def values(lines: Lines) -> Iterator[JsonObject | None]:
    """As `rows`, without what is only needed where a line is stored: None where it is no object."""
    for line in lines:
        if line.fault is not None:
            yield None
        elif line.text and not line.text.isspace():
            yield _value(line.text)


def as_object(text: str) -> JsonObject | None:
    """The object that a line is; None where it is none."""
    try:
        value = orjson.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _value(text: str) -> JsonObject | None:
    value = as_object(text)
    if value is None:
        bare = REASON_BEHIND.sub("", text.removeprefix("\ufeff")).rstrip()
        value = as_object(bare.removesuffix(","))  # a comma is of an array without its brackets
    return value


def _row(line: NumberedLine) -> Row:
    value = _value(line.text)
    if value is None:
        return Row(line.number, line.text, None, SENTENCES["line_not_json"])
    value.pop(REASON, None)
    return Row(line.number, line.text, value)
