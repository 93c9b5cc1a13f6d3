"""The demo as a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

EGRET = [sys.executable, "-m", "server.cli"]


class Demo:
    """A running `egret demo` as a newcomer starts it."""

    def __init__(self, data_dir: Path, *arguments: str) -> None:
        self.started = time.monotonic()
        self.log = data_dir.parent / "demo.log"
        self._out = self.log.open("w+")
        command = [*EGRET, "demo", "--no-open", "--port", "0", "--residents", "40", "--data-dir", str(data_dir)]
        self.process = subprocess.Popen([*command, *arguments], stdout=self._out, stderr=subprocess.STDOUT)

    def base_url(self) -> str:
        """The address it printed, once it answers."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            text = self.log.read_text("utf-8")
            if "/simulator" in text:
                base = text.split("Chat")[1].split("/simulator")[0].strip()
                try:
                    if httpx.get(f"{base}/readyz").text.startswith("ready\n"):
                        return base
                except httpx.TransportError:
                    pass
            assert self.process.poll() is None, text
            time.sleep(0.05)
        raise AssertionError(self.log.read_text("utf-8"))

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        code = self.process.wait(90)
        self._out.close()
        return code


def mongod_pids(data_dir: Path) -> list[int]:
    """Processes that hold this database folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if b"mongod" in command and str(data_dir).encode() in command:
                found.append(int(entry.name))
    return found
