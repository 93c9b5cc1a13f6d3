"""The meters of a long run: slopes, percentiles, and what is new in a log."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.meters import Memory, Written, percentile, resident, slope


def test_a_slope_is_what_the_points_say() -> None:
    assert slope([(n, 100 + 0.5 * n) for n in range(10)]) == pytest.approx(0.5)
    assert slope([(n, 7.0) for n in range(10)]) == 0.0
    assert slope([(3.0, 7.0)]) == 0.0


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile(range(100), 0.5) == 50
    assert percentile([5.0], 0.99) == 5.0
    assert percentile([], 0.99) == 0.0


def test_memory_is_looked_at_by_name() -> None:
    memory = Memory({"me": os.getpid()})
    memory.sample(0.0)
    assert memory.now("me") == pytest.approx(resident(os.getpid()), rel=0.5)


def test_only_new_lines_are_counted(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text('{"timestamp": "2026-11-23T02:00:00.1"}\n', "utf-8")
    written = Written([log])
    with log.open("a", encoding="utf-8") as file:
        file.write('{"timestamp": "2026-11-23T02:00:01.1"}\n{"timestamp": "2026-11-23T02:00:01.9"}\n')
    assert len(written.lines()) == 2
    assert written.by_second() == {"2026-11-23T02:00:01": 2}
