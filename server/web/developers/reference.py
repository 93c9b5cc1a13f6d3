"""The reference: what stands in the SDL, put in the order in which it is read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
)
from markupsafe import Markup, escape

from schema.api.audiences import ROOTS
from schema.api.refusals import CODES, type_of
from schema.types.errors import RefusalCode, shown_sentence

_OURS = re.compile(r"[A-Za-z]\w*")
_CODE = re.compile(r"`([^`]+)`")
_BUILT_IN = frozenset({"String", "Int", "Float", "Boolean", "ID"})


@dataclass(frozen=True, slots=True)
class Part:
    """A field, an argument, a value or a member; `kind` is its type as HTML with a link."""

    name: str
    description: Markup
    kind: Markup | None = None
    arguments: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A type."""

    name: str
    description: Markup
    implements: tuple[str, ...] = ()
    parts: list[Part] = field(default_factory=list)


@cache
def reference(sdl: str) -> dict[str, list[Entry]]:
    """The types of an SDL by their kind: the roots first."""
    schema = build_schema(sdl)
    found: dict[str, list[Entry]] = {}
    for name, kind in sorted(schema.type_map.items(), key=lambda item: item[0]):
        if name.startswith("__") or name in _BUILT_IN:
            continue
        found.setdefault(_title(kind), []).append(_entry(kind))
    order = ("Questions, changes and streams", "Objects", "Interfaces", "Results", "Inputs", "Enums", "Scalars")
    return {title: _in_order(found[title]) for title in order if title in found}


def _in_order(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda e: (ROOTS.index(e.name) if e.name in ROOTS else len(ROOTS), e.name))


def _title(kind: GraphQLNamedType) -> str:
    if kind.name in ROOTS:
        return "Questions, changes and streams"
    titles: dict[type, str] = {
        GraphQLObjectType: "Objects",
        GraphQLInterfaceType: "Interfaces",
        GraphQLUnionType: "Results",
        GraphQLInputObjectType: "Inputs",
        GraphQLEnumType: "Enums",
        GraphQLScalarType: "Scalars",
    }
    return titles[type(kind)]


def _entry(kind: GraphQLNamedType) -> Entry:
    interfaces = tuple(i.name for i in getattr(kind, "interfaces", ()))
    return Entry(kind.name, marked(kind.description), interfaces, list(_parts(kind)))


def _parts(kind: GraphQLNamedType) -> Iterable[Part]:
    if isinstance(kind, GraphQLEnumType):
        yield from (Part(name, marked(value.description)) for name, value in kind.values.items())
    elif isinstance(kind, GraphQLUnionType):
        yield from (Part(member.name, marked(member.description), linked(member.name)) for member in kind.types)
    elif isinstance(kind, GraphQLInputObjectType):
        yield from (Part(name, marked(of.description), linked(str(of.type))) for name, of in kind.fields.items())
    elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for name, of in kind.fields.items():
            arguments = tuple(Part(one, marked(a.description), linked(str(a.type))) for one, a in of.args.items())
            yield Part(name, marked(of.description), linked(str(of.type)), arguments)


def linked(kind: str) -> Markup:
    """A type as it is written, with a link to what it names."""
    (name,) = _OURS.findall(kind)
    before, _, after = kind.partition(name)
    shown = Markup("{}") if name in _BUILT_IN else Markup('<a href="#{0}">{0}</a>')
    return Markup("{}{}{}").format(before, shown.format(name), after)


def marked(text: str | None) -> Markup:
    """A description; what stands in backticks as code."""
    pieces = _CODE.split(text or "")
    return Markup().join(
        Markup("<code>{}</code>").format(piece) if n % 2 else escape(piece) for n, piece in enumerate(pieces)
    )


@dataclass(frozen=True, slots=True)
class Code:
    """A refusal code: its sentences, the type it comes as, and the changes that can answer it."""

    name: str
    zh: str
    en: str
    kind: str
    changes: list[str]


def codes(schema: GraphQLSchema, every: Iterable[RefusalCode]) -> list[Code]:
    """All codes, in their order."""
    changes = schema.mutation_type.fields if schema.mutation_type else {}
    declared = {name: of.extensions["strawberry-definition"].metadata[CODES] for name, of in changes.items()}
    return [
        Code(
            code.value,
            shown_sentence(code, "zh"),
            shown_sentence(code, "en"),
            type_of(code).__name__,
            [name for name, known in declared.items() if code in known],
        )
        for code in every
    ]
