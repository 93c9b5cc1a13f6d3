"""How the outbox stands, for metrics and readiness."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from server.platform.core.layout import OUTBOX
from server.platform.db import Store
from server.platform.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class OutboxFigures:
    """Counts of rows: due now, and waiting for their person; and the most attempts that one of the due took."""

    due: int
    waiting: int
    attempts: int


async def outbox_age(store: Store, clock: Clock) -> timedelta:
    """How late the row of the outbox is that is due first."""
    found = store[OUTBOX].find({"done": False}, {"due": 1, "_id": 0}).sort([("due", 1)]).limit(1)
    rows = await found.to_list(1)
    return max(timedelta(), clock() - rows[0]["due"]) if rows else timedelta()


async def outbox_figures(store: Store, clock: Clock, most: int) -> OutboxFigures:
    """Figures of the outbox; counts of more than `most` are not counted to their end."""
    outbox = store[OUTBOX]
    due = await outbox.count_documents({"done": False, "due": {"$lte": clock()}}, limit=most)
    waiting = await outbox.count_documents({"waiting_for": {"$exists": True}, "done": False}, limit=most)
    rows = await outbox.find({"done": False}, {"attempts": 1}).sort([("due", 1)]).limit(1000).to_list(None)
    return OutboxFigures(due, waiting, max((row["attempts"] for row in rows), default=0))
