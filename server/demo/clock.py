"""The demo's clock: this moment, and how far it was moved on, so that deadlines are seen in minutes."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from server.container import Container
from server.platform.db import Store
from server.platform.db.layout import META
from server.platform.kit.clock import day_of, utc_now
from server.platform.kit.errors import OperatorError

_ROW = "demo clock"


class ClockGoesBackError(OperatorError):
    """What has happened would be in the future."""


class DemoClock:
    """A clock that only goes on. Where it stands is kept in the demo's database."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        """The moment that it is in the demo."""
        return utc_now() + self.ahead

    def move(self, by: timedelta) -> None:
        """Move it on. Raises ClockGoesBackError."""
        if by < timedelta():
            raise ClockGoesBackError(
                f"It is {day_of(self())}; the demo's clock does not go back: use another --data-dir."
            )
        self.ahead += by

    def move_to(self, day: date) -> None:
        """Move it on to this hour of a day. Raises ClockGoesBackError."""
        self.move(day - day_of(self()))

    async def load(self, store: Store) -> None:
        """Go on from where it stood."""
        row = await store[META].find_one({"_id": _ROW})
        self.ahead = timedelta(seconds=row["ahead"]) if row else timedelta()

    async def keep(self, store: Store) -> None:
        """Keep where it stands."""
        await store[META].update_one({"_id": _ROW}, {"$set": {"ahead": self.ahead.total_seconds()}}, upsert=True)


async def move_on(container: Container, clock: DemoClock, by: timedelta) -> datetime:
    """Move the clock on, and let the deadlines that have passed decide; the moment it is then."""
    clock.move(by)
    await clock.keep(container.store)
    await container.disputes.lapse_overdue()
    await container.repairs.keep_deadlines()
    await container.looks.escalate()
    return clock()
