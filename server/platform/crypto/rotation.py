"""Rotation: every data key wrapped again by the present master key, while everything goes on.

What a data key seals stays as it is. Each data key changes in one write that never makes a new one, so that stopping
at any moment loses nothing, a person who leaves meanwhile stays forgotten, and running again goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from server.platform.db import Document, Store
from server.platform.db.collections import DATA_KEYS
from server.platform.db.master_keys import MasterKeys
from server.platform.db.store import rewrap
from server.platform.kit.progress import Report

BATCH = 500
"""So many data keys at once; for a key management service this is as many requests."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many data keys were wrapped again, and how many another master key wraps still."""

    done: int
    left: int


async def rotate(store: Store, keys: MasterKeys, report: Report, *, batch: int = BATCH) -> Rotated:
    """Wrap again what another master key wraps.

    Raises:
        SealingError: the master key of some data key is not among `keys`; nothing of that batch has changed.
    """
    todo = await store[DATA_KEYS].count_documents(keys.wrapped_otherwise)
    done = 0
    last = None
    encryption = store.encryption(keys)
    try:
        report("data keys", 0, todo)
        while ids := await _next(store, keys, last, batch):
            done = done + await rewrap(encryption, ids, keys.provider, keys.key)
            last = ids[-1]
            report("data keys", done, max(todo, done))
    finally:
        await encryption.close()
    return Rotated(done, await store[DATA_KEYS].count_documents(keys.wrapped_otherwise))


async def _next(store: Store, keys: MasterKeys, after: UUID | None, count: int) -> list[UUID]:
    beyond: Document = {} if after is None else {"_id": {"$gt": after}}
    found = store[DATA_KEYS].find(keys.wrapped_otherwise | beyond, {"_id": 1}).sort([("_id", 1)]).limit(count)
    return [row["_id"] for row in await found.to_list(None)]
