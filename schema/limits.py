"""Limits on a document: one pass that weighs each fragment once, and what an operation costs.

Strawberry's own depth and alias limiters take exponential time on nested fragments, so these are our own. Counts
saturate: a document that doubles thirty times is as refused as one that doubles ten times, and as quickly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_list_type,
    is_non_null_type,
)
from graphql.language import DocumentNode

MAX_TOKENS = 500
MAX_BODY = 64 * 1024
MAX_DEPTH = 12
MAX_FIELDS = 400
MAX_ROOT_FIELDS = 10
MAX_ALIASES = 15
MAX_DIRECTIVES = 10
MAX_COST = 20_000
MAX_SIZE = 100
"""The largest `first`; a larger one is refused when it is read."""
_USUAL_SIZE = 10
"""Of a list that has no `first`."""
_RESOLVED = 10
"""What a field costs that is fetched, in fields that are only read."""
_SATURATED = 1_000_000
_NO_LEVEL = {"ofType"}
"""Of introspection, which asks for a chain of these as long as any type may be."""

_Parent: TypeAlias = GraphQLObjectType | GraphQLInterfaceType | None


@dataclass(frozen=True, slots=True)
class Cost:
    """Fields that an operation can give at most: a number, and parts that are multiplied by a variable's value."""

    fixed: int = 0
    parts: tuple[tuple[str, int, Cost], ...] = ()

    def __add__(self, other: Cost) -> Cost:
        return Cost(min(_SATURATED, self.fixed + other.fixed), (*self.parts, *other.parts)[:MAX_FIELDS])

    def times(self, size: int) -> Cost:
        """The cost of so many of it."""
        return Cost(min(_SATURATED, self.fixed * size), tuple((v, d, part.times(size)) for v, d, part in self.parts))

    def with_(self, variables: Mapping[str, Any] | None) -> int:
        """The cost with the variables' values."""
        if not self.parts:
            return self.fixed
        given = variables or {}
        return self.fixed + sum(_size(given.get(name), most) * part.with_(given) for name, most, part in self.parts)


@dataclass(frozen=True, slots=True)
class Weight:
    """What a selection amounts to, all fragments spread."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    cost: Cost = Cost()

    def __add__(self, other: Weight) -> Weight:
        return Weight(
            max(self.depth, other.depth),
            min(_SATURATED, self.fields + other.fields),
            min(_SATURATED, self.aliases + other.aliases),
            min(_SATURATED, self.directives + other.directives),
            self.cost + other.cost,
        )

    def fault(self, root_fields: int) -> str | None:
        """The first limit that is passed."""
        counts = (
            ("levels", self.depth, MAX_DEPTH),
            ("fields", self.fields, MAX_FIELDS),
            ("root fields", root_fields, MAX_ROOT_FIELDS),
            ("aliases", self.aliases, MAX_ALIASES),
            ("directives", self.directives, MAX_DIRECTIVES),
            ("things at once", self.cost.with_(None), MAX_COST),
        )
        return next((f"Too many {what}: at most {most}." for what, n, most in counts if n > most), None)


def weigh(schema: GraphQLSchema, document: DocumentNode) -> dict[str, Cost]:
    """The cost of each operation by its name. Raises GraphQLError for a document that passes a limit."""
    scales, costs = _Scales(schema, document), dict[str, Cost]()
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            weight = scales.of(node.selection_set, schema.get_root_type(node.operation))
            weight += Weight(directives=len(node.directives or ()))
            fault = weight.fault(len(node.selection_set.selections))
            if fault is not None:
                raise GraphQLError(fault, node)
            costs[node.name.value if node.name else ""] = weight.cost
    return costs


class _Scales:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._known: dict[str, Weight] = {}

    def of(self, selections: SelectionSetNode | None, parent: _Parent) -> Weight:
        """The weight of a selection."""
        weights = (self._of_one(node, parent) for node in (selections.selections if selections else ()))
        return reduce(Weight.__add__, weights, Weight())

    def _of_one(self, node: SelectionNode, parent: _Parent) -> Weight:
        directives = Weight(directives=len(node.directives or ()))
        if isinstance(node, FieldNode):
            return directives + self._field(node, parent)
        if isinstance(node, InlineFragmentNode):
            return directives + self.of(node.selection_set, self._narrowed(node, parent))
        return directives + self._fragment(node.name.value)  # type: ignore[attr-defined]

    def _field(self, node: FieldNode, parent: _Parent) -> Weight:
        field = parent.fields.get(node.name.value) if parent is not None else None
        kind = get_named_type(field.type) if field is not None else None
        below = kind if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) else None
        inner = self.of(node.selection_set, below)
        return Weight(
            depth=inner.depth + (node.name.value not in _NO_LEVEL),
            fields=min(_SATURATED, inner.fields + 1),
            aliases=inner.aliases + (node.alias is not None),
            directives=inner.directives,
            cost=Cost(_own_cost(field)) + _multiplied(inner.cost, node, field),
        )

    def _fragment(self, name: str) -> Weight:
        if name not in self._known:
            self._known[name] = Weight()  # a cycle, which validation refuses by itself
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._known[name] = self.of(fragment.selection_set, self._narrowed(fragment, None))
        return self._known[name]

    def _narrowed(self, node: InlineFragmentNode | FragmentDefinitionNode, parent: _Parent) -> _Parent:
        if node.type_condition is None:
            return parent
        found = self._schema.get_type(node.type_condition.name.value)
        return found if isinstance(found, GraphQLObjectType | GraphQLInterfaceType) else None


def _own_cost(field: GraphQLField | None) -> int:
    definition = field.extensions.get("strawberry-definition") if field is not None else None
    return _RESOLVED if getattr(definition, "base_resolver", None) is not None else 1


def _multiplied(inner: Cost, node: FieldNode, field: GraphQLField | None) -> Cost:
    """A page holds `first` of what is selected in it; another list, a usual number."""
    if field is None:
        return inner
    first = field.args.get("first")
    if first is None:
        kind = field.type.of_type if is_non_null_type(field.type) else field.type
        # The edges of a page are counted where its `first` stands.
        return inner.times(_USUAL_SIZE) if is_list_type(kind) and node.name.value != "edges" else inner
    usual = first.default_value if isinstance(first.default_value, int) else MAX_SIZE
    given = next((a.value for a in node.arguments or () if a.name.value == "first"), None)
    if isinstance(given, VariableNode):
        return Cost(0, ((given.name.value, usual, inner),))
    return inner.times(_size(int(given.value) if isinstance(given, IntValueNode) else None, usual))


def _size(given: object, usual: int) -> int:
    return min(max(given, 1), MAX_SIZE) if type(given) is int else usual
