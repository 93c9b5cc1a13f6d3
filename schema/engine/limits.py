"""Limits on a document: one pass that weighs each fragment once, and what an operation costs.

Strawberry's own depth and alias limiters take exponential time on nested fragments, so these are our own. Counts
saturate: a document that doubles thirty times is as refused as one that doubles ten times, and as quickly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from math import isfinite
from typing import Any, TypeAlias

from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    Visitor,
    get_named_type,
    is_list_type,
    is_non_null_type,
    visit,
)
from graphql.language import DocumentNode

MAX_TOKENS = 1500
MAX_BODY = 64 * 1024
MAX_DEPTH = 12
MAX_FIELDS = 400
MAX_ROOT_FIELDS = 10
MAX_ALIASES = 15
MAX_DIRECTIVES = 50
MAX_COST = 20_000
MAX_SIZE = 100
"""The largest `first`; a larger one is refused when it is read."""
_USUAL_SIZE = 10
"""Of a list that has no `first`."""
_FETCHED = 10
"""What a field costs that is fetched, in fields that are only read."""
_DEAR = {
    ("Citizen", "path"): 15_000,
    ("Citizen", "whatIf"): 1000,
    ("Citizen", "steps"): 3500,
    ("Citizen", "calendar"): 3500,
    ("LocalText", "text"): 1,
    ("Query", "searchCases"): 500,
    ("Query", "programmeFigures"): 1000,
    ("Mutation", "checkIdentity"): 10,
    ("Mutation", "exportMyData"): 1000,
    ("Mutation", "logIn"): 3000,
    ("Mutation", "logInWithProvider"): 3000,
    ("Mutation", "confirmBinding"): 2000,
    ("Mutation", "declineItem"): 2000,
    ("Mutation", "leave"): 2000,
    ("Mutation", "openDispute"): 2000,
    ("Mutation", "deliverRecords"): 300,
    ("Mutation", "revokeRecord"): 1000,
    ("Mutation", "repairRecord"): 1000,
    ("Mutation", "approveCase"): 1000,
    ("Mutation", "answerRepair"): 1000,
    ("Mutation", "approveRepair"): 1000,
    ("RecordRepair", "effect"): 200,
    ("Mutation", "signIn"): 15_000,
}
"""What takes milliseconds of work, or, to sign in, a password hash that is slow on purpose; and what takes none."""
_WRITES = 500
"""What any other mutation costs: a transaction, its event and its audit link."""
_SATURATED = 1_000_000
_NO_LEVEL = {"ofType"}
"""Of introspection, which asks for a chain of these as long as any type may be."""

_Parent: TypeAlias = GraphQLObjectType | GraphQLInterfaceType | None


@dataclass(frozen=True, slots=True)
class Weight:
    """What a selection amounts to, all fragments spread."""

    depth: int = 0
    here: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0

    def __add__(self, other: Weight) -> Weight:
        return Weight(
            max(self.depth, other.depth),
            min(_SATURATED, self.here + other.here),
            min(_SATURATED, self.fields + other.fields),
            min(_SATURATED, self.aliases + other.aliases),
            min(_SATURATED, self.directives + other.directives),
            min(_SATURATED, self.cost + other.cost),
        )

    def fault(self) -> str | None:
        """The first limit that is passed."""
        counts = (
            ("levels", self.depth, MAX_DEPTH),
            ("fields", self.fields, MAX_FIELDS),
            ("root fields", self.here, MAX_ROOT_FIELDS),
            ("aliases", self.aliases, MAX_ALIASES),
            ("directives", self.directives, MAX_DIRECTIVES),
            ("things at once", self.cost, MAX_COST),
        )
        return next((f"Too many {what}: at most {most}." for what, n, most in counts if n > most), None)


def weigh(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any] | None = None,
) -> Weight:
    """The weight of an operation; pages are as large as their literals, variables or defaults say."""
    sizes = {of.variable.name.value: of.default_value for of in operation.variable_definitions or ()}
    given: dict[str, Any] = {name: _literal(value) for name, value in sizes.items() if value is not None}
    scales = _Scales(schema, document, {**given, **(variables or {})})
    weight = scales.of(operation.selection_set, schema.get_root_type(operation.operation))
    return weight + Weight(directives=len(operation.directives or ()))


class _Scales:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._schema = schema
        self._variables = variables
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
            here=1,
            fields=min(_SATURATED, inner.fields + 1),
            aliases=inner.aliases + (node.alias is not None),
            directives=inner.directives,
            cost=min(_SATURATED, _own_cost(parent, node, field) + inner.cost * self._size(node, field)),
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

    def _size(self, node: FieldNode, field: GraphQLField | None) -> int:
        """A page holds `first` of what is selected in it; another list, a usual number."""
        if field is None:
            return 1
        first = field.args.get("first")
        if first is None:
            kind = field.type.of_type if is_non_null_type(field.type) else field.type
            # The edges of a page are counted where its `first` stands.
            return _USUAL_SIZE if is_list_type(kind) and node.name.value != "edges" else 1
        given = next((a.value for a in node.arguments or () if a.name.value == "first"), None)
        wanted = self._variables.get(given.name.value) if isinstance(given, VariableNode) else _literal(given)
        usual = first.default_value if isinstance(first.default_value, int) else MAX_SIZE
        if isinstance(wanted, bool) or not isinstance(wanted, int | float) or not isfinite(wanted):
            return usual
        return min(max(int(wanted), 1), MAX_SIZE)


def _literal(value: ValueNode | None) -> int | None:
    return int(value.value) if isinstance(value, IntValueNode) and len(value.value) < 12 else None


def _own_cost(parent: _Parent, node: FieldNode, field: GraphQLField | None) -> int:
    definition = field.extensions.get("strawberry-definition") if field is not None else None
    usual = _FETCHED if getattr(definition, "base_resolver", None) is not None else 1
    if parent is None:
        return usual
    return _DEAR.get((parent.name, node.name.value), _WRITES if parent.name == "Mutation" else usual)


def sized_by_variables(document: DocumentNode) -> bool:
    """Whether the size of a page depends on a variable."""
    look = _SizeVariables()
    visit(document, look)
    return look.found


class _SizeVariables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_argument(self, node: ArgumentNode, *_args: object) -> None:
        self.found = self.found or (node.name.value == "first" and isinstance(node.value, VariableNode))
