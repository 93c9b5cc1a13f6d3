"""The SDL of each audience: whole, valid by itself, and with nothing in it that is for others."""

from __future__ import annotations

import pytest
from graphql import GraphQLSchema, OperationType, build_schema, parse, validate

from bot.operations import documents
from schema.api.audiences import ROOTS, Audience, fields_for, sdl_for
from schema.api.building import print_sdl
from server.cli.main import main
from tests.support.paths import ROOT

SDL = print_sdl()
GRAPHQL = build_schema(SDL)
PARTS = {audience: build_schema(sdl_for(audience, SDL)) for audience in Audience}


def roots(schema: GraphQLSchema) -> set[tuple[str, str]]:
    found = [schema.get_root_type(kind) for kind in OperationType]
    return {(root.name, field) for root in found if root is not None for field in root.fields}


def test_every_question_change_and_stream_is_for_someone() -> None:
    assert set[tuple[str, str]]().union(*(roots(part) for part in PARTS.values())) == roots(GRAPHQL)


def test_the_table_names_nothing_that_is_gone() -> None:
    for types in fields_for().values():
        for name, fields in types.items():
            assert fields <= GRAPHQL.type_map[name].fields.keys()  # type: ignore[attr-defined]


@pytest.mark.parametrize("folder", ["bot/operations", "server/web/h5/operations"])
def test_what_the_chat_and_the_pages_ask_is_in_the_part_for_citizens(folder: str) -> None:
    for document in documents(ROOT / folder).values():
        assert validate(PARTS[Audience.CITIZEN], parse(document)) == []


def test_what_the_desk_asks_is_in_its_part() -> None:
    for document in documents(ROOT / "server" / "web" / "operations").values():
        assert validate(PARTS[Audience.DESK], parse(document)) == []


@pytest.mark.parametrize(
    ("audience", "absent"),
    [
        (Audience.CITIZEN, {"Case", "SourceInquiry", "DeliveryReport", "Staff"}),
        (Audience.DESK, {"Citizen", "Score", "SourceInquiry", "Pass"}),
        (Audience.SOURCE, {"Citizen", "Score", "Case", "Dispute", "Subscription"}),
        (Audience.PARTNER, {"Citizen", "Score", "Case", "Dispute", "SourceInquiry", "Subscription"}),
    ],
)
def test_a_part_holds_nothing_of_others(audience: Audience, absent: set[str]) -> None:
    assert absent & PARTS[audience].type_map.keys() == set()


def test_a_part_keeps_the_descriptions() -> None:
    redeem = PARTS[Audience.PARTNER].get_root_type(OperationType.MUTATION).fields["redeemPass"]  # type: ignore[union-attr]
    assert "Yes or no, and never why." in str(redeem.description)
    assert set(ROOTS) >= {"Query", "Mutation"}


def test_the_command_prints_a_part(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--audience", "partner"]) == 0
    assert capsys.readouterr().out == sdl_for(Audience.PARTNER, SDL)
