"""Queries of applications for repair."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from scoring.repair import RepairState
from server.disputes.model import HandRow
from server.disputes.order import QueuePlace, queue_order
from server.platform.db import Collection, Collections, Index, Owned, Query, Sealed
from server.sources.repairs.model import RepairEventRow, RepairRow

REPAIRS = "repairs"
COLLECTIONS = (REPAIRS,)
INDEXES: tuple[Index, ...] = (
    (REPAIRS, [("citizen", 1), ("applied_at", -1)], {}),
    (
        REPAIRS,
        [("citizen", 1), ("record", 1)],
        {"unique": True, "partialFilterExpression": {"open": True}, "name": "one_open_of_record"},
    ),
    (REPAIRS, [("record", 1)], {}),
    (REPAIRS, [("open", 1), *queue_order("applied_at")], {}),
    (REPAIRS, [("reporter", 1), ("open", 1), ("_id", 1)], {}),
    (REPAIRS, [("ended_on", 1)], {}),
    (REPAIRS, [("applied_on", 1)], {}),
)
OWNED = (Owned(REPAIRS, by="citizen", keep="disputes_months", export="repairs", shard_key="citizen"),)


class RepairRepository:
    """Applications, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[RepairRow] = within[REPAIRS]

    async def get(self, repair_id: str) -> RepairRow | None:
        """An application."""
        return await self._rows.find_one({"_id": repair_id})

    async def insert(self, row: RepairRow) -> None:
        """Store a new application. Raises DuplicateError where one about the same record is open."""
        await self._rows.insert_one(row)

    async def move(self, row: RepairRow, values: Mapping[str, object], event: RepairEventRow) -> RepairRow | None:
        """Change an application that is still of this revision; as it is then, or None."""
        return await self._rows.find_one_and_update(
            {"_id": row["_id"], "revision": row["revision"]},
            {"$set": values, "$inc": {"revision": 1}, "$push": {"events": event}},
            return_document=True,
        )

    async def set_content(self, repair_id: str, sealed: Sealed) -> None:
        """Store what is sealed of an application."""
        await self._rows.update_one({"_id": repair_id}, {"$set": {"sealed": sealed}})

    async def add_hand(self, repair_id: str, hand: HandRow) -> None:
        """Keep that a person had a hand in an application."""
        await self._rows.update_one({"_id": repair_id}, {"$addToSet": {"hands": hand}})

    async def open_about(self, record_id: str) -> RepairRow | None:
        """The open application about a record."""
        return await self._rows.find_one({"record": record_id, "open": True})

    async def about(self, citizen_id: str, records: Sequence[str]) -> list[RepairRow]:
        """A citizen's applications about some records, oldest first."""
        query = {"citizen": citizen_id, "record": {"$in": list(records)}}
        return await self._rows.find(query).sort([("applied_at", 1)]).to_list(None)

    async def count_about(self, citizen_id: str, record_id: str) -> int:
        """How often a citizen applied for the repair of a record."""
        return await self._rows.count_documents({"citizen": citizen_id, "record": record_id})

    async def page_of(self, citizen_id: str, most: int, before: datetime | None) -> list[RepairRow]:
        """A citizen's applications, newest first, from a moment on."""
        query: dict[str, object] = {"citizen": citizen_id}
        if before is not None:
            query["applied_at"] = {"$lt": before}
        return await self._rows.find(query).sort([("applied_at", -1)]).limit(most).to_list(None)

    async def count_of(self, citizen_id: str) -> int:
        """How often a citizen applied."""
        return await self._rows.count_documents({"citizen": citizen_id})

    async def waiting_for(self, entity: str, most: int, after: str | None) -> list[RepairRow]:
        """Open applications that a reporting entity has to answer."""
        query = _waiting_for(entity)
        if after is not None:
            query["_id"] = {"$gt": after}
        return await self._rows.find(query).sort([("_id", 1)]).limit(most).to_list(None)

    async def count_waiting_for(self, entity: str) -> int:
        """How many open applications a reporting entity has to answer."""
        return await self._rows.count_documents(_waiting_for(entity))

    async def queue(self, most: int, after: QueuePlace | None) -> list[RepairRow]:
        """Open applications, in the order of a queue, behind a place in it."""
        query: Query = {"open": True}
        if after is not None:
            query = {"$and": [query, after.behind("applied_at")]}
        return await self._rows.find(query).sort(queue_order("applied_at")).limit(most).to_list(None)

    async def count_open(self, due_before: str | None = None) -> int:
        """How many are open; with a day, how many of them were due before it."""
        query: dict[str, object] = {"open": True}
        if due_before is not None:
            query["due_on"] = {"$lt": due_before}
        return await self._rows.count_documents(query)

    async def overdue(self, today: str) -> list[str]:
        """The ids of applications that wait and whose last day was before this one."""
        query = {"open": True, "state": RepairState.APPLIED.value, "due_on": {"$lt": today}}
        return [row["_id"] async for row in self._rows.find(query, {"_id": 1})]

    async def open_of(self, citizen_id: str) -> list[RepairRow]:
        """The open applications of a citizen."""
        return await self._rows.find({"citizen": citizen_id, "open": True}).to_list(None)

    async def every_open(self) -> list[RepairRow]:
        """What is needed of every open application to see whether its record is still there."""
        seen = {"citizen": 1, "record": 1}
        return await self._rows.find({"open": True}, seen).to_list(None)

    async def count_applied_since(self, day: str) -> int:
        """How many were made since a day."""
        return await self._rows.count_documents({"applied_on": {"$gte": day}})

    async def ended_since(self, day: str) -> list[RepairRow]:
        """What figures need of the applications that ended since a day; nothing of a person."""
        seen = ("state", "lapsed", "source", "applied_on", "ended_on")
        return await self._rows.find({"ended_on": {"$gte": day}}, dict.fromkeys(seen, 1)).to_list(None)

    async def ended_before(self, day: str) -> AsyncIterator[str]:
        """The ids of applications that ended before a day."""
        query = {"open": False, "ended_on": {"$ne": None, "$lt": day}}
        async for row in self._rows.find(query, {"_id": 1}):
            yield row["_id"]

    async def delete_ended(self, repair_id: str) -> None:
        """Delete an application that is not open."""
        await self._rows.delete_one({"_id": repair_id, "open": False})

    async def number_of(self, repair_id: str) -> str | None:
        """The number of an application."""
        row = await self._rows.find_one({"_id": repair_id}, {"number": 1})
        return None if row is None else row["number"]


def _waiting_for(entity: str) -> dict[str, object]:
    return {"$or": [{"reporter": entity}, {"reporter": None, "source": entity}], "open": True}
