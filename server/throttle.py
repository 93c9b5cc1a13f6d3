"""Counters that pause whoever tries too often; they outlive a refused transaction."""

from __future__ import annotations

from datetime import timedelta

from schema.errors import RefusalCode, Refused
from server.clock import Clock
from server.mongo import DuplicateError, Store


class Throttle:
    """Counts tries by key within a window that starts at the first one."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._throttles = store["throttles"]
        self._clock = clock

    async def check(self, key: str, most: int) -> None:
        """Refuse with TOO_MANY_TRIES when `most` tries were counted already."""
        now = self._clock()
        row = await self._throttles.find_one({"_id": key, "expires_at": {"$gt": now}})
        if row is not None and row["count"] >= most:
            seconds = int((row["expires_at"] - now).total_seconds())
            raise Refused(RefusalCode.TOO_MANY_TRIES, retry_after=seconds, minutes=seconds // 60 + 1)

    async def count(self, key: str, window: timedelta) -> int:
        """Count a try and return how many there were in this window."""
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
            return await self.count(key, window)
        return int(row["count"]) if row else 1

    async def clear(self, key: str) -> None:
        """Forget the tries after a success."""
        await self._throttles.delete_one({"_id": key})
