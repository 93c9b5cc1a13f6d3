"""`egret staff`: who may work at the desk, and who they are, so that no one decides about themselves."""

from __future__ import annotations

import getpass
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from schema.types.errors import RefusalCode, Refused
from scoring.identity import InvalidIdentityError, parse_id_number
from server.auth.staff.model import StaffRow
from server.cli.common import Commands, existing, say
from server.container import Container
from server.platform.db import DuplicateError
from server.platform.kit.clock import day_of
from server.settings.oidc import DESK_ROLES

_SHORTEST_PASSWORD = 12
AskSecret = Callable[[str], str]
"""Asks for something that may stand in no list of processes and no history of a shell."""


def register(commands: Commands) -> None:
    """`staff`."""
    parser = commands.add_parser("staff", help="who may work at the desk")
    parser.add_argument("action", choices=["list", "add", "disable", "enable", "person"])
    parser.add_argument("account", nargs="?", default=None, help="its name; not for list")
    parser.add_argument("--name", default=None, help="add: what colleagues call the person")
    parser.add_argument("--role", default=None, help="add: agent, approver, steward or auditor")
    parser.add_argument("--data-dir", type=Path, default=None, help="the demo's folder")
    parser.set_defaults(run=staff)


async def staff(arguments: Namespace) -> int:
    """List accounts, add one with a password, disable or enable one, or tell whose it is."""
    async with existing(arguments.data_dir) as container:
        say(await change_staff(container, arguments, typed_secret))
    return 0


def typed_secret(question: str) -> str:
    """Typed without being shown; from a file or another command, the next line, and nothing behind it."""
    if sys.stdin.isatty():
        return getpass.getpass(question)
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as unbuffered:
        return unbuffered.readline().decode().rstrip("\r\n")


async def change_staff(container: Container, arguments: Namespace, ask: AskSecret) -> str:
    """Do what is asked; what to tell. Raises ValueError with a sentence that says what is wrong."""
    account: str | None = arguments.account
    if arguments.action == "list":
        return "\n".join(_line(row) for row in await container.staff.accounts.every()) or "there is no account"
    if not account:
        raise ValueError(f"staff {arguments.action} needs the name of an account")
    if arguments.action == "add":
        return await _add(container, account, arguments, ask)
    if arguments.action == "disable":
        _found(await container.staff.disable(account), account)
        return f"{account} is disabled: every session of it is over"
    if arguments.action == "enable":
        _found(await container.staff.accounts.change(account, "staff.enabled", {"active": True}), account)
        return f"{account} may sign in again"
    return await _set_person(container, account, ask)


async def _add(container: Container, account: str, arguments: Namespace, ask: AskSecret) -> str:
    roles = [role.value for role in DESK_ROLES]
    if arguments.role not in roles or not arguments.name:
        raise ValueError(f"staff add needs --name NAME --role ROLE, of {', '.join(roles)}")
    if not container.staff.local:
        raise ValueError("Accounts come from the provider of EGRET_OIDC_ISSUER; EGRET_STAFF_LOCAL allows others too.")
    password = ask(f"A password for {account}, of {_SHORTEST_PASSWORD} characters or more: ")
    if len(password) < _SHORTEST_PASSWORD or len(set(password)) < 5:
        raise ValueError(f"That password is too weak: take at least {_SHORTEST_PASSWORD} characters.")
    row: StaffRow = {
        "_id": account,
        "name": arguments.name,
        "role": arguments.role,
        "active": True,
        "id_index": None,
        "password_hash": container.staff.accounts.hash(password),
    }
    try:
        await container.staff.accounts.add(row)
    except DuplicateError:
        raise ValueError(f"There is an account {account} already.") from None
    return f"{account} may sign in as {arguments.role}, and work on cases after: egret staff person {account}"


async def _set_person(container: Container, account: str, ask: AskSecret) -> str:
    text = ask(f"The ID number of the person who works as {account}: ")
    try:
        number = parse_id_number(text, on=day_of(container.clock()))
    except InvalidIdentityError as error:
        refused = Refused(RefusalCode[error.code.upper()], message=error.hint)
        refused.details.update(error.details)
        raise ValueError(f"That is no ID number. {refused.sentence('en')}") from None
    values = {"id_index": container.citizens.id_index(number)}
    _found(await container.staff.accounts.change(account, "staff.person", values), account)
    return f"{account} may work on cases, except those of this person; the number itself is kept nowhere"


def _found(found: bool, account: str) -> None:
    if not found:
        raise ValueError(f"There is no account {account}; egret staff list names them.")


def _line(row: StaffRow) -> str:
    way = "password" if "password_hash" in row else "provider"
    state = "active" if row["active"] else "disabled"
    person = "person known" if row["id_index"] else "person not known"
    return f"{row['_id']}  {row['role']}  {way}  {state}  {person}"
