"""`egret staff`: who may work at the desk."""

from __future__ import annotations

import getpass
import sys
from argparse import Namespace

from server.auth.staff.command import change_staff
from server.commands.common import existing, say


async def staff(arguments: Namespace) -> int:
    """List accounts, add one with a password, disable or enable one, or tell whose it is."""
    async with existing(arguments.data_dir) as system:
        say(await change_staff(system, arguments, _secret))
    return 0


def _secret(question: str) -> str:
    """Typed without being shown; from a file or another command, its first line."""
    if sys.stdin.isatty():
        return getpass.getpass(question)
    return sys.stdin.readline().rstrip("\n")
