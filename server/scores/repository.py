"""Queries of assessments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from server.platform.db import Collection, Collections, Cursor, Document, Index, Owned, Store
from server.scores.model import AssessmentRow

ASSESSMENTS = "assessments"
COLLECTIONS = (ASSESSMENTS,)
STANDING_INDEX = "standing"
"""Each citizen's current assessment: its day and fingerprint."""
INDEXES: tuple[Index, ...] = (
    (
        ASSESSMENTS,
        [("citizen", 1)],
        {"unique": True, "partialFilterExpression": {"current": True}, "name": "current"},
    ),
    (ASSESSMENTS, [("citizen", 1), ("at", -1)], {}),
    (
        ASSESSMENTS,
        [("citizen", 1), ("current", 1), ("fingerprint", 1), ("as_of", 1)],
        {"partialFilterExpression": {"current": True}, "name": STANDING_INDEX},
    ),
)
OWNED = (Owned(ASSESSMENTS, by="citizen", keep="statements_months", export="assessments", shard_key="citizen"),)
_BATCH = 50
"""Statements that are read at once."""
_SUPERSEDE = {"$set": {"current": False}, "$unset": {"fingerprint": ""}}
"""What makes a current statement one of the past."""


class AssessmentRepository:
    """Assessments, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[AssessmentRow] = within[ASSESSMENTS]

    async def current(self, citizen_id: str) -> AssessmentRow | None:
        """A citizen's current assessment."""
        return await self._rows.find_one({"citizen": citizen_id, "current": True})

    async def current_of(self, citizens: Sequence[str]) -> list[AssessmentRow]:
        """The current assessments of many citizens."""
        return await self._rows.find({"citizen": {"$in": list(citizens)}, "current": True}).to_list(None)

    def past(self, citizen_id: str) -> Cursor[AssessmentRow]:
        """A citizen's past assessments."""
        return self._rows.find({"citizen": citizen_id, "current": False}).batch_size(_BATCH)

    async def last_before(self, citizen_id: str, day: str) -> AssessmentRow | None:
        """The last one as of a day before this one."""
        return await self._rows.find_one({"citizen": citizen_id, "as_of": {"$lt": day}}, sort=[("at", -1)])

    async def last_seen(self, citizen_id: str, before: datetime) -> AssessmentRow | None:
        """The last one before a moment that its citizen saw."""
        seen = {"citizen": citizen_id, "at": {"$lt": before}, "seen_at": {"$exists": True}}
        return await self._rows.find_one(seen, sort=[("at", -1)])

    async def set_seen(self, assessment_id: str, now: datetime) -> None:
        """Its citizen sees it for the first time."""
        unseen = {"_id": assessment_id, "seen_at": {"$exists": False}}
        await self._rows.update_one(unseen, {"$set": {"seen_at": now}})

    async def count(self, citizen_id: str) -> int:
        """How many assessments a citizen has."""
        return await self._rows.count_documents({"citizen": citizen_id})

    async def page(self, citizen_id: str, most: int, before: object = None) -> list[AssessmentRow]:
        """A citizen's assessments, newest first, from a moment on."""
        query: dict[str, object] = {"citizen": citizen_id}
        if before is not None:
            query["at"] = {"$lt": before}
        return await self._rows.find(query).sort([("at", -1)]).limit(most).to_list(None)

    async def replace(self, old: AssessmentRow | None, new: AssessmentRow) -> None:
        """Make the current assessment a past one, and store the new current one. Raises DuplicateError."""
        if old is not None:
            await self._rows.update_one({"_id": old["_id"]}, _SUPERSEDE)
        await self._rows.insert_one(new)

    async def retire(self, citizen_id: str) -> None:
        """Make the current assessment a past one."""
        await self._rows.update_one({"citizen": citizen_id, "current": True}, _SUPERSEDE)

    async def delete_all(self, citizen_id: str) -> None:
        """Delete every assessment of a citizen: the score and its history."""
        await self._rows.delete_many({"citizen": citizen_id})

    async def replace_many(self, old: Sequence[str], new: Sequence[AssessmentRow]) -> None:
        """As `replace`, for many citizens. Raises DuplicatesError."""
        await self._rows.update_many({"_id": {"$in": list(old)}}, _SUPERSEDE)
        await self._rows.insert_many(new)

    async def recalculate(self, assessment_id: str, values: Mapping[str, object]) -> None:
        """Store a past assessment as it is without a record that is gone."""
        await self._rows.update_one({"_id": assessment_id}, {"$set": values})


class CurrentAssessments:
    """Current assessments outside of transactions, of many citizens in one call, on a hot path."""

    def __init__(self, store: Store) -> None:
        self._rows = store.quick(ASSESSMENTS)

    async def read(self, citizens: Sequence[str]) -> list[AssessmentRow | None]:
        """Whole."""
        return await self._found(citizens, None)

    async def standing(self, citizens: Sequence[str]) -> list[AssessmentRow | None]:
        """With nothing but id, day and scheme."""
        return await self._found(citizens, {"citizen": 1, "as_of": 1, "scheme": 1})

    async def _found(self, citizens: Sequence[str], fields: Document | None) -> list[AssessmentRow | None]:
        found = self._rows.find({"citizen": {"$in": list(citizens)}, "current": True}, fields)
        known: dict[str, AssessmentRow] = {row["citizen"]: row for row in await found.to_list(None)}
        return [known.get(citizen) for citizen in citizens]


def standing_of(citizens: Sequence[str], name: str) -> Document:
    """A stage that adds citizens' current assessments to a pipeline: id, day and scheme, and the citizen as `name`."""
    fields = {"_id": 1, name: "$citizen", "as_of": 1, "scheme": 1}
    current = {"$match": {"citizen": {"$in": list(citizens)}, "current": True}}
    return {"$unionWith": {"coll": ASSESSMENTS, "pipeline": [current, {"$project": fields}]}}
