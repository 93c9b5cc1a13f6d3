"""Scalars: days, moments, amounts, and what is masked."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from graphql import GraphQLScalarType

from schema.api.building import build_schema

TYPES = build_schema()._schema.type_map


def scalar(name: str) -> GraphQLScalarType:
    found = TYPES[name]
    assert isinstance(found, GraphQLScalarType)
    return found


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("Date", date(2026, 11, 22), "2026-11-22"),
        ("DateTime", datetime(2026, 11, 22, 2, 4, tzinfo=UTC), "2026-11-22T02:04:00.000+00:00"),
        ("Money", Decimal("128.5"), "128.50"),
        ("Money", Decimal(3), "3.00"),
        ("Masked", "陈*", "陈*"),
    ],
)
def test_what_goes_out(name: str, value: object, written: str) -> None:
    assert scalar(name).serialize(value) == written


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Masked", "陈小萤"),
        ("Masked", "350199199001010015"),
        ("Money", 128.5),
        ("Money", Decimal("NaN")),
    ],
)
def test_what_is_stopped_on_its_way_out(name: str, value: object) -> None:
    with pytest.raises(ValueError, match="This is"):
        scalar(name).serialize(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Date", "2026-1-2"),
        ("Date", "20260102"),
        ("Date", "2026-02-30"),
        ("Date", 20260102),
        ("DateTime", "2026-11-22"),
        ("DateTime", "2026-11-22T10:00:00"),
        ("DateTime", "x" * 1000),
        ("Money", "1e9"),
        ("Money", "1.005"),
        ("Money", "１２"),
        ("Money", 5.0),
        ("Masked", "陈*"),
    ],
)
def test_what_does_not_come_in(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=r"is written|never|out of range|Invalid isoformat"):
        scalar(name).parse_value(value)
