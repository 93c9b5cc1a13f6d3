"""Files of records as a reader sees them."""

from __future__ import annotations

from pathlib import Path

from server.sources.files.faults import Line, Reject
from server.sources.files.reading import read
from server.sources.files.understanding import understand
from tests.support.people import MOLI, TODAY


def lines_of(path: Path) -> list[Line | Reject]:
    """Every line of a file, accepted or rejected."""
    return list(read(understand(path), MOLI, on=TODAY))
