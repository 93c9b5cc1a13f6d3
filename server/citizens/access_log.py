"""A citizen's own looks: on the access log once a day, so that reading stays reading (promise 15)."""

from __future__ import annotations

import asyncio
from datetime import date

from schema.types.principal import Principal
from server.citizens.citizens import chain_of
from server.platform.core.changes import Change, Changes, Outcome
from server.platform.kit.clock import Clock, day_of

_REMEMBERED = 100_000


class AccessLog:
    """Knows, as far as this process was asked, who is on today's log already."""

    def __init__(self, changes: Changes, clock: Clock) -> None:
        self._changes = changes
        self._clock = clock
        self._looked: dict[str, date] = {}
        self._logging: dict[str, asyncio.Task[None]] = {}

    async def log(self, by: Principal) -> None:
        """Note that a citizen looked at their score or their records."""
        today = day_of(self._clock())
        if self._looked.get(by.id) == today:
            return
        logging = self._logging.get(by.id)
        if logging is None:  # several fields of one question ask at once
            logging = self._logging[by.id] = asyncio.create_task(self._log(by, today))
            logging.add_done_callback(lambda _task: self._logging.pop(by.id, None))
        await asyncio.shield(logging)

    async def _log(self, by: Principal, today: date) -> None:
        async def body(change: Change) -> Outcome:
            await change.audit(chain_of(by.id), "score.viewed", look=True)
            return {}

        await self._changes.run(by, "look", body)
        if len(self._looked) >= _REMEMBERED:
            self._looked.clear()
        self._looked[by.id] = today
