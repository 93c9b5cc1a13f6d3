"""Progress of long work: lines with rate and time left, and a bar on a terminal."""

from __future__ import annotations

import io
import sys

import pytest

from server.platform.kit.progress import progress


def test_lines_tell_how_much_how_fast_and_how_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = iter([100.0, 110.0, 110.5, 140.0])
    monkeypatch.setattr("server.platform.kit.progress.time.monotonic", lambda: next(now))
    with progress() as report:
        for done in (0, 20_000, 21_000, 80_000):
            report("citizens", done, 80_000)
    assert capsys.readouterr().err.splitlines() == [
        "citizens: 0 / 80,000",
        "citizens: 20,000 / 80,000, 2,000/s, 0:00:30 left",
        "citizens: 80,000 / 80,000, 2,000/s",
    ]


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with progress() as report:
        report("citizens", 0, 100)
        report("citizens", 40, 100)
        report("citizens", 100, 100)
    assert "citizens" in terminal.getvalue()
    assert "100/100" in terminal.getvalue()
