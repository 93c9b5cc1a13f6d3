"""Every benchmark with short settings, and one table of what they say: figure, unit, ratio to its baseline.

    python deploy/bench/all.py [--only chat engine] [--full] [--save deploy/bench/figures.json]

Each runs by itself, one after the other. `--full` leaves out the short settings, for figures that are quoted. What
cannot run here says why in the table. `capacity.py` reads the figures that `--save` keeps.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

BENCH = Path(__file__).parent
ROOT = BENCH.parent.parent
_MOST_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure in what a benchmark prints: groups of the pattern are the value and, if there is one, the ratio."""

    name: str
    unit: str
    pattern: str
    percent: bool = False

    def read(self, said: str) -> tuple[float, float | None] | None:
        """The last value that is printed, and its ratio."""
        found = list(re.finditer(self.pattern, said, re.MULTILINE))
        if not found:
            return None
        value, *ratio = (float(one.replace(",", "")) for one in found[-1].groups() if one is not None)
        return value, (ratio[0] / 100 if self.percent else ratio[0]) if ratio else None


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A program, its short settings, its figures, and what it needs besides the package."""

    script: str
    short: tuple[str, ...]
    figures: tuple[Figure, ...]
    lacks: Callable[[], str | None] = lambda: None

    @property
    def name(self) -> str:
        return Path(self.script).stem


def _modules(*names: str) -> Callable[[], str | None]:
    def lacks() -> str | None:
        missing = [name for name in names if importlib.util.find_spec(name) is None]
        return f"needs {', '.join(missing)} (extra `bench`)" if missing else None

    return lacks


def _api() -> str | None:
    if shutil.which("wrk") is None or not (BENCH / "api" / "node_modules").is_dir():
        return "needs wrk, and `npm ci` in deploy/bench/api"
    return _modules("ariadne")()


def _browser() -> str | None:
    return None if shutil.which("chromium") else "needs Chromium"


_NUMBER = r"([\d.,]+)"
_TIMES = rf".*, {_NUMBER} times"
_SIGNED = r"([+-][\d.,]+)"
PEERS = tuple(f"{which} {how}" for how in ("once", "plain") for which in ("werobot", "flask"))
STORED = ("citizen", "record", "statement", "dispute", "link")
"""Of the last two a small city has too few to tell what their indexes take."""
BENCHMARKS = (
    Benchmark("wechat.py", (), (
        Figure("protocol in and out", "µs", rf"egret:.*median {_NUMBER} µs"),
        Figure("against wechatpy", "x faster", rf"ratio: {_NUMBER}"),
    ), _modules("wechatpy")),
    Benchmark("engine.py", (), (
        Figure("one statement of 30 records", "µs", rf"one statement, 30 records +{_NUMBER} µs"),
        Figure("a city over columns", "records/s", rf"1,000,000 +[\d.]+ +{_NUMBER} +{_NUMBER}"),
    )),
    Benchmark("plan.py", ("--passes", "3"), (
        Figure("50 records, compiled", "µs", rf"compiled: +{_NUMBER} µs"),
        Figure("50 records, stock Strawberry", "µs", rf"stock: +{_NUMBER} µs, +{_NUMBER} x"),
    )),
    Benchmark("hostile.py", (), (
        Figure("slowest hostile document", "ms CPU", rf"the slowest {_NUMBER} ms"),
        Figure("hostile documents, event loop held", "ms", rf"event loop held {_NUMBER} ms"),
    )),
    Benchmark("hostile_load.py", ("--seconds", "8", "--files", "100", "--deliveries", "200"), (
        Figure("PDF to photos by a helper, against a thread", "ms", rf"pdf: five pages in {_NUMBER} ms {_TIMES}"),
        Figure("others' p99 in a flood of documents", "ms", rf"flood: others' p99 {_NUMBER} ms{_TIMES}"),
        Figure("others' p99 beside hostile files", "ms", rf"files: others' p99 {_NUMBER} ms{_TIMES}"),
        Figure("server's memory beside hostile files", "MiB", rf"files: server .*, {_SIGNED} MiB at most"),
        Figure("server's memory for 24 letters at once", "MiB", rf"letters: .*, {_SIGNED} MiB at most"),
        Figure("export of 5,000 entries, event loop held", "ms", rf"export: .*event loop held {_NUMBER} ms"),
        Figure("delivery's time about those who take part, AUC", "", rf"AUC {_NUMBER}"),
    )),
    Benchmark("drivers.py", (), (
        Figure("find by id on Motor, 32 at once", "/s", rf"^ +32 +motor +{_NUMBER}"),
        Figure("find by id on PyMongo, 32 at once", "/s", rf"^ +32 +pymongo +{_NUMBER}"),
    )),
    Benchmark("chat.py", ("--messages", "800", "--passes", "1"), (
        Figure("chat messages, one core", "/s", rf"egret: +{_NUMBER} messages/s"),
        Figure("chat messages, the slowest 1%", "ms", rf"egret: .*?p99 +{_NUMBER} ms"),
        *(Figure(f"{p}, messages", "/s", rf"{p}: +{_NUMBER} .*egret/this {_NUMBER}") for p in PEERS),
        *(Figure(f"{p}, its slowest 1%", "ms", rf"{p}: .*?p99 +{_NUMBER} ms.*this/egret {_NUMBER}") for p in PEERS),
    ), _modules("werobot", "flask", "wechatpy", "waitress")),
    Benchmark("exactly_once.py", ("--messages", "200"), (
        Figure("triple deliveries, two servers", "/s", rf"deliveries in [\d.]+ s \({_NUMBER}/s\)"),
    )),
    Benchmark("desk.py", ("--cases", "2000", "--citizens", "20000", "--requests", "50"), (
        Figure("desk queue page, median", "ms", rf"OPEN: .*?{_NUMBER} ms"),
    )),
    Benchmark("kills.py", ("--kills", "6"), (
        Figure("longest wait around a kill", "s", rf"until answered: {_NUMBER} s"),
        Figure("lost, doubled or broken", "", rf"broken: {_NUMBER}"),
    )),
    Benchmark("soak.py", ("--minutes", "2", "--warm-up", "20", "--storm", "2000"), (
        Figure("mixed load, median", "ms", rf"^total: .*p50 {_NUMBER} ms"),
        Figure("mixed load, the slowest 1%", "ms", rf"^total: .*p99 {_NUMBER} ms"),
        Figure("errors", "", rf"^errors: {_NUMBER}"),
        Figure("memory of a server, slope", "MiB/minute", rf"slope of server 1: {_SIGNED} MiB/minute"),
        Figure("log for 1,000 requests", "KiB", rf"^logs: .* and {_NUMBER} KiB"),
    )),
    Benchmark("shutdown.py", ("--times", "5"), (
        Figure("longest stop under load", "s", rf"longest {_NUMBER} s$"),
        Figure("mutations lost or doubled by it", "", rf"broken: {_NUMBER}"),
        Figure("answers of 5xx", "", rf"of 5xx: {_NUMBER}"),
    )),
    Benchmark("audit_chain.py", ("--mutations", "500"), (
        Figure("mutations of the audit chain", "", rf"all: +{_NUMBER} tried"),
        Figure("of them not found", "", rf"undetected: {_NUMBER}"),
    )),
    Benchmark("notices.py", ("--notices", "1000"), (
        Figure("notices by template", "/s", rf"2 workers: {_NUMBER} a second"),
        Figure("notices sent twice", "", rf"more than once: {_NUMBER}"),
    )),
    Benchmark("notice_days.py", ("--notices", "2000", "--quota", "1000"), (
        Figure("notices sent twice or lost, over days of quotas", "", rf"more than once: {_NUMBER}"),
        Figure("refused by the platform for its quota", "", rf"for its quota: {_NUMBER}"),
    )),
    Benchmark("daily_round.py", ("--citizens", "10000"), (
        Figure("daily round, bills", "/s", rf"^bills: .*, {_NUMBER} a second"),
        Figure("daily round, citizens", "/s", rf"^closings: .*, {_NUMBER} a second"),
    )),
    Benchmark("sockets.py", ("--sockets", "300"), (Figure("an idle subscription", "KiB", rf"{_NUMBER} KiB each"),)),
    Benchmark("import_file.py", ("--records", "20000", "--citizens", "2000", "--passes", "1"), (
        Figure("import of records", "/s", rf"median: egret import {_NUMBER} records/s.*: {_NUMBER}%", percent=True),
        Figure("import of CSV in GB18030", "/s", rf"in GB18030 {_NUMBER}/s: {_NUMBER}%", percent=True),
        Figure("a workbook read and checked", "rows/s", rf"XLSX read and checked {_NUMBER} rows/s"),
    )),
    Benchmark("register.py", ("--people", "50000"), (
        Figure("import of the register, over insert_many", "x", rf"median: {_NUMBER} x"),
    )),
    Benchmark("rescore.py", ("--citizens", "20000"), (
        Figure("rescore of a city, two processes", "s", rf"rescore {_NUMBER} s"),
        Figure("citizens", "people", rf"^{_NUMBER} citizens"),
        Figure("its baseline: draining the same records", "s", rf"drain .*?median {_NUMBER} s.*ratio {_NUMBER}"),
    )),
    Benchmark("api/api.py", ("--citizens", "2000", "--seconds", "2", "--passes", "1"), (
        Figure("a score over GraphQL, one core", "/s", rf"score +egret: +{_NUMBER} requests/s"),
        Figure("50 records over GraphQL, one core", "/s", rf"records +egret: +{_NUMBER} requests/s"),
    ), _api),
    Benchmark("storage.py", ("--citizens", "2000"), (
        *(Figure(f"a {one}", "KiB", rf"a {one}: {_NUMBER} KiB") for one in STORED),
        *(Figure(f"indexes of a {one}", "KiB", rf"a {one}: .*, {_NUMBER} KiB of indexes") for one in STORED[:3]),
    )),
    Benchmark("observed.py", ("--requests", "1000"), (
        Figure("a request, watched", "µs", rf"watched: +{_NUMBER} µs, {_NUMBER} x"),
    )),
    Benchmark("pages.py", ("--passes", "3"), (
        Figure("score page on a slow line, first visit", "s", rf"first visit: {_NUMBER} s"),
        Figure("score page on a slow line, again", "s", rf"^/h5/ +again: {_NUMBER} s"),
    ), _browser),
    Benchmark("demo.py", (), (
        Figure("demo ready, 2,000 residents made", "s", rf"made +{_NUMBER} s"),
        Figure("first chat reply", "s", rf"first chat reply +{_NUMBER} s"),
    )),
)  # fmt: skip
Row = tuple[str, str, str, str, str]


def run(one: Benchmark, *, full: bool) -> tuple[str, str | None]:
    """What a benchmark printed, and why there is nothing, if so."""
    lacks = one.lacks()
    if lacks is not None:
        return "", lacks
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(BENCH / one.script), *(() if full else one.short)]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=_MOST_SECONDS
        )
    except subprocess.TimeoutExpired:
        return "", f"did not end within {_MOST_SECONDS} s"
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return done.stdout, f"failed: {last[:100]}"
    return done.stdout, None


def rows_of(one: Benchmark, said: str, wrong: str | None) -> list[Row]:
    """The table's rows."""
    if wrong is not None:
        return [(one.name, wrong, "", "", "")]
    rows: list[Row] = []
    for figure in one.figures:
        found = figure.read(said)
        if found is None:
            rows.append((one.name, figure.name, "not found in what it printed", "", ""))
            continue
        value, ratio = found
        rows.append((one.name, figure.name, _told(value), figure.unit, "" if ratio is None else f"{ratio:.2f}"))
    return rows


def _told(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:g}"


def table(rows: Sequence[Row]) -> str:
    """Rows as text, in columns."""
    head: Row = ("benchmark", "figure", "value", "unit", "ratio")
    widths = [max(len(row[n]) for row in (head, *rows)) for n in range(len(head))]
    lines = [
        "  ".join(
            cell.rjust(w) if n in (2, 4) else cell.ljust(w) for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in (head, tuple("-" * w for w in widths), *rows)
    ]
    return "\n".join(line.rstrip() for line in lines)


def save(path: Path, rows: Sequence[Row], *, full: bool) -> None:
    """Keep the figures, for `capacity.py`; those of benchmarks that did not run stay as they are."""
    kept = json.loads(path.read_text("utf-8")) if path.exists() else {"figures": {}}
    for name, figure, value, unit, ratio in rows:
        if unit:
            number = float(value.replace(",", ""))
            kept["figures"][f"{name}: {figure}"] = {
                "value": number,
                "unit": unit,
                "ratio": float(ratio) if ratio else None,
            }
    kept |= {"cores": os.cpu_count(), "python": ".".join(map(str, sys.version_info[:3])), "short": not full}
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")


def main() -> int:
    """Run them, print the table; 1 where one failed."""
    names = [one.name for one in BENCHMARKS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--full", action="store_true", help="with each benchmark's own settings")
    parser.add_argument("--save", type=Path, default=None, metavar="FILE", help="keep the figures as JSON")
    given = parser.parse_args()
    rows: list[Row] = []
    failed = False
    for one in BENCHMARKS:
        if one.name not in given.only:
            continue
        began = time.monotonic()
        said, wrong = run(one, full=given.full)
        failed = failed or (wrong is not None and not wrong.startswith("needs"))
        print(f"{one.name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        rows += rows_of(one, said, wrong)
    print(table(rows))
    if given.save is not None:
        save(given.save, rows, full=given.full)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
