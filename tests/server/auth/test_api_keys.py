"""API keys: good for what they were given for, until they end, with an overlap when a new one is given."""

from __future__ import annotations

from argparse import Namespace
from datetime import timedelta
from typing import Any

import pytest

from schema.types.principal import Kind, Principal, Scope
from server.auth.api_keys import SCOPES, ApiKeys, BadKeyError, digest
from server.cli.entities import change_partner, change_register
from server.sources.register import register_row
from tests.support.people import record_input
from tests.support.world import World

DELIVER = """mutation($r: [RecordInput!]!) { deliverRecords(input: {records: $r}) {
    __typename ... on Refusal { refusalCode message { zh } } } }"""
REFUSAL = "{ ... on Refusal { refusalCode message { zh } } }"


@pytest.fixture
def keys(world: World) -> ApiKeys:
    return ApiKeys(world.container.store, world.container.clock)


def asked(action: str, code: str, scope: list[str] | None = None, overlap_hours: int = 24) -> Namespace:
    return Namespace(action=action, code=code, scope=scope, days=365, overlap_hours=overlap_hours)


async def test_a_key_is_kept_as_a_digest_and_says_whose_it_is_and_what_for(world: World, keys: ApiKeys) -> None:
    key = await keys.give(Kind.SOURCE, "traffic-police", [Scope.DELIVER_RECORDS])
    row = await world.container.store["api_keys"].find_one({})
    assert row is not None
    assert row["_id"] == digest(key)
    assert key not in str(row)
    principal = await keys.principal_of(key)
    assert principal == Principal(Kind.SOURCE, "traffic-police", scopes=frozenset({Scope.DELIVER_RECORDS}))


async def test_a_key_is_over_after_its_life(world: World, keys: ApiKeys) -> None:
    key = await keys.give(Kind.PARTNER, "fz-library", life=timedelta(days=30))
    world.clock.advance(days=29)
    assert await keys.principal_of(key)
    world.clock.advance(days=1, seconds=1)
    with pytest.raises(BadKeyError):
        await keys.principal_of(key)


async def test_when_a_new_key_is_given_the_former_goes_on_for_the_overlap(world: World, keys: ApiKeys) -> None:
    former = await keys.give(Kind.PARTNER, "fz-library")
    later = await keys.give(Kind.PARTNER, "fz-library", overlap=timedelta(hours=24))
    world.clock.advance(hours=23)
    assert await keys.principal_of(former) == await keys.principal_of(later)
    world.clock.advance(hours=2)
    with pytest.raises(BadKeyError):
        await keys.principal_of(former)
    assert await keys.principal_of(later)


async def test_a_second_rotation_does_not_lengthen_the_life_of_the_first_key(world: World, keys: ApiKeys) -> None:
    first = await keys.give(Kind.PARTNER, "fz-library")
    await keys.give(Kind.PARTNER, "fz-library", overlap=timedelta(hours=1))
    await keys.give(Kind.PARTNER, "fz-library", overlap=timedelta(days=9))
    world.clock.advance(hours=2)
    with pytest.raises(BadKeyError):
        await keys.principal_of(first)


async def test_where_a_key_leaked_the_others_end_at_once(keys: ApiKeys) -> None:
    leaked = await keys.give(Kind.PARTNER, "fz-library")
    other = await keys.give(Kind.PARTNER, "metro")
    await keys.give(Kind.PARTNER, "fz-library", overlap=timedelta(0))
    with pytest.raises(BadKeyError):
        await keys.principal_of(leaked)
    assert await keys.principal_of(other)


@pytest.mark.parametrize("kind", [Kind.SOURCE, Kind.PARTNER])
async def test_no_key_gets_a_scope_of_another_kind(keys: ApiKeys, kind: Kind) -> None:
    for scope in set(Scope) - SCOPES[kind]:
        with pytest.raises(ValueError, match="has no scope"):
            await keys.give(kind, "anybody", [scope])


QUESTIONS: list[tuple[Scope, str, dict[str, Any]]] = [
    (Scope.DELIVER_RECORDS, DELIVER, {"r": []}),
    (
        Scope.REVOKE_RECORDS,
        f'mutation {{ revokeRecord(input: {{documentNumber: "N", revocationReason: WRONG_PERSON}}) {REFUSAL} }}',
        {},
    ),
    (
        Scope.REPAIR_RECORDS,
        f'mutation {{ repairRecord(input: {{documentNumber: "N", doneOn: "2026-11-20"}}) {REFUSAL} }}',
        {},
    ),
    (
        Scope.ANSWER_INQUIRIES,
        'mutation { answerInquiry(input: {id: "U291cmNlSW5xdWlyeTp4", finding: CONFIRMED, words: "属实"}) '
        f"{REFUSAL} }}",
        {},
    ),
    (Scope.ANSWER_INQUIRIES, "{ inquiries { edges { node { id } } } }", {}),
    (Scope.MANAGE_WEBHOOKS, "{ webhooks { edges { node { id } } } }", {}),
    (Scope.MANAGE_WEBHOOKS, f'mutation {{ testWebhook(input: {{id: "V2ViaG9vazp4"}}) {REFUSAL} }}', {}),
    (Scope.REDEEM_PASSES, f'mutation {{ redeemPass(input: {{code: "AAAA"}}) {REFUSAL} }}', {}),
]


@pytest.mark.parametrize(("scope", "document", "variables"), QUESTIONS)
async def test_a_key_without_the_scope_is_told_which_it_lacks(
    world: World, keys: ApiKeys, scope: Scope, document: str, variables: dict[str, Any]
) -> None:
    kind = Kind.PARTNER if scope in SCOPES[Kind.PARTNER] else Kind.SOURCE
    owner = world.container.scheme.benefits[0].partner if kind is Kind.PARTNER else "traffic-police"
    key = await keys.give(kind, owner, SCOPES[kind] - {scope})
    await world.container.store["sources"].insert_one(
        register_row(world.container.scheme, "traffic-police", "traffic-police", ("交警", "Police"), "0591")
    )
    answer = await world.ask(document, token=key, **variables)
    codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
    said = [part for part in (answer["data"] or {}).values() if part]
    assert [*codes, *(refusal["refusalCode"] for refusal in said)] == ["SCOPE_MISSING"]
    assert all(scope.value in refusal["message"]["zh"] for refusal in said)


async def test_a_key_with_the_scope_alone_does_what_it_is_for(world: World, keys: ApiKeys) -> None:
    await world.container.store["sources"].insert_one(
        register_row(world.container.scheme, "traffic-police", "traffic-police", ("交警", "Police"), "0591")
    )
    key = await keys.give(Kind.SOURCE, "traffic-police", [Scope.DELIVER_RECORDS])
    answer = await world.ask(DELIVER, token=key, r=[record_input(documentNumber="A-9")])
    assert answer["data"]["deliverRecords"]["__typename"] == "DeliverRecordsSuccess"


async def test_the_office_gives_shows_and_ends_keys_by_command(world: World) -> None:
    library = world.container.scheme.benefits[0].partner
    with pytest.raises(ValueError, match="is no partner"):
        await change_partner(world.container, asked("key", "a-shop"))
    with pytest.raises(ValueError, match="scopes are"):
        await change_partner(world.container, asked("key", library, ["everything"]))
    assert "has no key" in await change_partner(world.container, asked("keys", library))
    said = await change_partner(world.container, asked("key", library))
    key = said.split(": ")[1].split()[0]
    assert "24 hours more" in said
    await world.container.sessions.principal_of(key)
    shown = await change_partner(world.container, asked("keys", library))
    assert key[:8] in shown
    assert key not in shown
    assert "passes:redeem webhooks:manage  until 2027-11-23" in shown
    assert "used on 2026-11-23" in shown
    assert "no longer work" in await change_partner(world.container, asked("key", library, overlap_hours=0))
    assert "no longer work" in await change_partner(world.container, asked("close", library))
    assert "has no key" in await change_partner(world.container, asked("keys", library))


async def test_the_keys_of_an_entity_are_shown_too(world: World) -> None:
    await world.container.store["sources"].insert_one(
        register_row(world.container.scheme, "traffic-police", "traffic-police", ("交警", "Police"), "0591")
    )
    said = await change_register(world.container, asked("key", "traffic-police", ["records:deliver"]))
    assert "egp_" in said
    shown = await change_register(world.container, asked("keys", "traffic-police"))
    assert "records:deliver  until" in shown
    assert "not used yet" in shown
