"""The part of the schema that is for citizens, for the desk, for sources or for partners, as an SDL of its own."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import cache
from pathlib import Path

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    FieldDefinitionNode,
    NamedTypeNode,
    Node,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

ROOTS = ("Query", "Mutation", "Subscription")
_EVERYONE = "everyone"


class Audience(StrEnum):
    """Those whom a part of the API is for."""

    CITIZEN = "citizen"
    DESK = "desk"
    SOURCE = "source"
    PARTNER = "partner"


@cache
def fields_for() -> dict[str, dict[str, frozenset[str]]]:
    """By audience, and `everyone`: the fields of each type that are for them."""
    table = tomllib.loads(Path(__file__).with_name("audiences.toml").read_text("utf-8"))
    return {whom: {name: frozenset(fields) for name, fields in types.items()} for whom, types in table.items()}


def sdl_for(audience: Audience, sdl: str) -> str:
    """What an audience can use of a schema, with its descriptions."""
    definitions = [_cut(audience, definition) for definition in parse(sdl).definitions]
    kept = _reached(definitions)
    chosen = [definition for definition in definitions if _is_kept(definition, kept)]
    return "\n\n".join(print_ast(definition) for definition in chosen) + "\n"


def _cut(audience: Audience, definition: DefinitionNode) -> DefinitionNode:
    if not isinstance(definition, ObjectTypeDefinitionNode):
        return definition
    fields = tuple(f for f in definition.fields or () if _is_for(audience, definition.name.value, f))
    return replace(definition, fields=fields)


def _is_for(audience: Audience, kind: str, field: FieldDefinitionNode) -> bool:
    """Whether a field is for an audience; one that the table does not name goes with its type."""
    name = field.name.value
    named = {whom for whom, types in fields_for().items() if name in types.get(kind, ())}
    if not named:
        return kind not in ROOTS
    return bool(named & {audience.value, _EVERYONE})


def _reached(definitions: Sequence[DefinitionNode]) -> set[str]:
    """The names of all types that the roots lead to."""
    types = {d.name.value: d for d in definitions if isinstance(d, TypeDefinitionNode)}
    found = set[str]()
    waiting = [name for name in ROOTS if name in types and _has_fields(types[name])]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _names_in(types[name]) if name in types else ()
    return found


def _is_kept(definition: DefinitionNode, kept: set[str]) -> bool:
    if isinstance(definition, TypeDefinitionNode):
        return definition.name.value in kept
    return isinstance(definition, DirectiveDefinitionNode)


def _has_fields(definition: DefinitionNode) -> bool:
    return isinstance(definition, ObjectTypeDefinitionNode) and bool(definition.fields)


class _Named(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def enter_named_type(self, node: NamedTypeNode, *_args: object) -> None:
        self.found.append(node.name.value)


def _names_in(node: Node) -> Iterator[str]:
    look = _Named()
    visit(node, look)
    yield from look.found
