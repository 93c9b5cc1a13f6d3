"""The schema object, and running an operation within limits."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import (
    AddValidationRules,
    MaxTokensLimiter,
    ParserCache,
    SchemaExtension,
    ValidationCache,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult

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


class StableErrors(SchemaExtension):
    """Gives every error a stable code, and tells a client nothing about a fault of ours."""

    def on_operation(self) -> Iterator[None]:
        yield
        result = self.execution_context.result
        if isinstance(result, ExecutionResult) and result.errors:
            result.errors = [_public(error) for error in result.errors]
        elif self.execution_context.pre_execution_errors:
            self.execution_context.pre_execution_errors = [
                _public(error) for error in self.execution_context.pre_execution_errors
            ]


def _public(error: GraphQLError) -> GraphQLError:
    original = error.original_error
    if isinstance(original, Refused):
        original = as_error(original)
    if original is None or isinstance(original, GraphQLError):
        code = (original or error).extensions or {}
        message = original.message if isinstance(original, GraphQLError) else error.message
        return _with_code(error, message, str(code.get("code", RefusalCode.BAD_INPUT.value)))
    return _with_code(error, "Something went wrong on our side; nothing was changed.", "INTERNAL")


def _with_code(error: GraphQLError, message: str, code: str) -> GraphQLError:
    return GraphQLError(
        message, nodes=error.nodes, source=error.source, path=error.path, extensions={"code": code}
    )


class EgretSchema(strawberry.Schema):
    """The schema; faults are logged by type and place only, so no personal data reaches a log."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
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
            StableErrors,
            lambda: MaxTokensLimiter(MAX_TOKENS),
            lambda: ParserCache(maxsize=256),
            lambda: ValidationCache(maxsize=256),
            lambda: AddValidationRules(list(rules)),
        ],
        exception_handlers=[RefusedHandler()],
        config=StrawberryConfig(disable_field_suggestions=not introspection),
    )


def _no_introspection() -> Any:
    from graphql import NoSchemaIntrospectionCustomRule

    return NoSchemaIntrospectionCustomRule


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
    result = await schema.execute(
        document, variable_values=variables, context_value=context, operation_name=name
    )
    errors = getattr(result, "errors", None)
    if errors:
        code = (errors[0].extensions or {}).get("code", "INTERNAL")
        if errors[0].path and code in RefusalCode.__members__:
            raise Refused(RefusalCode[code], detail=errors[0].message)
        raise RuntimeError(f"operation {name or ''} failed: {code}")
    data = getattr(result, "data", None)
    return data if isinstance(data, dict) else {}


SDL_HEADER = "# The GraphQL schema of Egret. Made by `egret schema`; a test keeps it current.\n\n"


def print_sdl() -> str:
    """The SDL as committed in `schema/schema.graphql`."""
    return SDL_HEADER + build_schema().as_str() + "\n"
