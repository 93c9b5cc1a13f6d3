"""Queries of stored records and of their earlier versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import uuid4

from server.platform.db import Collection, Collections, Index, Owned, Query, Store
from server.records.model import ACTIVE, AWAITING_CORRECTION, RecordRow

RECORDS = "records"
VERSIONS = "record_versions"
COLLECTIONS = (RECORDS, VERSIONS)
COLUMNS_INDEX = "columns"
"""A citizen's records, newest first, with all that a score is made of: a city is read from this index alone."""
_COLUMNS = ("citizen", "reported_on", "rule", "occurred_on", "status", "final", "disputed", "cured_on")
INDEXES: tuple[Index, ...] = (
    (RECORDS, [("source", 1), ("document_index", 1)], {"unique": True}),
    (RECORDS, [(name, -1 if name == "reported_on" else 1) for name in _COLUMNS], {"name": COLUMNS_INDEX}),
    (RECORDS, [("reported_on", 1), ("_id", 1)], {"partialFilterExpression": {"class": "notice"}, "name": "bills"}),
    (VERSIONS, [("citizen", 1)], {}),
    (VERSIONS, [("record", 1), ("version", 1)], {}),
)
OWNED = (
    Owned(RECORDS, by="citizen", keep="records_months", export="records", shard_key="citizen"),
    Owned(VERSIONS, by="citizen", keep="records_months", export="record_versions", shard_key="citizen"),
)
NEWEST_FIRST = (("reported_on", -1), ("_id", 1))
_READ = ("citizen", "sealed", "source", "rule", "class", "occurred_on", "reported_on", "final", "disputed")


class RecordRepository:
    """Records, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[RecordRow] = within[RECORDS]
        self._versions: Collection[RecordRow] = within[VERSIONS]

    async def get(self, record_id: str) -> RecordRow | None:
        """A record, whatever became of it."""
        return await self._rows.find_one({"_id": record_id})

    async def by_document(self, source: str, document_index: bytes) -> RecordRow | None:
        """The record of a source's document."""
        return await self._rows.find_one({"source": source, "document_index": document_index})

    async def by_documents(self, numbers: Mapping[str, Sequence[bytes]]) -> list[RecordRow]:
        """The records of many documents, by source."""
        return await self._rows.find(_documents(numbers)).to_list(None) if numbers else []

    async def has_any_document(self, numbers: Mapping[str, Sequence[bytes]]) -> bool:
        """Whether one of many documents, by source, is stored."""
        return bool(numbers) and await self._rows.find_one(_documents(numbers), {"_id": 1}) is not None

    async def active(self, citizen_id: str) -> list[RecordRow]:
        """A citizen's active records, newest first."""
        return await self._rows.find({"citizen": citizen_id, "status": ACTIVE}).sort(NEWEST_FIRST).to_list(None)

    async def active_of(self, citizens: Sequence[str]) -> list[RecordRow]:
        """The active records of many citizens, without what is sealed."""
        query = {"citizen": {"$in": list(citizens)}, "status": ACTIVE}
        return await self._rows.find(query, {"sealed": 0}).to_list(None)

    async def open_bills(
        self, first: str, last: str, most: int, after: tuple[str, str] | None = None
    ) -> list[RecordRow]:
        """Unpaid and undisputed notices reported from one day to another, in order, from a day and an id on.

        Answered by the index of notices alone; of what is sealed nothing is read.
        """
        query: dict[str, object] = {
            "class": "notice",
            "status": ACTIVE,
            "cured_on": None,
            "disputed": None,
            "reported_on": {"$gte": first, "$lte": last},
        }
        if after is not None:
            day, seen = after
            query["$or"] = [{"reported_on": {"$gt": day}}, {"reported_on": day, "_id": {"$gt": seen}}]
        found = self._rows.find(query, {"sealed": 0}).sort([("reported_on", 1), ("_id", 1)])
        return await found.limit(most).to_list(None)

    async def sealed_of(self, records: Sequence[str]) -> list[RecordRow]:
        """What is sealed of some records."""
        return await self._rows.find({"_id": {"$in": list(records)}}, {"sealed": 1}).to_list(None)

    async def has_any(self, citizen_id: str) -> bool:
        """Whether there is a record about a citizen."""
        return await self._rows.find_one({"citizen": citizen_id}, {"_id": 1}) is not None

    async def insert(self, records: Sequence[RecordRow]) -> None:
        """Store new records. Raises DuplicatesError."""
        await self._rows.insert_many(records)

    async def correct(self, record: RecordRow) -> None:
        """Put a later version in place of a record; its dispute goes on."""
        values = {name: value for name, value in record.items() if name not in ("_id", "version", "disputed")}
        await self._rows.update_one({"_id": record["_id"]}, {"$set": values, "$inc": {"version": 1}})

    async def end(self, record_id: str, status: str) -> None:
        """A later version that counts no more."""
        await self._rows.update_one({"_id": record_id}, {"$set": {"status": status}, "$inc": {"version": 1}})

    async def mark_disputed(self, record_id: str, dispute_id: str | None) -> None:
        """A record is neutral while it is disputed."""
        await self._rows.update_one({"_id": record_id}, {"$set": {"disputed": dispute_id}})

    async def set_status(self, record_id: str, status: str) -> bool:
        """Carry a determination out; False where its source ended it meanwhile: it stays ended."""
        alive = {"_id": record_id, "status": {"$in": [ACTIVE, AWAITING_CORRECTION]}}
        return bool((await self._rows.update_one(alive, {"$set": {"status": status}})).matched_count)

    async def keep_versions(self, records: Sequence[RecordRow], until: object) -> None:
        """Keep records as they were until a moment, with their person's other data."""
        rows = [{**row, "_id": uuid4().hex, "record": row["_id"], "until": until} for row in records]
        await self._versions.insert_many(rows)

    async def delete_versions(self, citizen_id: str) -> None:
        """Delete the earlier versions of a citizen's records."""
        await self._versions.delete_many({"citizen": citizen_id})


def _documents(numbers: Mapping[str, Sequence[bytes]]) -> Query:
    return {"$or": [{"source": source, "document_index": {"$in": list(found)}} for source, found in numbers.items()]}


class RecordRows:
    """Active records outside of transactions, of several people in one call, on a hot path."""

    def __init__(self, store: Store) -> None:
        self._rows = store.quick(RECORDS)

    async def active_of(self, citizens: Sequence[str]) -> list[list[RecordRow]]:
        """The active records of each citizen, newest first."""
        found: dict[str, list[RecordRow]] = {citizen: [] for citizen in citizens}
        query: Query = {"citizen": {"$in": list(citizens)}, "status": ACTIVE}
        async for row in self._rows.find(query, _READ).sort(NEWEST_FIRST):
            found[row["citizen"]].append(row)
        return [found[citizen] for citizen in citizens]
