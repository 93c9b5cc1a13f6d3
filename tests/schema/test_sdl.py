"""The committed SDL is current, documented, and every operation of ours fits it."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import GraphQLObjectType, is_introspection_type, parse, validate

import schema
from bot.operations import documents
from schema.execution import build_schema, print_sdl
from schema.limits import LIMIT_RULES

ROOT = Path(schema.__file__).parent.parent
OPERATIONS = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for folder in ("bot/operations", "server/web/operations", "server/web/h5/operations")
    for path in sorted((ROOT / folder).glob("*.graphql"))
}
GRAPHQL = build_schema()._schema


def test_the_committed_sdl_is_current() -> None:
    committed = (ROOT / "schema" / "schema.graphql").read_text("utf-8")
    assert committed == print_sdl(), "run: egret schema > schema/schema.graphql"


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_valid_and_within_the_limits(name: str) -> None:
    document = parse(OPERATIONS[name])
    assert validate(GRAPHQL, document) == []
    assert validate(GRAPHQL, document, list(LIMIT_RULES)) == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_named_as_its_file(name: str) -> None:
    (definition,) = parse(OPERATIONS[name]).definitions
    assert definition.name.value == Path(name).stem  # type: ignore[attr-defined]


def test_the_desk_and_the_bot_find_their_operations() -> None:
    assert "Score" in documents(ROOT / "bot" / "operations")


def test_every_type_and_every_root_field_is_described() -> None:
    for name, found in GRAPHQL.type_map.items():
        if isinstance(found, GraphQLObjectType) and not is_introspection_type(found):
            assert found.description or name in ("Query", "Mutation"), name
    for root in (GRAPHQL.query_type, GRAPHQL.mutation_type):
        assert root is not None
        assert all(field.description for field in root.fields.values())


def test_every_mutation_can_answer_with_a_typed_refusal() -> None:
    assert GRAPHQL.mutation_type is not None
    for name, field in GRAPHQL.mutation_type.fields.items():
        members = [t.name for t in field.type.of_type.types]
        assert "Refusal" in members, name
