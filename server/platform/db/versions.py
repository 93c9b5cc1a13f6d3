"""Which layout of the database this code was written for, and how its connections say so."""

from __future__ import annotations

import re

LAYOUT = 3
"""The newest layout that this code knows: the number of its last migration."""
FIRST = 1
"""The layout before there were migrations. Code that knows no other announces nothing."""
_APP = re.compile(r"^egret(?:-columns)?(?:/(\d+)/(.*))?$", re.DOTALL)
APP_PATTERN = "^egret"
_MOST_NAME = 100
"""Bytes of a database's name; MongoDB takes 128 for the whole."""


def app_name(database: str, part: str = "egret") -> str:
    """What a connection calls itself: the part, its layout and the database that it is about."""
    return f"{part}/{LAYOUT}/{_short(database)}"


def layout_of(app: str, database: str) -> int | None:
    """The layout that a connection's code knows; None where it is not ours or is about another database.

    Releases of the first layout do not name their database: they count for each.
    """
    found = _APP.match(app)
    if found is None:
        return None
    if found[1] is None:
        return FIRST
    return int(found[1]) if found[2] == _short(database) else None


def _short(database: str) -> str:
    return database.encode()[:_MOST_NAME].decode(errors="ignore")
