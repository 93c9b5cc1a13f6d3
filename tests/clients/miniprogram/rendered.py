"""The mini-program as it is compiled and run: what the tests and the pictures share."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

from tests.clients.conftest import HERE, ROOT

PROJECT = ROOT / "deploy" / "miniprogram"
CODE = HERE / "miniprogram"
TSC = PROJECT / "node_modules" / "typescript" / "bin" / "tsc"
_AS_IT_IS = (".wxml", ".wxss", ".json")
_NOT_OURS = ("node_modules", "build")


def ours(*endings: str) -> list[Path]:
    """The project's own files of these kinds."""
    found = (path for ending in endings for path in sorted(PROJECT.rglob(f"*{ending}")))
    return [path for path in found if not set(_NOT_OURS) & set(path.relative_to(PROJECT).parts)]


def node(*words: str, cwd: Path = CODE) -> str:
    """The output of node."""
    return command("node", *words, cwd=cwd)


def command(*words: str, cwd: Path) -> str:
    """What a command prints; what it complains of, where it fails."""
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tsc(*words: str) -> str:
    return node(str(TSC), *words)


def build(into: Path, server: str) -> Path:
    """Compile the project for this server, as WeChat's tools do; it then asks WeChat who holds the phone."""
    tsc("-p", str(PROJECT), "--outDir", str(into))
    for path in ours(*_AS_IT_IS):
        copy = into / path.relative_to(PROJECT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    settings = into / "settings.js"
    text = re.sub(r'server: "[^"]*"', f'server: "{server}"', settings.read_text("utf-8"))
    settings.write_text(re.sub(r'demoAccount: "[^"]*"', 'demoAccount: ""', text), "utf-8")
    return into


def story(script: str, given: dict[str, object]) -> dict[str, object]:
    """Run a story of one phone; what it told at its end."""
    told: dict[str, object] = json.loads(node(script, json.dumps(given)).strip().splitlines()[-1])
    return told
