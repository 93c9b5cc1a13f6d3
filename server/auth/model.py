"""Rows of refresh tokens and API keys."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict


class RefreshRow(TypedDict):
    """A family of refresh tokens, one for each sign-in of a contact; `generation` is the newest token's."""

    _id: bytes
    contact: str
    channel: str
    generation: int
    renewed_at: datetime
    ends_at: datetime
    expires_at: datetime


class ApiKeyRow(TypedDict):
    """An API key: `_id` is its digest, `hint` how it begins."""

    _id: str
    kind: str
    owner: str
    active: bool
    hint: str
    scopes: list[str]
    given_at: datetime | None
    ends_at: datetime | None
    used_on: NotRequired[str]
