"""Garbage collection and threads while much is read."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS = 200_000
_TURN_SECONDS = 0.0005


@contextmanager
def few_collections() -> Iterator[None]:
    """Lines of a file make no circles: looking for some after every few hundred objects takes a quarter of the time.

    A thread that reads lines gives way soon to the one that stores them: each call to the database otherwise waits
    5 ms for its turn, several times.
    """
    before, turn = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(_OBJECTS, *before[1:])
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(turn)
        gc.set_threshold(*before)
