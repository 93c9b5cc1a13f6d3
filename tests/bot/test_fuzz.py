"""A bounded time of coverage-guided fuzzing: no exception but a refusal."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.messages import TEXT
from tests.support.paths import TABLES

SECONDS = 12


@pytest.mark.long
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not made for this machine")
def test_the_gate_withstands_fuzzing(tmp_path: Path) -> None:
    seeds = [
        "]]></Content><MsgId>1</MsgId><Content><![CDATA[",
        "a\x1d&#29;]]>b",
        TEXT,
        '{"ToUserName":"g","FromUserName":"o","CreateTime":1,"MsgType":"event","List":[{"A":"1"},{"A":"2"}]}',
        '{"ToUserName":"g","FromUserName":"o","CreateTime":1,"MsgType":"text","Content":"\\ud83d\\ude00","MsgId":"\\u0031"}',
    ]
    for number, seed in enumerate(seeds):
        for mode in (b"\0", b"\1", b"\2", b"\3"):
            (tmp_path / f"{number}-{mode[0]}").write_bytes(mode + seed.encode())
    fuzz("webhook", tmp_path)


@pytest.mark.long
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not made for this machine")
def test_what_people_type_withstands_fuzzing(tmp_path: Path) -> None:
    pairs = tomllib.loads((TABLES / "identity.toml").read_text("utf-8"))
    for number, typed in enumerate(
        [*(pair["typed"] for pair in pairs["same"]), "异议 3", "我要绑定", "验证码 123 456"]
    ):
        (tmp_path / str(number)).write_bytes(typed.encode())
    fuzz("typed", tmp_path)


def fuzz(target: str, seeds: Path) -> None:
    """Run a target of `tests/fuzz` for a while; it ends with its first fault."""
    command = [
        sys.executable,
        "-m",
        f"tests.fuzz.{target}",
        str(seeds),
        f"-max_total_time={SECONDS}",
        "-rss_limit_mb=1024",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS * 5)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "Done " in done.stderr
