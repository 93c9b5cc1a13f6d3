"""A row that one process holds for a while. Who dies lets go when the time is over."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from server.platform.db.collections import Collection, Document, Query
from server.platform.db.layout import META
from server.platform.db.store import DuplicateError, Store, StoreError
from server.platform.kit.clock import Clock
from server.platform.kit.errors import GoneError
from server.platform.kit.tasks import stop

LEASE_SECONDS = 30.0
MIGRATING = "migrating"
_POLL_SECONDS = 0.5


class LostLeaseError(GoneError):
    """Another process took over, since this one was away for too long."""


class Lease:
    """Leases of the rows of a collection: `lease.by` is who holds a row, `lease.until` when others may take it."""

    def __init__(self, rows: Collection[Any], life: timedelta, clock: Clock | None = None) -> None:
        """Without a clock, times are the database's own, so that no clock of a machine matters."""
        self._rows = rows
        self._life = life
        self._clock = clock

    async def take(self, query: Query, owner: str, *, upsert: bool = False) -> Document | None:
        """Hold the row of a query; the row, or None where there is none or another process holds it."""
        free = {"$lte": [{"$ifNull": ["$lease.until", None]}, self._now()]}
        held = {"$cond": [free, self._held(owner), "$lease"]}
        try:
            row: Document | None = await self._rows.find_one_and_update(
                query, [{"$set": {"lease": held}}], upsert=upsert, return_document=True
            )
        except DuplicateError:
            return None
        return row if row is not None and row["lease"]["by"] == owner else None

    async def renew(self, row_id: object, owner: str) -> bool:
        """Hold a row for the whole time again; False where another process took over."""
        change = [{"$set": {"lease": self._held(owner)}}]
        return bool((await self._rows.update_one(_held_by(row_id, owner), change)).matched_count)

    async def release(
        self, row_id: object, owner: str, values: Mapping[str, object] | None = None, until: datetime | None = None
    ) -> None:
        """Store values and let go, at once or at a moment; nothing happens where another process took over."""
        after: dict[str, object] = {"by": None, "until": until}
        await self._rows.update_one(_held_by(row_id, owner), {"$set": {**(values or {}), "lease": after}})

    def _now(self) -> object:
        return "$$NOW" if self._clock is None else self._clock()

    def _held(self, owner: str) -> Document:
        milliseconds = int(self._life.total_seconds() * 1000)
        return {"by": {"$literal": owner}, "until": {"$add": [self._now(), milliseconds]}}


def _held_by(row_id: object, owner: str) -> Document:
    return {"_id": row_id, "lease.by": owner}


class WorkLease:
    """One process at a time does a work of that name."""

    def __init__(self, store: Store, work: str, seconds: float) -> None:
        self._lease = Lease(store[META], timedelta(seconds=seconds))
        self._work = work
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    async def take(self) -> bool:
        """Whether this process holds it now."""
        return await self._lease.take({"_id": self._work}, self.holder, upsert=True) is not None

    async def renew(self) -> None:
        """Hold it for its whole time again. Raises LostLeaseError."""
        if not await self._lease.renew(self._work, self.holder):
            raise LostLeaseError(f"another process took over ({self._work})")

    async def release(self) -> None:
        """Leave it to the next process."""
        await self._lease.release(self._work, self.holder)


async def holder(store: Store, work: str) -> str | None:
    """Host and process that do a work now."""
    row = await store[META].find_one({"_id": work, "$expr": {"$gt": ["$lease.until", "$$NOW"]}})
    return None if row is None else str(row["lease"]["by"]).rpartition(":")[0]


@contextlib.asynccontextmanager
async def leased(
    store: Store, work: str, waits_for: Callable[[str], None], seconds: float = LEASE_SECONDS
) -> AsyncIterator[WorkLease]:
    """Hold the lease of a work; waits until it is free, and tells once for whom."""
    lease = WorkLease(store, work, seconds)
    told = False
    while not await lease.take():
        if not told:
            waits_for(await holder(store, work) or "another process")
            told = True
        await asyncio.sleep(_POLL_SECONDS)
    renewing = asyncio.create_task(_renew(lease, seconds / 3))
    try:
        yield lease
    finally:
        await stop(renewing)
        with contextlib.suppress(StoreError):
            await lease.release()


async def _renew(lease: WorkLease, every: float) -> None:
    """While an index is built there are no batches in between. A loss shows at the next batch."""
    while True:
        await asyncio.sleep(every)
        with contextlib.suppress(StoreError, LostLeaseError):
            await lease.renew()
