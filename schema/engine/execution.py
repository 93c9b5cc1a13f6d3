"""The schema object, and running an operation within limits."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import ExecutionResult, GraphQLError, OperationType

from schema.engine.documents import DocumentError, Documents, Operation
from schema.engine.executor import execute, listen
from schema.engine.mistakes import is_of_variables, told
from schema.engine.watching import Watchable, Watched
from schema.types.errors import RefusalCode, Refused, as_error

log = logging.getLogger("egret.graphql")

MOST_SECONDS = {OperationType.QUERY: 10.0, OperationType.MUTATION: 30.0}
"""A mutation may wait for its turn in a transaction; cut off, it is sent again with its idempotency key."""


class EgretSchema(strawberry.Schema):
    """The schema and the documents that run on it."""

    documents: Documents

    def apart(self) -> EgretSchema:
        """The same schema for another container, which keeps the documents it is sent for itself."""
        other = copy.copy(self)
        other.documents = self.documents.apart()
        return other


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation gave. Every error has a stable code and tells nothing of our insides."""

    data: dict[str, Any] | None
    errors: list[GraphQLError]


async def run(
    schema: EgretSchema,
    document: str,
    variables: dict[str, Any] | None,
    context: Watchable,
    name: str | None = None,
) -> Answer:
    """Run one query or mutation of anybody's."""
    try:
        operation = schema.documents.operation(document, name)
    except DocumentError as error:
        return refused(error)
    return await run_operation(schema, operation, variables, context)


def refused(error: DocumentError) -> Answer:
    """The answer to a document that cannot be run."""
    return Answer(None, [_mistake(one) for one in error.errors])


async def run_operation(
    schema: EgretSchema, operation: Operation, variables: dict[str, Any] | None, context: Watchable
) -> Answer:
    """Run one operation that was found in a document."""
    if operation.kind is OperationType.SUBSCRIPTION:
        return Answer(None, [coded("Subscriptions go over a WebSocket or as an event stream.", RefusalCode.BAD_INPUT)])
    with context.watch(operation) as watched:
        context.watched = watched
        try:
            async with asyncio.timeout(MOST_SECONDS[operation.kind]):
                result = await execute(schema._schema, operation, variables, context, watched)
        except TimeoutError:
            watched.failed = True
            return Answer(None, [coded("This took too long. Please try again.", RefusalCode.TOO_SLOW)])
        return _noted(_answer(result), watched)


def _noted(answer: Answer, watched: Watched) -> Answer:
    for error in answer.errors:
        code = str((error.extensions or {}).get("code"))
        if code in RefusalCode.__members__:
            watched.refused.append(RefusalCode[code])
        else:
            watched.failed = True
    return answer


def _answer(result: ExecutionResult) -> Answer:
    for error in result.errors or ():
        _log_fault(error)
    return Answer(result.data, [_public(error) for error in result.errors or ()])


async def stream(
    schema: EgretSchema, operation: Operation, variables: dict[str, Any] | None, context: Watchable
) -> AsyncGenerator[Answer, None]:
    """The answers of any operation: of a query or a mutation one, of a subscription each as it comes."""
    if operation.kind is not OperationType.SUBSCRIPTION:
        yield await run_operation(schema, operation, variables, context)
        return
    with context.watch(operation) as watched:
        async with contextlib.aclosing(listen(schema._schema, operation, variables, context)) as results:
            async for result in results:
                yield _noted(_answer(result), watched)


async def ask(
    schema: EgretSchema,
    document: str,
    variables: dict[str, Any] | None,
    context: Watchable,
    name: str | None = None,
) -> dict[str, Any]:
    """Run one of our own operations in process and return its data.

    Raises:
        Refused: an error carried one of our codes.
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


_OUR_FAULT = "Something went wrong on our side; nothing was changed."


def _public(error: GraphQLError) -> GraphQLError:
    original = error.original_error
    if isinstance(original, Refused):
        original = as_error(original)
    if isinstance(original, GraphQLError) and original.extensions:
        return _with_code(error, original.message, str(original.extensions.get("code")))
    if original is None or isinstance(original, GraphQLError) or is_of_variables(error):
        return _mistake(error)
    return _with_code(error, _OUR_FAULT, "INTERNAL")


def _mistake(error: GraphQLError) -> GraphQLError:
    return _with_code(error, told(error), RefusalCode.BAD_INPUT.value)


def internal() -> GraphQLError:
    """The error that stands for an internal fault."""
    return GraphQLError(_OUR_FAULT, extensions={"code": "INTERNAL"})


def _with_code(error: GraphQLError, message: str, code: str) -> GraphQLError:
    return GraphQLError(message, nodes=error.nodes, source=error.source, path=error.path, extensions={"code": code})


def coded(message: str, code: RefusalCode) -> GraphQLError:
    """One of our errors."""
    return GraphQLError(message, extensions={"code": code.value})


def _log_fault(error: GraphQLError) -> None:
    """An internal fault, by type and place only, so that no personal data reaches a log."""
    original = error.original_error
    if original is not None and not isinstance(original, GraphQLError | Refused):
        place = ".".join(str(p) for p in error.path or ())
        log.error("fault in %s: %s", place, type(original).__name__, exc_info=without_text(original))


def without_text(fault: BaseException) -> tuple[type[BaseException], BaseException, Any]:
    """For `exc_info`: the traceback of a fault without its message, which may quote data."""
    blank = RuntimeError(type(fault).__name__)
    return RuntimeError, blank, fault.__traceback__
