"""What every case begins with: its clock, its first event, and the fields that are empty at first."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from scoring.deadlines import due_on
from scoring.disputes import DisputeAction, DisputeRole, DisputeState
from server.disputes.attached import NoteRepository
from server.disputes.model import DisputeRow, EventRow, StartedValues
from server.platform.core.unit_of_work import Transaction
from server.platform.db import Sealed

_NO_STAFF = (DisputeRole.CITIZEN.value, DisputeRole.CLOCK.value, DisputeRole.SOURCE.value)


def new_case(tx: Transaction, number: str, sealed: Sealed) -> DisputeRow:
    """A case that was just filed by the actor, about nothing yet."""
    filed: EventRow = {
        "at": tx.now,
        "action": DisputeAction.FILE.value,
        "by": DisputeRole.CITIZEN.value,
        "actor": tx.actor.id,
    }
    clock = started(tx.today)
    return {
        "_id": uuid4().hex,
        "number": number,
        "citizen": tx.actor.id,
        "record": None,
        "source": None,
        "reporter": None,
        "rule": None,
        "points": 0,
        "reason": "",
        "sealed": sealed,
        "state": DisputeState.SUBMITTED.value,
        "open": True,
        "holder": None,
        "filed_at": tx.now,
        "filed_on": tx.today.isoformat(),
        "started_on": clock["started_on"],
        "due_on": clock["due_on"],
        "extended": clock["extended"],
        "determination": None,
        "explanation_event": None,
        "proposer": None,
        "lapsed": False,
        "appealed": False,
        "question_event": None,
        "inquiry": None,
        "ended_on": None,
        "told_on": None,
        "told_by": None,
        "excluded": [],
        "revision": 1,
        "events": [filed],
    }


def started(on: date) -> StartedValues:
    """The clock of a dispute, from the day it was filed, appealed or escalated."""
    return {"started_on": on.isoformat(), "due_on": due_on(on).isoformat(), "extended": False}


async def staff_of(tx: Transaction, case: DisputeRow) -> set[str]:
    """The accounts that worked on a case or wrote a note about it."""
    staff = {note["by"] for note in await NoteRepository(tx).of_case(case["_id"])}
    return staff | {e["actor"] for e in case["events"] if e["by"] not in _NO_STAFF and "actor" in e}
