"""The committed SDL is current, documented, and every operation of ours fits it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import strawberry
from graphql import (
    GraphQLField,
    NoDeprecatedCustomRule,
    OperationDefinitionNode,
    get_named_type,
    parse,
    validate,
)
from strawberry.schema.config import StrawberryConfig

import schema
from bot.operations import documents
from schema.api.building import build_schema, print_sdl
from schema.api.mutation import Mutation
from schema.api.nodes import KINDS
from schema.api.query import Query
from schema.api.refusals import CODES, type_of
from schema.api.subscription import Subscription
from schema.engine.limits import weigh
from schema.types.descriptions import describe, words
from schema.types.scalars import SCALARS

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
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert weigh(GRAPHQL, document, operation).fault() is None


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_named_as_its_file(name: str) -> None:
    (definition,) = parse(OPERATIONS[name]).definitions
    assert definition.name.value == Path(name).stem  # type: ignore[attr-defined]


def test_the_desk_and_the_bot_find_their_operations() -> None:
    assert "Score" in documents(ROOT / "bot" / "operations")


def described() -> Iterator[tuple[str, str | None]]:
    for name, kind in GRAPHQL.type_map.items():
        if name.startswith("__"):
            continue
        yield name, kind.description
        for member, element in (getattr(kind, "fields", None) or getattr(kind, "values", None) or {}).items():
            yield f"{name}.{member}", element.description
            for argument, of in getattr(element, "args", {}).items():
                yield f"{name}.{member}({argument})", of.description


def test_every_type_field_argument_and_value_is_described() -> None:
    assert [name for name, description in described() if not description] == []


def test_no_description_is_left_of_what_is_gone() -> None:
    bare = strawberry.Schema(Query, Mutation, Subscription, config=StrawberryConfig(scalar_map=SCALARS))
    used = describe(bare._schema)
    kept = {(kind, name) for kind, entries in words().items() for name in entries}
    assert kept - used == set()


def test_every_deprecation_names_both_days_and_what_to_use() -> None:
    reasons = [
        field.deprecation_reason
        for kind in GRAPHQL.type_map.values()
        for field in getattr(kind, "fields", {}).values()
        if field.deprecation_reason
    ]
    for reason in reasons:
        found = re.fullmatch(r"Since (\d{4}-\d\d-\d\d), works until (\d{4}-\d\d-\d\d): use `\w+`\.", reason)
        assert found is not None, reason
        assert (date.fromisoformat(found[2]) - date.fromisoformat(found[1])).days > 180, reason


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_operation_of_ours_uses_what_is_deprecated(name: str) -> None:
    assert validate(GRAPHQL, parse(OPERATIONS[name]), [NoDeprecatedCustomRule]) == []


MUTATIONS: dict[str, GraphQLField] = GRAPHQL.mutation_type.fields if GRAPHQL.mutation_type else {}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_has_an_input_and_a_result_of_its_own(name: str) -> None:
    stem = name[0].upper() + name[1:]
    field = MUTATIONS[name]
    assert {argument: str(of.type) for argument, of in field.args.items()} in ({}, {"input": f"{stem}Input!"})
    assert str(field.type) == f"{stem}Result!"
    assert members_of(field)[0] == f"{stem}Success"


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_can_be_refused_with_just_what_it_says(name: str) -> None:
    field = MUTATIONS[name]
    codes = field.extensions["strawberry-definition"].metadata[CODES]
    assert set(members_of(field)[1:]) == {"PlainRefusal", *(type_of(code).__name__ for code in codes)}
    assert all(f"`{code.value}`" in str(field.description) for code in codes)


def members_of(field: GraphQLField) -> list[str]:
    return [member.name for member in get_named_type(field.type).types]  # type: ignore[attr-defined]


def test_every_member_of_a_result_is_a_payload_or_a_refusal() -> None:
    refusal = GRAPHQL.type_map["Refusal"]
    for name, field in MUTATIONS.items():
        for member in members_of(field)[1:]:
            assert refusal in GRAPHQL.type_map[member].interfaces, (name, member)  # type: ignore[attr-defined]


def test_one_name_has_one_type_in_a_result() -> None:
    """So a client may select a payload and refusals in one place without aliases."""
    for name, field in MUTATIONS.items():
        kinds: dict[str, set[str]] = {}
        for member in members_of(field):
            for inner, of in GRAPHQL.type_map[member].fields.items():  # type: ignore[attr-defined]
                kinds.setdefault(inner, set()).add(str(of.type))
        assert [inner for inner, types in kinds.items() if len(types) > 1] == [], name


def test_what_every_refusal_has_is_named_like_nothing_of_an_entity() -> None:
    refusal, node = GRAPHQL.type_map["Refusal"], GRAPHQL.type_map["Node"]
    entities = GRAPHQL.get_implementations(node).objects  # type: ignore[arg-type]
    assert refusal.fields.keys() & {field for kind in entities for field in kind.fields} == set()  # type: ignore[attr-defined]


def test_node_serves_every_type_that_claims_to_be_one() -> None:
    claimed = {kind.name for kind in GRAPHQL.get_implementations(GRAPHQL.type_map["Node"]).objects}  # type: ignore[arg-type]
    assert claimed == KINDS
