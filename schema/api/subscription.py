"""What can be listened to. Each event carries the state after it; several at once may come as one."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import strawberry

from schema.api.context import Info
from schema.types.dispute import Dispute, QueueChange
from schema.types.score import Score


@strawberry.type(description="All that can be listened to. Listen first, then ask: so nothing is missed in between.")
class Subscription:
    """The root of all streams."""

    @strawberry.subscription(description="My disputes, each whenever something happens to it.")
    async def dispute_changed(self, info: Info) -> AsyncGenerator[Dispute, None]:
        async for dispute in info.context.services.updates.disputes(info.context.as_citizen().principal):
            yield dispute

    @strawberry.subscription(description="My score, each time it was made again.")
    async def score_changed(self, info: Info) -> AsyncGenerator[Score, None]:
        async for score in info.context.services.updates.scores(info.context.as_citizen().principal):
            yield score

    @strawberry.subscription(description="Desk: cases, each whenever something happens to it. Nothing about people.")
    async def queue_changed(self, info: Info) -> AsyncGenerator[QueueChange, None]:
        async for change in info.context.services.updates.queue(info.context.as_desk().principal):
            yield change
