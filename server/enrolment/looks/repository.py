"""Queries of questions why somebody looked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.enrolment.looks.model import LookQuestionRow
from server.platform.db import EXPIRES, Collection, Collections, Index, Owned, Query

LOOK_QUESTIONS = "look_questions"
COLLECTIONS = (LOOK_QUESTIONS,)
INDEXES: tuple[Index, ...] = (
    (LOOK_QUESTIONS, [("citizen", 1), ("last", 1)], {"unique": True}),
    (LOOK_QUESTIONS, [("answered_at", 1), ("due_on", 1)], {}),
    (LOOK_QUESTIONS, [("expires_at", 1)], {"expireAfterSeconds": 0}),
)
OWNED = (Owned(LOOK_QUESTIONS, by="citizen", keep=EXPIRES, export="look_questions"),)
OPEN: Query = {"answered_at": None}
OVERDUE: Query = {"answered_at": None, "overdue_at": {"$ne": None}}
"""Those of which the auditor was told."""
ANSWERED: Query = {"answered_at": {"$ne": None}}


class LookQuestionRepository:
    """Questions, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[LookQuestionRow] = within[LOOK_QUESTIONS]

    async def get(self, question: str) -> LookQuestionRow | None:
        """A question, answered or not."""
        return await self._rows.find_one({"_id": question})

    async def about(self, citizen: str, links: Sequence[int]) -> dict[int, LookQuestionRow]:
        """A citizen's questions by the last look that they are about, of some looks."""
        found = self._rows.find({"citizen": citizen, "last": {"$in": list(links)}})
        return {row["last"]: row for row in await found.to_list(None)}

    async def insert(self, row: LookQuestionRow) -> None:
        """Store a question. Raises DuplicateError where those looks were asked about."""
        await self._rows.insert_one(row)

    async def update(self, question: str, values: Mapping[str, object]) -> bool:
        """Change a question that is not answered; whether there is one."""
        done = await self._rows.update_one({"_id": question, **OPEN}, {"$set": dict(values)})
        return done.matched_count == 1

    async def past_due(self, today: str) -> list[str]:
        """The ids of those that should have been answered before a day, of which no auditor was told."""
        late = {**OPEN, "due_on": {"$lt": today}, "overdue_at": None}
        return [row["_id"] for row in await self._rows.find(late, {"_id": 1}).to_list(None)]

    async def page(self, part: Query, most: int, after: tuple[str, str] | None) -> list[LookQuestionRow]:
        """Questions, due first, from a day and an id on."""
        query: Query = part
        if after is not None:
            day, question = after
            query = {**part, "$or": [{"due_on": {"$gt": day}}, {"due_on": day, "_id": {"$gt": question}}]}
        return await self._rows.find(query).sort([("due_on", 1), ("_id", 1)]).limit(most).to_list(None)

    async def count(self, part: Query) -> int:
        """How many there are."""
        return await self._rows.count_documents(part)
