"""Whether the jobs of this process go on."""

from __future__ import annotations

import time


class Heartbeats:
    """When each job of this process's worker last came round, and how long it may take; asked without any I/O.

    A process without a worker has none.
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, float]] = {}

    def beat(self, job: str, most_seconds: float) -> None:
        """A round begins; the next one has to within so many seconds."""
        self._last[job] = (time.monotonic(), most_seconds)

    def stuck(self) -> str | None:
        """The job that did not come round, in a sentence."""
        now = time.monotonic()
        for job, (last, most) in self._last.items():
            if now - last > most:
                return f"{job} has not come round for {int(now - last)} s"
        return None
