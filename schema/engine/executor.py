"""Running one operation: by its plan where it has one, and by graphql-core whenever anything is out of the ordinary."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, MiddlewareManager, subscribe
from graphql import execute as execute_by_graphql_core

from schema.engine.documents import Operation
from schema.engine.plan import Outcomes
from schema.engine.watching import Watched


async def execute(
    schema: GraphQLSchema,
    operation: Operation,
    variables: dict[str, Any] | None,
    context: object,
    watched: Watched | None = None,
) -> ExecutionResult:
    """The result of a query or a mutation, with errors as graphql-core gives them."""
    watched = watched or Watched()
    outcomes: Outcomes = {}
    if operation.plan is not None:
        run = operation.plan.run(context)
        try:
            data = await operation.plan.data(run, variables)
            watched.way = "compiled"
            return ExecutionResult(data, None)
        except Exception:
            watched.way, outcomes = "fallback", run.outcomes
    given = execute_by_graphql_core(
        schema,
        operation.document,
        context_value=context,
        variable_values=variables,
        operation_name=operation.node.name.value if operation.node.name else None,
        middleware=MiddlewareManager(_played_back(outcomes)) if outcomes else None,
    )
    result: ExecutionResult = await given if isawaitable(given) else given
    return result


async def listen(
    schema: GraphQLSchema, operation: Operation, variables: dict[str, Any] | None, context: object
) -> AsyncGenerator[ExecutionResult, None]:
    """The results of a subscription; closing this ends it."""
    given = subscribe(
        schema,
        operation.document,
        context_value=context,
        variable_values=variables,
        operation_name=operation.node.name.value if operation.node.name else None,
    )
    results = await given if isawaitable(given) else given
    if isinstance(results, ExecutionResult):
        yield results
        return
    try:
        async for result in results:
            yield result
    except Exception as error:  # what listens ended, such as with its citizen's leaving
        known = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
        yield ExecutionResult(None, [known])
    finally:
        await results.aclose()  # type: ignore[attr-defined]


def _played_back(outcomes: Outcomes) -> Any:
    """A middleware that gives what resolvers gave already, so that none is called twice."""

    def resolve(next_: Any, source: object, info: Any, **args: Any) -> Any:
        known = outcomes.get((id(source), id(info.field_nodes[0])))
        if known is None:
            return next_(source, info, **args)
        _, value, fault = known
        if fault is not None:
            raise fault
        return value

    return resolve
