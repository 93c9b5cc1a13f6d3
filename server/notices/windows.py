"""Windows: how many customer-service messages the platform lets us send after something a person did.

They are kept in the conversation, opened by the message that is taken, and used up by the worker that sends.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.citizens.repository import CONVERSATIONS
from server.platform.db import Document, Store
from server.platform.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class Window:
    """How many messages may follow, and for how long."""

    life: timedelta
    messages: int


WINDOWS = {"event": Window(timedelta(minutes=1), 3), "message": Window(timedelta(hours=48), 5)}
"""After a menu click, a follow or a scan; after a message (Tencent's page on customer-service messages).

The one that closes first is used up first.
"""
LONGEST = max(window.life for window in WINDOWS.values())


def opened(window: str, now: datetime) -> Document:
    """A window as a conversation holds it, just opened."""
    kind = WINDOWS[window]
    return {window: {"until": now + kind.life, "left": kind.messages}}


class MessagingWindows:
    """Counts what may be sent."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._rows = store.quick(CONVERSATIONS)
        self._read = store.quick(CONVERSATIONS, provisional=True)  # the chat writes what it opens provisionally
        self._clock = clock

    async def consume(self, contact: str, messages: int) -> str | None:
        """Use up a window's messages: which window; None where none has as many left, and the contact is waited for."""
        now = self._clock()
        row = await self._read.find_one({"_id": contact}, {"windows": 1, "waited_for": 1}) or {}
        for window in WINDOWS:
            held = row.get("windows", {}).get(window)
            if held is None or held["until"] <= now or held["left"] < messages:
                continue  # looked at before it is written: a write that finds nothing waits for the journal too
            place = f"windows.{window}"
            enough = {"_id": contact, f"{place}.until": {"$gt": now}, f"{place}.left": {"$gte": messages}}
            spent = await self._rows.update_one(enough, {"$inc": {f"{place}.left": -messages}})
            if spent.matched_count:
                return window
        if not row.get("waited_for"):
            await self.wait_for([contact])
        return None

    async def closed(self, contacts: Collection[str]) -> set[str]:
        """Those of some contacts that nothing may be sent to now."""
        now = self._clock()
        still: list[Document] = [
            {f"windows.{window}.until": {"$gt": now}, f"windows.{window}.left": {"$gt": 0}} for window in WINDOWS
        ]
        rows = await self._read.find({"_id": {"$in": list(contacts)}, "$or": still}, {"_id": 1}).to_list(None)
        return set(contacts) - {row["_id"] for row in rows}

    async def wait_for(self, contacts: Collection[str]) -> None:
        """What is left over for these contacts is sent when they write."""
        await self._rows.update_many({"_id": {"$in": list(contacts)}}, {"$set": {"waited_for": True}})

    async def restore(self, contact: str, window: str, messages: int) -> None:
        """What was not sent after all is not used up."""
        place = {"_id": contact, f"windows.{window}": {"$exists": True}}
        await self._rows.update_one(place, {"$inc": {f"windows.{window}.left": messages}})

    async def close(self, contact: str) -> None:
        """The platform says that no more messages may follow: believe it rather than our own count."""
        await self._rows.update_one({"_id": contact}, {"$set": {"waited_for": True}, "$unset": {"windows": ""}})
