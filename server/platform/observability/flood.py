"""Keeps the volume of logs bounded: what repeats is said a few times a minute, with how often it was left out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

WINDOW_SECONDS = 60.0
MOST_ALIKE = 10
"""Of the same place in the code and level, in a window."""
MOST_REQUESTS = 200
"""Access lines a second; a fault's is always written."""
MOST_LINES = 2000
"""Of everything else together, in a window."""
_MOST_PLACES = 1000
ACCESS = "egret.access"


class Flood(logging.Filter):
    """Drops repeated records. `dropped` is told of each."""

    def __init__(self, dropped: Callable[[], None], now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._dropped = dropped
        self._now = now
        self._began = now()
        self._lines = 0
        self._places: dict[tuple[str, int, str], int] = {}
        self._left_out: dict[tuple[str, int, str], int] = {}
        self._second, self._requests = 0, 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is written; the first one of a new window says how many like it were not."""
        passes = self._access(record) if record.name == ACCESS else self._other(record)
        if not passes:
            self._dropped()
        return passes

    def _access(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.WARNING:
            return self._other(record)
        second = int(self._now())
        if second != self._second:
            self._second, self._requests = second, 0
        self._requests += 1
        return self._requests <= MOST_REQUESTS

    def _other(self, record: logging.LogRecord) -> bool:
        if self._now() - self._began >= WINDOW_SECONDS:
            self._began = self._now()
            self._lines = 0
            self._places = {}
        place = (record.name, record.levelno, f"{record.pathname}:{record.lineno}")
        if len(self._places) >= _MOST_PLACES and place not in self._places:
            place = ("", record.levelno, "")
        count = self._places[place] = self._places.get(place, 0) + 1
        self._lines += 1
        if count > MOST_ALIKE or self._lines > MOST_LINES:
            self._left_out[place] = self._left_out.get(place, 0) + 1
            return False
        left_out = self._left_out.pop(place, 0)
        if left_out:
            record.left_out = left_out
        return True
