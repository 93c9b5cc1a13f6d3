"""Windows: how many customer-service messages the platform lets us send after something a person did.

They are kept in the conversation, opened by the message that is taken, and used up by the worker that sends.
"""

from __future__ import annotations

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
        self._clock = clock

    async def consume(self, contact: str, messages: int) -> str | None:
        """Use up a window's messages: which window; None where none has as many left, and the contact is waited for."""
        now = self._clock()
        for window in WINDOWS:
            place = f"windows.{window}"
            enough = {"_id": contact, f"{place}.until": {"$gt": now}, f"{place}.left": {"$gte": messages}}
            spent = await self._rows.update_one(enough, {"$inc": {f"{place}.left": -messages}})
            if spent.matched_count:
                return window
        await self._rows.update_one({"_id": contact}, {"$set": {"waited_for": True}})
        return None

    async def restore(self, contact: str, window: str, messages: int) -> None:
        """What was not sent after all is not used up."""
        place = {"_id": contact, f"windows.{window}": {"$exists": True}}
        await self._rows.update_one(place, {"$inc": {f"windows.{window}.left": messages}})

    async def close(self, contact: str) -> None:
        """The platform says that no more messages may follow: believe it rather than our own count."""
        await self._rows.update_one({"_id": contact}, {"$set": {"waited_for": True}, "$unset": {"windows": ""}})
