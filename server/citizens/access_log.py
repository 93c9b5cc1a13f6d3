"""A citizen's own looks: on the access log once a day, so that reading stays reading (promise 15)."""

from __future__ import annotations

import asyncio
from datetime import date

from schema.types.enrolment import AccessAction
from schema.types.principal import Caller, Principal
from server.citizens.service import chain_of
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.kit.clock import Clock, day_of

_REMEMBERED = 100_000


class AccessLog:
    """Knows, as far as this process was asked, who is on today's log already."""

    def __init__(self, unit_of_work: UnitOfWork, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._looked: dict[str, date] = {}
        self._logging: dict[str, asyncio.Task[None]] = {}

    async def log(self, actor: Principal) -> None:
        """Note that a citizen looked at their score or their records."""
        today = day_of(self._clock())
        if self._looked.get(actor.id) == today:
            return
        logging = self._logging.get(actor.id)
        if logging is None:  # several fields of one question ask at once
            logging = self._logging[actor.id] = asyncio.create_task(self._log(actor, today))
            logging.add_done_callback(lambda _task: self._logging.pop(actor.id, None))
        await asyncio.shield(logging)

    async def _log(self, actor: Principal, today: date) -> None:
        await self._add(Caller(actor))
        if len(self._looked) >= _REMEMBERED:
            self._looked.clear()
        self._looked[actor.id] = today

    @use_case("look")
    async def _add(self, tx: Transaction) -> None:
        await tx.audit(chain_of(tx.actor.id), AccessAction.SCORE_VIEWED.value, look=True)
