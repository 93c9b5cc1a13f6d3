"""Queries compiled to plain Python: one function for each selection, made once per operation.

graphql-core walks a selection again for each object, which costs about 6 µs a leaf; the functions made here cost a
tenth of that. They know only the ordinary: exact types, no directives, no interfaces or unions, no errors. Anything
else raises, whatever it is, and the operation is run by graphql-core as if nothing had happened: what resolvers gave
already is played back to it, so that none is called twice. `tests/properties/test_plan.py` holds that both agree.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from math import isfinite
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    is_list_type,
    visit,
)
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

Outcomes = dict[tuple[int, int], tuple[object, object, Exception | None]]
"""By object and field node: the object (kept, so that its id stays its own), what its resolver gave, or raised."""

_CHECKS = {
    "Int": "type({0}) is int and -2147483648 <= {0} <= 2147483647",
    "String": "type({0}) is str",
    "ID": "type({0}) is str",
    "Boolean": "type({0}) is bool",
    "Float": "type({0}) is float and isfinite({0})",
}
_TIMES: dict[str, type] = {"Date": date, "DateTime": datetime}


class NotCompiledError(Exception):
    """The operation has something that is left to graphql-core."""


class _Info:
    """The part of `GraphQLResolveInfo` that resolvers of Egret use; the lack of any other raises."""

    __slots__ = ("context", "schema")

    def __init__(self, context: object, schema: GraphQLSchema) -> None:
        self.context = context
        self.schema = schema


class Run:
    """One execution of a plan."""

    __slots__ = ("args", "info", "outcomes")

    def __init__(self, info: _Info) -> None:
        self.info = info
        self.args: Sequence[dict[str, Any]] = ()
        self.outcomes: Outcomes = {}

    def now(self, source: object, node: FieldNode, resolve: Callable[..., Any], place: int) -> Any:
        """What a resolver gives that does not wait."""
        try:
            value = resolve(source, self.info, **self.args[place])
        except Exception as error:
            self.outcomes[id(source), id(node)] = (source, None, error)
            raise
        self.outcomes[id(source), id(node)] = (source, value, None)
        return value

    async def later(self, source: object, node: FieldNode, resolve: Callable[..., Any], place: int) -> Any:
        """What a resolver gives that waits."""
        try:
            value = await resolve(source, self.info, **self.args[place])
        except Exception as error:
            self.outcomes[id(source), id(node)] = (source, None, error)
            raise
        self.outcomes[id(source), id(node)] = (source, value, None)
        return value


async def together(waiting: Iterable[Awaitable[Any]]) -> list[Any]:
    """All of them at once; a fault is raised when each has ended, so that nothing goes on behind a fallback."""
    given = await asyncio.gather(*waiting, return_exceptions=True)
    for one in given:
        if isinstance(one, BaseException):
            raise one
    return given


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled query."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    root: Callable[[object, Run], Any]
    waits: bool
    arguments: tuple[Callable[[VariableValues | None], dict[str, Any]], ...]
    source: str

    def run(self, context: object) -> Run:
        """A new execution."""
        return Run(_Info(context, self.schema))

    async def data(self, run: Run, variables: dict[str, Any] | None) -> dict[str, Any]:
        """The data of the answer. Raises on anything out of the ordinary."""
        values = None
        if self.operation.variable_definitions:
            found = get_variable_values(self.schema, self.operation.variable_definitions, variables or {})
            if isinstance(found, list):
                raise found[0]
            values = found
        run.args = [make(values) for make in self.arguments]
        given = self.root(None, run)
        data: dict[str, Any] = await given if self.waits else given
        return data


def compile_query(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> Plan:
    """A plan for a valid query. Raises NotCompiledError."""
    return _Compiler(schema, document).plan(operation)


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_variable(self, _node: VariableNode, *_args: object) -> None:
        self.found = True


def _has_variables(node: FieldNode) -> bool:
    look = _Variables()
    for argument in node.arguments or ():
        visit(argument, look)
    return look.found


Fields = dict[str, list[FieldNode]]


class _Compiler:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._names: dict[str, Any] = {"isfinite": isfinite, "together": together}
        self._code: list[str] = []
        self._arguments: list[Callable[[VariableValues | None], dict[str, Any]]] = []
        self._numbers = count()

    def plan(self, operation: OperationDefinitionNode) -> Plan:
        root = self._schema.query_type
        if root is None or operation.directives:
            raise NotCompiledError
        name, waits = self._selection(root, self._collect(root, [operation.selection_set]), is_root=True)
        source = "\n".join(self._code)
        exec(compile(source, "<plan>", "exec"), self._names)  # noqa: S102 - our own code; names of clients enter quoted
        return Plan(self._schema, operation, self._names[name], waits, tuple(self._arguments), source)

    def _collect(self, parent: GraphQLObjectType, sets: Iterable[SelectionSetNode | None]) -> Fields:
        found: Fields = {}
        seen: set[str] = set()
        for selections in sets:
            self._collect_into(found, seen, parent, selections)
        return found

    def _collect_into(
        self, found: Fields, seen: set[str], parent: GraphQLObjectType, selections: SelectionSetNode | None
    ) -> None:
        for node in selections.selections if selections else ():
            if node.directives:
                raise NotCompiledError
            if isinstance(node, FieldNode):
                found.setdefault((node.alias or node.name).value, []).append(node)
                continue
            part: InlineFragmentNode | FragmentDefinitionNode
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in seen:
                    continue
                seen.add(node.name.value)
                part = self._fragments[node.name.value]
            elif isinstance(node, InlineFragmentNode):
                part = node
            else:
                raise NotCompiledError
            if part.directives:
                raise NotCompiledError
            if self._applies(part, parent):
                self._collect_into(found, seen, parent, part.selection_set)

    def _applies(self, part: InlineFragmentNode | FragmentDefinitionNode, parent: GraphQLObjectType) -> bool:
        if part.type_condition is None or part.type_condition.name.value == parent.name:
            return True
        if isinstance(self._schema.get_type(part.type_condition.name.value), GraphQLObjectType):
            return False
        raise NotCompiledError

    def _name(self, prefix: str, value: object = None) -> str:
        name = f"{prefix}{next(self._numbers)}"
        if value is not None:
            self._names[name] = value
        return name

    def _selection(self, parent: GraphQLObjectType, fields: Fields, *, is_root: bool = False) -> tuple[str, bool]:
        """A function `(source, run)` that gives the object's answer; whether it must be awaited."""
        name = self._name("selection")
        lines = list[str]()
        values = dict[str, str]()
        waiting = list[tuple[str, str]]()
        if not is_root:
            lines.append(f"if type(v) is not {self._name('Type', _origin(parent))}: raise TypeError")
        for key, nodes in fields.items():
            if nodes[0].name.value == "__typename":
                values[key] = repr(parent.name)
                continue
            field = parent.fields.get(nodes[0].name.value)
            if field is None:
                raise NotCompiledError
            self._field(parent, field, nodes, key, (lines, values, waiting))
        if len(waiting) == 1:
            lines.append(f"{waiting[0][0]} = await {waiting[0][1]}")
        elif waiting:
            lines.append(f"{', '.join(w[0] for w in waiting)} = await together(({', '.join(w[1] for w in waiting)}))")
        items = ", ".join(f"{key!r}: {values[key]}" for key in fields)
        self._function(name, [*lines, f"return {{{items}}}"], waits=bool(waiting))
        return name, bool(waiting)

    def _field(
        self,
        parent: GraphQLObjectType,
        field: GraphQLField,
        nodes: list[FieldNode],
        key: str,
        into: tuple[list[str], dict[str, str], list[tuple[str, str]]],
    ) -> None:
        lines, values, waiting = into
        definition = field.extensions.get("strawberry-definition")
        if not isinstance(definition, StrawberryField) or field.resolve is None:
            raise NotCompiledError
        value = self._name("x")
        values[key] = value
        if definition.is_basic_field:
            body, waits = self._complete(value, field.type, nodes)
            first = f"{value} = v.{definition.python_name}"
        else:
            node = self._name("node", nodes[0])
            resolve = self._name("resolve", field.resolve)
            call = f"(v, {node}, {resolve}, {self._argument(field, nodes[0])})"
            body, waits = self._complete(value, field.type, nodes)
            first = f"{value} = await run.later{call}" if definition.is_async else f"{value} = run.now{call}"
            waits = waits or definition.is_async
        if not waits:
            lines += [first, *body]
            return
        name = self._name("field")
        self._function(name, [first, *body, f"return {value}"], waits=True)
        waiting.append((value, f"{name}(v, run)"))

    def _argument(self, field: GraphQLField, node: FieldNode) -> int:
        if _has_variables(node):
            self._arguments.append(lambda values: get_argument_values(field, node, values))
        else:
            try:
                fixed = get_argument_values(field, node)
            except GraphQLError as unfit:  # valid, but not what a resolver can take
                raise NotCompiledError(field) from unfit
            self._arguments.append(lambda _values: fixed)
        return len(self._arguments) - 1

    def _complete(self, value: str, kind: GraphQLOutputType, nodes: list[FieldNode]) -> tuple[list[str], bool]:
        """Lines that turn `value` into its answer; whether they wait."""
        if not isinstance(kind, GraphQLNonNull):
            lines, waits = self._complete_present(value, kind, nodes)
            return [f"if {value} is not None:", *(f"    {line}" for line in lines or ["pass"])], waits
        return self._complete_present(value, kind.of_type, nodes)

    def _complete_present(self, value: str, kind: Any, nodes: list[FieldNode]) -> tuple[list[str], bool]:
        if isinstance(kind, GraphQLScalarType):
            return self._scalar(value, kind), False
        if isinstance(kind, GraphQLEnumType):
            return [f"{value} = {self._name('names', _enum_names(kind))}[{value}]"], False
        if is_list_type(kind):
            return self._list(value, kind.of_type, nodes)
        if isinstance(kind, GraphQLObjectType):
            name, waits = self._selection(kind, self._collect(kind, [n.selection_set for n in nodes]))
            return [f"{value} = {'await ' if waits else ''}{name}({value}, run)"], waits
        raise NotCompiledError

    def _list(self, value: str, item: GraphQLOutputType, nodes: list[FieldNode]) -> tuple[list[str], bool]:
        check = f"if type({value}) is not list and type({value}) is not tuple: raise TypeError"
        body, waits = self._complete("v", item, nodes)
        name = self._name("item")
        self._function(name, [*body, "return v"], waits=waits)
        every = f"{name}(v, run) for v in {value}"
        return [check, f"{value} = await together({every})" if waits else f"{value} = [{every}]"], waits

    def _scalar(self, value: str, kind: GraphQLScalarType) -> list[str]:
        if kind.name in _CHECKS:
            return [f"if not ({_CHECKS[kind.name].format(value)}): raise TypeError"]
        if kind.name in _TIMES:
            exact = self._name("Type", _TIMES[kind.name])
            written = "isoformat()" if kind.name == "Date" else "isoformat(timespec='milliseconds')"
            return [f"if type({value}) is not {exact}: raise TypeError", f"{value} = {value}.{written}"]
        if kind.name == "JSON":
            return [f"if type({value}) not in (dict, list, str, int, float, bool): raise TypeError"]
        serialize = self._name("serialize", kind.serialize)
        return [f"{value} = {serialize}({value})", f"if type({value}) is not str: raise TypeError"]

    def _function(self, name: str, lines: list[str], *, waits: bool) -> None:
        self._code.append(f"{'async ' if waits else ''}def {name}(v, run):")
        self._code += [f"    {line}" for line in lines]


def _origin(kind: GraphQLObjectType) -> type:
    definition = kind.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryObjectDefinition):
        raise NotCompiledError
    generic = definition.concrete_of
    return definition.origin if generic is None else generic.origin


def _enum_names(kind: GraphQLEnumType) -> dict[Any, str]:
    definition: Any = kind.extensions["strawberry-definition"]
    return {member: kind.serialize(member) for member in definition.wrapped_cls}
