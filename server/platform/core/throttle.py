"""Counters that pause a caller who tries too often; they outlive a refused transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from schema.types.errors import RefusalCode, Refused
from server.platform.core.layout import THROTTLES
from server.platform.db import DuplicateError, Store
from server.platform.kit.clock import Clock


class Throttle:
    """Counts tries by key within a window that starts at the first one."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._throttles = store[THROTTLES]
        self._clock = clock

    async def spend(self, key: str, most: int, window: timedelta) -> int:
        """Count a try before it is made, and return how many are left.

        Raises:
            Refused: TOO_MANY_TRIES; counting first keeps tries at the same moment from slipping through.
        """
        count, until = await self._count(key, window)
        if count > most:
            raise self._refusal(until)
        return most - count

    async def claim(self, key: str, most: int, window: timedelta) -> None:
        """Count a try only while fewer than `most` are counted, in one step: no two at once pass it together.

        Raises Refused (TOO_MANY_TRIES), and counts none then.
        """
        now = self._clock()
        if most <= 0:
            raise self._refusal(now + window)
        change = {"$inc": {"count": 1}, "$setOnInsert": {"expires_at": now + window}}
        try:
            await self._throttles.update_one({"_id": key, "count": {"$lt": most}}, change, upsert=True)
        except DuplicateError:  # used up, or over, or begun by another at this very moment
            await self.check(key, most)
            await self._throttles.delete_one({"_id": key, "expires_at": {"$lte": now}})
            await self.claim(key, most, window)

    async def check(self, key: str, most: int) -> None:
        """Raises Refused (TOO_MANY_TRIES) where the tries are used up; counts none."""
        row = await self._throttles.find_one({"_id": key, "count": {"$gte": most}})
        if row is not None and row["expires_at"] > self._clock():
            raise self._refusal(row["expires_at"])

    async def refund(self, key: str) -> None:
        """Take a try back that turned out to be right."""
        await self._throttles.update_one({"_id": key, "count": {"$gt": 0}}, {"$inc": {"count": -1}})

    async def clear(self, key: str) -> None:
        """Forget the tries after a success."""
        await self._throttles.delete_one({"_id": key})

    def _refusal(self, until: datetime) -> Refused:
        seconds = max(1, int((until - self._clock()).total_seconds()))
        return Refused(RefusalCode.TOO_MANY_TRIES, retry_after=seconds, minutes=seconds // 60 + 1)

    async def _count(self, key: str, window: timedelta) -> tuple[int, datetime]:
        now = self._clock()
        await self._throttles.delete_one({"_id": key, "expires_at": {"$lte": now}})
        try:
            row = await self._throttles.find_one_and_update(
                {"_id": key},
                {"$inc": {"count": 1}, "$setOnInsert": {"expires_at": now + window}},
                upsert=True,
                return_document=True,
            )
        except DuplicateError:
            return await self._count(key, window)
        return (row["count"], row["expires_at"]) if row else (1, now + window)
