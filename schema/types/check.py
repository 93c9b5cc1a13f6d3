"""Questions to the desk about who someone is: asked by Egret, closed by a person."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import strawberry

from schema.types.scalars import Masked


class CheckKind(StrEnum):
    """What is asked; values are as stored."""

    NUMBER_SHARED = "number_shared"
    NAME_CHANGED = "name_changed"
    NOT_ME = "not_me"
    RESIDENCE = "residence"
    SIGN_IN = "sign_in"


class CheckOutcome(StrEnum):
    """How a question was closed; values are as stored."""

    LIFTED = "lifted"
    KEPT = "kept"


strawberry.enum(CheckKind, description="What a person at the desk is asked.")
strawberry.enum(CheckOutcome, description="How a question was closed.")


@strawberry.type(description="Desk: a question about who someone is.")
class Check:
    """`masked_name` is as it was asked; `masked_name_now` as the citizen of that number has it, if there is one.

    `words` are those of an account that could not sign in; of who is behind it nothing is known.
    """

    id: strawberry.ID
    kind: CheckKind
    asked_at: datetime
    times: int
    masked_name: Masked | None
    masked_id_number: Masked | None
    masked_name_now: Masked | None
    words: str | None
    outcome: CheckOutcome | None
    closed_at: datetime | None
    closed_by: str | None
