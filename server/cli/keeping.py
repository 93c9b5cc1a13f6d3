"""`egret audit`, `keys` and `retention`: that what is kept is whole, wrapped and no longer than needed."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from schema.types.principal import OPERATOR, Caller
from server.cli.common import Commands, Failure, counted, existing, say
from server.jobs.retention import Retention
from server.platform.core import audit
from server.platform.core.unit_of_work import Transaction
from server.platform.crypto.rotation import rotate
from server.platform.kit.progress import progress


def register(commands: Commands) -> None:
    """`keys`, `retention` and `audit`."""
    parser = commands.add_parser("keys", help="the data keys of citizens and contacts")
    parser.add_argument("action", choices=["rotate"], help="wrap each again by the present master key")
    parser.add_argument("--data-dir", type=Path, default=None, help="the demo's folder")
    parser.set_defaults(run=keys)
    parser = commands.add_parser("retention", help="deletes what has no reason to stay, as a worker does every day")
    parser.add_argument("--dry-run", action="store_true", help="only count it")
    parser.add_argument("--data-dir", type=Path, default=None, help="the demo's folder")
    parser.set_defaults(run=retention)
    parser = commands.add_parser("audit", help="look at the audit chain")
    parser.add_argument("action", choices=["verify"])
    parser.add_argument("--data-dir", type=Path, default=None, help="the demo's folder")
    parser.set_defaults(run=audit_chain)


async def audit_chain(arguments: Namespace) -> int:
    """Verify every audit chain; names the first broken link of each."""
    async with existing(arguments.data_dir) as container:
        faults = await audit.verify(container.store)
        unsealed = await audit.verify_seals(container.store)
    for fault in faults:
        say(f"{fault.chain}: broken at link {fault.seq}")
    for text in unsealed:
        say(text)
    say(f"broken: {counted(len(faults), 'chain')}" if faults else "every audit chain is whole")
    return 1 if faults or unsealed else 0


async def keys(arguments: Namespace) -> int:
    """Wrap every data key again by the present master key; the audit chain says so."""
    async with existing(arguments.data_dir) as container:
        with progress() as report:
            done = await rotate(container.store, container.settings.master_keys(), report)

        async def log(tx: Transaction) -> None:
            await tx.audit("keys", "keys.rotated", {"rewrapped": done.done, "left": done.left})

        await container.unit_of_work.run(Caller(OPERATOR), "rotate_keys", log)
    say(f"{done.done:,} data keys wrapped again")
    if done.left:
        raise Failure(f"{done.left:,} were made meanwhile by servers with the former master key. Run this again.")
    return 0


async def retention(arguments: Namespace) -> int:
    """Delete what has no reason to stay, or only count it."""
    async with existing(arguments.data_dir) as container:
        gone = await Retention(container).run(dry=arguments.dry_run)
    for what, count in gone.items():
        say(f"{what}: {count:,}")
    return 0
