"""What each command does: one room for what belongs together."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Coroutine
from typing import Any

from server.commands.backups import backup, restore
from server.commands.channel import menu, scene
from server.commands.city import import_records, partner, rescore_city, source
from server.commands.common import Failure
from server.commands.keeping import audit_chain, keys, retention
from server.commands.running import demo, serve, worker
from server.commands.schemes import schema, scheme
from server.commands.staff import staff
from server.commands.statements import score
from server.commands.upgrading import migrate

__all__ = ["COMMANDS", "Failure"]

COMMANDS: dict[str, Callable[[Namespace], Coroutine[Any, Any, int]]] = {
    "demo": demo,
    "serve": serve,
    "worker": worker,
    "menu": menu,
    "scene": scene,
    "import": import_records,
    "source": source,
    "partner": partner,
    "staff": staff,
    "rescore": rescore_city,
    "score": score,
    "schema": schema,
    "scheme": scheme,
    "keys": keys,
    "retention": retention,
    "audit": audit_chain,
    "backup": backup,
    "restore": restore,
    "migrate": migrate,
}
