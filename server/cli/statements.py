"""`egret score`: one person's statement, offline, and whether a printed one is genuine."""

from __future__ import annotations

import asyncio
import json
import sys
from argparse import Namespace
from datetime import date
from pathlib import Path

from scoring.engine import assess, recomputed
from scoring.records import Record
from scoring.scheme import Scheme, load_scheme, scheme_ids
from scoring.statement import Statement, canonical_json
from server.cli.common import Commands, Failure, UsageError, counted, say
from server.sources.files.faults import Line, Reject
from server.sources.files.reading import read
from server.sources.files.understanding import understand


def register(commands: Commands) -> None:
    """`score`."""
    parser = commands.add_parser("score", help="assess one person's records offline; prints the statement")
    parser.add_argument("--scheme", default=None, help="one that ships, or a city's folder")
    parser.add_argument("--records", type=Path, required=True, help="NDJSON, CSV or XLSX of one person")
    parser.add_argument("--as-of", type=date.fromisoformat, default=None, help="the day, YYYY-MM-DD")
    parser.add_argument("--verify", type=Path, default=None, help="a statement: is it genuine for these records?")
    parser.add_argument("--declined", action="append", default=[], help="an optional rule switched off")
    parser.set_defaults(run=score)


async def score(arguments: Namespace) -> int:
    """Assess one person's records offline, or say whether a statement is genuine for them."""
    if not arguments.verify and not (arguments.scheme and arguments.as_of):
        raise UsageError("score needs --scheme and --as-of, or a statement to --verify")
    if arguments.verify is not None:
        return await _verify(arguments.verify, arguments.records, arguments.scheme)
    scheme = load_scheme(arguments.scheme)
    records = await _one_persons_records(arguments.records, scheme)
    statement = assess(scheme, records, arguments.as_of, declined=frozenset(arguments.declined))
    say(canonical_json(statement.to_json()).decode())
    return 0


async def _verify(path: Path, records_path: Path, scheme_name: str | None) -> int:
    try:
        printed = json.loads(await asyncio.to_thread(path.read_text, "utf-8"))
        claimed = Statement.from_json(printed)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Failure(f"{path} is no statement as `egret score` prints it.") from None
    if scheme_name is None and claimed.scheme_id not in scheme_ids():
        raise Failure(f"{path} is of {claimed.scheme_id}, which does not ship with Egret; give its folder by --scheme.")
    scheme = load_scheme(scheme_name or claimed.scheme_id)
    records = await _one_persons_records(records_path, scheme)
    real = recomputed(scheme, records, claimed)
    faults = [name for name, value in real.to_json().items() if printed.get(name) != value]
    if not faults:
        say(f"genuine: {real.value} on {real.as_of} by {real.scheme_id} {real.scheme_version}")
        return 0
    if "scheme" in faults:
        say("not genuine: it was made with another version of the scheme than this one")
    else:
        say(f"not genuine: {', '.join(faults)} differ; these records give {real.value} on {real.as_of}")
    return 1


async def _one_persons_records(path: Path, scheme: Scheme) -> list[Record]:
    lines = await asyncio.to_thread(lambda: list(read(understand(path), scheme, on=date.max)))
    rejects = [line for line in lines if isinstance(line, Reject)]
    for reject in rejects:
        print(f"line {reject.line}: {reject.reason}: {reject.text.en}", file=sys.stderr)  # noqa: T201
    if rejects:
        raise Failure(f"{counted(len(rejects), 'line')} cannot be read as a record; nothing was assessed.")
    deliveries = [line.delivery for line in lines if isinstance(line, Line)]
    if len({delivery.resident for delivery in deliveries}) > 1:
        raise Failure("The file holds records of several people; give one person's.")
    return [delivery.record for delivery in deliveries]
