"""The bot's GraphQL operations: one file each, named as the operation in it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def operations() -> dict[str, str]:
    """Every operation's document by its name."""
    return {path.stem: path.read_text("utf-8") for path in sorted(_HERE.glob("*.graphql"))}
