"""Dates and text as offices write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from functools import lru_cache

from scoring.identity.text import MARKS

_LONGEST = 64
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"(?<=\S)[T\s]\s*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")
_YEAR_FIRST = re.compile(
    r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})[日号]|(\d{2})(\d{2}))", re.ASCII
)
_YEAR_ELSEWHERE = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{1,4}", re.ASCII)
_SERIAL = re.compile(r"[1-9]\d{4}(\.\d+)?", re.ASCII)
"""What a spreadsheet keeps for a day of 1927 to 2173; the day it means depends on the workbook (1900 or 1904)."""


class UnclearDateError(ValueError):
    """Not a date, or one that can be read in two ways; `code` is of `rejections.toml`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def unmarked(text: str) -> str:
    """Text without characters that nobody sees, as come along when it is pasted; controls and garbled bytes stay."""
    return text if text.isascii() else MARKS.sub("", text)


def read_date(written: object) -> date:
    """A day as offices write it: 2026-03-01, 2026/3/1, 2026.3.1, 2026年3月1日, 20260301; a time of day is left out.

    Raises:
        UnclearDateError: `not_a_date`, `date_order` where the year does not come first (03/04/2026 is two days),
            `date_serial` for a spreadsheet's number of days.
    """
    if isinstance(written, datetime):
        return written.date()
    if isinstance(written, date):
        return written
    if isinstance(written, int) and not isinstance(written, bool):
        written = str(written)
    if not isinstance(written, str):
        raise UnclearDateError("not_a_date")
    try:
        return _read_text(written[:_LONGEST])
    except UnclearDateError:
        raise
    except ValueError:  # as 2026-02-30
        raise UnclearDateError("not_a_date") from None


@lru_cache(maxsize=4096)
def _read_text(written: str) -> date:
    """The days of a delivery are few."""
    if _ISO.fullmatch(written):
        return date.fromisoformat(written)
    text = _TIME.sub("", unmarked(unicodedata.normalize("NFKC", written)).strip())
    text = re.sub(r"\s", "", text)
    if found := _YEAR_FIRST.fullmatch(text):
        year, _, *parts = found.groups()
        month, day = (int(part) for part in parts if part is not None)
        return date(int(year), month, day)
    if _YEAR_ELSEWHERE.fullmatch(text):
        raise UnclearDateError("date_order")
    raise UnclearDateError("date_serial" if _SERIAL.fullmatch(text) else "not_a_date")
