"""`egret … | head`: where nobody reads on, a command ends without a word."""

from __future__ import annotations

import io
import os
import signal
import subprocess

import pytest

from server.cli import main as cli
from tests.support.demo import EGRET

READER_GONE = 128 + signal.SIGPIPE


@pytest.mark.long
@pytest.mark.parametrize(("arguments", "code"), [(["schema"], READER_GONE), (["--help"], 0)])
def test_a_reader_that_has_seen_enough_ends_it_silently(arguments: list[str], code: int) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as out:
        done = subprocess.run([*EGRET, *arguments], stdout=out, stderr=subprocess.PIPE, check=False, timeout=120)
    assert done.stderr == b""
    assert done.returncode == code


def test_what_breaks_elsewhere_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_argv: list[str] | None) -> int:
        raise BrokenPipeError("the gateway hung up")

    with open(os.devnull, "w") as out:
        monkeypatch.setattr("sys.stdout", out)
        monkeypatch.setattr(cli, "_run", broken)
        with pytest.raises(BrokenPipeError, match="hung up"):
            cli.main([])


def test_what_is_no_file_has_no_reader_to_lose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert cli.main(["schema"]) == 0
