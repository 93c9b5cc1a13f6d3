"""When a decision reached its citizen: by a notice that was delivered, or because they read it.

The appeal runs from then. Whichever is known first counts, and what never reached its citizen never runs out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from scoring.disputes import DisputeState
from server.disputes.model import DisputeRow
from server.disputes.repository import DisputeRepository
from server.notices.model import NoticeRow
from server.notices.repository import NoticeRepository
from server.platform.db import Store
from server.platform.kit.clock import day_of

DECISIONS = ("dispute_decided", "dispute_rejected", "complaint_answered", "complaint_rejected")
"""Notices that carry a decision."""
_DECIDED = (DisputeState.RESOLVED.value, DisputeState.REJECTED.value)


class DecisionTold:
    """What follows from a notice of a decision: implements `server.notices.delivery.Told`."""

    def __init__(self, store: Store) -> None:
        self._disputes = DisputeRepository(store)

    async def __call__(self, row: NoticeRow, day: date | None) -> None:
        """Keep the day on the dispute; without one, that it was not told by a notice."""
        if row["about"] is None:
            return
        if day is None:
            await self._disputes.set_untold(row["about"])
        else:
            await self._disputes.set_told(row["about"], day.isoformat(), "notice")


class DecisionRead:
    """Keeps that a citizen has seen a decision, in whatever way they asked for it."""

    def __init__(self, store: Store) -> None:
        self._disputes = DisputeRepository(store)
        self._notices = NoticeRepository(store)

    async def note(self, documents: Sequence[DisputeRow], now: datetime) -> None:
        """Their citizen sees these now: the rows are changed as well. Costs nothing where all were seen before."""
        fresh = [one for one in documents if one["state"] in _DECIDED and one.get("told_by") != "read"]
        if not fresh:
            return
        today = day_of(now).isoformat()
        for one in fresh:
            await self._disputes.set_told(one["_id"], today, "read")
            one["told_on"], one["told_by"] = one.get("told_on") or today, "read"
        citizen = fresh[0]["citizen"]
        unread = await self._notices.unread_about(citizen, [one["_id"] for one in fresh])
        if unread:
            await self._notices.set_read(citizen, [row["_id"] for row in unread], now)
