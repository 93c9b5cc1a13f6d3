"""Queries of webhooks and of their events."""

from __future__ import annotations

from collections.abc import Collection as Several
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from server.platform.db import EXPIRES, Collection, Collections, Document, Index, Owned, Sealed
from server.platform.webhooks.model import EventRow, WebhookRow

WEBHOOKS = "webhooks"
EVENTS = "webhook_events"
COLLECTIONS = (WEBHOOKS, EVENTS)
KEPT = timedelta(days=30)
"""For so long an event can be sent again."""
INDEXES: tuple[Index, ...] = (
    (WEBHOOKS, [("owner", 1), ("kind", 1)], {}),
    (EVENTS, [("due", 1)], {"partialFilterExpression": {"done": False}}),
    (EVENTS, [("webhook", 1), ("happened_at", -1)], {}),
    (EVENTS, [("citizen", 1)], {"partialFilterExpression": {"citizen": {"$type": "string"}}}),
    (EVENTS, [("happened_at", 1)], {"expireAfterSeconds": int(KEPT.total_seconds())}),
)
OWNED = (Owned(EVENTS, by="citizen", keep=EXPIRES),)
DELIVERED = "delivered"


class WebhookRepository:
    """Webhooks."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[WebhookRow] = within[WEBHOOKS]

    async def get(self, webhook_id: str) -> WebhookRow | None:
        """One webhook."""
        return await self._rows.find_one({"_id": webhook_id})

    async def every(self) -> list[WebhookRow]:
        """Every webhook, by owner."""
        return await self._rows.find({}).sort([("owner", 1), ("created_at", 1)]).to_list(None)

    async def of_owner(self, kind: str, owner: str) -> list[WebhookRow]:
        """The webhooks of a source or partner, oldest first."""
        return await self._rows.find({"owner": owner, "kind": kind}).sort([("created_at", 1)]).to_list(None)

    async def listening(self, kind: str, owner: str, event_type: str) -> list[WebhookRow]:
        """Those of an owner that are told events of a type."""
        return await self._rows.find({"owner": owner, "kind": kind, "types": event_type}).to_list(None)

    async def insert(self, row: WebhookRow) -> None:
        """Store a new webhook."""
        await self._rows.insert_one(row)

    async def delete(self, webhook_id: str) -> None:
        """Forget a webhook."""
        await self._rows.delete_one({"_id": webhook_id})

    async def set_secrets(self, webhook_id: str, sealed: Sealed) -> None:
        """Store other secrets."""
        await self._rows.update_one({"_id": webhook_id}, {"$set": {"sealed": sealed}})

    async def turn_on(self, webhook_id: str) -> None:
        """Events are sent again, as to one that never failed."""
        await self._rows.update_one({"_id": webhook_id}, {"$set": {"failing_since": None, "off_since": None}})

    async def works(self, webhook_id: str) -> None:
        """A delivery arrived."""
        await self._rows.update_one({"_id": webhook_id}, {"$set": {"failing_since": None}})

    async def fails(self, webhook_id: str, now: datetime) -> None:
        """A try failed; the first one since the last delivery says since when."""
        await self._rows.update_one({"_id": webhook_id, "failing_since": None}, {"$set": {"failing_since": now}})

    async def turn_off(self, webhook_id: str, now: datetime) -> bool:
        """Nothing more is sent; False where it is off already."""
        done = await self._rows.update_one({"_id": webhook_id, "off_since": None}, {"$set": {"off_since": now}})
        return bool(done.modified_count)

    async def count_off(self) -> int:
        """How many are off."""
        return await self._rows.count_documents({"off_since": {"$ne": None}})


class EventRepository:
    """Events of webhooks."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[EventRow] = within[EVENTS]

    async def insert(self, rows: Sequence[EventRow]) -> None:
        """Store new events."""
        await self._rows.insert_many(rows)

    async def get(self, event_id: str) -> EventRow | None:
        """One event."""
        return await self._rows.find_one({"_id": event_id})

    async def page(self, webhook_id: str, most: int, before: datetime | None) -> list[EventRow]:
        """Events of a webhook, newest first, from a moment on."""
        query: Document = {"webhook": webhook_id}
        if before is not None:
            query["happened_at"] = {"$lt": before}
        return await self._rows.find(query).sort([("happened_at", -1)]).limit(most).to_list(None)

    async def count(self, webhook_id: str) -> int:
        """How many events of a webhook are kept."""
        return await self._rows.count_documents({"webhook": webhook_id})

    async def lease(self, now: datetime, until: datetime, busy: Several[str]) -> EventRow | None:
        """The event that is due first and whose webhook is not busy, for this worker alone until a moment."""
        return await self._rows.find_one_and_update(
            {"done": False, "due": {"$lte": now}, "webhook": {"$nin": list(busy)}},
            {"$set": {"due": until, "leased_by": uuid4().hex}, "$inc": {"attempts": 1}},
            sort=[("due", 1)],
            return_document=True,
        )

    async def finish(self, event: EventRow, outcome: str, answer: str | None) -> None:
        """No try follows."""
        await self._set(event, {"done": True, "outcome": outcome, "answer": answer})

    async def put_off(self, event: EventRow, due: datetime, answer: str) -> None:
        """Another try follows at a moment."""
        await self._set(event, {"due": due, "answer": answer})

    async def put_off_others(self, webhook_id: str, due: datetime) -> None:
        """What else waits for a webhook waits at least until a moment: it would fail as well."""
        waiting = {"webhook": webhook_id, "done": False, "due": {"$lt": due}}
        await self._rows.update_many(waiting, {"$set": {"due": due}})

    async def finish_all(self, webhook_id: str, outcome: str) -> None:
        """No try of any event of a webhook follows."""
        waiting = {"webhook": webhook_id, "done": False}
        await self._rows.update_many(waiting, {"$set": {"done": True, "outcome": outcome}})

    async def send_again(self, query: Document, now: datetime) -> int:
        """Send events again from their first try on; how many."""
        again = {"$set": {"done": False, "outcome": None, "answer": None, "attempts": 0, "due": now, "fresh_at": now}}
        return (await self._rows.update_many({"done": True, **query}, again)).modified_count

    async def delete_of(self, webhook_id: str) -> None:
        """Forget the events of a webhook."""
        await self._rows.delete_many({"webhook": webhook_id})

    async def _set(self, event: EventRow, values: Document) -> None:
        """Unless another worker has taken the event since."""
        mine = {"_id": event["_id"], "leased_by": event["leased_by"], "attempts": event["attempts"]}
        await self._rows.update_one(mine, {"$set": values})
