"""Which layout of the database this code was written for, and how its connections call themselves."""

from __future__ import annotations

LAYOUT = 1
"""The newest layout that this code knows: the number of its last migration, or `FIRST`."""
FIRST = 1
"""The layout before the first migration."""
LINE = "0.2"
"""The first release of this line of layouts. Code does not work on a database of another line."""
_MOST_NAME = 100
"""Bytes of a database's name; MongoDB takes 128 for the whole."""


def app_name(database: str, part: str = "egret") -> str:
    """What a connection calls itself: the part, its layout and the database that it is about."""
    return f"{part}/{LAYOUT}/{database.encode()[:_MOST_NAME].decode(errors='ignore')}"
