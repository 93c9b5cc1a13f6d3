"""Queries of attempts to bind, of moves to another account, and of questions to the desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from server.enrolment.model import AttemptRow, CheckRow, MoveRow
from server.platform.db import EXPIRES, Collection, Collections, Index, Owned, Owner, Query

ATTEMPTS = "binding_attempts"
CHECKS = "checks"
MOVES = "account_moves"
COLLECTIONS = (ATTEMPTS, CHECKS, MOVES)
INDEXES: tuple[Index, ...] = (
    (ATTEMPTS, [("expires_at", 1)], {"expireAfterSeconds": 3600}),
    (CHECKS, [("expires_at", 1)], {"expireAfterSeconds": 0}),
    (MOVES, [("expires_at", 1)], {"expireAfterSeconds": 0}),
    (MOVES, [("left", 1), ("moved_at", -1)], {}),
    (MOVES, [("citizen", 1)], {}),
    (CHECKS, [("outcome", 1), ("asked_at", -1)], {}),
    (CHECKS, [("due_on", 1)], {"partialFilterExpression": {"due_on": {"$exists": True}}}),
    (CHECKS, [("citizen", 1)], {"partialFilterExpression": {"citizen": {"$exists": True}}}),
    (CHECKS, [("contact", 1)], {"partialFilterExpression": {"contact": {"$exists": True}}}),
)
OWNED = (
    Owned(ATTEMPTS, by="contact", owner=Owner.CONTACT, keep=EXPIRES),
    Owned(MOVES, by="citizen", keep=EXPIRES, export="moves"),
    Owned(CHECKS, by="citizen", keep=EXPIRES, export="checks"),
    Owned(CHECKS, by="contact", owner=Owner.CONTACT, keep=EXPIRES),
)


class AttemptRepository:
    """Attempts to bind, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[AttemptRow] = within[ATTEMPTS]

    async def get(self, attempt: str, contact_id: str) -> AttemptRow | None:
        """An attempt of a contact."""
        return await self._rows.find_one({"_id": attempt, "contact": contact_id})

    async def insert(self, row: AttemptRow) -> None:
        """Store a new attempt."""
        await self._rows.insert_one(row)

    async def set_code(self, attempt: str, code_index: bytes, expires_at: datetime) -> None:
        """Store what the code just sent is found by, and until when it is good."""
        values = {"code_index": code_index, "code_expires_at": expires_at}
        await self._rows.update_one({"_id": attempt}, {"$set": values, "$inc": {"codes": 1}})

    async def allow_move(self, attempt: str, until: datetime) -> None:
        """Store that the code was given, and until when the citizen may be moved."""
        await self._rows.update_one({"_id": attempt}, {"$set": {"may_move_until": until, "expires_at": until}})

    async def delete(self, attempt: str) -> None:
        """Delete an attempt that has succeeded."""
        await self._rows.delete_one({"_id": attempt})

    async def contacts_among(self, contacts: Iterable[str]) -> set[str]:
        """Those of some contacts that are about to bind."""
        found = self._rows.find({"contact": {"$in": list(contacts)}}, {"contact": 1})
        return {row["contact"] async for row in found}


class MoveRepository:
    """Moves to another account, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[MoveRow] = within[MOVES]

    async def insert(self, row: MoveRow) -> None:
        """Store a move."""
        await self._rows.insert_one(row)

    async def newest_from(self, contact_id: str, now: datetime) -> MoveRow | None:
        """The newest move away from an account that it can still take back."""
        query = {"left": contact_id, "undone_at": None, "expires_at": {"$gt": now}}
        rows = await self._rows.find(query).sort([("moved_at", -1)]).limit(1).to_list(None)
        return rows[0] if rows else None

    async def undo(self, citizen_id: str, since: datetime, now: datetime) -> None:
        """Store that a citizen's moves since a moment were taken back."""
        query = {"citizen": citizen_id, "undone_at": None, "moved_at": {"$gte": since}}
        await self._rows.update_many(query, {"$set": {"undone_at": now}})


class CheckRepository:
    """Questions to the desk, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[CheckRow] = within[CHECKS]

    async def get(self, check: str) -> CheckRow | None:
        """A question, open or closed."""
        return await self._rows.find_one({"_id": check})

    async def open(self, check: str, values: Mapping[str, object]) -> None:
        """Ask, or ask once more."""
        again = {
            "$set": {**values, "outcome": None},
            "$inc": {"times": 1},
            "$unset": dict.fromkeys(("closed_at", "closed_by", "proposed_by", "proposed_person"), ""),
        }
        await self._rows.update_one({"_id": check}, again, upsert=True)

    async def propose(self, check: str, by: str, person: bytes) -> bool:
        """Keep who proposes that a record counts; False where it was proposed or closed already."""
        query = {"_id": check, "outcome": None, "proposed_by": {"$exists": False}}
        proposed = {"$set": {"proposed_by": by, "proposed_person": person}}
        return (await self._rows.update_one(query, proposed)).matched_count == 1

    async def close(self, check: str, outcome: str, by: str, now: datetime, expires_at: datetime) -> bool:
        """Close what is open; whether it was."""
        values = {"outcome": outcome, "closed_at": now, "closed_by": by, "expires_at": expires_at}
        return (await self._rows.update_one({"_id": check, "outcome": None}, {"$set": values})).matched_count == 1

    async def overdue(self, today: str) -> list[str]:
        """The ids of open questions whose last day was before this one."""
        query = {"due_on": {"$lt": today}, "outcome": None}
        return [row["_id"] async for row in self._rows.find(query, {"_id": 1})]

    async def escalate(self, check: str, today: str, due: str) -> CheckRow | None:
        """Let a supervisor have what is open and overdue, with a new last day; None where it is not."""
        query = {"_id": check, "due_on": {"$lt": today}, "outcome": None}
        return await self._rows.find_one_and_update(query, {"$set": {"escalated": True, "due_on": due}})

    async def page(self, *, is_open: bool, most: int, before: datetime | None) -> list[CheckRow]:
        """Questions, newest first."""
        query = _asked(is_open=is_open)
        if before is not None:
            query = {**query, "asked_at": {"$lt": before}}
        return await self._rows.find(query).sort([("asked_at", -1)]).limit(most).to_list(None)

    async def count(self, *, is_open: bool) -> int:
        """How many there are."""
        return await self._rows.count_documents(_asked(is_open=is_open))


def _asked(*, is_open: bool) -> Query:
    return {"outcome": None} if is_open else {"outcome": {"$ne": None}}
