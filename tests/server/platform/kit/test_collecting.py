"""What is set while a file is read is set back, whatever happens."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from server.platform.kit.collecting import few_collections


@pytest.fixture(autouse=True)
def _as_a_process_begins() -> Iterator[None]:
    """Whatever ran before in this process."""
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


def test_garbage_is_looked_for_and_threads_take_turns_as_before_when_reading_ends_or_fails() -> None:
    before = gc.get_threshold(), sys.getswitchinterval()
    within = []

    def read() -> None:
        with few_collections():
            within.append((gc.get_threshold(), sys.getswitchinterval()))
            raise OSError("torn")

    with pytest.raises(OSError, match="torn"):
        read()
    assert within[0][0][0] > before[0][0]
    assert within[0][1] < before[1]
    assert (gc.get_threshold(), sys.getswitchinterval()) == before
