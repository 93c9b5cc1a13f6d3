"""Rows of citizens and of their contacts. Times are aware, indexes and digests keyed (`Vault.blind`)."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict

from server.platform.db import Sealed


class BoundContactRow(TypedDict):
    """A contact as its citizen has it. `hash` is the contact's id; sign-ins up to `signed_out_at` are over."""

    hash: str
    channel: str
    bound_at: datetime
    signed_out_at: NotRequired[datetime]


class ConsentRow(TypedDict):
    """A consent to the text of a version, for a purpose."""

    version: str
    purpose: str
    granted_at: datetime
    withdrawn_at: datetime | None


class EnrolmentRow(TypedDict):
    """How a citizen takes part."""

    scheme: str
    consent_version: str
    enrolled_at: datetime


class SearchIndexes(TypedDict):
    """What the desk finds an enrolled citizen by, besides the ID number."""

    name_index: bytes
    masked_index: bytes


class ResidenceRow(TypedDict):
    """That the register of residents has a citizen as no resident of their own: `why` is a `Residence`.

    Nothing is computed while it is `paused`; it is not from the citizen's objection on, until a person decides
    (`decided_at`), unless the ID number is shared.
    """

    why: str
    since: datetime
    paused: bool
    objected_at: NotRequired[datetime]
    decided_at: NotRequired[datetime]


class NoticeChoicesRow(TypedDict):
    """What a citizen chose about notices: kinds that are off, from which hour until which none comes, one a day."""

    off: list[str]
    quiet: list[int]
    digest: bool


class CitizenRow(TypedDict):
    """A citizen, enrolled or only known from records.

    `sealed` is an `IdentityContent` under `key`. Only the enrolled have contacts and search indexes. After a move to
    another account passes and leaving wait until `held_until`; after one that was taken back no account can be bound
    until `frozen_until`. Nothing is computed with `look_only_since`, which says that they agreed to see and correct
    their records and to no score, nor with `paused_since`, which says that they paused it.
    """

    _id: str
    id_index: bytes
    key: Sealed
    sealed: Sealed
    enrolment: EnrolmentRow | None
    consents: list[ConsentRow]
    declined: list[str]
    version: int
    contacts: NotRequired[list[BoundContactRow]]
    name_index: NotRequired[bytes]
    masked_index: NotRequired[bytes]
    residence: NotRequired[ResidenceRow]
    look_only_since: NotRequired[datetime]
    paused_since: NotRequired[datetime]
    held_until: NotRequired[datetime]
    frozen_until: NotRequired[datetime]
    notice_choices: NotRequired[NoticeChoicesRow]


class ContactRow(TypedDict):
    """An account on a channel. `sealed` has the account's name under `key`.

    Sessions that were made up to `signed_out_at` are over. `union` is a keyed digest of the unionid, by which WeChat
    says that accounts are one person's; `apart` says that the person unlinked this one. `doors` are where it signed in.
    """

    _id: str
    channel: str
    key: Sealed
    sealed: Sealed
    language: str
    created_at: datetime
    signed_out_at: NotRequired[datetime]
    union: NotRequired[str]
    apart: NotRequired[bool]
    doors: NotRequired[list[str]]
