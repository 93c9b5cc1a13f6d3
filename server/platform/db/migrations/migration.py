"""What a migration is: what it adds next to the old, and what it takes away once no process needs that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from server.platform.db.collections import Document
from server.platform.db.store import Store

Index = tuple[str, list[tuple[str, int]], dict[str, object]]
"""Collection, keys and options."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A change of many documents, in batches by `_id`.

    `change` gets documents that `query` found, and leaves them so that it finds them no more. A batch may come again
    after a kill, and a document may have changed or gone since it was read.
    """

    collection: str
    query: Mapping[str, object]
    change: Callable[[Store, Sequence[Document]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from a layout to the next, in two halves.

    Expanding makes `adds`, then walks `backfill`, while older processes work. Contracting, when none is left, walks
    `backfill` again for what they wrote meanwhile, drops `retires` and makes `follows`, waits until no process uses
    what is old, and walks `clean`.
    """

    number: int
    """The layout that it leads to."""
    name: str
    why: str
    adds: tuple[Index, ...] = ()
    retires: tuple[Index, ...] = ()
    follows: tuple[Index, ...] = ()
    """What can stand there only when what it retires is gone: an index of the same name."""
    backfill: Walk | None = None
    clean: Walk | None = None

    @property
    def id(self) -> str:
        """Number and name, as `egret migrate` shows it and the database keeps it."""
        return f"{self.number:04d}-{self.name}"


def index_name(index: Index) -> str:
    """The name of an index, as MongoDB gives it where the options name none."""
    _, keys, options = index
    return str(options.get("name") or "_".join(f"{field}_{direction}" for field, direction in keys))
