"""Descriptions of fields, arguments and values, from `descriptions.toml`, put onto the schema."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
)

from schema.types.errors import RefusalCode, shown_sentence

_EVERYWHERE = "*"


def words() -> dict[str, dict[str, str]]:
    """By type and name."""
    return tomllib.loads(Path(__file__).with_name("descriptions.toml").read_text("utf-8"))


def describe(schema: GraphQLSchema) -> set[tuple[str, str]]:
    """Fill in what is not described yet; returns the entries that were used."""
    known = words()
    used = set[tuple[str, str]]()
    known["RefusalCode"] = {code.value: shown_sentence(code, "en") for code in RefusalCode}
    for kind, name, element in _elements(schema):
        if element.description:
            continue
        section = kind if name in known.get(kind, {}) else _EVERYWHERE
        element.description = known[section].get(name)
        used.add((section, name))
    for kind_ in schema.type_map.values():
        if isinstance(kind_, GraphQLUnionType) and not kind_.description:
            (first, *_), last = kind_.types, "or why it was refused"
            kind_.description = f"{first.name}, {last}."
    return used


def _elements(schema: GraphQLSchema) -> Iterator[tuple[str, str, Any]]:
    for kind in schema.type_map.values():
        if kind.name.startswith("__"):
            continue
        if isinstance(kind, GraphQLEnumType):
            yield from ((kind.name, name, value) for name, value in kind.values.items())
        elif isinstance(kind, GraphQLInputObjectType):
            yield from ((kind.name, name, field) for name, field in kind.fields.items())
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in kind.fields.items():
                yield kind.name, name, field
                yield from ((kind.name, argument, of) for argument, of in field.args.items())
