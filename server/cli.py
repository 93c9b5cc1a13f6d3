"""`egret`: every command. Exit codes: 0 done, 1 failed, 2 wrong usage."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import date, datetime
from pathlib import Path

import uvloop
from pydantic import ValidationError

from server.commands import COMMANDS, Failure
from server.platform.db import LayoutError, SealingError, StoreError
from server.platform.db.backup import BackupError
from server.platform.db.embedded import EmbeddedMongoError
from server.platform.db.migrating import MigrationError
from server.platform.observability import logs
from server.settings import BadSettingsError

_SENTENCES = (Failure, BackupError, BadSettingsError, EmbeddedMongoError, LayoutError, MigrationError)
"""Failures whose text says what to do."""


def main(argv: list[str] | None = None) -> int:
    """Run one command; a failure is one sentence on standard error."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.command == "score" and not arguments.verify and not (arguments.scheme and arguments.as_of):
        parser.error("score needs --scheme and --as-of, or a statement to --verify")
    if arguments.command == "scheme" and len(arguments.versions) != (2 if arguments.action == "impact" else 0):
        parser.error("scheme impact takes OLD and NEW; the other actions take no names")
    if arguments.command == "migrate" and arguments.dry_run and not (arguments.expand or arguments.contract):
        parser.error("migrate --dry-run needs --expand or --contract")
    logs.set_up("text", access=False)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(COMMANDS[arguments.command](arguments))
    except (*_SENTENCES, OSError, ValueError) as error:
        text = _first(error) if isinstance(error, ValidationError) else str(error)
        print(f"egret: {text}", file=sys.stderr)  # noqa: T201
        return 1
    except SealingError:
        hint = "EGRET_MASTER_KEY, EGRET_PREVIOUS_MASTER_KEY and the EGRET_KMS_ settings"
        print(f"egret: a data key does not open with the master keys that are set; check {hint}", file=sys.stderr)  # noqa: T201
        return 1
    except StoreError as error:  # its own text may hold whole documents
        print(f"egret: the database failed ({type(error).__name__}); see that it runs, then try again", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 130


def _first(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    name = ".".join(str(part) for part in fault["loc"])
    return f"setting EGRET_{name.upper()}: {fault['msg']}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="egret", description="An opt-in city credit score that answers to the citizen."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="a synthetic city on an embedded database, with a chat window")
    demo.add_argument("--host", default=None, help="address to listen on (127.0.0.1)")
    demo.add_argument("--port", type=int, default=None, help="port to listen on (8000; 0: any free one)")
    demo.add_argument("--data-dir", type=Path, default=None, help="where the database lives (.egret)")
    demo.add_argument("--residents", type=_positive, default=2000, help="how many people to make up (2000)")
    demo.add_argument("--scheme", default=None, help="fuzhou-moli or xiamen-bailu")
    demo.add_argument("--no-open", action="store_true", help="do not open a browser")

    commands.add_parser("serve", help="the server; settings come from EGRET_ variables")
    commands.add_parser("worker", help="delivers messages and lets deadlines decide")

    publishing = commands.add_parser("menu", help="compares the account's menu with ours")
    publishing.add_argument("--publish", action="store_true", help="publish ours")

    scanning = commands.add_parser("scene", help="a QR code of the account that stands somewhere")
    scanning.add_argument("name", help="library, service-hall or metro")
    scanning.add_argument("picture", type=Path, help="where to write it (.svg or .png)")
    scanning.add_argument("--seconds", type=_positive, default=None, help="how long it works (for good)")

    importing = commands.add_parser("import", help="store a delivery of records (NDJSON or CSV, gzipped or not)")
    importing.add_argument("file", type=Path)
    importing.add_argument("--dry-run", action="store_true", help="only check the file; store nothing")
    importing.add_argument(
        "--rejects",
        type=Path,
        default=None,
        metavar="FILE",
        help="where rejected lines go (beside the file)",
    )
    importing.add_argument("--data-dir", type=Path, default=None, help="the demo's folder, to import into it")

    registering = commands.add_parser("source", help="the register of reporting entities, and their keys")
    registering.add_argument("action", choices=["add", "key", "keys", "close"])
    registering.add_argument("code", help="the entity's own code, such as traffic-police.gulou")
    registering.add_argument("--of", default=None, metavar="SOURCE", help="add: the scheme's source it reports as")
    registering.add_argument("--zh", default=None, help="add: its name in Chinese")
    registering.add_argument("--en", default=None, help="add: its name in English")
    registering.add_argument("--phone", default="", help="add: the office's telephone")
    registering.add_argument("--data-dir", type=Path, default=None, help="the demo's folder")
    partnering = commands.add_parser("partner", help="the API keys of a partner that takes passes")
    partnering.add_argument("action", choices=["key", "keys", "close"])
    partnering.add_argument("code", help="the partner, as the scheme's benefits name it")
    partnering.add_argument("--data-dir", type=Path, default=None, help="the demo's folder")
    for giving in (registering, partnering):
        giving.add_argument("--scope", action="append", metavar="SCOPE", help="key: one that it is good for (all)")
        giving.add_argument("--days", type=int, default=365, help="key: for how long it is good (365)")
        giving.add_argument(
            "--overlap-hours",
            type=int,
            default=24,
            help="key: for how long earlier ones go on; 0 where one leaked (24)",
        )

    staffing = commands.add_parser("staff", help="who may work at the desk")
    staffing.add_argument("action", choices=["list", "add", "disable", "enable", "person"])
    staffing.add_argument("account", nargs="?", default=None, help="its name; not for list")
    staffing.add_argument("--name", default=None, help="add: what colleagues call the person")
    staffing.add_argument("--role", default=None, help="add: agent, approver, steward or auditor")
    staffing.add_argument("--data-dir", type=Path, default=None, help="the demo's folder")

    rescoring = commands.add_parser("rescore", help="reassess everybody; the nightly expiry")
    rescoring.add_argument("--as-of", type=date.fromisoformat, default=None, help="the day, YYYY-MM-DD (today)")
    rescoring.add_argument("--workers", type=_workers, default=1, help="how many processes (1)")
    rescoring.add_argument("--chunk", type=_chunk, default=10_000, help="citizens read at a time (10000)")
    rescoring.add_argument("--dask", default=None, metavar="ADDRESS", help="a Dask scheduler, such as tcp://host:8786")
    rescoring.add_argument("--data-dir", type=Path, default=None, help="the demo's folder, to rescore its city")

    scoring = commands.add_parser("score", help="assess one person's records offline; prints the statement")
    scoring.add_argument("--scheme", default=None, help="fuzhou-moli or xiamen-bailu")
    scoring.add_argument("--records", type=Path, required=True, help="NDJSON or CSV of one person")
    scoring.add_argument("--as-of", type=date.fromisoformat, default=None, help="the day, YYYY-MM-DD")
    scoring.add_argument("--verify", type=Path, default=None, help="a statement: is it genuine for these records?")
    scoring.add_argument("--declined", action="append", default=[], help="an optional rule switched off")

    printing = commands.add_parser("schema", help="prints the GraphQL schema")
    printing.add_argument("--diff", type=Path, default=None, metavar="OLD", help="compare with this older SDL instead")
    printing.add_argument("--manifest", action="store_true", help="print the trusted documents by their ids instead")
    check = commands.add_parser("scheme", help="look at schemes")
    check.add_argument("action", choices=["check", "card", "impact", "json-schema"])
    check.add_argument("versions", nargs="*", metavar="OLD NEW", help="impact: two schemes, each an id or a folder")
    check.add_argument("--folder", type=Path, action="append", help="a scheme's folder (default: those that ship)")
    check.add_argument("--language", choices=["zh", "en"], default="zh", help="of the card or report (zh)")
    check.add_argument("--as-of", type=date.fromisoformat, default=None, help="the day, YYYY-MM-DD (today)")
    check.add_argument("--data-dir", type=Path, default=None, help="impact, card: over the demo's city")
    check.add_argument("--made-up", type=_positive, default=None, metavar="N", help="… or over N made-up people")
    check.add_argument("--html", type=Path, default=None, help="impact: write the page with plots to this file")
    check.add_argument("--publish", action="store_true", help="impact: also onto the steward's page")
    copying = commands.add_parser("backup", help="copies the database into a folder, or adds later changes to a copy")
    copying.add_argument("folder", type=Path, help="where copies are kept; with --add, the copy itself")
    copying.add_argument("--add", action="store_true", help="add the changes since this copy, for any moment after it")
    copying.add_argument("--seconds", type=float, default=None, help="with --add: go on for so long (until now)")
    copying.add_argument("--data-dir", type=Path, default=None, help="the demo's folder instead of the settings")
    restoring = commands.add_parser("restore", help="brings a copy back into an empty database")
    restoring.add_argument("copy", type=Path, help="the copy's folder")
    restoring.add_argument("--until", type=datetime.fromisoformat, default=None, help="a moment, with its offset")
    restoring.add_argument("--data-dir", type=Path, default=None, help="the demo's folder instead of the settings")
    migrating = commands.add_parser("migrate", help="how far the database's layout is; brings it to this release's")
    half = migrating.add_mutually_exclusive_group()
    half.add_argument("--expand", action="store_true", help="add what this release needs, while older ones work")
    half.add_argument("--contract", action="store_true", help="remove what only older releases need, once none is left")
    migrating.add_argument("--dry-run", action="store_true", help="with either: only say what it would do")
    migrating.add_argument("--data-dir", type=Path, default=None, help="the demo's folder instead of the settings")
    keeping = commands.add_parser("keys", help="the data keys of citizens and contacts")
    keeping.add_argument("action", choices=["rotate"], help="wrap each anew by the present master key")
    keeping.add_argument("--data-dir", type=Path, default=None, help="the demo's folder")
    keeping = commands.add_parser("retention", help="deletes what has no reason to stay, as a worker does every day")
    keeping.add_argument("--dry-run", action="store_true", help="only count it")
    keeping.add_argument("--data-dir", type=Path, default=None, help="the demo's folder")
    auditing = commands.add_parser("audit", help="look at the audit chain")
    auditing.add_argument("action", choices=["verify"])
    auditing.add_argument("--data-dir", type=Path, default=None, help="the demo's folder")
    return parser


def _workers(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 256:
        raise argparse.ArgumentTypeError("between 1 and 256")
    return value


def _chunk(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 100_000:
        raise argparse.ArgumentTypeError("between 1 and 100,000")
    return value


def _positive(text: str) -> int:
    value = int(text)
    if not 3 <= value <= 1_000_000:
        raise argparse.ArgumentTypeError("between 3 and 1,000,000")
    return value


if __name__ == "__main__":
    sys.exit(main())
