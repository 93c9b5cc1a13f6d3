"""Who works on the database: each process says so every few seconds, with the layout that its code knows.

Times are the database's own (`$$NOW`), so that no clock of a machine matters.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata

import pymongo

from server.platform.db.layout import FINAL, PROCESSES, Layouts, layout_state
from server.platform.db.store import Store, StoreError
from server.platform.db.versions import LAYOUT
from server.platform.kit.tasks import stop

log = logging.getLogger("egret.layout")
HEARTBEAT_SECONDS = 5.0
EXPIRY_SECONDS = 30.0
"""A process that said nothing for so long counts as gone."""
_PARTING_SECONDS = 3.0
"""A database that is away does not keep a process that ends: what it said expires."""


@dataclass(frozen=True, slots=True)
class Process:
    """One that is alive."""

    what: str
    """`serve`, `worker`, or another command."""
    layout: int
    release: str
    host: str
    pid: int
    since: datetime
    heard: int
    """Up to which migration it has heard that nothing old is used any more."""

    def __str__(self) -> str:
        return (
            f"egret {self.what} {self.release} (layout {self.layout}) on {self.host}, process {self.pid}, "
            f"since {self.since:%Y-%m-%d %H:%M:%S} UTC"
        )


def release() -> str:
    """The version of the installed package."""
    try:
        return metadata.version("egret")
    except metadata.PackageNotFoundError:
        return "unreleased"


def _end() -> None:
    signal.raise_signal(signal.SIGTERM)


@contextlib.asynccontextmanager
async def announced(
    store: Store, what: str, layouts: Layouts, *, every: float = HEARTBEAT_SECONDS, end: Callable[[], None] = _end
) -> AsyncIterator[None]:
    """Say that this process works on the database for as long as this lasts, and keep `layouts` up to date.

    Where the database is contracted beyond this code meanwhile, `end` is called: it asks the process to stop.
    """
    name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    await beat(store, name, what, layouts)
    task = asyncio.create_task(_keep_on(store, name, what, layouts, every, end))
    try:
        yield
    finally:
        await stop(task)
        with contextlib.suppress(StoreError), pymongo.timeout(_PARTING_SECONDS):
            await store[PROCESSES].delete_one({"_id": name})


async def _keep_on(store: Store, name: str, what: str, layouts: Layouts, every: float, end: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(every)
        try:
            await beat(store, name, what, layouts)
        except StoreError as error:
            log.warning("heartbeat failed: %s", type(error).__name__)
            continue
        if layouts.state.floor > LAYOUT:
            log.error("the database was contracted to layout %d: this process ends", layouts.state.floor)
            end()


async def beat(store: Store, name: str, what: str, layouts: Layouts, seconds: float = EXPIRY_SECONDS) -> None:
    """One heartbeat: read the layout, and say that it was read. Raises StoreError."""
    layouts.state = await layout_state(store) or FINAL
    known = {
        "what": what,
        "layout": LAYOUT,
        "release": release(),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "heard": layouts.state.contracted,
    }
    values = {field: {"$literal": value} for field, value in known.items()}
    times = {"since": {"$ifNull": ["$since", "$$NOW"]}, "expires_at": {"$add": ["$$NOW", int(seconds * 1000)]}}
    await store[PROCESSES].update_one({"_id": name}, [{"$set": values | times}], upsert=True)


async def living(store: Store) -> list[Process]:
    """Every process that announces itself and is alive, the oldest first."""
    alive = {"$expr": {"$gt": ["$expires_at", "$$NOW"]}}
    rows = await store[PROCESSES].find(alive).sort([("since", 1)]).to_list(None)
    fields = ("what", "layout", "release", "host", "pid", "since", "heard")
    return [Process(**{field: row[field] for field in fields}) for row in rows]


async def older(store: Store, number: int) -> list[Process]:
    """The living processes that do not know a layout."""
    return [process for process in await living(store) if process.layout < number]
