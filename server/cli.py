"""`egret`: every command. Exit codes: 0 done, 1 failed, 2 wrong usage."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from server.commands import COMMANDS, Failure
from server.mongo.embedded import EmbeddedMongoError
from server.settings import BadSettingsError


def main(argv: list[str] | None = None) -> int:
    """Run one command; a failure is one sentence on standard error."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.command == "score" and not arguments.verify and not (arguments.scheme and arguments.as_of):
        parser.error("score needs --scheme and --as-of, or a statement to --verify")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in ("httpx", "httpcore", "pymongo"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        return asyncio.run(COMMANDS[arguments.command](arguments))
    except (Failure, BadSettingsError, EmbeddedMongoError, OSError, ValueError) as error:
        text = _first(error) if isinstance(error, ValidationError) else str(error)
        print(f"egret: {text}", file=sys.stderr)  # noqa: T201
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

    importing = commands.add_parser("import", help="store a delivery of records (NDJSON or CSV)")
    importing.add_argument("file", type=Path)
    importing.add_argument("--data-dir", type=Path, default=None, help="the demo's folder, to import into it")

    scoring = commands.add_parser("score", help="assess one person's records offline; prints the statement")
    scoring.add_argument("--scheme", default=None, help="fuzhou-moli or xiamen-bailu")
    scoring.add_argument("--records", type=Path, required=True, help="NDJSON or CSV of one person")
    scoring.add_argument("--as-of", type=date.fromisoformat, default=None, help="the day, YYYY-MM-DD")
    scoring.add_argument("--verify", type=Path, default=None, help="a statement: is it genuine for these records?")
    scoring.add_argument("--declined", action="append", default=[], help="an optional rule switched off")

    commands.add_parser("schema", help="prints the GraphQL schema")
    check = commands.add_parser("scheme", help="look at schemes")
    check.add_argument("action", choices=["check", "card", "json-schema"])
    check.add_argument("--folder", type=Path, action="append", help="a scheme's folder (default: those that ship)")
    check.add_argument("--language", choices=["zh", "en"], default="zh", help="of the card (zh)")
    auditing = commands.add_parser("audit", help="look at the audit chain")
    auditing.add_argument("action", choices=["verify"])
    auditing.add_argument("--data-dir", type=Path, default=None, help="the demo's folder")
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if not 3 <= value <= 1_000_000:
        raise argparse.ArgumentTypeError("between 3 and 1,000,000")
    return value


if __name__ == "__main__":
    sys.exit(main())
