"""How word reaches people, front ends and other systems."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from schema.types.connection import Connection, Page
    from schema.types.dispute import (
        Dispute,
        QueueChange,
    )
    from schema.types.notice import Notice, NoticeChoices, NoticeWay, UndeliveredNotice
    from schema.types.principal import Caller, Principal
    from schema.types.score import Score
    from schema.types.webhook import Webhook, WebhookEvent


class Notices(Protocol):
    """What a person was told and chose, and what the desk has to tell."""

    async def mine(self, actor: Principal, page: Page) -> Connection[Notice]:
        """One's own notices, newest first."""

    async def mark_read(self, caller: Caller, notices: Sequence[str]) -> None:
        """Keep that one has read notices; those that are another's are left as they are. BAD_INPUT."""

    async def unread(self, actor: Principal) -> int:
        """How many of them are not read."""

    async def choices(self, actor: Principal) -> NoticeChoices:
        """What one chose. NOT_ENROLLED."""

    async def choose(self, caller: Caller, off: Sequence[str], quiet: tuple[int, int], *, digest: bool) -> None:
        """Choose as a whole. NOT_ENROLLED, BAD_INPUT."""

    async def undelivered(self, actor: Principal, page: Page) -> Connection[UndeliveredNotice]:
        """What reached its person by no way, oldest first. The look is logged."""

    async def mark_told(self, caller: Caller, notice_id: str, by: NoticeWay, on: date) -> None:
        """Keep that one was told by hand on a day. NOT_FOUND, CONFLICT, BAD_INPUT."""


class Updates(Protocol):
    """What happens, as it happens."""

    def disputes(self, actor: Principal) -> AsyncIterator[Dispute]:
        """One's own disputes, each after something happened to it."""

    def scores(self, actor: Principal) -> AsyncIterator[Score]:
        """One's own score, each time it was computed again."""

    def queue(self, actor: Principal) -> AsyncIterator[QueueChange]:
        """Cases, each after something happened to it; nothing about people."""


class Webhooks(Protocol):
    """Where a source or partner is told of events."""

    async def visible(self, actor: Principal, page: Page) -> Connection[Webhook]:
        """One's own webhooks; for stewards and auditors all."""

    async def one(self, actor: Principal, webhook_id: str) -> Webhook:
        """One of them. NOT_FOUND."""

    async def events(self, actor: Principal, webhook_id: str, page: Page) -> Connection[WebhookEvent]:
        """The events of one of them in the last 30 days, newest first. NOT_FOUND."""

    async def event(self, actor: Principal, event_id: str) -> WebhookEvent:
        """One event. NOT_FOUND."""

    async def test(self, caller: Caller, webhook_id: str) -> WebhookEvent:
        """Send an event that says nothing. NOT_FOUND."""

    async def replay(self, caller: Caller, webhook_id: str, since: datetime, *, all_events: bool) -> int:
        """Send again what happened since a moment, unless it was delivered, or all of it; how many. NOT_FOUND,
        WEBHOOK_OFF."""
