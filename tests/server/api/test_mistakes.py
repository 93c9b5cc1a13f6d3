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
    assert answer["errors"][0]["message"] == "Too many tokens: at most 1500."


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_an_object_that_needs_exactly_one_field_is_no_fault_however_often(world: World, times: int) -> None:
    token = await world.bound_token()
    for _ in range(times):
        answer = await world.ask("{ me { whatIf(steps: [{}]) { value } } }", token=token)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"


JSON = {"content-type": "application/json"}
KEYED = {"idempotency-key": "k"}
END = 'endSession(input: {refreshToken: "x"}) { __typename }'
TWO = f"mutation {{ a: {END} b: {END} }}"
REQUESTS: dict[str, tuple[dict[str, Any], int, str]] = {
    "no body": ({"content": b"", "headers": JSON}, 400, "The body is not JSON."),
    "half a body": ({"content": b'{"query": ', "headers": JSON}, 400, "The body is not JSON."),
    "a bare document": ({"content": b"{ me { maskedName } }", "headers": JSON}, 400, "The body is not JSON."),
    "a batch": ({"json": [{"query": "{ __typename }"}]}, 400, "Send one object with `query`"),
    "no query": ({"json": {"variables": {}}}, 400, "Send `query` as a string, or `documentId`."),
    "a query that is an object": ({"json": {"query": {}}}, 400, "Send `query` as a string, or `documentId`."),
    "variables as text": ({"json": {"query": "{ __typename }", "variables": "{}"}}, 400, "`variables` is an object"),
    "variables as a list": ({"json": {"query": "{ __typename }", "variables": []}}, 400, "`variables` is an object"),
    "a name that is a number": ({"json": {"query": "{ __typename }", "operationName": 1}}, 400, "`operationName`"),
    "extensions as text": ({"json": {"query": "{ __typename }", "extensions": "x"}}, 400, "`extensions` is an object."),
    "a form": ({"data": {"query": "{ __typename }"}}, 415, "Send application/json in UTF-8."),
    "another charset": (
        {"content": b"{}", "headers": {"content-type": "application/json; charset=gbk"}},
        415,
        "Send application/json in UTF-8.",
    ),
    "an unknown document": ({"json": {"documentId": "0" * 64}}, 404, "No trusted document has this id."),
    "a token without Bearer": (
        {"json": {"query": "{ __typename }"}, "headers": {"authorization": "350199199001010015"}},
        401,
        "Sign in again.",
    ),
    "a key for two changes": (
        {"json": {"query": TWO}, "headers": KEYED},
        400,
        "Send one change with an Idempotency-Key.",
    ),
    "a key that is too long": (
        {"json": {"query": "{ __typename }"}, "headers": {"idempotency-key": "k" * 201}},
        400,
        "Idempotency-Key has 1 to 200 characters.",
    ),
    "a form of answer that there is not": (
        {"json": {"query": "{ __typename }"}, "headers": {"accept": "text/html"}},
        406,
        "Accept application/graphql-response+json, application/json or text/event-stream.",
    ),
}


@pytest.mark.parametrize("mistake", REQUESTS)
async def test_each_request_that_is_none_says_what_to_send(world: World, mistake: str) -> None:
    request, status, message = REQUESTS[mistake]
    answer = await world.http.post("/graphql", **request)
    assert answer.status_code == status
    assert message in answer.json()["errors"][0]["message"]
    assert not any(value in answer.text for value in VALUES)
