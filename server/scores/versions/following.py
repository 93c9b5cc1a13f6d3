"""Look again and again which version is in force, for as long as a process runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from server.platform.kit.tasks import stop
from server.scores.versions.service import SchemeVersions

log = logging.getLogger("egret.scheme")
FOLLOW_SECONDS = 5.0


@contextlib.asynccontextmanager
async def following(versions: SchemeVersions, *, every: float = FOLLOW_SECONDS) -> AsyncIterator[None]:
    """Put each version in force in this process within seconds of its approval, or of its day."""
    task = asyncio.create_task(_keep_on(versions, every))
    try:
        yield
    finally:
        await stop(task)


async def _keep_on(versions: SchemeVersions, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        try:
            await versions.follow()
        except Exception as error:  # a full disk is no reason to stay with an old version for good
            log.warning("cannot see which version is in force: %s", type(error).__name__)
