"""What a source or partner does with the addresses that it is told events at."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from schema.api.context import Info
from schema.api.refusals import SOURCE, PlainRefusal, refusals
from schema.types.connection import local_id
from schema.types.errors import RefusalCode as Code
from schema.types.principal import Scope
from schema.types.webhook import WebhookEvent


@strawberry.input(description="A webhook to try.")
class TestWebhookInput:
    """By its id."""

    id: strawberry.ID


@strawberry.type(description="A test event is on its way.")
class TestWebhookSuccess:
    """Ask for the event again to see what the address answered."""

    event: WebhookEvent


TestWebhookResult = Annotated[TestWebhookSuccess | PlainRefusal, strawberry.union("TestWebhookResult")]


@strawberry.input(description="Events to send again.")
class ReplayWebhookEventsInput:
    """What happened since a moment, at most 30 days ago; `delivered` adds what was delivered before."""

    id: strawberry.ID
    since: datetime
    delivered: bool = False


@strawberry.type(description="The events are on their way again, each with its own id.")
class ReplayWebhookEventsSuccess:
    """`count` is how many."""

    count: int


ReplayWebhookEventsResult = Annotated[
    ReplayWebhookEventsSuccess | PlainRefusal, strawberry.union("ReplayWebhookEventsResult")
]


@strawberry.type
class WebhookMutations:
    """Webhooks."""

    @strawberry.mutation(
        description="Sources and partners: send a test event to a webhook.", metadata=refusals(*SOURCE, Code.NOT_FOUND)
    )
    async def test_webhook(self, info: Info, input: TestWebhookInput) -> TestWebhookResult:
        context = info.context
        caller = context.as_institution(Scope.MANAGE_WEBHOOKS)
        return TestWebhookSuccess(event=await context.services.webhooks.test(caller, local_id(input.id, "Webhook")))

    @strawberry.mutation(
        description="Sources and partners: send events again. Each keeps its id, so that one is not taken for two.",
        metadata=refusals(*SOURCE, Code.NOT_FOUND, Code.WEBHOOK_OFF),
    )
    async def replay_webhook_events(self, info: Info, input: ReplayWebhookEventsInput) -> ReplayWebhookEventsResult:
        context = info.context
        caller = context.as_institution(Scope.MANAGE_WEBHOOKS)
        webhook = local_id(input.id, "Webhook")
        count = await context.services.webhooks.replay(caller, webhook, input.since, all_events=input.delivered)
        return ReplayWebhookEventsSuccess(count=count)
