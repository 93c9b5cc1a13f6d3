"""Keeps the memory of a process that runs for months flat."""

from __future__ import annotations

import asyncio
import ctypes
import gc

_M_ARENA_MAX = -8
_ARENAS = 2
"""Each thread of a driver would take an arena of its own, and fragment it (mallopt(3))."""
_TRIM_SECONDS = 60.0
_LIBC = ctypes.CDLL(None)


def settle() -> None:
    """What was loaded stays and is not looked through again; garbage is looked for in small steps."""
    gc.collect()
    gc.freeze()  # schema, scheme and libraries: looking through them again made answers late
    gc.set_threshold(10_000, 20, 5)  # the default looks through what is new every few messages, and finds little
    if hasattr(_LIBC, "mallopt"):
        _LIBC.mallopt(_M_ARENA_MAX, _ARENAS)


async def trim() -> None:
    """Give free pages back every minute, in a thread, for as long as this runs (malloc_trim(3))."""
    while hasattr(_LIBC, "malloc_trim"):
        await asyncio.sleep(_TRIM_SECONDS)
        await asyncio.to_thread(_LIBC.malloc_trim, 0)
