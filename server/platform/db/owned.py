"""Whose rows a collection holds: declared once, next to the queries of the collection.

Leaving, the export, restoring a copy, retention and sharding read these declarations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Owner(StrEnum):
    """Whose rows they are."""

    CITIZEN = "citizen"
    CONTACT = "contact"


EXPIRES = "expires"
"""Rows that an index with `expireAfterSeconds` deletes."""


@dataclass(frozen=True, slots=True)
class Owned:
    """A collection with rows of citizens, or of contacts."""

    collection: str
    by: str
    """The field that names the owner."""
    keep: str
    """How long rows stay: a figure of `retention.toml`, `EXPIRES`, or in words why they stay."""
    owner: Owner = Owner.CITIZEN
    prefix: str = ""
    """What stands in that field before the owner's id."""
    export: str | None = None
    """The section of the export that shows the rows; None where an export shows nothing of them."""
    stays: str = ""
    """Why rows stay after their owner has left; empty where they go."""
    shard_key: str | None = None
    """What the collection is sharded by, where one replica set is too small; None where it stays on one shard."""


def erased_with(owner: Owner, owned: Iterable[Owned]) -> list[Owned]:
    """What is deleted when a citizen leaves, or a contact is forgotten."""
    return [one for one in owned if one.owner is owner and not one.stays]
