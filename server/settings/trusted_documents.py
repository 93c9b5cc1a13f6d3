"""Trusted documents: the operations of the bot and of our pages, and those of front ends that the city adds."""

from __future__ import annotations

from pathlib import Path

import bot.operations
from schema.engine.documents import document_id

_OURS = (Path(bot.operations.__file__).parent, Path(__file__).parents[1] / "web")


def trusted_documents(more: Path | None = None) -> list[str]:
    """Every `*.graphql` file of Egret, and of a folder with a front end's own operations."""
    folders = _OURS if more is None else (*_OURS, more)
    return [path.read_text("utf-8") for folder in folders for path in sorted(folder.rglob("*.graphql"))]


def manifest(more: Path | None = None) -> dict[str, str]:
    """Every trusted document by the id that a client sends instead of its text."""
    return {document_id(text): text for text in trusted_documents(more)}
