"""`egret source`: enter a reporting entity, give it a new key, close it."""

from __future__ import annotations

from argparse import Namespace

from server.records.register import SourceRegister, register_row
from server.system import System


async def change_register(system: System, arguments: Namespace) -> str:
    """Do one of the three; what to tell. Raises ValueError with a sentence that says what is wrong."""
    register = SourceRegister(system.store, system.scheme, system.clock)
    code: str = arguments.code
    if arguments.action == "close":
        await register.close(code)
        return f"{code} is closed: its key no longer works, what it delivered stays"
    if arguments.action == "key":
        return f"{code}: {await register.new_key(code)}  (kept nowhere; earlier keys no longer work)"
    if not (arguments.of and arguments.zh and arguments.en):
        raise ValueError("source add needs --of SOURCE --zh NAME --en NAME")
    row = register_row(system.scheme, code, arguments.of, (arguments.zh, arguments.en), arguments.phone)
    return f"{code}: {await register.add(row)}  (kept nowhere; hand it over safely)"
