"""Writes events with the change that causes them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from pydantic import JsonValue

from schema.types.principal import Kind
from schema.types.webhook import WebhookEventType
from server.platform.core.unit_of_work import Transaction
from server.platform.crypto.vault import Vault
from server.platform.webhooks.model import EventRow, WebhookRow
from server.platform.webhooks.repository import EventRepository, WebhookRepository

Data = Mapping[str, JsonValue]
OFF = "off"


class Publisher:
    """Tells institutions: every use case that has something for them writes it here."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def publish(
        self,
        tx: Transaction,
        kind: Kind,
        owner: str,
        event_type: WebhookEventType,
        data: Data,
        *,
        citizen: str | None = None,
    ) -> None:
        """Add an event for each webhook of a source or partner that listens to this type.

        `citizen` is whom `data` names something of, such as the number of a document: it goes when they leave.
        """
        listening = await WebhookRepository(tx).listening(kind.value, owner, event_type.value)
        rows = [await self.event(tx, webhook, event_type, data, citizen) for webhook in listening]
        if rows:
            await EventRepository(tx).insert(rows)

    async def event(
        self, tx: Transaction, webhook: WebhookRow, event_type: WebhookEventType, data: Data, citizen: str | None = None
    ) -> EventRow:
        """An event as it is stored; for a webhook that is off it waits to be sent again."""
        is_off = webhook["off_since"] is not None
        return {
            "_id": f"evt_{uuid4().hex}",
            "webhook": webhook["_id"],
            "type": event_type.value,
            "citizen": citizen,
            "sealed": await self._vault.seal(webhook["key"], data),
            "happened_at": tx.now,
            "fresh_at": tx.now,
            "due": tx.now,
            "attempts": 0,
            "done": is_off,
            "outcome": OFF if is_off else None,
            "answer": None,
        }
