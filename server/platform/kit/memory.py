"""Keeps the memory of a process that runs for months flat."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import time

_M_ARENA_MAX = -8
_ARENAS = 2
"""Each thread of a driver would take an arena of its own, and fragment it (mallopt(3))."""
_TRIM_SECONDS = 60.0
_MOST_SECONDS = 0.015
"""No answer waits for longer."""
_LIBC = ctypes.CDLL(None)


def settle() -> None:
    """What was loaded stays and is not looked through again; garbage is looked for in small steps."""
    gc.collect()
    gc.freeze()  # schema, scheme and libraries: looking through them again made answers late
    gc.set_threshold(10_000, 20, 5)  # the default looks through what is new every few messages, and finds little
    if hasattr(_LIBC, "mallopt"):
        _LIBC.mallopt(_M_ARENA_MAX, _ARENAS)


async def trim() -> None:
    """Every minute, for as long as this runs: free what is in circles, and give free pages back (malloc_trim(3)).

    What failed is in circles with its frames. Until all generations are looked through it would keep pages of small
    objects, each of which is given back only as a whole; without what is frozen that takes a few milliseconds. Where
    there is so much that it takes long, it is left to the collector, which does it seldom.
    """
    is_quick = True
    while True:
        await asyncio.sleep(_TRIM_SECONDS)
        if is_quick:
            began = time.thread_time()
            gc.collect()
            is_quick = time.thread_time() - began < _MOST_SECONDS
        if hasattr(_LIBC, "malloc_trim"):
            await asyncio.to_thread(_LIBC.malloc_trim, 0)
