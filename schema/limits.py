"""Limits on a document: one linear pass that counts fragments once.

Strawberry's own depth and alias limiters are exponential on nested fragments, so
these are our own; the rule class is made once, which keeps validation cacheable.
"""

from __future__ import annotations

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)
from graphql.language import DocumentNode, VisitorAction
from graphql.validation import ASTValidationRule

MAX_TOKENS = 500
MAX_BODY = 64 * 1024
MAX_DEPTH = 12
MAX_FIELDS = 400
MAX_ROOT_FIELDS = 10
MAX_ALIASES = 15
MAX_DIRECTIVES = 10
_SATURATED = 1_000_000


class DocumentLimits(ASTValidationRule):
    """Refuses documents that are deep, wide, full of aliases or of directives."""

    def enter_document(self, document: DocumentNode, *_args: object) -> VisitorAction:
        weights = _Weights(document)
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                fault = weights.fault(definition)
                if fault is not None:
                    self.report_error(GraphQLError(fault, definition))
        return None


class _Weights:
    """Depth and counts of each fragment, worked out once and added up where it is spread."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._known: dict[str, tuple[int, int, int, int]] = {}

    def fault(self, operation: OperationDefinitionNode) -> str | None:
        depth, fields, aliases, directives = self._of(operation.selection_set)
        counts = (
            ("depth", depth, MAX_DEPTH),
            ("fields", fields, MAX_FIELDS),
            ("root fields", len(operation.selection_set.selections), MAX_ROOT_FIELDS),
            ("aliases", aliases, MAX_ALIASES),
            ("directives", directives + len(operation.directives or ()), MAX_DIRECTIVES),
        )
        return next((f"Too many {what}: at most {most}." for what, n, most in counts if n > most), None)

    def _of(self, selection_set: SelectionSetNode | None) -> tuple[int, int, int, int]:
        depth = fields = aliases = directives = 0
        for node in selection_set.selections if selection_set else ():
            directives += len(node.directives or ())
            inner = (0, 0, 0, 0)
            if isinstance(node, FieldNode):
                d, f, a, x = self._of(node.selection_set)
                inner = (d + 1, f + 1, a + (node.alias is not None), x)
            elif isinstance(node, InlineFragmentNode):
                inner = self._of(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                inner = self._fragment(node.name.value)
            depth = max(depth, inner[0])
            fields, aliases, directives = (
                min(_SATURATED, total + more)
                for total, more in zip((fields, aliases, directives), inner[1:], strict=True)
            )
        return depth, fields, aliases, directives

    def _fragment(self, name: str) -> tuple[int, int, int, int]:
        if name not in self._known:
            self._known[name] = (0, 0, 0, 0)  # a cycle, which validation refuses by itself
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._known[name] = self._of(fragment.selection_set)
        return self._known[name]


LIMIT_RULES: tuple[type[ASTValidationRule], ...] = (DocumentLimits,)
