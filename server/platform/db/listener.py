"""Tells of every command sent to MongoDB: its name, its collection and its time, never its content."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent


class Watch(Protocol):
    """Who is told. Under Motor from several threads."""

    def began(self, key: object, command: str, collection: str | None) -> None: ...
    def ended(self, key: object, command: str, seconds: float, fault: str | None) -> None: ...


class Commands(CommandListener):
    """A driver's listener that passes on to a watch."""

    def __init__(self, watch: Watch, collections: Collection[str]) -> None:
        """`collections` are the names that may be told."""
        self._watch = watch
        self._collections = collections

    def started(self, event: CommandStartedEvent) -> None:
        self._watch.began(_key(event), event.command_name, self._collection(event))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        self._watch.ended(_key(event), event.command_name, event.duration_micros / 1e6, None)

    def failed(self, event: CommandFailedEvent) -> None:
        code = event.failure.get("codeName") or event.failure.get("errtype")
        fault = code if isinstance(code, str) and code.isascii() and code.isalpha() else "Failure"
        self._watch.ended(_key(event), event.command_name, event.duration_micros / 1e6, fault)

    def _collection(self, event: CommandStartedEvent) -> str | None:
        name = event.command.get("collection" if event.command_name == "getMore" else event.command_name)
        return name if isinstance(name, str) and name in self._collections else None


def _key(event: CommandStartedEvent | CommandSucceededEvent | CommandFailedEvent) -> object:
    return event.connection_id, event.request_id
