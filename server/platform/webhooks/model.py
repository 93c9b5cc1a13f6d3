"""Rows of webhooks and of their events."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from server.platform.db import Sealed


class WebhookRow(TypedDict):
    """An address of a source or partner (`kind`, `owner`).

    `sealed` is a `WebhookSecrets` under the webhook's own `key`. It may be served again from `next_try` on. `failures`
    are tries in a row that failed, the first of them at `failing_since`, the last at `failed_at`.
    """

    _id: str
    kind: str
    owner: str
    url: str
    types: list[str]
    key: Sealed
    sealed: Sealed
    created_at: datetime
    next_try: datetime
    failures: int
    failing_since: datetime | None
    failed_at: datetime | None
    off_since: datetime | None


class WebhookSecrets(TypedDict):
    """What events are signed with; the former one too, until a moment, so that the receiver can change over."""

    secret: str
    former: str | None
    former_until: datetime | None


class EventRow(TypedDict):
    """An event for one webhook; `sealed` has its `data`, under the webhook's key.

    `citizen` is whom it is about, so that it goes when they leave; None where it names nothing of anybody.
    `fresh_at` is when its week of tries began: as it happened, or when it was sent again.
    """

    _id: str
    webhook: str
    type: str
    citizen: str | None
    sealed: Sealed
    happened_at: datetime
    fresh_at: datetime
    due: datetime
    attempts: int
    done: bool
    outcome: str | None
    answer: str | None
