"""Work that takes an even time, so that how long it took says nothing about whom it was about."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def even(step: float) -> AsyncIterator[None]:
    """Let work end on a whole step of so many seconds: how long it took says nothing about whom it was about."""
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        yield
    finally:
        await asyncio.sleep(step - (clock() - began) % step)
