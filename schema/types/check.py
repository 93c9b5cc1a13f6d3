"""Questions to the desk about who someone is, or whether a record may count: asked by Egret, closed by a person."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import strawberry

from schema.types.errors import LocalText
from schema.types.rule import Source
from schema.types.scalars import Masked


class CheckKind(StrEnum):
    """What is asked; values are as stored."""

    NUMBER_SHARED = "number_shared"
    NAME_CHANGED = "name_changed"
    NOT_ME = "not_me"
    RESIDENCE = "residence"
    RECORD_HELD = "record_held"
    SAME_EVENT = "same_event"
    SIGN_IN = "sign_in"


class CheckOutcome(StrEnum):
    """How a question was closed; values are as stored."""

    LIFTED = "lifted"
    KEPT = "kept"


strawberry.enum(CheckKind, description="What a person at the desk is asked.")
strawberry.enum(CheckOutcome, description="How a question was closed.")


@strawberry.type(description="Desk: the record that a question is about.")
class CheckedRecord:
    """As it would count."""

    document_number: str
    source: Source
    rule: LocalText
    occurred_on: date
    reported_on: date


@strawberry.type(description="Desk: a question about who someone is, or about a record.")
class Check:
    """`masked_name` is as it was asked; `masked_name_now` as the citizen of that number has it, if there is one.

    That a record counts is proposed first (`proposed_by`); another person closes the question.
    `words` are those of an account that could not sign in; of who is behind it nothing is known. It is answered until
    `dueOn`; once that has passed it is `escalated`: an approver closes it, until a new day.
    """

    id: strawberry.ID
    kind: CheckKind
    asked_at: datetime
    times: int
    masked_name: Masked | None
    masked_id_number: Masked | None
    masked_name_now: Masked | None
    words: str | None
    due_on: date | None
    escalated: bool
    outcome: CheckOutcome | None
    closed_at: datetime | None
    closed_by: str | None
    record: CheckedRecord | None
    proposed_by: str | None
