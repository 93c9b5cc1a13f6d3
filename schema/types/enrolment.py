"""Binding an identity, consent, and leaving."""

from __future__ import annotations

import enum
from datetime import datetime

import strawberry

from schema.types.errors import LocalText
from schema.types.look import LookQuestion
from schema.types.principal import Kind
from schema.types.rule import Rule
from schema.types.scalars import Masked
from schema.types.score import SchemeVersion


@strawberry.type(description="The text that a person agrees to before anything is computed.")
class ConsentText:
    """One version of the consent, as bullets and in full."""

    version: str
    summary: list[LocalText]
    full: LocalText


@strawberry.enum(description="What a person can agree to.")
class ConsentPurpose(enum.Enum):
    """`RECORDS` lets them see and correct their records, and computes nothing."""

    SCORE = "score"
    RECORDS = "records"


@strawberry.type(description="A consent that was given.")
class Consent:
    """Versioned and for one purpose (promise 1)."""

    version: str
    purpose: str
    granted_at: datetime
    withdrawn_at: datetime | None


@strawberry.type(description="That a person takes part, in which scheme and by which consent.")
class Enrolment:
    """`consent_current` is false when a newer text waits to be read.

    With `look_only` they see and correct their records, and nothing is computed; with `paused_since` they paused it.
    """

    scheme: SchemeVersion
    consent_version: str
    consent_current: bool
    enrolled_at: datetime
    look_only: bool
    paused_since: datetime | None


@strawberry.enum(description="Why the register of residents has a citizen as no resident of their own.")
class ResidenceStatus(enum.Enum):
    """Values are as the register has them."""

    MOVED = "moved"
    DIED = "died"
    SHARED = "shared"


@strawberry.type(description="That the register of residents has the citizen as no resident of their own.")
class Residence:
    """`paused` is false from an objection on, until a person decides."""

    status: ResidenceStatus
    since: datetime
    paused: bool
    objected_at: datetime | None


@strawberry.enum(description="A channel that vouches for accounts.")
class Channel(enum.Enum):
    """Values are as in `Contact.channel`."""

    WECHAT = "wechat"
    MINI_PROGRAM = "mini"
    APP = "app"


@strawberry.type(description="An account that is bound to a citizen: at most one of each channel.")
class LinkedAccount:
    """`current` is the one that asks."""

    channel: Channel
    linked_at: datetime
    current: bool


@strawberry.type(description="An optional item that a citizen can switch off.")
class OptionalItem:
    """Only positive records are optional; switched off, they count for nothing."""

    rule: Rule
    declined: bool


@strawberry.enum(description="What was looked at, or done with it.")
class AccessAction(enum.Enum):
    """Values are as the audit chain has them."""

    SCORE_VIEWED = "score.viewed"
    PASS_USED = "pass.used"  # noqa: S105 - not a secret
    CASE_SEARCHED = "case.searched"
    CASE_VIEWED = "case.viewed"
    LETTER_READ = "letter.read"
    INQUIRY_READ = "inquiry.read"
    REPAIR_READ = "repair.read"
    DATA_EXPORTED = "data.exported"
    DATA_READ = "data.read"
    ACCOUNT_MOVED = "account.moved"
    ACCOUNT_RESTORED = "account.restored"
    CHECK_VIEWED = "check.viewed"
    NOTICE_VIEWED = "notice.viewed"


@strawberry.type(description="A look at a person's data, or several alike within ten minutes: who, when and what for.")
class AccessEntry:
    """One entry of the access log (promise 15): the looks from `first` to `key` of the citizen's chain."""

    key: strawberry.Private[str]
    first: strawberry.Private[int]
    id: strawberry.ID
    at: datetime
    first_at: datetime
    count: int
    role: Kind
    action: AccessAction
    institution: LocalText
    purpose: LocalText
    why: str | None
    can_ask: bool
    question: LookQuestion | None


@strawberry.type(description="An account that a citizen was moved away from.")
class AccountMove:
    """Until `undo_until` this account can say that it was not its citizen."""

    moved_at: datetime
    undo_until: datetime


@strawberry.type(description="A sign-in that was new: by an account that came in, or on a new device of one.")
class SignInElsewhere:
    """Until `undo_until` the citizen can say that it was not theirs."""

    at: datetime
    channel: Channel
    undo_until: datetime


@strawberry.enum(description="A part of an identity that can be checked by its form alone.")
class IdentityField(enum.Enum):
    """Checked without looking anything up."""

    NAME = "NAME"
    ID_NUMBER = "ID_NUMBER"
    PHONE = "PHONE"


@strawberry.type(description="An identity that waits for the code that was sent to its phone.")
class BindingAttempt:
    """The code is good for five minutes and five tries."""

    id: strawberry.ID
    masked_phone: Masked
    expires_at: datetime


@strawberry.type(description="An address that opens one thing for one person for a short while.")
class Address:
    """Nothing about the person can be read from it."""

    url: str
    expires_at: datetime


@strawberry.type(description="A session for the one who signed in.")
class Session:
    """Send the token as `Authorization: Bearer`."""

    token: str
    expires_at: datetime
    role: Kind
    name: str | None
    refresh_token: str | None = None
    device: str | None = None
