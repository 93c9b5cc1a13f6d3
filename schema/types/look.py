"""Looks at a person's data, and the question why somebody looked."""

from __future__ import annotations

import enum
from datetime import date, datetime

import strawberry

from schema.types.errors import LocalText
from schema.types.principal import Kind

strawberry.enum(Kind, name="PrincipalKind", description="The kinds of those who ask.")


@strawberry.enum(description="Whose looks.")
class LookedBy(enum.Enum):
    """Of an access log."""

    EVERYONE = "everyone"
    OTHERS = "others"
    ME = "me"


@strawberry.enum(description="How far a question why somebody looked is.")
class LookQuestionState(enum.Enum):
    """Also the parts of the desk's list."""

    OPEN = "open"
    OVERDUE = "overdue"
    ANSWERED = "answered"


@strawberry.type(description="The question why somebody looked, asked by the one whose data it is.")
class LookQuestion:
    """Where no answer comes by `due_on`, it is with the auditor."""

    state: LookQuestionState
    asked_at: datetime
    due_on: date
    answer: str | None
    answered_at: datetime | None


@strawberry.type(description="Staff: a question why somebody looked. It does not say whose data it was.")
class LookInquiry:
    """`account` looked. The one who looked writes down a `statement`; another person, an approver, answers."""

    key: strawberry.Private[str]
    id: strawberry.ID
    state: LookQuestionState
    at: datetime
    first_at: datetime
    count: int
    role: Kind
    account: str
    institution: LocalText
    purpose: LocalText
    asked_at: datetime
    due_on: date
    statement: str | None
    answer: str | None
    answered_by: str | None


@strawberry.type(description="Auditors: something that a member of staff or an operator did or looked at.")
class StaffLogEntry:
    """`subject` stands for whom or what it was about: the same for the same, and nothing of a person."""

    key: strawberry.Private[str]
    at: datetime
    account: str
    role: Kind
    action: str
    look: bool
    subject: str
