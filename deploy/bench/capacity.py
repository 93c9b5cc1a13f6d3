"""What a city needs, from measured figures and what its people are assumed to do.

    python deploy/bench/capacity.py [--write]         (--write: into deploy/capacity.md)

The figures are those that `all.py --save deploy/bench/figures.json` kept: rates of one core of the machine that was
measured. Assumptions are ours, illustrative, and each is named in the table; change them and run it again.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import dataclass, fields
from pathlib import Path

BENCH = Path(__file__).parent
FIGURES = BENCH / "figures.json"
PAGE = BENCH.parent / "capacity.md"
BEGIN, END = "<!-- from here to the end mark: deploy/bench/capacity.py --write -->", "<!-- end -->"
SIZES = (1_000_000, 7_000_000, 20_000_000)
_DAY = 86_400
_KIB, _GIB = 1024, 1024**3


@dataclass(frozen=True, slots=True)
class Assumed:
    """What people do, and how full things may be."""

    enrolled: float = 0.30
    active: float = 0.05
    messages: float = 4
    questions: float = 6
    peak: float = 10
    opened: float = 0.1
    notice_hours: float = 12
    sent: float = 20
    records: float = 6
    reported: float = 2
    statements: float = 12
    looks: float = 24
    disputed: float = 0.03
    used: float = 0.5
    night_hours: float = 2
    indexed: float = 1
    hot: float = 0.2
    memory: float = 64
    disk: float = 1000
    commands: float = 2
    primary: float = 8000


SAYS = {
    "enrolled": "share of residents who enrol",
    "active": "share of the enrolled who come on a day",
    "messages": "chat messages of each on that day",
    "questions": "pages and GraphQL questions of each on that day",
    "peak": "times the mean that the busiest minute has",
    "opened": "share of the enrolled who open a notice to everybody within ten minutes, where it goes out at once",
    "notice_hours": "hours in which a notice to everybody is sent",
    "sent": "messages a second that one worker sends: one after the other, 50 ms each",
    "records": "records kept for each resident, enrolled or not",
    "reported": "records reported a year for each resident",
    "statements": "statements kept for each of the enrolled",
    "looks": "audit links kept for each of the enrolled",
    "disputed": "disputes kept for each of the enrolled",
    "used": "share of a core that is used at the peak",
    "night_hours": "hours in which the nightly run has to end",
    "indexed": "times their size that the indexes of disputes and links take",
    "hot": "share of documents, besides all indexes, that has to be in memory",
    "memory": "GiB of memory that one member gives to MongoDB's cache",
    "disk": "GiB of data that one shard may hold, so that a copy can be restored in a night",
    "commands": "MongoDB commands for a message or a question",
    "primary": "commands a second of one primary (8 cores) at the peak",
}


@dataclass(frozen=True, slots=True)
class Needs:
    """What a city of one size needs."""

    residents: int
    enrolled: float
    messages: float
    questions: float
    cores: int
    opened: float
    servers: int
    workers: int
    night: int
    imported: float
    data: float
    hot: float
    commands: float
    shards: int


class Measured:
    """Figures by their names."""

    def __init__(self, path: Path = FIGURES) -> None:
        self._kept = json.loads(path.read_text("utf-8"))

    def __getitem__(self, name: str) -> float:
        return float(self._kept["figures"][name]["value"])

    @property
    def machine(self) -> str:
        short = ", short settings" if self._kept["short"] else ""
        return f"{self._kept['cores']} cores, Python {self._kept['python']}{short}"


def needs(residents: int, a: Assumed, m: Measured) -> Needs:
    """The formulas."""
    enrolled = residents * a.enrolled
    messages = enrolled * a.active * a.messages / _DAY * a.peak
    questions = enrolled * a.active * a.questions / _DAY * a.peak
    opened = enrolled * a.opened / 600
    answered = m["api: a score over GraphQL, one core"]
    work = messages / m["chat: chat messages, one core"] + max(questions, opened) / answered
    cores = math.ceil(work / a.used)
    rescored = m["rescore: rescore of a city, two processes"] / m["rescore: citizens"] * 2  # process-seconds for each
    night = math.ceil(enrolled * rescored / (a.night_hours * 3600))
    data, indexes = _bytes(residents, enrolled, a, m)
    hot = indexes + data * a.hot
    commands = (messages + max(questions, opened)) * a.commands
    fills = ((data + indexes) / _GIB / a.disk, hot / _GIB / a.memory, commands / a.primary)
    return Needs(
        residents=residents,
        enrolled=enrolled,
        messages=messages,
        questions=questions,
        cores=cores,
        opened=opened,
        servers=max(3, cores + 2),  # one is drained, one has failed
        workers=max(2, math.ceil(enrolled / (a.notice_hours * 3600) / a.sent)),
        night=night,
        imported=residents * a.reported / 365 / m["import_file: import of records"],
        data=(data + indexes) / _GIB,
        hot=hot / _GIB,
        commands=commands,
        shards=math.ceil(max(fills)),
    )


def _bytes(residents: float, enrolled: float, a: Assumed, m: Measured) -> tuple[float, float]:
    """Of documents, and of their indexes."""
    counts = {
        "citizen": residents,
        "record": residents * a.records,
        "statement": enrolled * a.statements,
        "link": enrolled * a.looks,
        "dispute": enrolled * a.disputed,
    }
    sizes = {one: count * m[f"storage: a {one}"] * _KIB for one, count in counts.items()}
    measured = ("citizen", "record", "statement")
    indexes = sum(counts[one] * m[f"storage: indexes of a {one}"] * _KIB for one in measured)
    indexes += sum(size * a.indexed for one, size in sizes.items() if one not in measured)
    return sum(sizes.values()), indexes


def page() -> str:
    """The part of the page that is made here."""
    a, m = Assumed(), Measured()
    cities = [needs(size, a, m) for size in SIZES]
    head = "| | " + " | ".join(f"{c.residents / 1e6:.0f} million" for c in cities) + " |"
    rows = [head, "|---|" + "---:|" * len(cities)]

    def row(what: str, *values: str) -> None:
        rows.append(f"| {what} | " + " | ".join(values) + " |")

    row("enrolled", *(f"{c.enrolled:,.0f}" for c in cities))
    row("chat messages a second, at the peak", *(f"{c.messages:,.0f}" for c in cities))
    row("pages and questions a second, at the peak", *(f"{c.questions:,.0f}" for c in cities))
    row("questions a second while a notice to everybody is opened", *(f"{c.opened:,.0f}" for c in cities))
    row("cores that answer them", *(f"{c.cores}" for c in cities))
    row("**servers** (one core, 1 GiB each; two to spare)", *(f"**{c.servers}**" for c in cities))
    row("**workers**", *(f"**{c.workers}**" for c in cities))
    row("**processes of the nightly run**", *(f"**{c.night}**" for c in cities))
    row("seconds to import a day's records, one process", *(f"{c.imported:,.1f}" for c in cities))
    row("commands a second on the primaries, at the peak", *(f"{c.commands:,.0f}" for c in cities))
    row("GiB of documents and indexes, before compression", *(f"{c.data:,.0f}" for c in cities))
    row("GiB that have to be in memory", *(f"{c.hot:,.0f}" for c in cities))
    row("**replica sets of three members** (shards)", *(f"**{c.shards}**" for c in cities))
    assumed = ["| assumed | |", "|---|---:|"]
    assumed += [f"| {SAYS[one.name]} | {getattr(a, one.name):g} |" for one in fields(Assumed)]
    return "\n".join([f"Measured on {m.machine}.", "", *rows, "", *assumed])


def main() -> int:
    """Print the tables, or put them into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="into deploy/capacity.md")
    if not parser.parse_args().write:
        print(page())
        return 0
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{page()}\n{END}{rest.partition(END)[2]}", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
