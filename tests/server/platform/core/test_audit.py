"""The audit chain: any edit, removal or reordering shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from schema.types.principal import CLOCK
from server.platform.core import audit
from server.platform.db import DatabaseTransaction, Store, open_store
from server.platform.kit.clock import utc_now
from tests.support import tampering
from tests.support.people import YING
from tests.support.world import World


async def chain(store: Store, links: int, name: str = "citizen:1") -> None:
    async def body(within: DatabaseTransaction) -> None:
        for n in range(links):
            await audit.append(within, name, CLOCK, "tested", utc_now(), {"n": n})

    await store.transaction(body)


async def test_an_honest_chain_is_whole(store: Store) -> None:
    await chain(store, 5)
    assert await audit.verify(store) == []
    assert await audit.verify(store, "citizen:1") == []


@pytest.mark.parametrize("field", ["action", "by", "role", "details", "at", "hash", "previous", "look"])
async def test_any_edit_is_found_at_its_link(store: Store, field: str) -> None:
    await chain(store, 5)
    values: dict[str, Any] = {"at": utc_now(), "details": {"n": 9}, "look": True}
    await store["audit"].update_one({"seq": 3}, {"$set": {field: values.get(field, "x")}})
    assert await audit.verify(store) == [audit.Fault("citizen:1", 3)]


@pytest.mark.parametrize(("gone", "broken"), [(1, 2), (3, 4), (5, 5)])
async def test_a_missing_link_is_found(store: Store, gone: int, broken: int) -> None:
    await chain(store, 5)
    await store["audit"].delete_one({"seq": gone})
    assert await audit.verify(store) == [audit.Fault("citizen:1", broken)]


async def test_a_chain_that_is_gone_is_found(store: Store) -> None:
    await chain(store, 2)
    await store["audit"].delete_many({})
    assert await audit.verify(store) == [audit.Fault("citizen:1", 1)]


async def test_a_seal_shows_what_a_chain_alone_cannot(store: Store) -> None:
    await chain(store, 5)
    root = await audit.seal(store, "2026-11-22", utc_now())
    assert root is not None
    assert await audit.seal(store, "2026-11-22", utc_now()) is None
    assert await audit.verify_seals(store) == []
    await store["audit"].delete_one({"seq": 5})
    link = await store["audit"].find_one({"seq": 4})
    assert link is not None
    await store["audit_heads"].update_one({}, {"$set": {"seq": 4, "hash": link["hash"]}})
    assert await audit.verify(store) == []  # the chain alone looks whole
    assert await audit.verify_seals(store) == [
        "citizen:1: link 5, sealed on 2026-11-22, is gone or changed",
        "citizen:1: its head says that it is sealed; no seal holds it",
    ]


async def test_seals_hold_each_other_and_only_what_grew(store: Store) -> None:
    for day in ("2026-11-20", "2026-11-21", "2026-11-22"):
        await chain(store, 2)
        assert await audit.seal(store, day, utc_now()) is not None
    assert await audit.seal(store, "2026-11-23", utc_now()) is not None
    assert await store["audit_sealed"].count_documents({}) == 3
    assert await audit.verify_seals(store) == []
    await store["audit_seals"].update_one({"_id": "2026-11-21"}, {"$set": {"root": "0" * 64}})
    assert await audit.verify_seals(store) == [f"the seal of 2026-11-2{n} does not fit" for n in (1, 2)]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8])
def test_every_leaf_moves_the_root(count: int) -> None:
    leaves = [f"{n:064x}" for n in range(count)]
    root = audit.merkle_root(leaves)
    for place in range(count):
        assert audit.merkle_root([*leaves[:place], "f" * 64, *leaves[place + 1 :]]) != root


async def test_an_older_head_is_found(store: Store) -> None:
    await chain(store, 5)
    link = await store["audit"].find_one({"seq": 3})
    assert link is not None
    await store["audit_heads"].update_one({}, {"$set": {"seq": 3, "hash": link["hash"]}})
    assert await audit.verify(store) == [audit.Fault("citizen:1", 4)]


async def test_a_head_that_says_it_is_sealed_is_held_by_a_seal(store: Store) -> None:
    await chain(store, 2)
    await audit.seal(store, "2026-11-22", utc_now())
    await chain(store, 2)
    await store["audit_heads"].update_one({}, {"$set": {"sealed": True}})
    assert await audit.verify_seals(store) == ["citizen:1: its head says that it is sealed; no seal holds it"]


async def test_a_value_of_a_seal_of_another_kind_that_reads_the_same_is_found(store: Store) -> None:
    await audit.seal(store, "2026-11-22", utc_now())
    await store["audit_seals"].update_one({}, {"$set": {"v": "2"}})
    assert await audit.verify_seals(store) == ["the seal of 2026-11-22 does not fit"]


async def test_a_seal_holds_its_own_day_and_moment(store: Store) -> None:
    await audit.seal(store, "2026-11-22", utc_now())
    await store["audit_seals"].update_one({}, {"$set": {"at": utc_now() + timedelta(days=1)}})
    assert await audit.verify_seals(store) == ["the seal of 2026-11-22 does not fit"]


@pytest.mark.parametrize("row", [{"chain": "citizen:1"}, {"chain": "citizen:1", "seq": "6", "at": 5}, {}])
async def test_what_is_no_link_is_a_fault_and_no_failure(store: Store, row: dict[str, Any]) -> None:
    await chain(store, 2)
    await store["audit"].insert_one(row)
    assert len(await audit.verify(store)) == 1


@pytest.mark.parametrize("value", [[], {"$bad": 1}, None, 1.5])
@pytest.mark.parametrize("field", ["chain", "seq", "hash", "run"])
async def test_a_sealed_head_of_another_kind_is_a_fault_and_no_failure(store: Store, field: str, value: Any) -> None:
    await chain(store, 2)
    await audit.seal(store, "2026-11-22", utc_now())
    collection = "audit_seals" if field == "run" else "audit_sealed"
    await store[collection].update_one({}, [{"$set": {field: {"$literal": value}}}])
    assert await audit.verify_seals(store)


async def test_what_comes_while_it_is_verified_is_no_fault(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await chain(store, 5)
    judged, grown = audit._end_fault, False

    async def grow(*given: Any) -> int | None:
        nonlocal grown
        if not grown:
            grown = True
            await chain(store, 2)
        return await judged(*given)

    monkeypatch.setattr(audit, "_end_fault", grow)
    assert await audit.verify(store) == []


@pytest_asyncio.fixture
async def bare(mongodb_uri: str) -> AsyncIterator[Store]:
    """A database without indexes: anyone who can write can drop them."""
    opened = open_store(mongodb_uri, "tampered", "motor")
    yield opened
    await opened.drop()
    await opened.close()


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
async def test_any_tampering_is_found(bare: Store, seed: int) -> None:
    chance = Random(seed)
    for day in ("2026-11-20", "2026-11-21", None):
        for n in range(3 if day else 1):
            await chain(bare, chance.randrange(2, 5), f"citizen:{n}")
        if day:
            await audit.seal(bare, day, utc_now())
    chains = await tampering.Chains.read(bare)
    for n in range(100):
        kind = chance.choice(list(tampering.KINDS))
        edits = tampering.draw(chains, kind, chance)
        await tampering.apply(bare, edits)
        assert await tampering.found(bare), (n, kind, edits)
        await tampering.apply(bare, tampering.back(chains, edits))
    assert not await tampering.found(bare)


async def test_a_seal_without_its_version_does_not_fit_whatever_its_root_is(world: World) -> None:
    await world.enrol(YING)
    store, now = world.container.store, world.container.clock()
    await audit.seal(store, "2026-11-21", now)
    row = await store["audit_seals"].find_one({})
    assert row is not None
    leaves = await store["audit_sealed"].find({}).sort([("chain", 1)]).to_list(None)
    assert await audit.verify_seals(store) == []
    await store["audit_seals"].update_one({}, {"$unset": {"v": ""}})
    assert await audit.verify_seals(store) == ["the seal of 2026-11-21 does not fit"]
    root = audit.merkle_root([audit.GENESIS, *(audit._leaf(leaf) for leaf in leaves)])
    await store["audit_seals"].update_one({}, {"$set": {"root": root}})
    assert await audit.verify_seals(store) == ["the seal of 2026-11-21 does not fit"]
