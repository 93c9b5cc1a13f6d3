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
