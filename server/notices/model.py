"""Rows of notices. `sealed` has what a notice says, under the key of its citizen."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NotRequired, TypedDict

from server.platform.db import Sealed


class Way(StrEnum):
    """How a notice reaches its person, in the order in which they are tried; the last four need a person or a look."""

    CHAT = "chat"
    TEMPLATE = "template"
    SUBSCRIPTION = "subscription"
    MINI = "mini"
    SMS = "sms"
    LETTER = "letter"
    CALL = "call"
    COUNTER = "counter"
    READ = "read"


class NoticeState(StrEnum):
    """Where a notice stands. KEPT is only in its person's own list, CLOSED has no way left."""

    SENDING = "sending"
    DELIVERED = "delivered"
    KEPT = "kept"
    CLOSED = "closed"


class TryRow(TypedDict):
    """A way that was tried, and what came of it: `sent`, `lost`, or why it is closed."""

    way: str
    at: datetime
    outcome: str


class NoticeRow(TypedDict):
    """What a citizen is told. Two with the same `citizen`, `kind`, `about` and `once` are one.

    `about` is the id of the thing. `desk_at` is from when on it is on the desk's list, while it is not delivered.
    `sent_as` is the way and the platform's id of the message that carried it, `told_by` the account of who told it
    by hand, and `digest` the notice whose message carries it, which gathers several. It does not go to the account
    `without`, and what is read there does not count.
    """

    _id: str
    citizen: str
    kind: str
    about: str | None
    once: str
    created_at: datetime
    sealed: Sealed
    state: str
    tries: list[TryRow]
    delivered_at: datetime | None
    way: str | None
    read_at: datetime | None
    desk_at: NotRequired[datetime]
    sent_as: NotRequired[str]
    told_by: NotRequired[str]
    digest: NotRequired[str]
    without: NotRequired[str]
