"""Rows of attempts to bind."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict

from server.platform.db import Sealed


class AttemptRow(TypedDict):
    """An attempt of a contact to bind an identity.

    `sealed` is an `AttemptContent` under the contact's key; `matches` whether the register has the person; `codes` how
    many codes were sent, the last one found by `code_index` and good until `code_expires_at`.
    """

    _id: str
    contact: str
    sealed: Sealed
    codes: int
    matches: bool
    expires_at: datetime
    code_index: NotRequired[bytes]
    code_expires_at: NotRequired[datetime]


class AttemptContent(TypedDict):
    """What was typed, checked."""

    name: str
    id_number: str
    phone: str
    consent_version: str
