"""The audit chain: any edit, removal or reordering shows."""

from __future__ import annotations

from typing import Any

import pytest

from schema.principal import CLOCK
from server import audit
from server.clock import utc_now
from server.mongo import Session, Store


async def chain(store: Store, links: int) -> None:
    async def body(session: Session) -> None:
        for n in range(links):
            await audit.append(store, session, "citizen:1", CLOCK, "tested", utc_now(), {"n": n})

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
    assert await audit.verify_seals(store) == ["citizen:1: link 5, sealed on 2026-11-22, is gone or changed"]


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
