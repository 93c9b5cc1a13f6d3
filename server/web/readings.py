"""Figures that only the database knows, read when somebody asks for the metrics, every few seconds at most."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta

from server.platform.db import Store, StoreError
from server.platform.kit.clock import SHANGHAI, Clock, day_of
from server.platform.observability import metrics
from server.platform.observability.health import outbox_age

FRESH_SECONDS = 5.0
_PATIENCE_SECONDS = 3.0
_MOST_COUNTED = 10_000


class Readings:
    """Fills the gauges of outbox and disputes. Every process gives the same: take the maximum, not the sum."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._read_at = -FRESH_SECONDS
        self._one = asyncio.Lock()

    async def refresh(self) -> None:
        """Read anew where what is known is old; where the database does not answer, the old figures stay."""
        async with self._one:
            if time.monotonic() - self._read_at < FRESH_SECONDS:
                return
            self._read_at = time.monotonic()
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self._outbox()
                    await self._disputes()
                    await self._duties()
                metrics.DATABASE_READABLE.set(1)
            except (TimeoutError, StoreError):
                metrics.DATABASE_READABLE.set(0)

    async def _outbox(self) -> None:
        metrics.OUTBOX_AGE.set((await outbox_age(self._store, self._clock)).total_seconds())
        outbox, due = self._store["outbox"], {"done": False, "due": {"$lte": self._clock()}}
        metrics.OUTBOX_DUE.set(await outbox.count_documents(due, limit=_MOST_COUNTED))
        waiting = {"waiting_for": {"$exists": True}, "done": False}
        metrics.OUTBOX_WAITING.set(await outbox.count_documents(waiting, limit=_MOST_COUNTED))
        rows = await outbox.find({"done": False}, {"attempts": 1}).sort([("due", 1)]).limit(1000).to_list(None)
        metrics.OUTBOX_ATTEMPTS.set(max((row["attempts"] for row in rows), default=0))

    async def _disputes(self) -> None:
        disputes, today = self._store["disputes"], day_of(self._clock()).isoformat()
        metrics.DISPUTES_OPEN.set(await disputes.count_documents({"open": True}))
        metrics.DISPUTES_OVERDUE.set(await disputes.count_documents({"open": True, "due_on": {"$lt": today}}))

    async def _duties(self) -> None:
        """What has to happen once a day."""
        runs = self._store["rescores"].find({"finished_at": {"$ne": None}}, {"finished_at": 1})
        for run in await runs.sort([("finished_at", -1)]).limit(1).to_list(1):
            metrics.RESCORED.set(run["finished_at"].timestamp())
        seals = self._store["audit_seals"].find({}, {"_id": 1}).sort([("_id", -1)]).limit(1)
        for seal in await seals.to_list(1):
            day = datetime.fromisoformat(seal["_id"]).replace(tzinfo=SHANGHAI)
            metrics.SEALED.set((day + timedelta(days=1)).timestamp())
