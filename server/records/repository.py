"""Queries of stored records, of their earlier versions, and of what is held or gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast
from uuid import uuid4

from server.platform.db import Collection, Collections, Index, Owned, Query, Store
from server.records.model import (
    ACTIVE,
    ANNULLED,
    AWAITING_CORRECTION,
    BY_DECISION,
    REPAIRED,
    GoneRow,
    RecordRow,
    later_version,
)

RECORDS = "records"
VERSIONS = "record_versions"
HELD = "held_records"
GONE = "gone_records"
COLLECTIONS = (RECORDS, VERSIONS, HELD, GONE)
COLUMNS_INDEX = "score_columns"
"""A citizen's records, newest first, with all that a score is made of: a city is read from this index alone."""
_COLUMNS = (
    "citizen",
    "reported_on",
    "rule",
    "occurred_on",
    "status",
    "final",
    "disputed",
    "cured_on",
    "source",
    "separate",
    "barred",
)
_ENDED = [ANNULLED, AWAITING_CORRECTION, REPAIRED]
INDEXES: tuple[Index, ...] = (
    (RECORDS, [("source", 1), ("document_index", 1)], {"unique": True}),
    (
        RECORDS,
        [("number_index", 1), ("citizen", 1)],
        {"unique": True, "partialFilterExpression": {"number_index": {"$exists": True}}},
    ),
    (RECORDS, [(name, -1 if name == "reported_on" else 1) for name in _COLUMNS], {"name": COLUMNS_INDEX}),
    (RECORDS, [("reported_on", 1), ("_id", 1)], {"partialFilterExpression": {"class": "notice"}, "name": "bills"}),
    (
        RECORDS,
        [("occurred_on", 1), ("_id", 1)],
        {"partialFilterExpression": {"class": "adverse"}, "name": "repairable"},
    ),
    (
        RECORDS,
        [("citizen", 1), ("occurred_on", 1)],
        {"partialFilterExpression": {"status": {"$in": _ENDED}}, "name": "ended"},
    ),
    (VERSIONS, [("citizen", 1)], {}),
    (VERSIONS, [("record", 1), ("version", 1)], {}),
    (HELD, [("person_document", 1)], {"unique": True}),
    (HELD, [("citizen", 1)], {}),
    (GONE, [("expires_at", 1)], {"expireAfterSeconds": 0}),
)
OWNED = (
    Owned(RECORDS, by="citizen", keep="records_months", export="records", shard_key="citizen"),
    Owned(VERSIONS, by="citizen", keep="records_months", export="record_versions", shard_key="citizen"),
    Owned(HELD, by="citizen", keep="records_months", export="held_records"),
)
NEWEST_FIRST = (("reported_on", -1), ("_id", 1))
_COMPARED = {"_id": 0} | dict.fromkeys(("content", "reporter", "source", "status", "ended", "reported_on"), 1)
_READ = (
    *("citizen", "sealed", "source", "rule", "class", "occurred_on", "reported_on", "final", "disputed", "separate"),
    "barred",
)


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

    async def by_numbers(self, numbers: Sequence[bytes]) -> list[RecordRow]:
        """The records with a number in any spelling (`number_index`)."""
        return await self._rows.find({"number_index": {"$in": list(numbers)}}).to_list(None)

    async def active(self, citizen_id: str) -> list[RecordRow]:
        """A citizen's active records, newest first."""
        return await self._rows.find({"citizen": citizen_id, "status": ACTIVE}).sort(NEWEST_FIRST).to_list(None)

    async def active_of(self, citizens: Sequence[str]) -> list[RecordRow]:
        """The active records of many citizens, without what is sealed."""
        query = {"citizen": {"$in": list(citizens)}, "status": ACTIVE}
        return await self._rows.find(query, {"sealed": 0}).to_list(None)

    async def of_days(self, citizens: Sequence[str], days: Sequence[str], statuses: Sequence[str]) -> list[RecordRow]:
        """What happened to some citizens on some days, of these statuses, with what is sealed."""
        query = {
            "citizen": {"$in": list(citizens)},
            "occurred_on": {"$in": list(days)},
            "status": {"$in": list(statuses)},
        }
        return await self._rows.find(query).to_list(None)

    async def ended_of_days(self, citizens: Sequence[str], days: Sequence[str]) -> list[RecordRow]:
        """As `of_days`, of records that ended or whose correction is awaited; answered by an index of these alone."""
        return await self.of_days(citizens, days, _ENDED)

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

    async def adverse_between(
        self, spans: Sequence[tuple[str, str]], most: int, after: tuple[str, str] | None = None
    ) -> list[RecordRow]:
        """Active and undisputed adverse records that occurred within spans of days, in order, from a day and an id on.

        Answered by the index of adverse records alone; of what is sealed nothing is read.
        """
        within = [{"occurred_on": {"$gte": first, "$lte": last}} for first, last in spans]
        also: list[Query] = [{"$or": within}]
        if after is not None:
            day, seen = after
            also.append({"$or": [{"occurred_on": {"$gt": day}}, {"occurred_on": day, "_id": {"$gt": seen}}]})
        query: Query = {"class": "adverse", "status": ACTIVE, "disputed": None, "$and": also}
        found = self._rows.find(query, {"sealed": 0}).sort([("occurred_on", 1), ("_id", 1)])
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
        changes = {"$set": values, "$inc": {"version": 1}, "$unset": {"ended": ""}}
        await self._rows.update_one({"_id": record["_id"]}, changes)

    async def end(self, record_id: str, status: str, why: str | None = None) -> None:
        """A later version that counts no more, with why its source took it back."""
        values = {"status": status} | ({} if why is None else {"ended": why})
        await self._rows.update_one({"_id": record_id}, {"$set": values, "$inc": {"version": 1}})

    async def set_ended(self, record_id: str, why: str) -> None:
        """Store why a record that has ended was taken back."""
        await self._rows.update_one({"_id": record_id}, {"$set": {"ended": why}})

    async def release_number(self, record: RecordRow) -> None:
        """Free the number of a record that was another person's, so that it can be stored for the right one."""
        taken = {"_id": record["_id"]}
        await self._rows.update_one(taken, {"$set": {"document_index": record["_id"].encode()}})

    async def set_separate(self, record_id: str, *, separate: bool) -> None:
        """Store what a person found: a record is another event than one of the same day and rule, or the same."""
        await self._rows.update_one({"_id": record_id}, {"$set": {"separate": separate}})

    async def store_held(self, held: RecordRow, now: datetime) -> None:
        """Let what was held count, in place of the record that had ended, if there is one."""
        fresh = cast(RecordRow, {name: value for name, value in held.items() if name not in ("held_at", "kept")})
        query = {"citizen": held["citizen"], "number_index": held["number_index"]}
        ended = await self._rows.find_one(query)
        if ended is None:
            await self._rows.insert_one(fresh)
            return
        await self.keep_versions([ended], now)
        await self.correct(later_version(fresh, ended))

    async def ended_of(self, citizen_id: str) -> list[RecordRow]:
        """The records of a citizen that ended, with the digest and the day that are kept of each."""
        query = {"citizen": citizen_id, "status": {"$ne": ACTIVE}, "person_document": {"$exists": True}}
        return await self._rows.find(query, {"person_document": 1, "occurred_on": 1}).to_list(None)

    async def mark_disputed(self, record_id: str, dispute_id: str | None) -> None:
        """A record is neutral while it is disputed."""
        await self._rows.update_one({"_id": record_id}, {"$set": {"disputed": dispute_id}})

    async def bring_back(self, record_id: str) -> None:
        """Let a record count again that ended with its twin."""
        await self._rows.update_one(
            {"_id": record_id}, {"$set": {"status": ACTIVE}, "$unset": {"ended": ""}, "$inc": {"version": 1}}
        )

    async def set_status(self, record_id: str, status: str, ended: str = BY_DECISION) -> bool:
        """Carry a determination out; False where its source ended it meanwhile: it stays ended."""
        values = {"status": status, "ended": ended}
        alive = {"_id": record_id, "status": {"$in": [ACTIVE, AWAITING_CORRECTION]}}
        return bool((await self._rows.update_one(alive, {"$set": values})).matched_count)

    async def keep_versions(self, records: Sequence[RecordRow], until: object) -> None:
        """Keep records as they were until a moment, with their person's other data."""
        rows = [{**row, "_id": uuid4().hex, "record": row["_id"], "until": until} for row in records]
        await self._versions.insert_many(rows)

    async def forget_versions(self, records: Sequence[str]) -> None:
        """Delete the earlier versions of some records."""
        await self._versions.delete_many({"record": {"$in": list(records)}})

    async def delete_versions(self, citizen_id: str) -> None:
        """Delete the earlier versions of a citizen's records."""
        await self._versions.delete_many({"citizen": citizen_id})


def _documents(numbers: Mapping[str, Sequence[bytes]]) -> Query:
    return {"$or": [{"source": source, "document_index": {"$in": list(found)}} for source, found in numbers.items()]}


class HeldRepository:
    """Deliveries that wait for a person's decision, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[RecordRow] = within[HELD]

    async def get(self, held_id: str) -> RecordRow | None:
        """What is held, by its own id."""
        return await self._rows.find_one({"_id": held_id})

    async def of_document(self, person_document: bytes) -> RecordRow | None:
        """What is held of a person's document."""
        return await self._rows.find_one({"person_document": person_document})

    async def put(self, row: RecordRow) -> None:
        """Hold a document, in place of what was held of it before."""
        await self._rows.delete_one({"person_document": row["person_document"]})
        await self._rows.insert_one(row)

    async def keep_out(self, held_id: str) -> None:
        """Store that a person decided that it stays out."""
        await self._rows.update_one({"_id": held_id}, {"$set": {"kept": True}})

    async def delete(self, held_id: str) -> None:
        """Hold it no longer."""
        await self._rows.delete_one({"_id": held_id})

    async def of_citizen(self, citizen_id: str) -> list[RecordRow]:
        """What is held about a citizen."""
        return await self._rows.find({"citizen": citizen_id}).to_list(None)


class GoneRepository:
    """What remains of records that had ended when their citizen left, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[GoneRow] = within[GONE]

    async def keep(self, row: GoneRow) -> None:
        """Remember one."""
        await self._rows.update_one({"_id": row["_id"]}, {"$set": row}, upsert=True)

    async def has_any(self) -> bool:
        """Whether anything is remembered."""
        return await self._rows.find_one({}, {"_id": 1}) is not None

    async def among(self, digests: Sequence[bytes]) -> set[bytes]:
        """Those of some digests that are remembered."""
        found = await self._rows.find({"_id": {"$in": list(digests)}}, {"_id": 1}).to_list(None)
        return {bytes(row["_id"]) for row in found}

    async def delete(self, digest: bytes) -> None:
        """Forget one: a person decided that it may count."""
        await self._rows.delete_one({"_id": digest})


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

    async def stored(self, numbers: Sequence[bytes]) -> list[RecordRow]:
        """As `RecordRepository.by_numbers`, without what is sealed."""
        return await self._rows.find({"number_index": {"$in": list(numbers)}}, _COMPARED).to_list(None)
