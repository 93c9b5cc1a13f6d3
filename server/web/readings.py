"""Figures that only the database knows, read when the metrics are asked for, every few seconds at most."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from datetime import time as time_of_day

from scoring.calendar import known_until
from server.citizens.residents.repository import RegisterDeliveryRepository
from server.disputes.repository import DisputeRepository
from server.enrolment.looks.repository import OVERDUE, LookQuestionRepository
from server.notices.repository import NoticeRepository
from server.platform.core import audit
from server.platform.core.outbox_figures import outbox_age, outbox_figures
from server.platform.db import Store, StoreError
from server.platform.kit.clock import SHANGHAI, Clock, day_of
from server.platform.kit.tasks import within
from server.platform.observability import metrics
from server.platform.webhooks.repository import WebhookRepository
from server.statistics.repository import RescoreRepository

FRESH_SECONDS = 5.0
_PATIENCE_SECONDS = 3.0
_MOST_COUNTED = 10_000


class Readings:
    """Fills the gauges of outbox and disputes. Every process gives the same: take the maximum, not the sum."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._read_at = -FRESH_SECONDS
        self._one = asyncio.Lock()

    async def refresh(self) -> None:
        """Read again where what is known is old; where the database does not answer, the old figures stay."""
        async with self._one:
            if time.monotonic() - self._read_at < FRESH_SECONDS:
                return
            self._read_at = time.monotonic()
            self._calendar()
            try:
                async with within(_PATIENCE_SECONDS):
                    await self._outbox()
                    await self._disputes()
                    await self._notices()
                    await self._duties()
                    await self._register()
                    metrics.WEBHOOKS_OFF.set(await WebhookRepository(self._store).count_off())
                metrics.DATABASE_READABLE.set(1)
            except (TimeoutError, StoreError):
                metrics.DATABASE_READABLE.set(0)

    async def _outbox(self) -> None:
        metrics.OUTBOX_AGE.set((await outbox_age(self._store, self._clock)).total_seconds())
        outbox = await outbox_figures(self._store, self._clock, _MOST_COUNTED)
        metrics.OUTBOX_DUE.set(outbox.due)
        metrics.OUTBOX_WAITING.set(outbox.waiting)
        metrics.OUTBOX_ATTEMPTS.set(outbox.attempts)

    async def _disputes(self) -> None:
        disputes = DisputeRepository(self._store)
        metrics.DISPUTES_OPEN.set(await disputes.count_open())
        metrics.LOOKS_UNANSWERED.set(await LookQuestionRepository(self._store).count(OVERDUE))
        metrics.DISPUTES_OVERDUE.set(await disputes.count_open(due_before=day_of(self._clock()).isoformat()))

    async def _notices(self) -> None:
        """What the desk has to tell by hand."""
        notices, now = NoticeRepository(self._store), self._clock()
        metrics.NOTICES_UNDELIVERED.set(await notices.count_not_delivered(now, _MOST_COUNTED))
        oldest = await notices.not_delivered(now, 1, None)
        since = oldest[0].get("desk_at", now) if oldest else now
        metrics.NOTICES_UNDELIVERED_AGE.set((now - since).total_seconds())

    async def _register(self) -> None:
        newest = await RegisterDeliveryRepository(self._store).newest()
        if newest is not None:
            metrics.REGISTER_PEOPLE.set(newest["people"])
            metrics.REGISTER_DELIVERED.set(newest["finished_at"].timestamp())

    def _calendar(self) -> None:
        ends = known_until() + timedelta(days=1)
        metrics.CALENDAR_ENDS.set(datetime.combine(ends, time_of_day.min, SHANGHAI).timestamp())

    async def _duties(self) -> None:
        """What has to happen once a day."""
        run = await RescoreRepository(self._store).newest_finished("finished_at")
        if run is not None and "finished_at" in run:
            metrics.RESCORED.set(run["finished_at"].timestamp())
        seal = await audit.newest_seal(self._store)
        if seal is not None:
            day = datetime.fromisoformat(seal["_id"]).replace(tzinfo=SHANGHAI)
            metrics.SEALED.set((day + timedelta(days=1)).timestamp())
