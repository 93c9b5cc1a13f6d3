"""`egret backup` and `egret restore`."""

from __future__ import annotations

from argparse import Namespace
from datetime import datetime
from pathlib import Path

from server.cli.common import Commands, counted, database_settings, say
from server.container import open_database
from server.container.collections import INDEXES, OWNED
from server.platform.core import audit
from server.platform.db.backup import KEYS, follow, take
from server.platform.db.backup import Report as Counting
from server.platform.db.backup import restore as bring_back
from server.platform.kit.progress import Report, progress


def register(commands: Commands) -> None:
    """`backup` and `restore`."""
    parser = commands.add_parser("backup", help="copies the database into a folder, or adds later changes to a copy")
    parser.add_argument("folder", type=Path, help="where copies are kept; with --add, the copy itself")
    parser.add_argument("--add", action="store_true", help="add the changes since this copy, for any moment after it")
    parser.add_argument("--seconds", type=float, default=None, help="with --add: go on for so long (until now)")
    parser.add_argument("--data-dir", type=Path, default=None, help="the demo's folder instead of the settings")
    parser.set_defaults(run=backup)
    parser = commands.add_parser("restore", help="brings a copy back into an empty database")
    parser.add_argument("copy", type=Path, help="the copy's folder")
    parser.add_argument("--until", type=datetime.fromisoformat, default=None, help="a moment, with its offset")
    parser.add_argument("--data-dir", type=Path, default=None, help="the demo's folder instead of the settings")
    parser.set_defaults(run=restore)


async def backup(arguments: Namespace) -> int:
    """Copy the database, or add to a copy what has changed since."""
    folder: Path = arguments.folder
    async with open_database(database_settings(arguments.data_dir)) as store:
        with progress() as report:
            if not arguments.add:
                copy = await take(store, folder, _counting(report))
                say(f"copied to {copy}; keep {folder / KEYS}.bson.gz and the master key apart from it")
                return 0
            count = await follow(store, folder, _counting(report), seconds=arguments.seconds)
    say(f"{counted(count, 'change')} after the copy")
    return 0


async def restore(arguments: Namespace) -> int:
    """Bring a copy back into an empty database, and see that its audit chains are whole."""
    async with open_database(database_settings(arguments.data_dir)) as store:
        with progress() as report:
            done = await bring_back(
                store, arguments.copy, _counting(report), indexes=INDEXES, owned=OWNED, until=arguments.until
            )
        faults = [
            *(f"{f.chain} breaks at {f.seq}" for f in await audit.verify(store)),
            *await audit.verify_seals(store),
        ]
    say(f"{done.documents:,} documents, {done.changes:,} changes; {done.erased:,} people who have left stay erased")
    for fault in faults:
        say(f"audit: {fault}")
    if not faults:
        say("every audit chain is whole")
    return 1 if faults else 0


def _counting(report: Report) -> Counting:
    return lambda what, done: report(what, done, done)
