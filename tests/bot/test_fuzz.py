"""A bounded time of coverage-guided fuzzing: no exception but a refusal."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.messages import TEXT

SECONDS = 12


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not made for this machine")
def test_the_gate_withstands_fuzzing(tmp_path: Path) -> None:
    seeds = [
        TEXT,
        '{"ToUserName":"g","FromUserName":"o","CreateTime":1,"MsgType":"event","List":[{"A":"1"},{"A":"2"}]}',
        '{"ToUserName":"g","FromUserName":"o","CreateTime":1,"MsgType":"text","Content":"\\ud83d\\ude00","MsgId":"\\u0031"}',
    ]
    for number, seed in enumerate(seeds):
        for mode in (b"\0", b"\1"):
            (tmp_path / f"{number}-{mode[0]}").write_bytes(mode + seed.encode())
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.webhook",
        str(tmp_path),
        f"-max_total_time={SECONDS}",
        "-rss_limit_mb=1024",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS * 5)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "Done " in done.stderr
