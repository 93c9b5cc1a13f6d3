"""Trusted documents: the operations of the bot and of our pages, and those of front ends that the city adds.

A front end brings its operations as `*.graphql` files, or as the manifest that its generator writes: Apollo's
(`generate-persisted-query-manifest`), or an object from ids to texts as GraphQL Code Generator and Relay write it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import bot.operations
from schema.engine.documents import document_id
from server.platform.kit.errors import OperatorError
from server.platform.kit.json import JsonObject

_OURS = (Path(bot.operations.__file__).parent, Path(__file__).parents[1] / "web")
_APOLLO = "apollo-persisted-query-manifest"


class BadManifestError(OperatorError):
    """A manifest that is none, or two with another text for the same id."""


def manifest(more: Path | None = None) -> dict[str, str]:
    """Every trusted document by the id that a client sends instead of its text.

    `more` is a folder with a front end's own, or one manifest. Raises BadManifestError.
    """
    found: dict[str, str] = {}
    for folder in _OURS:
        found |= {document_id(text): text for text in _texts_in(folder)}
    if more is None:
        return found
    if not more.exists():
        raise BadManifestError(f"Set EGRET_TRUSTED_DOCUMENTS to a folder or a manifest: {more} is not there.")
    for text in _texts_in(more):
        found[document_id(text)] = text
    for path in (more,) if more.is_file() else sorted(more.rglob("*.json")):
        for id, text in _read(path):
            if found.setdefault(id, text) != text:
                raise BadManifestError(f"{path.name}: the id {id} stands for another document already")
    return found


def _texts_in(folder: Path) -> list[str]:
    return [path.read_text("utf-8") for path in sorted(folder.rglob("*.graphql"))]


def _read(path: Path) -> Iterator[tuple[str, str]]:
    """Ids and texts of a manifest, each under its SHA-256 too. Raises BadManifestError."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except ValueError:
        raise BadManifestError(f"{path.name} is no JSON") from None
    for id, text in _entries(path.name, content):
        if not isinstance(id, str) or not isinstance(text, str):
            raise BadManifestError(f"{path.name}: each document has an id and a text")
        yield id, text
        yield document_id(text), text


def _entries(name: str, content: object) -> Iterator[tuple[object, object]]:
    if not isinstance(content, dict):
        raise BadManifestError(f"{name} is no manifest: an object from ids to texts, or Apollo's")
    if content.get("format") != _APOLLO:
        yield from content.items()
        return
    operations = content.get("operations")
    if not isinstance(operations, list) or not all(isinstance(one, dict) for one in operations):
        raise BadManifestError(f"{name}: `operations` is a list of objects")
    one: JsonObject
    for one in operations:
        yield one.get("id"), one.get("body")
