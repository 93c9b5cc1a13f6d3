"""What is done with webhooks: the operator registers them; their source or partner sees, tests and replays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import cast
from uuid import uuid4

from schema.types.connection import Connection, Page, connect, connect_all, global_id
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Kind, Principal
from schema.types.webhook import Webhook, WebhookEvent, WebhookEventState, WebhookEventType
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.crypto.webhook_signatures import new_secret
from server.platform.db import Document, Store
from server.platform.kit.clock import Clock
from server.platform.webhooks.addresses import url_fault
from server.platform.webhooks.model import EventRow, WebhookRow, WebhookSecrets
from server.platform.webhooks.publishing import OFF, Publisher
from server.platform.webhooks.repository import DELIVERED, KEPT, EventRepository, WebhookRepository
from server.platform.webhooks.sender import signing_secrets, state_of

OVERLAP = timedelta(days=1)
"""For so long the former secret signs as well."""
MOST_WEBHOOKS = 5
T = WebhookEventType
EVENT_TYPES = {
    Kind.SOURCE: (
        T.INQUIRY_OPENED,
        T.INQUIRY_CLOSED,
        T.REPAIR_APPLIED,
        T.REPAIR_CLOSED,
        T.RECORD_ANNULLED,
        T.RECORD_AWAITING_CORRECTION,
        T.TEST,
    ),
    Kind.PARTNER: (T.PASS_USED, T.TEST),
}
"""All that a kind of institution can be told."""


class WebhookRegister:
    """What the operator does, by the command line."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, *, demo: bool) -> None:
        self._store = store
        self._rows = WebhookRepository(store)
        self._events = EventRepository(store)
        self._vault = vault
        self._clock = clock
        self._demo = demo

    async def add(self, kind: Kind, owner: str, url: str, types: Sequence[WebhookEventType] = ()) -> tuple[str, str]:
        """Register an address for some events, or for all of its kind; its id, and the secret, told only this once.

        Raises:
            ValueError: an address that is not fit, or that is there, an event for others, or too many addresses.
        """
        if (fault := url_fault(url, demo=self._demo)) is not None:
            raise ValueError(f"{url}: {fault}")
        known = await self._rows.of_owner(kind.value, owner)
        if any(row["url"] == url for row in known):
            raise ValueError(f"{owner} has this address already; `egret webhook list` shows it")
        if len(known) >= MOST_WEBHOOKS:
            raise ValueError(f"{owner} has {MOST_WEBHOOKS} addresses; remove one first")
        chosen = types or EVENT_TYPES[kind]
        if strange := [one.value for one in chosen if one not in EVENT_TYPES[kind]]:
            can_be = ", ".join(EVENT_TYPES[kind])
            raise ValueError(f"a {kind} is not told {', '.join(strange)}; it can be told {can_be}")
        key = await self._vault.create_key()
        secret = new_secret()
        row: WebhookRow = {
            "_id": f"whk_{uuid4().hex}",
            "kind": kind.value,
            "owner": owner,
            "url": url,
            "types": sorted({*chosen, T.TEST}),
            "key": key,
            "sealed": await self._vault.seal(key, WebhookSecrets(secret=secret, former=None, former_until=None)),
            "created_at": self._clock(),
            "next_try": self._clock(),
            "failures": 0,
            "failing_since": None,
            "failed_at": None,
            "off_since": None,
        }
        await self._rows.insert(row)
        return row["_id"], secret

    async def new_secret(self, webhook_id: str) -> str:
        """Another secret, told only this once; the former one signs for a day more. Raises ValueError."""
        row = await self._get(webhook_id)
        now = self._clock()
        known = cast(WebhookSecrets, await self._vault.open(row["sealed"]))
        secret = new_secret()
        former = signing_secrets(known, now)[0]
        secrets = WebhookSecrets(secret=secret, former=former, former_until=now + OVERLAP)
        await self._rows.set_secrets(webhook_id, await self._vault.seal(row["key"], secrets))
        return secret

    async def every(self) -> list[WebhookRow]:
        """Every webhook, by owner."""
        return await self._rows.every()

    async def turn_on(self, webhook_id: str) -> int:
        """Send to a webhook again, also what waited; how many events that is. Raises ValueError."""
        await self._get(webhook_id)
        await self._rows.turn_on(webhook_id, self._clock())
        return await self._events.send_again({"webhook": webhook_id, "outcome": OFF}, self._clock())

    async def remove(self, webhook_id: str) -> None:
        """Forget a webhook and its events for good. Raises ValueError."""
        row = await self._get(webhook_id)
        await self._rows.delete(webhook_id)
        await self._events.delete_of(webhook_id)
        await self._vault.destroy_key(row["key"])

    async def remove_of(self, kind: Kind, owner: str) -> None:
        """Forget the webhooks of an institution that is closed."""
        for row in await self._rows.of_owner(kind.value, owner):
            await self.remove(row["_id"])

    async def _get(self, webhook_id: str) -> WebhookRow:
        row = await self._rows.get(webhook_id)
        if row is None:
            raise ValueError(f"there is no webhook {webhook_id}; `egret webhook list` shows them")
        return row


class WebhookService:
    """Implements `schema.api.services.Webhooks`."""

    def __init__(
        self, *, store: Store, vault: Vault, clock: Clock, unit_of_work: UnitOfWork, publisher: Publisher
    ) -> None:
        self._rows = WebhookRepository(store)
        self._events = EventRepository(store)
        self._vault = vault
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._publisher = publisher

    async def visible(self, actor: Principal, page: Page) -> Connection[Webhook]:
        institution = actor.kind in EVENT_TYPES
        rows = await (self._rows.of_owner(actor.kind.value, actor.id) if institution else self._rows.every())
        return connect_all([webhook_view(row) for row in rows], lambda w: w.key, page)

    async def one(self, actor: Principal, webhook_id: str) -> Webhook:
        return webhook_view(await self._own(actor, webhook_id))

    async def events(self, actor: Principal, webhook_id: str, page: Page) -> Connection[WebhookEvent]:
        await self._own(actor, webhook_id)
        before = None if page.after is None else _place(page)
        rows = await self._events.page(webhook_id, page.first + 1, before)
        items = [event_view(row) for row in rows[: page.first]]
        count = partial(self._events.count, webhook_id)
        return connect(items, _cursor, page, has_next=len(rows) > page.first, count=count)

    async def event(self, actor: Principal, event_id: str) -> WebhookEvent:
        row = await self._events.get(event_id)
        if row is None:
            raise Refused(RefusalCode.NOT_FOUND)
        await self._own(actor, row["webhook"])
        return event_view(row)

    async def test(self, caller: Caller, webhook_id: str) -> WebhookEvent:
        await self._own(caller.principal, webhook_id)
        return await self.event(caller.principal, await self._test(caller, webhook_id))

    @use_case("test_webhook")
    async def _test(self, tx: Transaction, webhook_id: str) -> str:
        webhook = await WebhookRepository(tx).get(webhook_id)
        if webhook is None:
            raise Refused(RefusalCode.NOT_FOUND)
        row = await self._publisher.event(tx, webhook, T.TEST, {})
        await EventRepository(tx).insert([row])
        return row["_id"]

    async def replay(self, caller: Caller, webhook_id: str, since: datetime, *, all_events: bool) -> int:
        webhook = await self._own(caller.principal, webhook_id)
        if webhook["off_since"] is not None:
            raise Refused(RefusalCode.WEBHOOK_OFF)
        request = (webhook_id, since.isoformat(), all_events)
        count: int | None = await self._unit_of_work.outcome(caller, "replay_webhook_events", request)
        if count is None:  # not one transaction: a month may have more events than one can change
            now = self._clock()
            query: Document = {"webhook": webhook_id, "happened_at": {"$gte": max(since, now - KEPT)}}
            if not all_events:
                query["outcome"] = {"$ne": DELIVERED}
            count = await self._replayed(caller, *request, count=await self._events.send_again(query, now))
        return count

    @use_case("replay_webhook_events")
    async def _replayed(self, tx: Transaction, webhook_id: str, since: str, all_events: bool, *, count: int) -> int:
        """How many it was: with an idempotency key it is told again."""
        return count

    async def _own(self, actor: Principal, webhook_id: str) -> WebhookRow:
        row = await self._rows.get(webhook_id)
        if row is None or (row["kind"], row["owner"]) != (actor.kind.value, actor.id):
            raise Refused(RefusalCode.NOT_FOUND)
        return row


def _cursor(event: WebhookEvent) -> str:
    """By moment and id: what one change wrote has one moment."""
    return f"{event.happened_at.isoformat()} {event.key}"


def _place(page: Page) -> tuple[datetime, str]:
    """Where a page begins. Raises Refused (BAD_INPUT)."""
    moment, _, event_id = (page.after or "").partition(" ")
    return Page(page.first, moment).moment(), event_id


def webhook_view(row: WebhookRow) -> Webhook:
    """A webhook as its institution sees it."""
    return Webhook(
        id=global_id("Webhook", row["_id"]),
        key=row["_id"],
        owner=row["owner"],
        url=row["url"],
        event_types=[WebhookEventType(one) for one in row["types"]],
        state=state_of(row),
        failing_since=row["failing_since"],
        off_since=row["off_since"],
    )


def event_view(row: EventRow) -> WebhookEvent:
    """An event as its institution sees it."""
    delivered = row["outcome"] == DELIVERED
    done = WebhookEventState.DELIVERED if delivered else WebhookEventState.NOT_DELIVERED
    return WebhookEvent(
        id=global_id("WebhookEvent", row["_id"]),
        key=row["_id"],
        event_id=row["_id"],
        type=WebhookEventType(row["type"]),
        state=done if row["done"] else WebhookEventState.WAITING,
        happened_at=row["happened_at"],
        attempts=row["attempts"],
        next_attempt_at=None if row["done"] else row["due"],
        answer=row["answer"],
    )
