"""What a process takes while it runs: resident memory with its slope, and what it writes into its log."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


def resident(pid: int) -> float:
    """Resident memory of a process in MiB."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def slope(points: Sequence[tuple[float, float]]) -> float:
    """By least squares: how much the second value grows where the first grows by one."""
    middle = [sum(values) / len(points) for values in zip(*points, strict=True)]
    spread = sum((x - middle[0]) ** 2 for x, _ in points)
    return sum((x - middle[0]) * (y - middle[1]) for x, y in points) / spread if spread else 0.0


def percentile(times: Sequence[float], share: float) -> float:
    """The time that so many stay under; 0 where there is none."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


@dataclass
class Memory:
    """Samples of processes by name: minutes and MiB."""

    pids: dict[str, int]
    samples: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def sample(self, minutes: float) -> None:
        """Look at all of them."""
        for name, pid in self.pids.items():
            self.samples.setdefault(name, []).append((minutes, resident(pid)))

    def now(self, name: str) -> float:
        """The newest value."""
        return self.samples[name][-1][1]

    def slope(self, name: str, since: float) -> float:
        """MiB a minute from a moment on."""
        return slope([point for point in self.samples[name] if point[0] >= since])


@dataclass
class Written:
    """What was written into log files since this was made."""

    logs: Sequence[Path]
    begins: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.begins = [log.stat().st_size for log in self.logs]

    def lines(self) -> list[bytes]:
        """Every whole line since."""
        found = []
        for log, begin in zip(self.logs, self.begins, strict=True):
            with log.open("rb") as file:
                file.seek(begin)
                found += file.read().splitlines(keepends=True)
        return found

    def by_second(self) -> Counter[str]:
        """How many lines each second has."""
        return Counter(json.loads(line)["timestamp"][:19] for line in self.lines())
