"""The schema object, and running an operation within limits."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import GraphQLError, NoSchemaIntrospectionCustomRule
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import (
    AddValidationRules,
    MaxTokensLimiter,
    ParserCache,
    ValidationCache,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from schema.context import Context
from schema.errors import Refusal, RefusalCode, Refused, as_error
from schema.limits import LIMIT_RULES, MAX_TOKENS
from schema.mutation import Mutation
from schema.query import Query

log = logging.getLogger("egret.graphql")


class RefusedHandler(strawberry.ExceptionHandler[Refused, Refusal]):
    """Turns a refusal into the union member that the mutation declares."""

    def handle(self, exception: Refused, *, field: object, info: object) -> Refusal:
        return Refusal.of(exception)


_QUOTES_NO_VALUE = (
    "Cannot query field",
    "Unknown argument",
    "Unknown directive",
    "Unknown fragment",
    "Unknown type",
    "Cannot spread fragment",
    "Fields ",
    "Too many",
    "GraphQL introspection",
)
_DOES_NOT_FIT = "The document or its variables do not fit the schema."
"""Other messages of validation quote what was sent, which may be an ID number."""


def _public(error: GraphQLError) -> GraphQLError:
    original = error.original_error
    if isinstance(original, Refused):
        original = as_error(original)
    if isinstance(original, GraphQLError) and original.extensions:
        return _with_code(error, original.message, str(original.extensions.get("code")))
    if original is None or isinstance(original, GraphQLError):
        message = error.message if error.message.startswith(_QUOTES_NO_VALUE) else _DOES_NOT_FIT
        return _with_code(error, message, RefusalCode.BAD_INPUT.value)
    return _with_code(error, "Something went wrong on our side; nothing was changed.", "INTERNAL")


def _with_code(error: GraphQLError, message: str, code: str) -> GraphQLError:
    return GraphQLError(message, nodes=error.nodes, source=error.source, path=error.path, extensions={"code": code})


class EgretSchema(strawberry.Schema):
    """The schema; faults are logged by type and place only, so no personal data reaches a log."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        for error in errors:
            original = error.original_error
            if original is not None and not isinstance(original, GraphQLError | Refused):
                place = ".".join(str(p) for p in error.path or ())
                log.error("fault in %s: %s", place, type(original).__name__, exc_info=without_text(original))


def without_text(fault: BaseException) -> tuple[type[BaseException], BaseException, Any]:
    """For `exc_info`: the traceback of a fault without its message, which may quote data."""
    blank = RuntimeError(type(fault).__name__)
    return RuntimeError, blank, fault.__traceback__


def build_schema(*, introspection: bool = True) -> EgretSchema:
    """The schema with its caches and limits. Rules are built once, so that validation is cached."""
    rules = LIMIT_RULES if introspection else (*LIMIT_RULES, _no_introspection())
    return EgretSchema(
        query=Query,
        mutation=Mutation,
        extensions=[
            lambda: MaxTokensLimiter(MAX_TOKENS),
            lambda: ParserCache(maxsize=256),
            lambda: ValidationCache(maxsize=256),
            lambda: AddValidationRules(list(rules)),
        ],
        exception_handlers=[RefusedHandler()],
        config=StrawberryConfig(disable_field_suggestions=not introspection),
    )


def _no_introspection() -> Any:
    return NoSchemaIntrospectionCustomRule


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation gave. Every error has a stable code and tells nothing of our insides."""

    data: dict[str, Any] | None
    errors: list[GraphQLError]


async def run(
    schema: EgretSchema,
    document: str,
    variables: dict[str, Any] | None,
    context: Context,
    name: str | None = None,
    *,
    allowed: Collection[OperationType] = (OperationType.QUERY, OperationType.MUTATION),
) -> Answer:
    """Run one operation of anybody's."""
    try:
        result = await schema.execute(
            document,
            variable_values=variables,
            context_value=context,
            operation_name=name,
            allowed_operation_types=allowed,
        )
    except (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError) as error:
        return Answer(None, [_bad_input(error)])
    if not isinstance(result, ExecutionResult):
        raise TypeError("Egret has no streams yet")
    return Answer(result.data, [_public(error) for error in result.errors or ()])


async def ask(
    schema: EgretSchema,
    document: str,
    variables: dict[str, Any] | None,
    context: Context,
    name: str | None = None,
) -> dict[str, Any]:
    """Run one operation of ours in process and return its data.

    Raises:
        Refused: an error carried a code of ours.
        RuntimeError: a fault; its text is safe to log.
    """
    answer = await run(schema, document, variables, context, name)
    if answer.errors:
        first = answer.errors[0]
        code = (first.extensions or {}).get("code", "INTERNAL")
        if first.path and code in RefusalCode.__members__:
            raise Refused(RefusalCode[code], detail=first.message)
        raise RuntimeError(f"operation {name or ''} failed: {code}")
    return answer.data or {}


def _bad_input(error: Exception) -> GraphQLError:
    text = (
        error.as_http_error_reason("GET")
        if isinstance(error, InvalidOperationTypeError)
        else "Send one operation, or name the one to run."
    )
    return GraphQLError(text, extensions={"code": RefusalCode.BAD_INPUT.value})


SDL_HEADER = "# The GraphQL schema of Egret. Made by `egret schema`; a test keeps it current.\n\n"


def print_sdl() -> str:
    """The SDL as committed in `schema/schema.graphql`."""
    return SDL_HEADER + build_schema().as_str() + "\n"
