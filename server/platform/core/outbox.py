"""The outbox: what must reach a person, written with the change that causes it.

At least once: a leased row is sent, then marked done; a worker that dies leaves a
lease that runs out. The payload is sealed under the recipient's key.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from pydantic import JsonValue

from bot.wechat.faults import WeChatApiError
from server.platform.core.layout import OUTBOX
from server.platform.crypto.vault import KeyDestroyedError, Vault
from server.platform.db import DatabaseTransaction, Document, Sealed, Store
from server.platform.db.batch_loader import Update, update_each
from server.platform.kit.clock import Clock
from server.platform.kit.errors import BusyError, GoneError
from server.platform.kit.tasks import within
from server.platform.observability import metrics, requests
from server.platform.observability.health import Heartbeats
from server.platform.observability.traces import TRACES

log = logging.getLogger("egret.outbox")

LEASE = timedelta(seconds=30)
_MOST_DELIVERY = LEASE - timedelta(seconds=5)
FIRST_WAIT = timedelta(seconds=5)
MOST_ATTEMPTS = 60
"""A day and a half: a platform may be down, or its quota of the day used up, which ends within a day."""
WAIT = timedelta(days=30)
"""How long a message waits for a person to write again before it is given up."""
LOOK_AGAIN = timedelta(hours=1)
"""How often it is looked at meanwhile, should the person have written at the very moment it was laid aside."""


class UndeliverableError(GoneError):
    """Sending again cannot help, such as after an unsubscribe; what it says is logged."""


class WaitingError(BusyError):
    """Nothing may be sent now; it waits until the contact writes again, and is looked at again after a while."""

    def __init__(self, contact: str | None, again: timedelta | datetime = LOOK_AGAIN) -> None:
        """Without a contact it waits for its time alone. `again` is after how long, or when, it is looked at again."""
        super().__init__()
        self.contact = contact
        self.again = again

    def due(self, now: datetime) -> datetime:
        """When it is looked at again."""
        return now + self.again if isinstance(self.again, timedelta) else self.again


MOST_SECONDS = 300.0
"""Between two rows or two rounds; a worker that takes longer is stuck."""
_OUTCOMES = {"sent": "sent", "given up": "given_up", "never came back": "never_came_back"}
Deliver = Callable[[str, Document, str], Awaitable[None]]
"""Sends one message: kind, payload, and a key that stays the same when it is sent again."""


class Outbox:
    """Writes rows inside transactions, and delivers them."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, heartbeats: Heartbeats) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._heartbeats = heartbeats
        self._wake = asyncio.Event()

    async def put(
        self,
        within: DatabaseTransaction,
        kind: str,
        key: Sealed,
        payload: Mapping[str, JsonValue],
        until: datetime | None = None,
    ) -> None:
        """Add a message inside the caller's transaction, sealed under the recipient's key.

        After `until` it is of no use any more and is not sent.
        """
        await self.put_each(within, kind, [(key, payload)], until)

    async def put_each(
        self,
        within: DatabaseTransaction,
        kind: str,
        messages: Sequence[tuple[Sealed, Mapping[str, JsonValue]]],
        until: datetime | None = None,
        ids: Sequence[str] | None = None,
        *,
        urgent: bool = True,
    ) -> None:
        """As `put`, for messages to many people, each with the recipient's key; for none, nothing is done.

        `ids` are of the rows, where they are to be found by something else. What is `urgent` goes before all else.
        """
        if not messages:
            return
        now = self._clock()
        sealed = await asyncio.gather(*(self._vault.seal(key, payload) for key, payload in messages))
        rows = [
            {
                "_id": row_id,
                "kind": kind,
                "sealed": one,
                "created_at": now,
                "due": now,
                "until": until,
                "urgent": urgent,
                "attempts": 0,
                "done": False,
                "request": requests.current(),
                "traceparent": TRACES.traceparent(),
            }
            for row_id, one in zip(ids or [uuid4().hex for _ in sealed], sealed, strict=True)
        ]
        await within[OUTBOX].insert_many(rows)

    async def release(self, contact: str, again: str | None = None) -> None:
        """The contact has written: what waited for that may be sent; or allows one more notice by the way `again`."""
        waiting = {"waiting_for": contact, "done": False}
        values: Document = {"$set": {"due": self._clock()}, "$unset": {"waiting_for": ""}}
        if again is not None:
            values["$pull"] = {"failed_ways": again}
        await self._store[OUTBOX].update_many(waiting, values)
        self.wake()

    async def due_now(self, kind: str, most: int, *, urgent: bool) -> list[str]:
        """The rows of a kind that are due first and that no worker has."""
        due = {"done": False, "kind": kind, "urgent": urgent, "due": {"$lte": self._clock()}}
        rows = await self._store[OUTBOX].find(due, {"_id": 1}).sort([("due", 1)]).limit(most).to_list(None)
        return [row["_id"] for row in rows]

    async def put_off(self, rows: Mapping[str, str], until: datetime) -> None:
        """Rows that no worker has are due later, in the order in which they were written; or when their person writes.

        `rows` has the contact of each.
        """
        free, later = {"done": False, "due": {"$lte": self._clock()}}, {"due": until, "attempts": 0}
        updates = [
            Update({"_id": row_id, **free}, {"$set": {**later, "waiting_for": contact}})
            for row_id, contact in rows.items()
        ]
        if updates:
            await update_each(self._store[OUTBOX], updates)

    async def taken(self, row_id: str, way: str, message_id: str) -> None:
        """The platform has taken a row's message under an id of its own, and may say later that it failed.

        A row that is done waits for that word, in the same place as others for their person, until it is forgotten.
        """
        await self._store[OUTBOX].update_one({"_id": row_id}, {"$set": {"waiting_for": f"{way}:{message_id}"}})

    async def failed_ways(self, row_id: str) -> Collection[str]:
        """The ways that a row has failed by after it was taken."""
        row = await self._store[OUTBOX].find_one({"_id": row_id}, {"failed_ways": 1})
        return () if row is None else row.get("failed_ways", ())

    async def sent_as(self, way: str, message_id: str) -> str | None:
        """The row that counts as sent under the platform's id; None where there is none."""
        sent = {"waiting_for": f"{way}:{message_id}", "done": True, "outcome": "sent"}
        row = await self._store[OUTBOX].find_one(sent, {"_id": 1})
        return None if row is None else str(row["_id"])

    async def send_again(self, way: str, message_id: str, closed: Collection[str]) -> bool:
        """What counted as sent failed after all: send it again, by no way in `closed`. False where it is not so."""
        sent = {"waiting_for": f"{way}:{message_id}", "done": True, "outcome": "sent"}
        values = {
            "$set": {"done": False, "due": self._clock(), "attempts": 0},
            "$unset": {"waiting_for": "", "done_at": "", "outcome": ""},
            "$addToSet": {"failed_ways": {"$each": list(closed)}},
        }
        found = (await self._store[OUTBOX].update_one(sent, values)).modified_count
        self.wake()
        return bool(found)

    def wake(self) -> None:
        """Tell a worker of this process that there is something new."""
        self._wake.set()

    async def run(self, deliver: Deliver, *, idle: float = 1.0) -> None:
        """Deliver until cancelled."""
        while True:
            self._wake.clear()  # before it looks, so that nothing is missed that came since
            try:
                self._came_round()
                while await self.deliver_one(deliver):
                    self._came_round()
            except Exception as error:
                metrics.WORKER_FAILURES.labels("outbox").inc()
                log.warning("outbox pauses: %s", type(error).__name__)
            try:
                async with asyncio.timeout(idle):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def deliver_one(self, deliver: Deliver) -> bool:
        """Lease and deliver the row that is due first, of the urgent ones if there are any; False when none is due."""
        row = await self._lease_first()
        if row is None:
            return False
        kind = metrics.outbox_label(row["kind"])
        with requests.bound(row.get("request"), job=kind):
            with TRACES.span(f"outbox {kind}", traceparent=row.get("traceparent")):
                outcome = await self._deliver(deliver, row)
            metrics.OUTBOX_DELIVERIES.labels(kind, outcome).inc()
        return True

    async def _lease_first(self) -> Document | None:
        """What is urgent is looked for before it is leased: a write that finds nothing waits for the journal too."""
        urgent: Document = {"urgent": True}
        due = {"done": False, "due": {"$lte": self._clock()}, **urgent}
        row = None
        if await self._store[OUTBOX].find_one(due, {"_id": 1}) is not None:
            row = await self._lease(urgent)
        return row or await self._lease({})

    async def _lease(self, query: Document) -> Document | None:
        """The first due row of a kind, for this worker alone."""
        now = self._clock()
        return await self._store[OUTBOX].find_one_and_update(
            {"done": False, "due": {"$lte": now}, **query},
            {"$set": {"due": now + LEASE, "leased_by": uuid4().hex}, "$inc": {"attempts": 1}},
            sort=[("due", 1)],
            return_document=True,
        )

    async def _deliver(self, deliver: Deliver, row: Document) -> str:
        """What became of a row, as the metrics call it."""
        try:
            if row["until"] is not None and row["until"] <= self._clock():
                raise UndeliverableError
            async with within(_MOST_DELIVERY.total_seconds()):
                await deliver(row["kind"], await self._vault.open(row["sealed"]), row["_id"])
            outcome = "sent"
        except (KeyDestroyedError, UndeliverableError) as error:
            outcome = type(error).__name__
            if (why := _why(error)) is not None:
                log.warning("%s cannot be delivered: %s", row["kind"], why)
        except WaitingError as waiting:
            now = self._clock()
            if (why := _why(waiting)) is not None:
                log.info("%s waits for its person: %s", row["kind"], why)
            if now < row["created_at"] + WAIT:
                values = {"due": waiting.due(now), "attempts": 0}
                await self._set(row, values | ({"waiting_for": waiting.contact} if waiting.contact else {}))
                return "waiting"
            outcome = "never came back"
        except Exception as error:
            attempts = row["attempts"]
            why = _why(error) or type(error).__name__
            if attempts < MOST_ATTEMPTS:
                log.warning("%s not delivered, try %d: %s", row["kind"], attempts, why)
                wait = FIRST_WAIT * 2 ** min(attempts, 9)
                await self._set(row, {"due": self._clock() + wait})
                return "retried"
            log.error("%s given up after %d tries: %s", row["kind"], attempts, why)
            outcome = "given up"
        await self._set(row, {"done": True, "done_at": self._clock(), "outcome": outcome})
        return _OUTCOMES.get(outcome, "undeliverable")

    def _came_round(self) -> None:
        self._heartbeats.beat("outbox", MOST_SECONDS)
        metrics.WORKER_ROUND.labels("outbox").set_to_current_time()

    async def _set(self, row: Document, values: Document) -> None:
        """Unless another worker has taken the row since."""
        mine = {"_id": row["_id"], "leased_by": row["leased_by"], "attempts": row["attempts"]}
        await self._store[OUTBOX].update_one(mine, {"$set": values})


def _why(error: BaseException) -> str | None:
    """WeChat's code and what it means, or what we say ourselves; no text of anybody else, which may quote anything."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, WeChatApiError):
        cause = cause.__cause__
    if cause is not None:
        return str(cause)
    return str(error) or None if isinstance(error, UndeliverableError) else None
