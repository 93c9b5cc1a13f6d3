"""One process at a time migrates. Who dies lets go after half a minute; times are the database's own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable

from server.platform.db.layout import META
from server.platform.db.store import DuplicateError, Store, StoreError
from server.platform.kit.errors import GoneError
from server.platform.kit.tasks import stop

LEASE_SECONDS = 30.0
_ROW = "migrating"
_POLL_SECONDS = 0.5


class LostLeaseError(GoneError):
    """Another process took over, since this one was away for too long."""


class Lease:
    """Held until it is let go, or until its time is over without a renewal."""

    def __init__(self, store: Store, seconds: float) -> None:
        self._store = store
        self._seconds = seconds
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    async def take(self) -> bool:
        """Whether nobody else holds it."""
        free = {"$lt": [{"$ifNull": ["$until", None]}, "$$NOW"]}
        now = {name: {"$cond": [free, value, f"${name}"]} for name, value in self._held().items()}
        rows = self._store[META]
        try:
            row = await rows.find_one_and_update({"_id": _ROW}, [{"$set": now}], upsert=True, return_document=True)
        except DuplicateError:
            return False
        return row is not None and row["by"] == self.holder

    async def renew(self) -> None:
        """Hold it for its whole time again. Raises LostLeaseError."""
        done = await self._store[META].update_one({"_id": _ROW, "by": self.holder}, [{"$set": self._held()}])
        if done.matched_count == 0:
            raise LostLeaseError("another process took over; run `egret migrate` to see how far it is")

    async def release(self) -> None:
        """Leave it to whoever waits."""
        await self._store[META].delete_one({"_id": _ROW, "by": self.holder})

    def _held(self) -> dict[str, object]:
        until = {"$add": ["$$NOW", int(self._seconds * 1000)]}
        return {"by": {"$literal": self.holder}, "until": until}


async def holder(store: Store) -> str | None:
    """Host and process of whoever migrates now."""
    row = await store[META].find_one({"_id": _ROW, "$expr": {"$gt": ["$until", "$$NOW"]}})
    return None if row is None else str(row["by"]).rpartition(":")[0]


@contextlib.asynccontextmanager
async def leased(
    store: Store, waits_for: Callable[[str], None], seconds: float = LEASE_SECONDS
) -> AsyncIterator[Lease]:
    """Hold the lease; waits until it is free, and tells once for whom."""
    lease, told = Lease(store, seconds), False
    while not await lease.take():
        if not told:
            waits_for(await holder(store) or "another process")
            told = True
        await asyncio.sleep(_POLL_SECONDS)
    renewing = asyncio.create_task(_renew(lease, seconds / 3))
    try:
        yield lease
    finally:
        await stop(renewing)
        with contextlib.suppress(StoreError):
            await lease.release()


async def _renew(lease: Lease, every: float) -> None:
    """While an index is built there are no batches in between. A loss shows at the next batch."""
    while True:
        await asyncio.sleep(every)
        with contextlib.suppress(StoreError, LostLeaseError):
            await lease.renew()
