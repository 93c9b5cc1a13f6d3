"""Binding an identity, consent, and leaving."""

from __future__ import annotations

import enum
from datetime import datetime

import strawberry

from schema.types.errors import LocalText
from schema.types.scalars import Masked


@strawberry.type(description="The text that a person agrees to before anything is computed.")
class ConsentText:
    """One version of the consent, as bullets and in full."""

    version: str
    points: list[LocalText]
    full: LocalText


@strawberry.type(description="A consent that was given.")
class Consent:
    """Versioned and for one purpose (promise 1)."""

    version: str
    purpose: str
    granted_at: datetime
    withdrawn_at: datetime | None


@strawberry.type(description="That a person takes part, in which scheme and by which consent.")
class Enrolment:
    """`consent_current` is false when a newer text waits to be read."""

    scheme: str
    consent_version: str
    consent_current: bool
    enrolled_at: datetime


@strawberry.type(description="An optional item that a citizen can switch off.")
class OptionalItem:
    """Only positive records are optional; switched off, they count for nothing."""

    rule: str
    label: LocalText
    declined: bool


@strawberry.type(description="A look at a person's data: when, in which role and why.")
class AccessEntry:
    """One entry of the access log (promise 15)."""

    key: strawberry.Private[str]
    at: datetime
    role: str
    action: str
    why: str | None


@strawberry.enum(description="A part of an identity that can be checked by its form alone.")
class IdentityField(enum.Enum):
    """Checked without looking anything up."""

    NAME = "NAME"
    ID_NUMBER = "ID_NUMBER"
    PHONE = "PHONE"


@strawberry.type(description="The form of the value is right.")
class IdentityAccepted:
    """`masked` is how it may be shown."""

    masked: Masked


@strawberry.input(description="An identity to bind to the account that asks.")
class StartBindingInput:
    """`consent_version` is the text the person agreed to."""

    consent_version: str
    name: str
    id_number: str
    phone: str


@strawberry.type(description="A code was sent to the phone.")
class BindingStarted:
    """The code is good for five minutes and five tries."""

    attempt: strawberry.ID
    masked_phone: Masked
    expires_at: datetime


@strawberry.type(description="An address that opens one thing for one person for a short while.")
class Address:
    """Nothing about the person can be read from it."""

    url: str
    expires_at: datetime


@strawberry.type(description="The identity is bound and the consent recorded.")
class BindingConfirmed:
    """A new session token where the caller used one."""

    masked_name: Masked
    consent_version: str


@strawberry.type(description="Left: computing stopped, passes dead, the data key destroyed.")
class Left:
    """`disputes_withdrawn` counts the open disputes that ended with it."""

    disputes_withdrawn: int


@strawberry.type(description="The account is no longer linked; the enrolment goes on.")
class Unlinked:
    """Binding again from any account brings the score back."""

    masked_name: Masked


@strawberry.type(description="A session for the one who signed in.")
class Session:
    """Send the token as `Authorization: Bearer`."""

    token: str
    expires_at: datetime
    role: str
    name: str | None
    refresh_token: str | None = None
    device: str | None = None


@strawberry.type(description="Signed out.")
class SessionEnded:
    """What was given for that sign-in renews nothing any more."""

    ended: bool
