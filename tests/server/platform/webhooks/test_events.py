"""What sources and partners are told, and what they do with their webhooks over the API and the command line."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from schema.types.connection import global_id
from schema.types.principal import Caller, Kind, Principal
from scoring.disputes import Determination, Finding
from scoring.records import RevocationReason
from server.cli import webhooks as commands
from server.cli.entities import change_register
from server.platform.webhooks.service import WebhookRegister
from server.sources.register import register_row
from tests.support.desk import sign_in
from tests.support.disputes import PAGE, PARKING, decide, file
from tests.support.people import YING, record
from tests.support.world import World

POLICE = Principal(Kind.SOURCE, PARKING.source)
URL = "https://hooks.example.org/egret"
GOOD = [record("housing-fund.timely", f"202{n}-09-01", f"F{n}") for n in (4, 5, 6)]
GOOD += [record("social-insurance.timely", f"202{n}-09-01", f"S{n}") for n in (4, 5, 6)]


def register(world: World) -> WebhookRegister:
    container = world.container
    return WebhookRegister(container.store, container.vault, container.clock, demo=False)


async def listening(world: World, kind: Kind = Kind.SOURCE, owner: str = PARKING.source) -> str:
    webhook_id, _ = await register(world).add(kind, owner, URL)
    return webhook_id


async def police(world: World) -> None:
    """The register knows the source of PARKING."""
    row = register_row(world.container.scheme, PARKING.source, PARKING.source, ("交警", "Police"), "0591")
    await world.container.store["sources"].insert_one(row)


async def told(world: World) -> list[tuple[str, dict[str, Any]]]:
    """Types and data of what is on its way, in order."""
    rows = await world.container.store["webhook_events"].find({}).sort([("happened_at", 1)]).to_list(None)
    return [(row["type"], await world.container.vault.open(row["sealed"])) for row in rows]


async def asked(world: World, me: Principal) -> tuple[str, Principal, int]:
    """A dispute whose source is asked: its id, the agent, its revision."""
    dispute = await file(world, me)
    agent = await world.hire("a", Kind.AGENT)
    desk = world.container.services.desk
    case = await desk.claim(Caller(agent), dispute.key)
    case = await desk.ask_source(Caller(agent), case.key, case.revision, "请核对车主登记。")
    return case.key, agent, case.revision


async def test_a_source_is_told_that_it_is_asked_and_that_no_answer_is_needed_any_more(world: World) -> None:
    await police(world)
    me = await world.enrol(YING, PARKING)
    await listening(world)
    key, _, _ = await asked(world, me)
    inquiry = {"id": global_id("SourceInquiry", key), "number": "D-2026-000001", "dueOn": "2026-11-30"}
    assert await told(world) == [("inquiry.opened", {"inquiry": inquiry})]
    await world.container.services.inquiries.answer(Caller(POLICE), key, Finding.CONFIRMED, "属实，有照片。")
    assert (await told(world))[1:] == [("inquiry.closed", {"inquiry": inquiry})]


ENDINGS = {
    "the citizen withdraws": lambda w, me, key: w.container.disputes.withdraw(Caller(me), key),
    "the citizen leaves": lambda w, me, key: w.container.services.enrolments.leave(Caller(me)),
    "the source revokes": lambda w, me, key: w.container.services.reports.revoke(
        Caller(POLICE), "T1", RevocationReason.WRONG_PERSON
    ),
}


@pytest.mark.parametrize("way", ENDINGS)
async def test_an_inquiry_is_closed_however_it_ends(world: World, way: str) -> None:
    await police(world)
    me = await world.enrol(YING, PARKING)
    await listening(world)
    key, _, _ = await asked(world, me)
    await ENDINGS[way](world, me, key)
    assert [kind for kind, _ in await told(world)][:2] == ["inquiry.opened", "inquiry.closed"]


REPAIRED = {
    "the source answers": lambda w, me, key: w.container.services.repair_answers.answer(
        Caller(POLICE), key, "已核实。", accepted=True
    ),
    "the citizen takes it back": lambda w, me, key: w.container.repairs.withdraw(Caller(me), key),
    "the citizen leaves": lambda w, me, key: w.container.services.enrolments.leave(Caller(me)),
    "the source revokes": ENDINGS["the source revokes"],
}


@pytest.mark.parametrize("way", REPAIRED)
async def test_a_source_is_told_of_an_application_for_repair_and_of_its_end(world: World, way: str) -> None:
    await police(world)
    me = await world.enrol(YING, PARKING)
    await listening(world)
    (held,) = (await world.container.services.records.of_citizen(me, PAGE)).edges
    applied = await world.container.repairs.apply(Caller(me), held.node.key, date(2026, 9, 10), "罚款已缴", [])
    repair = {"id": global_id("SourceRepair", applied.key), "number": "R-2026-000001", "dueOn": "2026-12-07"}
    assert await told(world) == [("repair.applied", {"repair": repair})]
    await REPAIRED[way](world, me, applied.key)
    assert (await told(world))[1:] == [("repair.closed", {"repair": repair})]


async def test_an_inquiry_is_closed_when_its_time_is_over(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    await listening(world)
    await asked(world, me)
    world.clock.advance(days=9)
    assert await world.container.disputes.lapse_overdue() == 1
    kinds = [kind for kind, _ in await told(world)]
    assert kinds[:2] == ["inquiry.opened", "inquiry.closed"]


OUTCOMES = {
    Determination.DELETED: ["record.annulled"],
    Determination.CORRECTED: ["record.awaiting_correction"],
    Determination.UPHELD: [],
}


@pytest.mark.parametrize("determination", OUTCOMES)
async def test_a_source_is_told_what_was_decided_about_its_record_by_its_own_number(
    world: World, determination: Determination
) -> None:
    me = await world.enrol(YING, PARKING)
    await listening(world)
    await decide(world, await file(world, me), determination)
    found = await told(world)
    assert [kind for kind, _ in found] == OUTCOMES[determination]
    for _, data in found:
        assert data == {"record": {"documentNumber": "T1"}, "dispute": {"number": "D-2026-000001"}}


async def test_what_names_something_of_a_person_goes_when_they_leave(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    await listening(world)
    await decide(world, await file(world, me), Determination.DELETED)
    await world.container.services.enrolments.leave(Caller(me))
    assert await told(world) == []


async def test_a_partner_is_told_of_a_pass_and_of_no_person(world: World) -> None:
    me = await world.enrol(YING, *GOOD)
    known = world.container.scheme.benefits[0]
    await listening(world, Kind.PARTNER, known.partner)
    made = await world.container.services.benefits.issue_pass(Caller(me), known.code)
    partner = Principal(Kind.PARTNER, known.partner)
    assert await world.container.services.benefits.redeem(Caller(partner), made.code or "")
    assert not await world.container.services.benefits.redeem(Caller(partner), made.code or "")
    ((kind, data),) = await told(world)
    assert kind == "pass.used"
    assert data.keys() == {"benefit", "usedAt"}
    stored = str(await world.container.store["webhook_events"].find({}).to_list(None))
    assert YING.id_number not in stored
    assert me.id not in stored


async def test_nothing_of_an_event_or_a_secret_stands_in_the_clear(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    _, secret = await register(world).add(Kind.SOURCE, PARKING.source, URL)
    await decide(world, await file(world, me), Determination.DELETED)
    for name in ("webhooks", "webhook_events"):
        stored = str(await world.container.store[name].find({}).to_list(None))
        assert secret.removeprefix("whsec_") not in stored
        assert "documentNumber" not in stored


# Over the API

LIST = """{ webhooks { edges { node { id url eventTypes state failingSince offSince } } totalCount } }"""
EVENTS = """query($id: ID!, $after: String) { webhookEvents(webhook: $id, first: 2, after: $after) { totalCount
  edges { node { id eventId type state attempts nextAttemptAt answer } } pageInfo { hasNextPage endCursor } } }"""
TEST = """mutation($id: ID!) { testWebhook(input: {id: $id}) {
  ... on TestWebhookSuccess { event { id type state } } ... on Refusal { refusalCode } } }"""
REPLAY = """mutation($i: ReplayWebhookEventsInput!) { replayWebhookEvents(input: $i) {
  ... on ReplayWebhookEventsSuccess { count } ... on Refusal { refusalCode } } }"""
NODE = "query($id: ID!) { node(id: $id) { id ... on WebhookEvent { eventId } } }"


async def test_a_partner_sees_tests_and_replays_its_own_webhooks(world: World) -> None:
    partner = world.container.scheme.benefits[0].partner
    await listening(world, Kind.PARTNER, partner)
    key = await world.partner(partner)
    (edge,) = (await world.ask(LIST, token=key))["data"]["webhooks"]["edges"]
    webhook = edge["node"]
    assert (webhook["url"], webhook["state"], webhook["eventTypes"]) == (URL, "ON", ["PASS_USED", "TEST"])

    event = (await world.ask(TEST, token=key, id=webhook["id"]))["data"]["testWebhook"]["event"]
    assert (event["type"], event["state"]) == ("TEST", "WAITING")
    assert (await world.ask(NODE, token=key, id=event["id"]))["data"]["node"]["eventId"].startswith("evt_")

    for _ in range(2):
        await world.ask(TEST, token=key, id=webhook["id"])
    page = (await world.ask(EVENTS, token=key, id=webhook["id"]))["data"]["webhookEvents"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    cursor = page["pageInfo"]["endCursor"]
    rest = (await world.ask(EVENTS, token=key, id=webhook["id"], after=cursor))["data"]["webhookEvents"]
    assert [edge["node"]["id"] for edge in rest["edges"]] == [event["id"]]


async def test_replay_sends_what_was_not_delivered_or_all_of_the_last_thirty_days(world: World) -> None:
    partner = world.container.scheme.benefits[0].partner
    webhook_id = await listening(world, Kind.PARTNER, partner)
    key, events = await world.partner(partner), world.container.store["webhook_events"]
    webhook = global_id("Webhook", webhook_id)
    for outcome in ("delivered", "given up", "off", None):
        await world.ask(TEST, token=key, id=webhook)
        done = {"done": outcome is not None, "outcome": outcome}
        await events.update_one({"outcome": None, "done": False}, {"$set": done})
    old = world.container.clock() - timedelta(days=31)
    await events.update_one({"outcome": "off"}, {"$set": {"happened_at": old}})

    async def replayed(**more: object) -> object:
        asked = {"id": webhook, "since": "2026-01-01T00:00:00Z", **more}
        return (await world.ask(REPLAY, token=key, i=asked))["data"]["replayWebhookEvents"]

    assert await replayed() == {"count": 1}, "the one that was given up; the older one is gone"
    assert await replayed(delivered=True) == {"count": 1}
    assert await replayed(delivered=True) == {"count": 0}, "they wait already"
    await world.container.store["webhooks"].update_one({}, {"$set": {"off_since": world.container.clock()}})
    assert await replayed() == {"refusalCode": "WEBHOOK_OFF"}


async def test_another_institution_finds_nothing_and_a_citizen_may_not_ask(world: World) -> None:
    partner = world.container.scheme.benefits[0].partner
    webhook = global_id("Webhook", await listening(world, Kind.PARTNER, partner))
    own, other = await world.partner(partner), await world.partner("another")
    event = (await world.ask(TEST, token=own, id=webhook))["data"]["testWebhook"]["event"]["id"]
    assert (await world.ask(LIST, token=other))["data"]["webhooks"]["edges"] == []
    assert (await world.ask(TEST, token=other, id=webhook))["data"]["testWebhook"] == {"refusalCode": "NOT_FOUND"}
    asked = {"id": webhook, "since": "2026-11-01T00:00:00Z"}
    answer = await world.ask(REPLAY, token=other, i=asked)
    assert answer["data"]["replayWebhookEvents"] == {"refusalCode": "NOT_FOUND"}
    for node in (webhook, event):
        assert (await world.ask(NODE, token=other, id=node))["data"]["node"] is None
    answer = await world.ask(LIST, token=await world.bound_token())
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]


async def test_events_of_one_moment_are_all_on_some_page(world: World) -> None:
    partner = world.container.scheme.benefits[0].partner
    webhook = global_id("Webhook", await listening(world, Kind.PARTNER, partner))
    key = await world.partner(partner)
    for _ in range(5):
        await world.ask(TEST, token=key, id=webhook)
    same = {"happened_at": world.container.clock()}
    await world.container.store["webhook_events"].update_many({}, {"$set": same})
    seen: set[str] = set()
    after = None
    for _ in range(3):
        page = (await world.ask(EVENTS, token=key, id=webhook, after=after))["data"]["webhookEvents"]
        seen |= {edge["node"]["id"] for edge in page["edges"]}
        after = page["pageInfo"]["endCursor"]
    assert len(seen) == 5


async def test_one_who_is_closed_is_told_nothing_and_registers_nothing(world: World) -> None:
    await police(world)
    me = await world.enrol(YING, PARKING)
    await listening(world)
    closing = argparse.Namespace(action="close", code=PARKING.source)
    assert "webhooks are gone" in await change_register(world.container, closing)
    await decide(world, await file(world, me), Determination.DELETED)
    assert await told(world) == []
    with pytest.raises(ValueError, match="neither an active entity"):
        await said(world, "add", "source", PARKING.source, URL)


async def test_a_steward_sees_everyones_and_that_one_is_off(world: World) -> None:
    partner = world.container.scheme.benefits[0].partner
    await listening(world, Kind.PARTNER, partner)
    await listening(world)
    off = {"off_since": world.container.clock()}
    await world.container.store["webhooks"].update_one({"owner": partner}, {"$set": off})
    await sign_in(world, "steward", Kind.STEWARD)
    document = "{ webhooks { edges { node { owner state } } } }"
    answer = await world.ask(document, token=await world.staff_token("steward"))
    found = [edge["node"] for edge in answer["data"]["webhooks"]["edges"]]
    assert found == [{"owner": partner, "state": "OFF"}, {"owner": PARKING.source, "state": "ON"}]
    page = (await world.http.get("/desk/steward")).text
    assert "已经停用" in page
    assert URL in page


# By the command line


async def said(world: World, *words: str) -> str:
    parser = argparse.ArgumentParser()
    commands.register(parser.add_subparsers())
    return await commands.change_webhooks(world.container, parser.parse_args(["webhook", *words]))


async def test_the_operator_registers_shows_turns_on_and_removes(world: World) -> None:
    partner = world.container.scheme.benefits[0].partner
    assert "there is no webhook" in await said(world, "list")
    made = await said(world, "add", "partner", partner, URL, "--event", "pass.used")
    webhook_id = made.split(":")[0]
    assert "whsec_" in made
    assert f"{webhook_id}  partner {partner}  on  {URL}" in await said(world, "list")
    await world.container.store["webhooks"].update_one({}, {"$set": {"off_since": world.container.clock()}})
    assert "off since 2026-11-23" in await said(world, "list")
    assert "0 events" in await said(world, "on", webhook_id)
    assert "whsec_" in await said(world, "secret", webhook_id)
    assert await said(world, "remove", webhook_id)
    assert "there is no webhook" in await said(world, "list")


WRONG = {
    ("add", "partner", "nobody", URL): "no partner",
    ("add", "source", "nobody", URL): "neither an active entity",
    ("add", "source", "traffic-police", "http://hooks.example.org/"): "https",
    ("add", "source", "traffic-police", URL, "--event", "pass.used"): "is not told pass.used",
    ("add", "source", "traffic-police", URL, "--event", "score.changed"): "events are inquiry.opened",
    ("on", "whk_none"): "there is no webhook whk_none",
    ("secret", "whk_none"): "there is no webhook whk_none",
    ("remove", "whk_none"): "there is no webhook whk_none",
}


@pytest.mark.parametrize("words", WRONG)
async def test_a_mistake_is_a_sentence_that_says_what_to_do(world: World, words: tuple[str, ...]) -> None:
    settings = world.container.settings.model_copy(update={"demo": False})
    world.container = replace(world.container, settings=settings)
    with pytest.raises(ValueError, match=WRONG[words]):
        await said(world, *words)


async def test_an_address_is_there_once_and_five_at_most(world: World) -> None:
    for n in range(5):
        await said(world, "add", "source", "traffic-police", f"{URL}/{n}")
    with pytest.raises(ValueError, match="has this address already"):
        await said(world, "add", "source", "traffic-police", f"{URL}/0")
    with pytest.raises(ValueError, match="has 5 addresses"):
        await said(world, "add", "source", "traffic-police", f"{URL}/5")
