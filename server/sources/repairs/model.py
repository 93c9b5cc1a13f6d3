"""Rows of applications for repair. Days are ISO dates."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict

from server.disputes.model import HandRow
from server.platform.db import Sealed


class RepairEventRow(TypedDict):
    """A step of an application: who took it, in which role (`by`)."""

    at: datetime
    action: str
    by: str
    actor: str | None


class RepairRow(TypedDict):
    """An application for the repair of one record; `sealed` is a `RepairContent`.

    `lapsed` says that it was not answered in time, whatever became of it since. `proposer` is the account of the desk
    that wrote down a consent which waits for a second person.
    """

    _id: str
    number: str
    citizen: str
    record: str
    source: str
    reporter: str | None
    rule: str
    done_on: str
    sealed: Sealed
    state: str
    open: bool
    applied_at: datetime
    applied_on: str
    due_on: str
    lapsed: bool
    proposer: str | None
    ended_on: str | None
    revision: int
    events: list[RepairEventRow]
    hands: NotRequired[list[HandRow]]


class RepairContent(TypedDict):
    """The citizen's words, and the answer with the score after it.

    `value` and `points` are missing where there is no score. `spoke_with` is whom the desk asked.
    """

    words: str
    answer: NotRequired[str]
    spoke_with: NotRequired[str]
    value: NotRequired[int]
    points: NotRequired[int]


def asked_entity(row: RepairRow) -> str:
    """Who answers: the entity that delivered the record, else the source itself."""
    return row["reporter"] or row["source"]
