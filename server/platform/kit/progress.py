"""Progress of long work: a bar on a terminal, plain lines elsewhere; both with rate and time left."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

Report = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and how much there is."""


@contextlib.contextmanager
def progress() -> Iterator[Report]:
    """A function to report with: what is being done, how much is done, how much there is."""
    if not sys.stderr.isatty():
        yield _Lines().report
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _RateColumn(""),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield report


class _RateColumn(TextColumn):
    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:,.0f}/s")


class _Lines:
    """At most a line a second, and one at the end of each part."""

    def __init__(self) -> None:
        self._last = 0.0
        self._began: dict[str, tuple[float, int]] = {}

    def report(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        began, first = self._began.setdefault(what, (now, done))
        if done >= total or now - self._last > 1:
            text = f"{what}: {done:,} / {total:,}{_rate(done - first, total - done, now - began)}"
            print(text, file=sys.stderr, flush=True)  # noqa: T201
            self._last = now


def _rate(done: int, left: int, seconds: float) -> str:
    """How fast it goes, and how long it will take; nothing before anything is known."""
    if done <= 0 or seconds <= 0:
        return ""
    rate = done / seconds
    return f", {rate:,.0f}/s" + (f", {timedelta(seconds=round(left / rate))} left" if left > 0 else "")
