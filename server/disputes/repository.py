"""Queries of disputes."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from scoring.disputes import OF_HOLDING, Determination, DisputeAction, DisputeRole, DisputeState, DisputeTopic
from server.disputes.collections import COUNTERS, DISPUTES
from server.disputes.model import DisputeRow, EventRow, HandRow
from server.disputes.order import QueuePlace, queue_order
from server.platform.db import Collection, Collections, Document, Query, Sealed, Store

_NOTHING_WRITTEN: Document = {"sealed": 0, "events": 0}
_OF_HOLDING = [action.value for action in OF_HOLDING]
_LAST: Document = {
    "$last": {"$filter": {"input": "$events", "cond": {"$not": [{"$in": ["$$this.action", _OF_HOLDING]}]}}}
}


class DisputeRepository:
    """Disputes, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[DisputeRow] = within[DISPUTES]
        self._counters: Collection[Document] = within[COUNTERS]

    async def get(self, dispute_id: str) -> DisputeRow | None:
        """A dispute."""
        return await self._rows.find_one({"_id": dispute_id})

    async def of_number(self, number: str) -> list[DisputeRow]:
        """The dispute of a number, without what is sealed; a list of one, or none."""
        return await self._rows.find({"number": number}, {"sealed": 0, "events": 0}).to_list(None)

    async def number_of(self, dispute_id: str) -> str | None:
        """The number of a dispute."""
        row = await self._rows.find_one({"_id": dispute_id}, {"number": 1})
        return None if row is None else row["number"]

    async def next_number(self, year: int, kind: str = "dispute", letter: str = "D") -> str:
        """The next number of a year, such as D-2026-000001; each kind of application has a letter of its own."""
        counter = await self._counters.find_one_and_update(
            {"_id": f"{kind}-{year}"}, {"$inc": {"n": 1}}, upsert=True, return_document=True
        )
        return f"{letter}-{year}-{counter['n'] if counter else 1:06d}"

    async def insert(self, row: DisputeRow) -> None:
        """Store a new dispute. Raises DuplicateError where one about the same record is open."""
        await self._rows.insert_one(row)

    async def move(self, dispute: DisputeRow, values: Mapping[str, object], event: EventRow) -> DisputeRow | None:
        """Change a dispute that is still of this revision; as it is then, or None."""
        return await self._rows.find_one_and_update(
            {"_id": dispute["_id"], "revision": dispute["revision"]},
            {"$set": values, "$inc": {"revision": 1}, "$push": {"events": event}},
            return_document=True,
        )

    async def set_content(self, dispute_id: str, sealed: Sealed) -> None:
        """Store what is sealed of a dispute."""
        await self._rows.update_one({"_id": dispute_id}, {"$set": {"sealed": sealed}})

    async def set_version(self, dispute_id: str, version: int) -> None:
        """Store which version of its record a dispute was decided on."""
        await self._rows.update_one({"_id": dispute_id}, {"$set": {"record_version": version}})

    async def add_hand(self, dispute_id: str, hand: HandRow) -> None:
        """Keep that a person had a hand in a case."""
        await self._rows.update_one({"_id": dispute_id}, {"$addToSet": {"hands": hand}})

    async def withdraw_all(self, citizen_id: str, ended_on: str, event: EventRow) -> int:
        """Withdraw the open disputes of a citizen who leaves; how many."""
        ended = {"state": DisputeState.WITHDRAWN.value, "open": False, "ended_on": ended_on}
        change = {"$set": ended, "$inc": {"revision": 1}, "$push": {"events": event}}
        return (await self._rows.update_many({"citizen": citizen_id, "open": True}, change)).modified_count

    # Whether a decision reached its citizen

    async def set_told(self, dispute_id: str, told_on: str, told_by: str) -> None:
        """A decision reached its citizen on a day, if it had not before; what they read stays read."""
        decided = {"_id": dispute_id, "open": False, "told_by": {"$nin": [told_by, "read"]}}
        told: list[Document] = [
            {"$set": {"told_on": {"$ifNull": ["$told_on", told_on]}, "told_by": told_by}},
        ]
        await self._rows.update_one(decided, told)

    async def set_untold(self, dispute_id: str) -> None:
        """The notice of a decision did not arrive after all."""
        by_that = {"_id": dispute_id, "told_by": "notice"}
        await self._rows.update_one(by_that, {"$set": {"told_on": None, "told_by": None}})

    async def end_appeals(self, citizen_id: str, today: str) -> None:
        """A citizen leaves: no decision waits for them any more."""
        untold = {"citizen": citizen_id, "open": False, "told_on": None}
        await self._rows.update_many(untold, {"$set": {"told_on": today, "told_by": "left"}})

    async def awaiting_source(self, citizen_id: str) -> list[DisputeRow]:
        """The disputes of a citizen that their source is asked about."""
        return await self._rows.find({"citizen": citizen_id, "state": DisputeState.AWAITING_SOURCE.value}).to_list(None)

    # About a record

    async def open_about(self, record_id: str, citizen_id: str | None = None) -> DisputeRow | None:
        """The open dispute about a record."""
        query: dict[str, object] = {"record": record_id, "open": True}
        if citizen_id is not None:
            query["citizen"] = citizen_id
        return await self._rows.find_one(query)

    async def decided_about(self, citizen_id: str, record_id: str, version: int) -> DisputeRow | None:
        """A dispute that leaves a record as it is in this version: upheld, not taken up, or appealed."""
        ways: list[Query] = [
            {"determination": Determination.UPHELD.value, "state": DisputeState.RESOLVED.value},
            {"state": DisputeState.REJECTED.value},
            {"appealed": True},
        ]
        query = {"citizen": citizen_id, "record": record_id, "record_version": {"$in": [version, None]}, "$or": ways}
        return await self._rows.find_one(query, sort=[("filed_at", -1)])

    async def about(self, citizen_id: str, records: Sequence[str]) -> list[DisputeRow]:
        """A citizen's disputes about some records, oldest first."""
        query = {"citizen": citizen_id, "record": {"$in": list(records)}}
        return await self._rows.find(query).sort([("filed_at", 1)]).to_list(None)

    async def count_of(self, citizen_id: str) -> int:
        """How many disputes a citizen filed."""
        return await self._rows.count_documents({"citizen": citizen_id})

    async def count_withdrawn(self, citizen_id: str, record_id: str, version: int) -> int:
        """How often a citizen withdrew a dispute about a record in this version."""
        query = {
            "citizen": citizen_id,
            "record": record_id,
            "record_version": {"$in": [version, None]},
            "state": DisputeState.WITHDRAWN.value,
        }
        return await self._rows.count_documents(query)

    # About anything else

    async def open_on(self, citizen_id: str, about: str) -> DisputeRow | None:
        """The open complaint of a citizen about one thing."""
        return await self._rows.find_one({"citizen": citizen_id, "about": about, "open": True})

    async def count_open_of(self, citizen_id: str, topic: DisputeTopic) -> int:
        """How many complaints of a topic a citizen has open."""
        return await self._rows.count_documents({"citizen": citizen_id, "subject.kind": topic.value, "open": True})

    async def open_missing(self, citizen_id: str) -> list[DisputeRow]:
        """The open complaints of a citizen about records that are missing."""
        query = {"citizen": citizen_id, "subject.kind": DisputeTopic.MISSING_RECORD.value, "open": True}
        return await self._rows.find(query).to_list(None)

    async def is_rated(self, citizen_id: str, about: str) -> bool:
        """Whether a citizen has rated a case before."""
        return await self._rows.find_one({"citizen": citizen_id, "about": about}, {"_id": 1}) is not None

    async def records_with_open(self) -> list[str]:
        """The records of all open disputes."""
        query = {"open": True, "record": {"$type": "string"}}
        return [row["record"] async for row in self._rows.find(query, {"record": 1}) if row["record"] is not None]

    # Lists

    async def page_of(self, citizen_id: str, most: int, before: datetime | None) -> list[DisputeRow]:
        """A citizen's disputes, newest first, from a moment on."""
        query: dict[str, object] = {"citizen": citizen_id}
        if before is not None:
            query["filed_at"] = {"$lt": before}
        return await self._rows.find(query).sort([("filed_at", -1)]).limit(most).to_list(None)

    async def queue(self, query: Query, most: int, after: QueuePlace | None) -> list[DisputeRow]:
        """Cases that a query finds, in the order of a queue, behind a place in it."""
        if after is not None:
            query = {"$and": [query, after.behind("filed_at")]}
        return await self._rows.find(query).sort(queue_order("filed_at")).limit(most).to_list(None)

    async def newest(self, query: Query, most: int) -> list[DisputeRow]:
        """Cases that a query finds, newest first."""
        return await self._rows.find(query).sort([("filed_at", -1)]).limit(most).to_list(None)

    async def waiting_for_source(self, entity: str, most: int, after: str | None) -> list[DisputeRow]:
        """Cases that wait for a reporting entity, or for a source as a whole."""
        query = _waiting_for(entity)
        if after is not None:
            query["_id"] = {"$gt": after}
        return await self._rows.find(query).sort([("_id", 1)]).limit(most).to_list(None)

    async def count_waiting_for_source(self, entity: str) -> int:
        """How many cases wait for a reporting entity."""
        return await self._rows.count_documents(_waiting_for(entity))

    async def others_of(self, dispute: DisputeRow, most: int) -> list[DisputeRow]:
        """The same citizen's other disputes, newest first."""
        query = {"citizen": dispute["citizen"], "_id": {"$ne": dispute["_id"]}}
        return await self._rows.find(query, _NOTHING_WRITTEN).sort([("filed_at", -1)]).limit(most).to_list(None)

    async def others_of_source(self, dispute: DisputeRow, most: int) -> list[DisputeRow]:
        """Other people's open disputes about what the same source reported, due first."""
        if dispute["source"] is None:
            return []
        query = {"open": True, "source": dispute["source"], "citizen": {"$ne": dispute["citizen"]}}
        found = self._rows.find(query, _NOTHING_WRITTEN).sort([("due_on", 1), ("_id", 1)])
        return await found.limit(most).to_list(None)

    async def count(self, query: Query) -> int:
        """How many cases a query finds."""
        return await self._rows.count_documents(query)

    async def overdue(self, today: str) -> list[str]:
        """The ids of open disputes whose last day was before this one."""
        return [row["_id"] async for row in self._rows.find({"open": True, "due_on": {"$lt": today}}, {"_id": 1})]

    async def open_with_clocks(self) -> list[DisputeRow]:
        """The clocks of all open disputes, and nothing else of them."""
        clocks = dict.fromkeys(("started_on", "due_on", "extended"), 1)
        return await self._rows.find({"open": True}, clocks).to_list(None)

    async def bring_forward(self, dispute: DisputeRow, due: str) -> bool:
        """Give an open dispute an earlier last day; False where its clock has changed meanwhile."""
        same = {"_id": dispute["_id"], "open": True, "due_on": dispute["due_on"], "extended": dispute["extended"]}
        return bool((await self._rows.update_one(same, {"$set": {"due_on": due}})).matched_count)

    # What time brings

    async def appealable(self, first: str, last: str, most: int, after: tuple[str, str] | None) -> list[DisputeRow]:
        """Decisions that reached their citizen from one day to another and stand, not appealed, in that order."""
        query: dict[str, object] = {
            "told_on": {"$gte": first, "$lte": last},
            "open": False,
            "appealed": False,
            "$and": [_STANDS],
        }
        if after is not None:
            day, seen = after
            query["$or"] = [{"told_on": {"$gt": day}}, {"told_on": day, "_id": {"$gt": seen}}]
        return await self._rows.find(query).sort([("told_on", 1), ("_id", 1)]).limit(most).to_list(None)

    async def awaiting_citizen(
        self, first: str, last: str, most: int, after: tuple[str, str] | None
    ) -> list[DisputeRow]:
        """Cases due from one day to another in which their citizen was asked, in that order."""
        query: dict[str, object] = {"open": True, "due_on": {"$gte": first, "$lte": last}}
        query["state"] = DisputeState.AWAITING_CITIZEN.value
        if after is not None:
            day, seen = after
            query["$or"] = [{"due_on": {"$gt": day}}, {"due_on": day, "_id": {"$gt": seen}}]
        return await self._rows.find(query).sort([("due_on", 1), ("_id", 1)]).limit(most).to_list(None)

    # Counts and retention

    async def count_open(self, due_before: str | None = None) -> int:
        """How many are open; with a day, how many of them were due before it."""
        query: dict[str, object] = {"open": True}
        if due_before is not None:
            query["due_on"] = {"$lt": due_before}
        return await self._rows.count_documents(query)

    async def count_escalated(self) -> int:
        """How many a supervisor has."""
        return await self._rows.count_documents({"open": True, "escalated": True})

    async def ratings_since(self, day: str) -> dict[int, int]:
        """How often each rating was given since a day, answered or not."""
        query = {"subject.kind": DisputeTopic.SERVICE.value, "filed_on": {"$gte": day}}
        counts = Counter[int]()
        async for row in self._rows.find(query, {"subject.rating": 1}):
            counts[row.get("subject", {}).get("rating", 0)] += 1
        return dict(counts)

    async def decided_since(self, day: str) -> list[DisputeRow]:
        """What statistics need of the disputes that were decided since a day; nothing of a person."""
        seen = ("state", "determination", "lapsed", "source", "rule", "filed_on", "ended_on", "subject", "record")
        decided = {"$in": [DisputeState.RESOLVED.value, DisputeState.REJECTED.value]}
        query = {"ended_on": {"$gte": day}, "state": decided}
        return await self._rows.find(query, dict.fromkeys(seen, 1)).to_list(None)

    async def ended_before(self, day: str) -> AsyncIterator[str]:
        """The ids of disputes that ended before a day, and were not taken up again since.

        Not of decisions that can still be appealed, because they never reached their citizen, or did so later.
        """
        untold = {**_STANDS, "appealed": False, "lapsed": False, "told_on": None}
        late = {**_STANDS, "appealed": False, "told_on": {"$gte": day}}
        query = {"open": False, "ended_on": {"$ne": None, "$lt": day}, "$nor": [untold, late]}
        async for row in self._rows.find(query, {"_id": 1}):
            yield row["_id"]

    async def delete_ended(self, dispute_id: str) -> None:
        """Delete a dispute that is not open."""
        await self._rows.delete_one({"_id": dispute_id, "open": False})


_STANDS: Document = {
    "$or": [
        {"state": DisputeState.REJECTED.value},
        {"state": DisputeState.RESOLVED.value, "determination": Determination.UPHELD.value},
    ]
}
"""A decision that leaves the record as it is."""


def came_back() -> dict[str, object]:
    """Cases that are with their holder again: the same as `mapping.came_back` says of one."""
    returned = {"$in": ["$$last.action", [DisputeAction.SUPPLY.value, DisputeAction.RETURN.value]]}
    by_source = {"$eq": ["$$last.by", DisputeRole.SOURCE.value]}
    answered = {"$and": [{"$eq": ["$$last.action", DisputeAction.ANSWER.value]}, by_source]}
    last = {"$let": {"vars": {"last": _LAST}, "in": {"$or": [returned, answered]}}}
    return {"state": DisputeState.UNDER_REVIEW.value, "$expr": last}


def _waiting_for(entity: str) -> dict[str, object]:
    mine = [{"reporter": entity}, {"reporter": None, "source": entity}]
    return {"$or": mine, "state": DisputeState.AWAITING_SOURCE.value}


async def outcomes(store: Store) -> dict[str, int]:
    """How many disputes ended with each outcome: a determination, or the state where there is none."""
    value = {"$ifNull": ["$determination", "$state"]}
    pipeline: list[Document] = [{"$match": {"open": False}}, {"$group": {"_id": value, "n": {"$sum": 1}}}]
    return {row["_id"]: row["n"] for row in await store.aggregate(DISPUTES, pipeline)}
