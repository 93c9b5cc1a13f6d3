"""Whether this process can do its work: what probes and load balancers ask."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from datetime import timedelta

from server.platform.db import FINAL, LAYOUT, Layout, Store, StoreError, layout_state
from server.platform.kit.clock import Clock

CHECKS = ("database", "migrations", "outbox")
_PATIENCE_SECONDS = 2.0


async def unready(store: Store, clock: Clock, outbox_limit: int, exclude: Collection[str] = ()) -> str | None:
    """What is wrong, in a sentence; None where everything is well."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await store.ping()
            layout = FINAL if "migrations" in exclude else await layout_state(store)
            age = timedelta() if "outbox" in exclude else await outbox_age(store, clock)
    except (TimeoutError, StoreError):
        return "the database does not answer"
    unfit = _unfit(layout)
    if unfit is not None:
        return unfit
    if age > timedelta(seconds=outbox_limit):
        return f"the outbox is {int(age.total_seconds())} s behind: see that a worker runs"
    return None


def _unfit(layout: Layout | None) -> str | None:
    """Why this code and the layout do not go together, in a sentence."""
    version = 0 if layout is None else layout.version
    if version < LAYOUT:
        needs = f"the database is laid out for version {version} and this code needs {LAYOUT}"
        return f"{needs}: run `egret migrate --expand`"
    if layout is not None and layout.floor > LAYOUT:
        return f"the database was contracted to layout {layout.floor} and this code knows {LAYOUT}: start a newer one"
    return None


async def outbox_age(store: Store, clock: Clock) -> timedelta:
    """How late the row of the outbox is that is due first."""
    found = store["outbox"].find({"done": False}, {"due": 1, "_id": 0}).sort([("due", 1)]).limit(1)
    rows = await found.to_list(1)
    return max(timedelta(), clock() - rows[0]["due"]) if rows else timedelta()


class Heartbeats:
    """When each job of this process's worker last came round, and how long it may take; asked without any I/O.

    A process without a worker has none.
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, float]] = {}

    def came(self, job: str, most_seconds: float) -> None:
        """A round begins; the next one has to within so many seconds."""
        self._last[job] = (time.monotonic(), most_seconds)

    def stuck(self) -> str | None:
        """The job that did not come round, in a sentence."""
        now = time.monotonic()
        for job, (last, most) in self._last.items():
            if now - last > most:
                return f"{job} has not come round for {int(now - last)} s"
        return None
