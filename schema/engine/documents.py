"""Documents made ready to run: parsed, held against the limits, validated, and compiled where they come again.

Trusted documents are kept for good in a table of their own, by their id: the SHA-256 of the text, or what a manifest
says. Others share a cache of bounded size, apart from the trusted documents; what is refused is never kept.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    Visitor,
    parse,
    validate,
    visit,
)
from graphql.validation import ASTValidationRule, specified_rules

from schema.engine.limits import MAX_TOKENS, Weight, sized_by_variables, weigh
from schema.engine.plan import NotCompiledError, Plan, compile_query

PUBLIC_FIELDS = frozenset({"__typename", "scheme", "rule", "benefits", "benefit", "consentText", "disputeLimits"})
"""Questions whose answer is the same for everybody."""
SIGN_IN_FIELDS = frozenset({"__typename", "logIn", "logInWithProvider", "renewSession", "endSession", "signIn"})
"""Changes for those who have no good token yet, or no more."""
POSTED_FIELDS = frozenset({"searchCases"})
"""Questions whose arguments may name a person, and so may not stand in an address."""
_KEPT = 256
_KEPT_CHARACTERS = 16 * 1024
"""Longer documents run, but are not kept."""


class DocumentError(Exception):
    """A document that cannot be run; `errors` say why."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = list(errors)

    @property
    def is_of_syntax(self) -> bool:
        """Whether it could not even be read."""
        return isinstance(self.errors[0], GraphQLSyntaxError)


@dataclass(slots=True)
class Operation:
    """One operation of a valid document; `plan` is there once it was compiled."""

    document: DocumentNode
    node: OperationDefinitionNode
    cost: int = 0
    roots: int = 1
    """How many fields of the root are asked for."""
    sized: bool = False
    """Whether the cost depends on variables."""
    plan: Plan | None = None
    uses: int = 0
    trusted: bool = False

    @property
    def trusted_name(self) -> str | None:
        """Its name, where it is our own document: a stranger's may be anything."""
        return self.node.name.value if self.trusted and self.node.name else None

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.node.operation

    @property
    def names_people(self) -> bool:
        """Whether its arguments may name a person."""
        asked = _Asked()
        visit(self.document, asked)
        return asked.names_people

    @property
    def public(self) -> bool:
        """Whether the answer is the same for everybody."""
        return self._asks_only(PUBLIC_FIELDS)

    @property
    def signs_in(self) -> bool:
        """Whether it begins, renews or ends a session, and nothing else."""
        return self.kind is OperationType.MUTATION and self._asks_only(SIGN_IN_FIELDS)

    def _asks_only(self, fields: frozenset[str]) -> bool:
        chosen = self.node.selection_set.selections
        return all(isinstance(one, FieldNode) and one.name.value in fields for one in chosen)


Operations = dict[str, Operation]
"""The operations of a document, by name; one without a name by the empty string."""


class Documents:
    """All documents that run on a schema."""

    def __init__(self, schema: GraphQLSchema, rules: Iterable[type[ASTValidationRule]], *, suggest: bool) -> None:
        self._schema = schema
        self._rules = (*specified_rules, *rules)
        self._suggest = suggest
        self._trusted: dict[str, str] = {}
        self._for_good: dict[str, Operations] = {}
        self._kept: OrderedDict[str, Operations] = OrderedDict()

    def trust(self, texts: Mapping[str, str]) -> None:
        """Add documents by the ids they are asked for with. Raises DocumentError for one that does not fit."""
        for id, text in texts.items():
            if text not in self._for_good:
                self._for_good[text] = self._trusted_operations(text)
            self._trusted[id] = text

    def _trusted_operations(self, text: str) -> Operations:
        operations = self._made_ready(text)
        for operation in operations.values():
            operation.trusted = True
            self._compile(operation)
        return operations

    def apart(self) -> Documents:
        """The same trusted documents on the same schema, and none that anybody has sent."""
        other = Documents(self._schema, (), suggest=self._suggest)
        other._rules = self._rules
        other._trusted = self._trusted.copy()
        other._for_good = self._for_good.copy()
        return other

    def is_trusted(self, text: str) -> bool:
        """Whether it is our own, to the letter."""
        return text in self._for_good

    @property
    def trusted_names(self) -> list[str]:
        """The names of all trusted operations."""
        return [name for operations in self._for_good.values() for name in operations if name]

    def text_of(self, id: str) -> str | None:
        """The trusted document with that id."""
        return self._trusted.get(id)

    def is_known(self, text: str) -> bool:
        """Whether it is ready to run: our own, or one that was sent before."""
        return text in self._for_good or text in self._kept

    def read(self, text: str) -> Operations:
        """Make a document ready, which takes milliseconds; safe in a thread of its own. Raises DocumentError."""
        return self._made_ready(text)

    def operation(self, text: str, name: str | None, read: Operations | None = None) -> Operation:
        """The operation to run; `read` is the document where it was made ready before. Raises DocumentError."""
        found = self._for_good.get(text) or self._kept.get(text)
        if found is None:
            found = read or self._made_ready(text)
            if len(text) <= _KEPT_CHARACTERS:
                self._keep(text, found)
        elif text in self._kept:
            self._kept.move_to_end(text)
        operation = next(iter(found.values())) if name is None and len(found) == 1 else found.get(name or "")
        if operation is None:
            raise DocumentError([GraphQLError("Send one operation, or name the one to run.")])
        operation.uses += 1
        if operation.uses == 2:  # what is asked once is not worth the time to compile
            self._compile(operation)
        return operation

    def _keep(self, text: str, operations: Operations) -> None:
        self._kept[text] = operations
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def _made_ready(self, text: str) -> Operations:
        try:
            document = parse(text, max_tokens=MAX_TOKENS)
        except GraphQLError as error:
            raise DocumentError([error]) from None
        except RecursionError:
            raise DocumentError([GraphQLError("Too many levels.")]) from None
        operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
        weights = {_name(node): self._weigh(document, node) for node in operations}
        errors = validate(self._schema, document, self._rules, max_errors=10, hide_suggestions=not self._suggest)
        if errors:
            raise DocumentError(errors)
        sized = sized_by_variables(document)
        return {
            _name(node): Operation(document, node, weights[_name(node)].cost, weights[_name(node)].here, sized)
            for node in operations
        }

    def _weigh(
        self, document: DocumentNode, node: OperationDefinitionNode, variables: Mapping[str, Any] | None = None
    ) -> Weight:
        """The weight of an operation. Raises DocumentError where it passes a limit."""
        weight = weigh(self._schema, document, node, variables)
        fault = weight.fault()
        if fault is not None:
            raise DocumentError([GraphQLError(fault, node)])
        return weight

    def cost(self, operation: Operation, variables: Mapping[str, Any] | None) -> int:
        """What an operation costs with these variables. Raises DocumentError where that is too much."""
        if not operation.sized:
            return operation.cost
        return self._weigh(operation.document, operation.node, variables).cost

    def _compile(self, operation: Operation) -> None:
        if operation.plan is None and operation.kind is OperationType.QUERY:
            try:
                operation.plan = compile_query(self._schema, operation.document, operation.node)
            except NotCompiledError:
                operation.plan = None


def _name(node: OperationDefinitionNode) -> str:
    return node.name.value if node.name else ""


class _Asked(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names_people = False

    def enter_field(self, node: FieldNode, *_args: object) -> None:
        self.names_people = self.names_people or node.name.value in POSTED_FIELDS


def document_id(text: str) -> str:
    """The id of a trusted document: the SHA-256 of its text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
