"""What Egret tells reporting entities and partners by itself: where to, what, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import strawberry

from schema.types.connection import Node


class WebhookEventType(StrEnum):
    """What an event says; the value is its `type` on the wire."""

    INQUIRY_OPENED = "inquiry.opened"
    INQUIRY_CLOSED = "inquiry.closed"
    REPAIR_APPLIED = "repair.applied"
    REPAIR_CLOSED = "repair.closed"
    RECORD_ANNULLED = "record.annulled"
    RECORD_AWAITING_CORRECTION = "record.awaiting_correction"
    PASS_USED = "pass.used"  # noqa: S105 - a benefit's pass
    TEST = "test"


class WebhookState(StrEnum):
    """Whether events are sent to a webhook."""

    ON = "on"
    FAILING = "failing"
    OFF = "off"


class WebhookEventState(StrEnum):
    """What became of an event."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"


strawberry.enum(WebhookEventType, description="What a webhook is told.")
strawberry.enum(WebhookState, description="Whether events are sent to a webhook.")
strawberry.enum(WebhookEventState, description="What became of an event.")


@strawberry.type(description="An address of a source or partner that events are sent to.")
class Webhook(Node):
    """The operator registers it. After a week without one delivery it is off."""

    key: strawberry.Private[str]
    owner: str
    url: str
    event_types: list[WebhookEventType]
    state: WebhookState
    failing_since: datetime | None
    off_since: datetime | None


@strawberry.type(description="Sources and partners: an event that was sent, or is to be sent, to a webhook.")
class WebhookEvent(Node):
    """Kept for 30 days; its id is the `webhook-id` of every try."""

    key: strawberry.Private[str]
    event_id: str
    type: WebhookEventType
    state: WebhookEventState
    happened_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    answer: str | None
