"""Sharding by citizen: which collections, which indexes stand in the way, and that hot queries go to one shard."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pymongo.monitoring import CommandListener, CommandStartedEvent

from server.app import build_app
from server.container import build_container
from server.container.collections import COLLECTIONS, INDEXES, OWNED, SHARD_KEYS
from server.platform.db import Store, open_store
from server.settings import Settings
from tests.conftest import SetClock, _LateTransport
from tests.support.paths import DEPLOY
from tests.support.people import YING, record
from tests.support.world import Chat, World

CAPACITY = DEPLOY / "capacity.md"
TO_CHANGE = {
    ("records", "source"): "(citizen, source, document_index): a delivery names its citizen",
    ("records", "number_index"): "(citizen, number_index)",
    ("audit_sealed", "run"): "(chain, run)",
}
"""Unique indexes, by their first field, that a sharded collection cannot have; and what takes their place."""


class Filters(CommandListener):
    """What every command to a sharded collection is narrowed by."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, frozenset[str]]] = []

    def started(self, event: CommandStartedEvent) -> None:
        name = event.command.get(event.command_name)
        if name in SHARD_KEYS:
            for query in _queries(event.command_name, event.command):
                self.seen.append((str(name), event.command_name, frozenset(query)))

    def succeeded(self, event: Any) -> None: ...
    def failed(self, event: Any) -> None: ...

    def untargeted(self) -> set[tuple[str, str]]:
        """Collections and commands that every shard would be asked for."""
        return {(name, command) for name, command, keys in self.seen if SHARD_KEYS[name] not in keys}


def _queries(command: str, given: Any) -> list[Any]:
    if command in ("update", "delete"):
        return [one["q"] for one in given[f"{command}s"]]
    if command == "aggregate":
        return [given["pipeline"][0].get("$match", {})]
    if command == "find":
        return [given["filter"]]
    return [given["query"]] if command == "findAndModify" else []


@pytest_asyncio.fixture
async def told(store: Store, settings: Settings, clock: SetClock) -> AsyncIterator[tuple[World, Filters]]:
    filters, transport = Filters(), _LateTransport()
    listening = open_store(store.uri, store.name, "motor", [filters])
    async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as http:
        container = build_container(settings, listening, http, clock)
        transport.app = app = build_app(container)
        app.state.people = []
        yield World(container, app, http, clock), filters
        await container.vault.close()
    await listening.close()


async def test_what_citizens_do_all_day_goes_to_one_shard(told: tuple[World, Filters]) -> None:
    world, filters = told
    await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02"))
    filters.seen.clear()
    chat = Chat(world)
    for said in ("查询", "明细", "历史", "权益", "如果", "怎样到", "帮助", "异议进度", "隐私"):
        await chat.say(said)
    assert len(filters.seen) > 20
    assert filters.untargeted() == set()


async def test_filing_a_dispute_asks_every_shard_only_by_ids_of_one_thing(told: tuple[World, Filters]) -> None:
    world, filters = told
    await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02"))
    filters.seen.clear()
    chat = Chat(world)
    for said in ("异议 1", "1", "不是我的车，已经卖了", "提交", "确认"):
        await chat.say(said)
    asked = filters.untargeted()
    assert {name for name, _ in asked} <= {"records", "disputes", "evidence", "assessments"}
    by = {keys for name, command, keys in filters.seen if (name, command) in asked and SHARD_KEYS[name] not in keys}
    assert all(keys & {"_id", "record", "dispute", "box"} for keys in by), by


def test_every_citizen_owned_collection_is_sharded_by_the_citizen() -> None:
    indexed = {name for name, keys, _ in INDEXES if any(field == "citizen" for field, _ in keys)}
    indexed -= {"webhook_events"}  # a queue, as the outbox is; the index is for leaving
    indexed -= {"checks", "account_moves"}  # few, and asked by the desk and by the account that was left
    indexed -= {"look_questions"}  # few, and asked by the desk
    indexed -= {"held_records"}  # few, and found by person and document, whoever the citizen is by now
    assert {name for name, key in SHARD_KEYS.items() if key == "citizen"} == indexed
    assert indexed <= {one.collection for one in OWNED if one.by == "citizen"}
    assert SHARD_KEYS.keys() <= COLLECTIONS


def test_the_unique_indexes_that_stand_in_the_way_are_known() -> None:
    """A unique index of a sharded collection begins with its shard key."""
    unique = {(name, keys[0][0]) for name, keys, options in INDEXES if options.get("unique") and name in SHARD_KEYS}
    assert {one for one in unique if one[1] != SHARD_KEYS[one[0]]} == set(TO_CHANGE)


@pytest.mark.parametrize("name", sorted(COLLECTIONS))
def test_the_capacity_page_says_where_each_collection_lives(name: str) -> None:
    text = CAPACITY.read_text("utf-8")
    key = SHARD_KEYS.get(name)
    if key is None:
        assert re.search(rf"Not sharded:[^|]*`{name}`", text, re.DOTALL), name
    else:
        assert re.search(rf"^\|[^|]*`{name}`[^|]*\| `{key}` \|", text, re.MULTILINE), name
