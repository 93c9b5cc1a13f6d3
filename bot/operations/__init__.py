"""The bot's GraphQL operations: one file each, named as the operation in it."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def documents(folder: Path) -> dict[str, str]:
    """Every operation's document in a folder, by its name."""
    return {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.graphql"))}


@cache
def operations() -> dict[str, str]:
    """The bot's own."""
    return documents(Path(__file__).parent)
