"""Rows of attempts to bind, of moves to another account, and of questions to the desk."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict

from server.platform.db import Sealed


class AttemptRow(TypedDict):
    """An attempt of a contact to bind an identity.

    `sealed` is an `AttemptContent` under the contact's key; `matches` whether the register has the person; `codes` how
    many codes were sent, the last one found by `code_index` and good until `code_expires_at`. With `may_move_until` its
    code was given, and until then its citizen may be moved to this contact.
    """

    _id: str
    contact: str
    sealed: Sealed
    codes: int
    matches: bool
    expires_at: datetime
    code_index: NotRequired[bytes]
    code_expires_at: NotRequired[datetime]
    may_move_until: NotRequired[datetime]


class AttemptContent(TypedDict):
    """What was typed, checked."""

    name: str
    id_number: str
    phone: str
    consent_version: str


class MoveRow(TypedDict):
    """A move of a citizen from the account `left` to the account `entered`, both of a channel.

    `sealed` is the citizen's `IdentityContent` before, under their key. `left` can take it back until `expires_at`.
    """

    _id: str
    citizen: str
    left: str
    entered: str
    channel: str
    moved_at: datetime
    sealed: Sealed
    undone_at: datetime | None
    expires_at: datetime


class CheckRow(TypedDict):
    """A question to the desk, one for each kind and subject.

    `sealed` is a `CheckContent` under the key of the contact that asks, or of the citizen; `id_index` what the ID
    number is found by. `citizen` is whose it is, where there is one; `contact` which account is told of the outcome.
    Open while `outcome` is None. `record` is what a question about a record is about, the id of a held one or of a
    stored one; that it counts was proposed by `proposed_by`, and waits for another person. A report has `due_on`, the
    last day for its answer; once that passed it is `escalated` to a supervisor.
    """

    _id: str
    kind: str
    asked_at: datetime
    times: int
    id_index: bytes
    sealed: Sealed
    expires_at: datetime
    outcome: str | None
    citizen: NotRequired[str]
    contact: NotRequired[str]
    record: NotRequired[str]
    due_on: NotRequired[str]
    escalated: NotRequired[bool]
    proposed_by: NotRequired[str]
    proposed_person: NotRequired[bytes]
    closed_at: NotRequired[datetime]
    closed_by: NotRequired[str]


class CheckContent(TypedDict):
    """Who asks, masked; both are empty where an account only says in `words` that it could not sign in."""

    name: str
    id_number: str
    words: NotRequired[str]
