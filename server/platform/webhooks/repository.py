"""Queries of webhooks and of their events."""

from __future__ import annotations

from collections.abc import Collection as Several
from collections.abc import Sequence
from datetime import datetime, timedelta

from server.platform.db import EXPIRES, Collection, Collections, Document, Index, Owned, Sealed, Store
from server.platform.webhooks.model import EventRow, WebhookRow

WEBHOOKS = "webhooks"
EVENTS = "webhook_events"
COLLECTIONS = (WEBHOOKS, EVENTS)
KEPT = timedelta(days=30)
"""For so long an event can be sent again."""
INDEXES: tuple[Index, ...] = (
    (WEBHOOKS, [("owner", 1), ("kind", 1)], {}),
    (EVENTS, [("done", 1), ("webhook", 1), ("due", 1)], {"partialFilterExpression": {"done": False}}),
    (EVENTS, [("webhook", 1), ("happened_at", -1), ("_id", -1)], {}),
    (EVENTS, [("citizen", 1)], {"partialFilterExpression": {"citizen": {"$type": "string"}}}),
    (EVENTS, [("happened_at", 1)], {"expireAfterSeconds": int(KEPT.total_seconds())}),
)
OWNED = (Owned(EVENTS, by="citizen", keep=EXPIRES),)
DELIVERED = "delivered"
WORKING: Document = {"failures": 0, "failing_since": None, "failed_at": None}


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

    async def turn_on(self, webhook_id: str, now: datetime) -> None:
        """Events are sent again, as to one that never failed."""
        await self._rows.update_one({"_id": webhook_id}, {"$set": {**WORKING, "next_try": now, "off_since": None}})

    async def to_serve(self, among: Several[str], now: datetime) -> list[str]:
        """Those that may be served now, the one that waits longest first."""
        query: Document = {"_id": {"$in": list(among)}, "off_since": None, "next_try": {"$lte": now}}
        rows = await self._rows.find(query, {"_id": 1}).sort([("next_try", 1)]).to_list(None)
        return [row["_id"] for row in rows]

    async def lease(self, webhook_id: str, now: datetime, until: datetime) -> WebhookRow | None:
        """A webhook for this worker alone until a moment; None where another one has it, or it is off."""
        free: Document = {"_id": webhook_id, "off_since": None, "next_try": {"$lte": now}}
        return await self._rows.find_one_and_update(free, {"$set": {"next_try": until}}, return_document=True)

    async def set(self, webhook_id: str, values: Document) -> None:
        """Store how it went, unless it was turned off meanwhile."""
        await self._rows.update_one({"_id": webhook_id, "off_since": None}, {"$set": values})

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

    async def page(self, webhook_id: str, most: int, before: tuple[datetime, str] | None) -> list[EventRow]:
        """Events of a webhook, newest first, after one by its moment and id."""
        query: Document = {"webhook": webhook_id}
        if before is not None:
            at, event_id = before
            query["$or"] = [{"happened_at": {"$lt": at}}, {"happened_at": at, "_id": {"$lt": event_id}}]
        found = self._rows.find(query).sort([("happened_at", -1), ("_id", -1)])
        return await found.limit(most).to_list(None)

    async def count(self, webhook_id: str) -> int:
        """How many events of a webhook are kept."""
        return await self._rows.count_documents({"webhook": webhook_id})

    async def next_of(self, webhook_id: str, now: datetime) -> EventRow | None:
        """The event that is due first for a webhook."""
        waiting = {"webhook": webhook_id, "done": False, "due": {"$lte": now}}
        return await self._rows.find_one(waiting, sort=[("due", 1)])

    async def finish(self, event: EventRow, outcome: str, answer: str | None) -> None:
        """No try follows."""
        await self._set(event, {"done": True, "outcome": outcome, "answer": answer})

    async def put_off(self, event: EventRow, due: datetime, answer: str) -> None:
        """Another try follows at a moment."""
        await self._set(event, {"due": due, "answer": answer})

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
        """One try more, unless it was sent again meanwhile."""
        mine = {"_id": event["_id"], "fresh_at": event["fresh_at"]}
        await self._rows.update_one(mine, {"$set": values, "$inc": {"attempts": 1}})


async def webhooks_with_events(store: Store) -> list[str]:
    """The webhooks that events wait for."""
    rows = await store.aggregate(EVENTS, [{"$match": {"done": False}}, {"$group": {"_id": "$webhook"}}])
    return [row["_id"] for row in rows]
