"""Whether this process can do its work: what probes and load balancers ask."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import timedelta

from server.platform.core.outbox import outbox_age
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
