"""Rows of staff accounts and of their sessions."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict


class StaffRow(TypedDict):
    """An account: with a password here, or with the `identity` that the city's directory vouches for.

    `id_index` is the person behind it, None where that is not known.
    """

    _id: str
    name: str
    role: str
    active: bool
    id_index: bytes | None
    password_hash: NotRequired[str]
    identity: NotRequired[str]


class LeaseRow(TypedDict):
    """Which process asks the provider about a session, until when (`server.platform.db.lease`)."""

    by: str | None
    until: datetime | None


class StaffSessionRow(TypedDict):
    """A session: `_id` is the digest of its token; with `identity`, what the provider gave for it."""

    _id: str
    staff: str
    at: datetime
    until: datetime
    identity: NotRequired[str]
    issuer: NotRequired[str]
    sid: NotRequired[str | None]
    confirmed_at: NotRequired[datetime]
    lease: NotRequired[LeaseRow]
    failed: NotRequired[bool]
    sealed: NotRequired[bytes]
