"""`egret migrate`: how far the database is, and the two halves of every change of its layout."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from server.cli.common import Commands, UsageError, database_settings, say
from server.container import open_database
from server.container.collections import INDEXES
from server.platform.db import LAYOUT, Store, layout_state
from server.platform.db.lease import MIGRATING, holder
from server.platform.db.migrating import contract, expand, left, migration_statuses, planned, refuse_older
from server.platform.db.processes import living
from server.platform.kit.progress import progress


def register(commands: Commands) -> None:
    """`migrate`."""
    parser = commands.add_parser("migrate", help="how far the database's layout is; brings it to this release's")
    half = parser.add_mutually_exclusive_group()
    half.add_argument("--expand", action="store_true", help="add what this release needs, while older ones work")
    half.add_argument("--contract", action="store_true", help="remove what only older releases need, once none is left")
    parser.add_argument("--dry-run", action="store_true", help="with either: only say what it would do")
    parser.add_argument("--data-dir", type=Path, default=None, help="the demo's folder instead of the settings")
    parser.set_defaults(run=migrate)


async def migrate(arguments: Namespace) -> int:
    """Show how far the database is, expand or contract it, or only say what that would do."""
    if arguments.dry_run and not (arguments.expand or arguments.contract):
        raise UsageError("migrate --dry-run needs --expand or --contract")
    async with open_database(database_settings(arguments.data_dir)) as store:
        if not arguments.expand and not arguments.contract:
            await _show(store)
        elif arguments.dry_run:
            await _plan(store, contracting=arguments.contract)
        else:
            run = contract if arguments.contract else expand
            with progress() as report:
                count = await run(store, INDEXES, report, say)
            state = await layout_state(store)
            if not count and state is not None:
                say(f"nothing to do: the database has layout {state.version} of {LAYOUT}")
    return 0


async def _show(store: Store) -> None:
    state = await layout_state(store)
    if state is None:
        say(f"the database was never prepared; this release makes layout {LAYOUT}")
        return
    say(f"layout {state.version} of {LAYOUT}; code that knows less than layout {state.floor} does not start")
    for one in await migration_statuses(store):
        how_far = f", {one.done:,} of {one.total:,}" if one.phase in ("expanding", "contracting") and one.total else ""
        say(f"  {one.migration.id}: {one.phase}{how_far} ({one.migration.why})")
    who = await holder(store, MIGRATING)
    if who is not None:
        say(f"{who} is migrating now")
    for process in await living(store):
        say(f"  {process}")


async def _plan(store: Store, *, contracting: bool) -> None:
    """What a run would do. Raises MigrationError where it would be refused."""
    if await layout_state(store) is None:
        say(f"would prepare an empty database at layout {LAYOUT}")
        return
    if contracting:
        for one in (await left(store))[-1:]:
            await refuse_older(store, one.number)
    lines = await planned(store, contracting=contracting)
    for line in lines or ["nothing to do"]:
        say(line)
