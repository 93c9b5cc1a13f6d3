"""Ordinary mistakes of a developer: each answer names the thing and the cure, and holds no value."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from tests.support.paths import TABLES
from tests.support.world import World

MISTAKES: list[dict[str, Any]] = tomllib.loads((TABLES / "mistakes.toml").read_text("utf-8"))["mistake"]
VALUES = ("350199", "陈小萤", "CHENXIAOYING")


async def test_each_mistake_is_told_by_the_names_of_the_schema_and_holds_no_value(world: World) -> None:
    told = []
    for row in MISTAKES:
        answer = await world.ask(row["document"], **row.get("variables", {}))
        first = answer["errors"][0]
        assert first["extensions"]["code"] == "BAD_INPUT", row
        assert not any(value in str(answer) for value in VALUES), answer
        told.append({**row, "message": first["message"]})
    assert told == MISTAKES


async def test_too_many_tokens_are_told_with_the_bound(world: World) -> None:
    answer = await world.ask("{ " + "a: __typename " * 600 + "}")
    assert answer["errors"][0]["message"] == "Too many tokens: at most 500."


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_an_object_that_needs_exactly_one_field_is_no_fault_however_often(world: World, times: int) -> None:
    token = await world.bound_token()
    for _ in range(times):
        answer = await world.ask("{ me { whatIf(steps: [{}]) { value } } }", token=token)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"
