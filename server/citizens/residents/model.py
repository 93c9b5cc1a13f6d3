"""Rows of the register of residents. Times are aware; digests are keyed (`Vault.blind`)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NotRequired, TypedDict


class Residence(StrEnum):
    """What the register says of a person who does not simply live here."""

    MOVED = "moved"
    DIED = "died"
    SHARED = "shared"
    """Several people have the number: none of them can be told from the others."""


class ResidentRow(TypedDict):
    """A person of a snapshot. `_id` is the snapshot's number (four bytes) and the index of the ID number.

    `name` tells whether two lines are of one person, `phones` has a digest of name, number and phone for each phone."""

    _id: bytes
    name: bytes
    phones: list[bytes]
    residence: NotRequired[str]


class RegisterDeliveryRow(TypedDict):
    """A delivery of the register. `_id` counts up; `snapshot` is the one whose rows it wrote, its own or an earlier.

    `digest` is of the file, `line` the last one that is stored. `people` is how many the register has when it is
    `finished_at`; before that nothing of a snapshot is in force. `settled` says that what follows from it for those who
    take part was done.
    """

    _id: int
    snapshot: int
    digest: str
    line: int
    begun_at: datetime
    finished_at: NotRequired[datetime]
    people: NotRequired[int]
    settled: NotRequired[bool]
