"""Every question of ours, compiled and by graphql-core, on real data: the same answers to everybody."""

from __future__ import annotations

from inspect import isawaitable
from typing import Any

import pytest
from graphql import ExecutionResult
from graphql import execute as by_graphql_core

from schema.engine.executor import execute
from schema.types.principal import ANONYMOUS, Caller, Principal
from tests.support.addresses import without_addresses
from tests.support.counted import MOST, QUERIES, Counted, counted

__all__ = ["counted"]


@pytest.mark.long
@pytest.mark.parametrize("who", ["citizen", "desk", "steward", "nobody"])
async def test_compiled_and_stock_agree_on_every_question_of_ours(counted: Counted, who: str) -> None:
    await counted.fill(0, 2)
    by = counted.principals.get(who, ANONYMOUS)
    compiled = 0
    for name, text in QUERIES.items():
        operation = counted.world.container.schema.documents.operation(text, None)
        if operation.plan is None:
            continue
        compiled += 1
        variables = counted.variables(name)
        for _ in range(2):  # the first look of a day is logged
            mine = await execute(counted.world.container.schema._schema, operation, variables, context(counted, by))
        stock = await stock_result(counted, operation, variables, by)
        assert without_addresses(mine.data) == without_addresses(stock.data), name
        assert [e.message for e in mine.errors or ()] == [e.message for e in stock.errors or ()], name
    assert compiled > len(MOST["citizen"])


def context(counted: Counted, by: Principal) -> Any:
    return counted.world.container.context(Caller(by))


async def stock_result(counted: Counted, operation: Any, variables: dict[str, Any], by: Principal) -> ExecutionResult:
    given = by_graphql_core(
        counted.world.container.schema._schema,
        operation.document,
        context_value=context(counted, by),
        variable_values=variables,
    )
    result: ExecutionResult = await given if isawaitable(given) else given
    return result
