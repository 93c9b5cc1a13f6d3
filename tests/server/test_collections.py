"""Each collection is named in one place, and what belongs to a person is declared next to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schema.types.principal import Caller, Principal
from server.auth.refresh_tokens import RefreshTokens
from server.citizens.repository import CONVERSATIONS
from server.container.collections import COLLECTIONS, INDEXES, OWNED, SHARD_KEYS
from server.jobs.retention import Parameters
from server.platform.db import EXPIRES
from tests.support.paths import ROOT
from tests.support.people import FAN, YING, record
from tests.support.world import Chat, World

SERVER = ROOT / "server"


def sources() -> list[Path]:
    return [path for path in sorted(SERVER.rglob("*.py")) if "migrations" not in path.parts]


@pytest.mark.parametrize("name", sorted(COLLECTIONS))
def test_a_collection_is_named_in_one_place(name: str) -> None:
    """As a constant of the room that owns it; another room that needs the name imports it."""
    named = [path for path in sources() if re.search(rf'^[A-Z_]+ = "{name}"$', path.read_text("utf-8"), re.MULTILINE)]
    owners = [path for path in named if path.name in ("repository.py", "layout.py", "collections.py")]
    assert len(owners) == 1, named


def test_no_one_asks_for_a_collection_by_its_name() -> None:
    asked = re.compile(r'(?:store|within|tx|rows)\["|quick\("|aggregate\("|"from": "|"coll": "|ns\.coll": "')
    code = {path: re.sub(r'""".*?"""', "", path.read_text("utf-8"), flags=re.DOTALL) for path in sources()}
    found = [path for path, text in code.items() if asked.search(text)]
    assert found == []


def test_only_declared_collections_have_indexes_and_owners() -> None:
    assert {name for name, _, _ in INDEXES} <= COLLECTIONS
    assert {one.collection for one in OWNED} <= COLLECTIONS
    assert SHARD_KEYS.keys() <= COLLECTIONS


def test_what_is_kept_for_a_while_is_kept_by_a_figure_an_index_or_a_reason() -> None:
    parameters = set(Parameters.model_fields)
    expiring = {name for name, _, options in INDEXES if "expireAfterSeconds" in options}
    for one in OWNED:
        if one.keep == EXPIRES:
            assert one.collection in expiring
        else:
            assert one.keep in parameters or " " in one.keep, one


def test_every_figure_of_retention_is_of_a_collection() -> None:
    assert set(Parameters.model_fields) - {one.keep for one in OWNED} == {"strays_days"}  # files without a row


async def test_whatever_names_a_person_is_declared(world: World) -> None:
    """After a day of everything, a row that has a citizen or a contact is of a collection that says so."""
    me = await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02"), openid="o-1")
    for said in ("查询", "异议 1", "1", "不是我的车", "提交", "确认"):
        await Chat(world, "o-1").say(said)
    stranger = (await world.container.contacts.enter("wechat", "o-2")).contact
    await world.register(FAN)
    asked = ("2026-1", FAN.name, FAN.id_number, FAN.phone)
    await world.container.services.bindings.start(Caller(Principal(contact=stranger)), *asked)
    await world.deliver(YING, record("traffic.illegal-parking", "2026-09-03"))
    await world.container.services.evidence.upload(Caller(me))
    assert me.contact is not None
    await RefreshTokens(world.container.store, world.container.clock, world.container.signed_tokens).begin(me.contact)
    found: set[tuple[str, str]] = set()
    store = world.container.store
    for name in await store.database.list_collection_names():
        async for row in store[name].find({}):
            found |= {(name, field) for field in ("citizen", "contact") if isinstance(row.get(field), str)}
    assert len(found) > 6
    assert found - {(one.collection, one.by) for one in OWNED} == {(CONVERSATIONS, "citizen")}  # whose chat it is
