"""`egret`: reads the command line. Exit codes: 0 done, 1 failed, 2 wrong usage."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
from collections.abc import Iterator

import uvloop
from pydantic import ValidationError

from server.cli import (
    backups,
    channel,
    entities,
    imports,
    keeping,
    migrations,
    rescoring,
    residents,
    running,
    schemes,
    staff,
    statements,
    webhooks,
)
from server.cli.common import UsageError
from server.cli.usage import PROGRAM, CommandParser, add_version
from server.platform.db import SealingError, StoreError, advice_on
from server.platform.kit.errors import OperatorError
from server.platform.observability import logs

_READER_GONE = 128 + signal.SIGPIPE
_GROUPS = (
    running,
    channel,
    imports,
    rescoring,
    entities,
    webhooks,
    staff,
    statements,
    schemes,
    backups,
    migrations,
    residents,
    keeping,
)


def main(argv: list[str] | None = None) -> int:
    """Run one command; a failure is one sentence on standard error.

    Where nobody reads on, as after `egret … | head`, it ends silently, as any program of Unix does.
    """
    try:
        try:
            return _run(argv)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        if not _has_reader_gone():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that ending has where to write
        return _READER_GONE


def _has_reader_gone() -> bool:
    """Whether standard output is a pipe that is read no more."""
    watched = select.poll()
    watched.register(sys.stdout, 0)
    return any(happened & select.POLLERR for _, happened in watched.poll(0))


def _run(argv: list[str] | None) -> int:
    parser = command_parser()
    arguments = parser.parse_args(argv)
    logs.set_up("text", access=False)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return int(runner.run(arguments.run(arguments)))
    except UsageError as error:
        parser.error(str(error))
    except BrokenPipeError:
        raise
    except (OperatorError, OSError, ValueError) as error:
        text = "\n".join(_told(error)) if isinstance(error, ValidationError) else str(error)
        print(f"egret: {text}", file=sys.stderr)  # noqa: T201
        return 1
    except SealingError:
        hint = "EGRET_MASTER_KEY, EGRET_PREVIOUS_MASTER_KEY and the EGRET_KMS_ settings"
        print(f"egret: what is stored does not open with the master keys that are set; check {hint}", file=sys.stderr)  # noqa: T201
        return 1
    except StoreError as error:  # its own text may hold whole documents
        print(f"egret: the database failed ({type(error).__name__}); {advice_on(error)}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 130


def _told(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in fault["loc"])
        yield f"setting EGRET_{name.upper()}: {fault['msg']}"


def command_parser() -> CommandParser:
    """Every command, with its arguments and its help."""
    parser = CommandParser(prog=PROGRAM, description="An opt-in city credit score that answers to the citizen.")
    add_version(parser)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in _GROUPS:
        group.register(commands)
    return parser
