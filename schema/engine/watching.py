"""Who counts and times an operation while it runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from schema.engine.documents import Operation
from schema.types.errors import RefusalCode


@dataclass(slots=True)
class Watched:
    """What is noted of an operation while it runs."""

    way: Literal["compiled", "core", "fallback"] = "core"
    """By its plan, by graphql-core, or by graphql-core after its plan gave up."""
    failed: bool = False
    """Whether an internal fault, or the time, ended it or a part of it."""
    refused: list[RefusalCode] = field(default_factory=list)


class Watch(Protocol):
    """Is there while an operation runs, to count and to time it."""

    def __call__(self, operation: Operation) -> AbstractContextManager[Watched]: ...


@contextlib.contextmanager
def unwatched(operation: Operation) -> Iterator[Watched]:
    """No one wants to know."""
    yield Watched()


class Watchable(Protocol):
    """What a context has to have, so that its operation can be watched."""

    watch: Watch
    watched: Watched
