"""Scalars of our own: days, moments, amounts of money, and what identifies a person only to that person."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from scoring.records import read_amount

Masked = NewType("Masked", str)
"""A name, a number or a phone with its middle hidden; anything without a star is refused on its way out."""
Money = NewType("Money", Decimal)
"""An amount in yuan."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CENTS = Decimal("0.01")


def _day(value: Any) -> date:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("A day is written as 2026-11-22.")
    return date.fromisoformat(value)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) and len(value) < 40 else None
    if moment is None or moment.tzinfo is None:
        raise ValueError("A moment is written as 2026-11-22T10:04:00+08:00.")
    return moment


def written(moment: datetime) -> str:
    """A moment with milliseconds."""
    return moment.isoformat(timespec="milliseconds")


def _masked(value: Any) -> str:
    if not isinstance(value, str) or "*" not in value:
        raise ValueError("This is not masked.")
    return value


def _never(_value: Any) -> Any:
    raise ValueError("This is never an input.")


def _money(value: Any) -> str:
    if not isinstance(value, Decimal) or not value.is_finite():
        raise ValueError("This is no amount.")
    return str(value.quantize(_CENTS))


SCALARS: dict[object, ScalarDefinition] = {
    date: strawberry.scalar(
        name="Date",
        description="A day in the city (Asia/Shanghai), as 2026-11-22.",
        specified_by_url="https://scalars.graphql.org/andimarek/local-date.html",
        serialize=date.isoformat,
        parse_value=_day,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment with its offset from UTC (RFC 3339), as 2026-11-22T10:04:00.000+08:00.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=written,
        parse_value=_moment,
    ),
    Masked: strawberry.scalar(
        name="Masked",
        description="A name, ID number or phone with its middle hidden by stars, as 陈* or 9901**********0013.",
        serialize=_masked,
        parse_value=_never,
    ),
    Money: strawberry.scalar(
        name="Money",
        description="An amount in yuan with two decimals, as 128.50; never a floating point number.",
        serialize=_money,
        parse_value=read_amount,
    ),
}
