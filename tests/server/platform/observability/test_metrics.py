"""Metrics: what is counted, and that no client can make a label of its own."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from schema.types.errors import RefusalCode
from server.app import build_app
from server.container.collections import COLLECTIONS
from server.platform.db import Commands, Store, open_store
from server.platform.observability import metrics
from server.platform.observability.middleware import templates
from server.platform.observability.watch import CommandWatch
from server.web.readings import Readings
from tests.support.live import opened, served, signed_in, until
from tests.support.people import YING, record
from tests.support.world import Chat, World

MOST_LABEL_SETS = 400


def value(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


def label_sets() -> dict[str, set[frozenset[tuple[str, str]]]]:
    """By family: the label sets, without the buckets' bounds."""
    found: dict[str, set[frozenset[tuple[str, str]]]] = {}
    for family in text_string_to_metric_families(metrics.exposition().decode()):
        for sample in family.samples:
            labels = frozenset((k, v) for k, v in sample.labels.items() if k not in ("le", "generation"))
            found.setdefault(family.name, set()).add(labels)
    return found


@pytest.fixture
def counted() -> Any:
    """How much a sample grew since the test began."""
    before: dict[tuple[str, str], float] = {}
    for family in metrics.REGISTRY.collect():
        for sample in family.samples:
            before[sample.name, json.dumps(sample.labels, sort_keys=True)] = sample.value

    def grown(name: str, **labels: str) -> float:
        return value(name, **labels) - before.get((name, json.dumps(labels, sort_keys=True)), 0.0)

    return grown


async def test_strangers_make_no_label_sets_of_their_own(world: World) -> None:
    """A thousand names, paths, methods, kinds and ids of strangers: at most 400 label sets more than the code has."""
    random = Random(7)
    for _ in range(1000):
        word = "".join(random.choices("abcdefghijkl", k=8))
        document = f"query {word} {{ {word}: __typename }}"
        await world.http.post("/graphql", json={"query": document}, headers={"x-request-id": word, "user-agent": word})
    for n in range(200):
        await world.http.request(f"VERB{n}", f"/{n}/x")
        await world.http.get(f"/desk/cases/{n}?q={n}")
        await world.http.get(f"/h5/bind/token-{n}", headers={"traceparent": f"00-{n:032x}-{n:016x}-01"})
        await world.http.post("/simulator/send", json={"openid": f"o-{n}", "kind": f"Odd{n}", "content": f"say {n}"})
    found = label_sets()
    assert all(len(sets) <= MOST_LABEL_SETS for sets in found.values()), {k: len(v) for k, v in found.items()}
    ours = {name: sets for name, sets in found.items() if name.startswith("egret_")}
    assert "VERB" not in metrics.exposition().decode()
    assert "Odd" not in metrics.exposition().decode()
    assert {dict(s)["route"] for s in ours["egret_request_seconds"]} <= {t for _, t in templates(world.app.routes)} | {
        "other"
    }


def test_no_family_can_have_more_than_four_hundred_label_sets(world: World) -> None:
    """Counted from what the code can say, however long it runs."""
    routes = {template for _, template in templates(build_app(world.container).routes)} | {"other"}
    names = {world.container.watch._labels.of(name) for name in world.container.schema.documents.trusted_names} | {
        "other"
    }
    assert len(routes) <= MOST_LABEL_SETS
    assert len(names) * 2 <= MOST_LABEL_SETS
    assert len({route.split("/")[1] for route in routes if "/" in route}) * 6 <= MOST_LABEL_SETS
    assert len(RefusalCode) <= MOST_LABEL_SETS
    many = metrics.OperationLabels(f"Name{n}" for n in range(1000))
    assert len({many.of(f"Name{n}") for n in range(1000)}) * 2 <= MOST_LABEL_SETS


async def test_operations_are_counted_by_their_names_only_where_the_document_is_ours(
    world: World, counted: Any
) -> None:
    documents = world.container.schema.documents
    text = next(t for t in documents._for_good if "PublicBenefits" in t)
    assert "errors" not in await world.ask(text)
    assert "errors" not in await world.ask("query PublicBenefits { __typename }")
    assert counted("egret_operations_total", operation="PublicBenefits", outcome="ok") == 1
    assert counted("egret_operations_total", operation="other", outcome="ok") == 1
    assert counted("egret_operation_ways_total", way="compiled") == 1
    assert counted("egret_operation_seconds_count", kind="query") == 2


async def test_refusals_are_counted_by_code_and_faults_as_failed(
    world: World, counted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.ask('mutation { checkIdentity(input: {field: ID_NUMBER, value: "1"}) { __typename } }')
    await world.ask("{ cases { edges { node { id } } } }")
    assert sum(counted("egret_refusals_total", code=code.value) for code in RefusalCode) == 2
    assert counted("egret_refusals_total", code="NOT_SIGNED_IN") == 1

    def broken(*_given: Any) -> None:
        raise KeyError

    monkeypatch.setattr(world.container.services.programme, "scheme", broken, raising=False)
    answer = await world.ask("{ scheme { lowest } }")
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert counted("egret_operations_total", operation="other", outcome="failed") == 1


async def test_chat_messages_dialogs_and_deliveries_are_counted(world: World, counted: Any) -> None:
    await world.register(YING)
    await world.deliver(YING, record("traffic.illegal-parking", "2026-09-02"))
    chat = Chat(world)
    await chat.bind(YING)
    await chat.say("查询")
    await chat.say("异议 1")
    await chat.say("???")
    await chat.voice()
    assert counted("egret_chat_messages_total", kind="text") == 9
    assert counted("egret_chat_messages_total", kind="voice") == 1
    assert counted("egret_chat_answers_total", when="in_time") == 10
    assert counted("egret_chat_seconds_count") == 10
    assert counted("egret_dialog_turns_total", dialog="bind", outcome="goes_on") == 5
    assert counted("egret_dialog_turns_total", dialog="bind", outcome="ended") == 1
    assert counted("egret_dialog_turns_total", dialog="dispute", outcome="not_understood") >= 1
    assert counted("egret_outbox_deliveries_total", kind="sms", outcome="sent") == 1


async def test_an_answer_that_comes_later_is_counted_as_such(
    world: World, counted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.chat.dispatcher.ANSWER_SECONDS", 0.0)
    await Chat(world).say("帮助")
    await world.app.state.dispatcher.drain()
    assert counted("egret_chat_answers_total", when="later") == 1


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
async def test_commands_of_both_drivers_are_timed_and_what_fails_is_counted(
    mongodb_uri: str, driver: Any, counted: Any
) -> None:
    store = open_store(mongodb_uri, "test-listener", driver, [Commands(CommandWatch(), COLLECTIONS)])
    await store["meta"].insert_one({"_id": YING.id_number})
    await store.quick("meta").find_one({"_id": YING.id_number})
    with pytest.raises(Exception, match="duplicate"):
        await store["meta"].insert_one({"_id": YING.id_number})
    with pytest.raises(Exception, match="Unrecognized"):
        await store.aggregate("meta", [{"$nonsense": YING.id_number}])
    await store.drop()
    await store.close()
    assert counted("egret_mongo_command_seconds_count", command="insert") == 2
    assert counted("egret_mongo_command_seconds_count", command="find") == 1
    assert counted("egret_mongo_command_failures_total", command="aggregate") == 1
    assert YING.id_number not in metrics.exposition().decode()


async def test_the_outbox_and_the_disputes_are_read_when_asked(world: World) -> None:
    world.clock.advance(days=1)
    now = world.container.clock()
    world.clock.advance(seconds=90)
    rows = [{"_id": f"r{n}", "kind": "sms", "due": now, "done": False, "attempts": n} for n in range(3)]
    await world.container.store["outbox"].insert_many(rows)
    waiting = {"_id": "w", "done": False, "due": now, "attempts": 0, "waiting_for": "c"}
    await world.container.store["outbox"].insert_one(waiting)
    cases = [{"number": str(n), "record": str(n), "open": True, "due_on": f"2026-11-{n}"} for n in (20, 30)]
    await world.container.store["disputes"].insert_many(cases)
    late = {"desk_at": now, "citizen": "c", "kind": "dispute_decided", "about": None, "once": "1"}
    await world.container.store["notices"].insert_one(late)
    await Readings(world.container.store, world.container.clock).refresh()
    assert value("egret_notices_undelivered") == 1
    assert 90 <= value("egret_notices_undelivered_age_seconds") < 91
    assert 90 <= value("egret_outbox_age_seconds") < 91
    assert value("egret_outbox_due") == 4
    assert value("egret_outbox_waiting") == 1
    assert value("egret_outbox_most_attempts") == 2
    assert value("egret_disputes_open") == 2
    assert value("egret_disputes_overdue") == 1


async def test_the_duties_of_a_day_are_read_too(world: World) -> None:
    at = world.container.clock()
    runs: list[dict[str, object]] = [{"_id": "a", "finished_at": at}, {"_id": "b", "finished_at": None}]
    await world.container.store["rescores"].insert_many(runs)
    await world.container.store["audit_seals"].insert_one({"_id": "2026-11-22"})
    await Readings(world.container.store, world.container.clock).refresh()
    assert value("egret_rescore_finished_timestamp_seconds") == at.timestamp()
    assert value("egret_audit_sealed_timestamp_seconds") == datetime(2026, 11, 22, 16, tzinfo=UTC).timestamp()


async def test_asking_often_reads_once(world: World, store: Store) -> None:
    readings = Readings(store, world.container.clock)
    await readings.refresh()
    await store["disputes"].insert_one({"_id": "x", "number": "x", "record": "x", "open": True, "due_on": "2027-01-01"})
    before = value("egret_disputes_open")
    await readings.refresh()
    assert value("egret_disputes_open") == before


async def test_the_budget_and_the_sockets_are_counted(world: World, counted: Any) -> None:
    before = value("egret_sockets_open")
    async with served(world) as port:
        async with opened(port) as websocket:
            await signed_in(websocket)
            assert value("egret_sockets_open") == before + 1
        await until(lambda: value("egret_sockets_open") == before)
    world.allow(1)
    await world.ask("{ benefits { edges { node { code } } } }")
    assert counted("egret_budget_refusals_total", principal="anonymous") >= 1


async def test_only_a_server_that_is_told_to_shows_them(world: World) -> None:
    assert (await world.http.get("/metrics")).status_code == 200  # the demo does
    real = world.container.settings.model_copy(update={"demo": False})
    for setting, status in ((False, 404), (True, 200)):
        container = _with(world, real.model_copy(update={"metrics": setting}))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(build_app(container)), base_url="http://x") as http:
            assert (await http.get("/metrics")).status_code == status


def _with(world: World, settings: Any) -> Any:
    return replace(world.container, settings=settings)


def test_names_and_help_are_in_order() -> None:
    for family in metrics.REGISTRY.collect():
        if family.name.startswith("egret_"):
            assert re.fullmatch(r"egret_[a-z_]+", family.name)
            assert family.documentation.endswith("."), family.name
