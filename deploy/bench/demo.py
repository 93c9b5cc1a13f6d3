"""Start the demo as a newcomer does, and time what the newcomer waits for.

Prints seconds from start to ready (with 2,000 residents to make, and again with the data there), and the
time to the first chat reply. Fails when something does not work, never because it is slow.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def start(folder: Path) -> tuple[subprocess.Popen[bytes], str, float]:
    """The process, its address, and the seconds until it was ready."""
    log = folder / "demo.log"
    began = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["/bin/sh", "deploy/demo.sh", "--no-open", "--port", "0", "--data-dir", str(folder / "data")],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    while time.perf_counter() - began < 300:
        text = log.read_text("utf-8")
        if process.poll() is not None:
            sys.exit(f"the demo ended with {process.returncode}:\n{text}")
        if "/simulator" in text:
            base = text.split("Chat")[1].split("/simulator")[0].strip()
            try:
                with urllib.request.urlopen(f"{base}/readyz") as answer:  # noqa: S310 - our own address
                    if answer.read().startswith(b"ready\n"):
                        return process, base, time.perf_counter() - began
            except urllib.error.URLError:
                pass
        time.sleep(0.02)
    sys.exit("the demo was not ready in 300 s")


def first_reply(base: str) -> tuple[str, float]:
    """What the bot says to a new follower, and how long that took."""
    body = json.dumps({"openid": "o-first", "kind": "subscribe", "content": ""}).encode()
    began = time.perf_counter()
    with urllib.request.urlopen(f"{base}/simulator/send", body) as answer:  # noqa: S310 - our own address
        reply = json.load(answer)["results"][0]["reply"]
    while not reply:  # what ends with choices comes by itself, as a menu
        with urllib.request.urlopen(f"{base}/simulator/arrived?openid=o-first") as answer:  # noqa: S310 - our own address
            reply = "".join(one["text"] for one in json.load(answer)["arrived"])
    return reply, time.perf_counter() - began


def stop(process: subprocess.Popen[bytes]) -> float:
    began = time.perf_counter()
    process.send_signal(signal.SIGINT)
    if process.wait(60) != 0:
        sys.exit(f"the demo stopped with {process.returncode}")
    return time.perf_counter() - began


def main() -> None:
    """Two starts of one demo."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        process, base, ready = start(folder)
        reply, seconds = first_reply(base)
        stopped = stop(process)
        process, _, again = start(folder)
        stop(process)
    if "全凭自愿" not in reply:
        sys.exit(f"the first reply was {reply!r}")
    print(f"start to ready, 2,000 residents made   {ready:6.2f} s")
    print(f"second start to ready                  {again:6.2f} s")
    print(f"first chat reply                       {seconds:6.3f} s")
    print(f"Ctrl-C to ended                        {stopped:6.2f} s")


if __name__ == "__main__":
    main()
