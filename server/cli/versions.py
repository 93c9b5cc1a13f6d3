"""`egret scheme publish`, `approve`, `withdraw` and `versions`: from one version of a city's folder to the next."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser, Namespace
from datetime import date
from pathlib import Path

from schema.types.errors import Refused
from schema.types.principal import Caller, Kind, Principal
from server.cli.common import Commands, Failure, existing, say
from server.cli.staff import AskSecret, typed_secret
from server.container import Container
from server.platform.kit.clock import day_of
from server.scores.versions.files import read_folder
from server.scores.versions.model import SchemeVersionRow


def register_versions(actions: Commands) -> None:
    """The actions of `scheme` about versions."""
    one = actions.add_parser("publish", help="proposes a city's folder as the next version")
    one.add_argument("folder", type=Path, metavar="DIR", help="the folder")
    one.add_argument("--from", dest="day", type=date.fromisoformat, metavar="DAY", help="its first day (today)")
    one.set_defaults(run=publish)
    two = actions.add_parser("approve", help="lets a version take effect on its day, as a second person")
    two.set_defaults(run=approve)
    three = actions.add_parser("withdraw", help="takes back a version that waits for approval or for its day")
    three.set_defaults(run=withdraw)
    listing = actions.add_parser("versions", help="lists all versions, and what is in force")
    listing.set_defaults(run=versions)
    for parser in (two, three):
        parser.add_argument("version", metavar="ID", help="as `egret scheme versions` lists it")
    for parser in (one, two, three):
        parser.add_argument("--as", dest="account", required=True, metavar="STEWARD", help="the account that acts")
    _about_a_database(one, two, three, listing)


def _about_a_database(*parsers: ArgumentParser) -> None:
    for parser in parsers:
        parser.add_argument("--data-dir", type=Path, default=None, help="the demo's folder")


async def publish(arguments: Namespace) -> int:
    """Propose a folder as the next version."""
    files = await asyncio.to_thread(read_folder, arguments.folder)
    async with existing(arguments.data_dir) as container:
        steward = await steward_of(container, arguments.account, typed_secret)
        day = arguments.day or day_of(container.clock())
        version = await container.versions.propose(steward, files, arguments.folder.resolve().name, day)
    say(f"{version} waits: it takes effect on {day} once another steward approves it:")
    say(f"  egret scheme approve {version} --as STEWARD")
    return 0


async def approve(arguments: Namespace) -> int:
    """Let a version take effect."""
    async with existing(arguments.data_dir) as container:
        steward = await steward_of(container, arguments.account, typed_secret)
        try:
            approved = await container.versions.approve(steward, arguments.version)
        except Refused as refused:
            raise Failure(refused.sentence("en")) from None
    say(f"{approved.code} is approved: every process has it from {approved.effective_on} on, within seconds")
    say("scores follow at the next look at them; egret rescore does all at once")
    return 0


async def withdraw(arguments: Namespace) -> int:
    """Take a version back."""
    async with existing(arguments.data_dir) as container:
        steward = await steward_of(container, arguments.account, typed_secret)
        await container.versions.withdraw(steward, arguments.version)
    say(f"{arguments.version} is withdrawn")
    return 0


async def versions(arguments: Namespace) -> int:
    """List all versions."""
    async with existing(arguments.data_dir) as container:
        now = container.scheme
        say(f"in force: {now.id} {now.version}  {now.digest[:16]}")
        for row in await container.versions.every():
            say(_line(row))
    return 0


async def steward_of(container: Container, account: str, ask: AskSecret) -> Caller:
    """The steward of an account, who gives its password.

    An account of the city's provider has none here: whoever runs the command stands for it. Raises Failure.
    """
    row = await container.staff.accounts.get(account)
    if row is None or not row["active"] or row["role"] != Kind.STEWARD.value:
        raise Failure(f"{account} is no steward who may work here; see: egret staff list")
    if "password_hash" in row:
        password = await asyncio.to_thread(ask, f"The password of {account}: ")
        try:
            await container.staff.accounts.check(account, password)
        except Refused as refused:
            raise Failure(refused.sentence("en")) from None
    return Caller(Principal(Kind.STEWARD, account))


def _line(row: SchemeVersionRow) -> str:
    approved = f", approved by {row['approved_by']}" if row["approved_by"] else ""
    return (
        f"{row['_id']}  {row['scheme']} {row['version']}  {row['state']}  from {row['effective_on']}  "
        f"proposed by {row['proposed_by']}{approved}"
    )
