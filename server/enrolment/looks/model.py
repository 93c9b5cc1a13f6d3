"""Rows of questions why somebody looked."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict

from server.platform.db import Sealed


class LookQuestionRow(TypedDict):
    """Why somebody looked, asked by the one whose data it is.

    The looks are the links `first` to `last` of the citizen's chain, from `first_at` to `looked_at`, all by the
    account `by` in the same `role`; `why` and `benefit` are what stood with them. `due_on` is an ISO day; `overdue_at`
    says that no answer had come by then. `sealed` is a `LookAnswerContent` under the citizen's key.
    """

    _id: str
    citizen: str
    first: int
    last: int
    count: int
    by: str
    role: str
    action: str
    why: str | None
    benefit: str | None
    first_at: datetime
    looked_at: datetime
    asked_at: datetime
    due_on: str
    sealed: Sealed | None
    overdue_at: datetime | None
    answered_at: datetime | None
    answered_by: str | None
    expires_at: NotRequired[datetime]


class LookAnswerContent(TypedDict):
    """What the one who looked wrote down, and what another person answered."""

    statement: str | None
    answer: str | None
