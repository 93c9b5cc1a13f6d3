"""What Egret says: gettext catalogues in Chinese and English, filled with values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.messages.pofile import read_po

LANGUAGES = {"zh": "zh_CN", "en": "en"}
_HERE = Path(__file__).parent
_SHANGHAI = ZoneInfo("Asia/Shanghai")


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Every phrase of `zh` or `en` by its id."""
    with (_HERE / f"{LANGUAGES[language]}.po").open("rb") as file:
        messages = read_po(file, abort_invalid=True)
    return {str(m.id): str(m.string) for m in messages if m.id}


def phrase(language: str, key: str, **values: object) -> str:
    """A phrase with its values. Raises KeyError for an unknown phrase or a missing value."""
    return catalogue(language)[key].format(**values)


def local(language: str, text: Mapping[str, str]) -> str:
    """The right half of a `LocalText` from the API."""
    return text["en" if language == "en" else "zh"]


def day(language: str, iso: str) -> str:
    """2026年11月22日, or 22 Nov 2026."""
    value = date.fromisoformat(iso)
    if language == "en":
        return f"{value.day} {value:%b} {value.year}"
    return f"{value.year}年{value.month}月{value.day}日"


def moment(language: str, iso: str) -> str:
    """A moment of the API as it is read in Shanghai: 2026年11月28日 19:19, or 28 Nov 2026, 19:19."""
    value = datetime.fromisoformat(iso).astimezone(_SHANGHAI)
    between = ", " if language == "en" else " "
    return f"{day(language, value.date().isoformat())}{between}{value:%H:%M}"


def eve(iso: str) -> str:
    """The day before one."""
    return (date.fromisoformat(iso) - timedelta(days=1)).isoformat()


def points(value: int) -> str:
    """+15, −10, 0: with a sign, and a real minus."""
    return f"{value:+d}".replace("-", "−") if value else "0"
