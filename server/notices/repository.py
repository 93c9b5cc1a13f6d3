"""Queries of notices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from server.notices.model import NoticeRow, NoticeState, TryRow, Way
from server.platform.db import Collection, Collections, Document, Index, Owned, Query

NOTICES = "notices"
COLLECTIONS = (NOTICES,)
INDEXES: tuple[Index, ...] = (
    (NOTICES, [("citizen", 1), ("kind", 1), ("about", 1), ("once", 1)], {"unique": True}),
    (NOTICES, [("citizen", 1), ("created_at", -1)], {}),
    (NOTICES, [("desk_at", 1), ("_id", 1)], {"partialFilterExpression": {"desk_at": {"$exists": True}}}),
)
OWNED = (Owned(NOTICES, by="citizen", keep="notices_months", export="notices", shard_key="citizen"),)
_MOST_TRIES = 30


class NoticeRepository:
    """Notices, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[NoticeRow] = within[NOTICES]

    async def get(self, notice_id: str, citizen_id: str | None = None) -> NoticeRow | None:
        """A notice; with its citizen only one shard is asked."""
        return await self._rows.find_one({"_id": notice_id} if citizen_id is None else _id(citizen_id, notice_id))

    async def some(self, notices: Sequence[str]) -> list[NoticeRow]:
        """Whose some notices are, and of which kinds; without what they say."""
        return await self._rows.find({"_id": {"$in": list(notices)}}, {"sealed": 0, "tries": 0}).to_list(None)

    async def add(self, rows: Sequence[NoticeRow]) -> None:
        """Store new notices that no other can be the same as."""
        await self._rows.insert_many(rows)

    async def add_once(self, row: NoticeRow) -> bool:
        """Store a notice; False where the same was raised before."""
        same: Query = {name: row[name] for name in ("citizen", "kind", "about", "once")}
        rest = {name: value for name, value in row.items() if name not in same}
        return (await self._rows.update_one(same, {"$setOnInsert": rest}, upsert=True)).upserted_id is not None

    # On its way

    async def set_delivered(
        self, notice: NoticeRow, way: Way, now: datetime, sent_as: str | None = None, told_by: str | None = None
    ) -> NoticeRow | None:
        """It has reached its person by a way; as it is then, or None where it had before."""
        done: Document = {"state": NoticeState.DELIVERED.value, "delivered_at": now, "way": way.value}
        if sent_as is not None:
            done["sent_as"] = sent_as
        if told_by is not None:
            done["told_by"] = told_by
        change = {"$set": done, "$unset": {"desk_at": ""}, "$push": _pushed(way, now, "sent")}
        open_ = {**_id_of(notice), "delivered_at": None}
        return await self._rows.find_one_and_update(open_, change, return_document=True)

    async def set_lost(
        self, notice: NoticeRow, sent_as: str, now: datetime, desk_at: datetime | None
    ) -> list[NoticeRow]:
        """What was taken under an id did not arrive after all; the notices that it carried, as they are then."""
        back: Document = {"state": NoticeState.SENDING.value, "delivered_at": None, "way": None}
        if desk_at is not None:
            back["desk_at"] = desk_at
        way = Way(sent_as.partition(":")[0])
        sent = {"citizen": notice["citizen"], "sent_as": sent_as}
        rows = await self._rows.find(sent).to_list(None)
        change = {"$set": back, "$unset": {"sent_as": ""}, "$push": _pushed(way, now, "lost")}
        lost = {"citizen": notice["citizen"], "_id": {"$in": [row["_id"] for row in rows]}, "sent_as": sent_as}
        return rows if (await self._rows.update_many(lost, change)).modified_count else []

    async def add_try(self, notice: NoticeRow, way: Way, now: datetime, outcome: str) -> None:
        """Keep that a way was closed, and why; not again while nothing else happened."""
        other = {"$ne": [{"$last": "$tries.way"}, way.value]}, {"$ne": [{"$last": "$tries.outcome"}, outcome]}
        fresh = {**_id_of(notice), "$expr": {"$or": list(other)}}
        await self._rows.update_one(fresh, {"$push": _pushed(way, now, outcome)})

    async def end(self, notice: NoticeRow, state: NoticeState, desk_at: datetime | None) -> None:
        """No way is left; `desk_at` puts it on the desk's list."""
        change: Document = {"$set": {"state": state.value}}
        if desk_at is not None:
            change["$set"]["desk_at"] = desk_at
        await self._rows.update_one({**_id_of(notice), "delivered_at": None}, change)

    # Several in one message

    async def gather(self, notice: NoticeRow, kinds: Sequence[str]) -> list[NoticeRow]:
        """Claim what waits for the same citizen and is of these kinds, for the message of this notice; all that has it.

        What another notice's message carries is left to that one.
        """
        citizen, mine = {"citizen": notice["citizen"]}, {"digest": notice["_id"]}
        waits = {**citizen, "state": NoticeState.SENDING.value, "kind": {"$in": list(kinds)}}
        await self._rows.update_many({**waits, "digest": {"$exists": False}}, {"$set": mine})
        return await self._rows.find({**citizen, **mine, "delivered_at": None}).to_list(None)

    async def set_all_delivered(self, notice: NoticeRow, way: Way, now: datetime, sent_as: str | None) -> None:
        """What the message of a notice carried has reached its person by a way."""
        carried = {"citizen": notice["citizen"], "digest": notice["_id"], "delivered_at": None}
        done: Document = {"state": NoticeState.DELIVERED.value, "delivered_at": now, "way": way.value}
        if sent_as is not None:
            done["sent_as"] = sent_as
        await self._rows.update_many(carried, {"$set": done, "$push": _pushed(way, now, "sent")})

    # Its person

    async def page(self, citizen_id: str, most: int, after: tuple[datetime, str] | None) -> list[NoticeRow]:
        """A citizen's notices, newest first; `after` is the moment and the id of the last one seen."""
        query: dict[str, object] = {"citizen": citizen_id}
        if after is not None:
            at, last = after
            query["$or"] = [{"created_at": {"$lt": at}}, {"created_at": at, "_id": {"$gt": last}}]
        return await self._rows.find(query).sort([("created_at", -1), ("_id", 1)]).limit(most).to_list(None)

    async def count(self, citizen_id: str) -> int:
        """How many notices a citizen has."""
        return await self._rows.count_documents({"citizen": citizen_id})

    async def count_unread(self, citizen_id: str) -> int:
        """How many of them the citizen has not read."""
        return await self._rows.count_documents({"citizen": citizen_id, "read_at": None})

    async def unread(self, citizen_id: str, notices: Sequence[str], contact: str | None) -> list[NoticeRow]:
        """Those of some notices that are this citizen's, go to this account too, and that they have not read."""
        query: Query = {"_id": {"$in": list(notices)}, "citizen": citizen_id, "read_at": None}
        if contact is not None:
            query = {**query, "without": {"$ne": contact}}
        return await self._rows.find(query).to_list(None)

    async def unread_about(self, citizen_id: str, about: Sequence[str]) -> list[NoticeRow]:
        """The unread notices of a citizen about some things."""
        query = {"citizen": citizen_id, "about": {"$in": list(about)}, "read_at": None}
        return await self._rows.find(query).to_list(None)

    async def raised_about(self, kinds: Sequence[str], about: Mapping[str, Sequence[str]]) -> list[NoticeRow]:
        """What was raised of some kinds about things of several people, without what it says.

        `about` has the things by citizen; the unique index answers.
        """
        query = {
            "citizen": {"$in": list(about)},
            "kind": {"$in": list(kinds)},
            "about": {"$in": sorted({thing for things in about.values() for thing in things})},
        }
        return await self._rows.find(query, {"sealed": 0, "tries": 0}).to_list(None)

    async def said_about(self, citizen_id: str, kind: str, about: str) -> list[str]:
        """What tells the notices of a kind about one thing apart (`once`)."""
        rows = self._rows.find({"citizen": citizen_id, "kind": kind, "about": about}, {"once": 1})
        return [row["once"] for row in await rows.to_list(None)]

    async def newest(self, citizen_id: str, kind: str, since: datetime, about: Sequence[str]) -> NoticeRow | None:
        """The newest notice of a kind about one of some things, since a moment."""
        query = {"citizen": citizen_id, "kind": kind, "about": {"$in": list(about)}, "created_at": {"$gt": since}}
        rows = await self._rows.find(query).sort([("created_at", -1)]).limit(1).to_list(None)
        return rows[0] if rows else None

    async def has_since(self, citizen_id: str, kind: str, moment: datetime) -> bool:
        """Whether a citizen was told something of a kind since a moment."""
        query = {"citizen": citizen_id, "kind": kind, "created_at": {"$gte": moment}}
        return await self._rows.find_one(query, {"_id": 1}) is not None

    async def set_read(self, citizen_id: str, notices: Sequence[str], now: datetime) -> None:
        """Their citizen has read them; what was not delivered is so by that."""
        ids = {"_id": {"$in": list(notices)}, "citizen": citizen_id}
        by_that = {"state": NoticeState.DELIVERED.value, "delivered_at": now, "way": Way.READ.value}
        await self._rows.update_many({**ids, "delivered_at": None}, {"$set": by_that, "$unset": {"desk_at": ""}})
        await self._rows.update_many({**ids, "read_at": None}, {"$set": {"read_at": now}})

    # The desk

    async def not_delivered(self, now: datetime, most: int, after: tuple[datetime, str] | None) -> list[NoticeRow]:
        """What the desk has to tell, oldest first; `after` is the moment and the id of the last one seen."""
        query: dict[str, object] = {"desk_at": {"$lte": now}}
        if after is not None:
            at, last = after
            query = {"$and": [query, {"$or": [{"desk_at": {"$gt": at}}, {"desk_at": at, "_id": {"$gt": last}}]}]}
        return await self._rows.find(query).sort([("desk_at", 1), ("_id", 1)]).limit(most).to_list(None)

    async def count_not_delivered(self, now: datetime, most: int = 0) -> int:
        """How many the desk has to tell; counted to `most`, if given."""
        options = {"limit": most} if most else {}
        return await self._rows.count_documents({"desk_at": {"$lte": now}}, **options)


def _id(citizen_id: str, notice_id: str) -> Document:
    return {"_id": notice_id, "citizen": citizen_id}


def _id_of(notice: NoticeRow) -> Document:
    return _id(notice["citizen"], notice["_id"])


def _pushed(way: Way, now: datetime, outcome: str) -> Document:
    row: TryRow = {"way": way.value, "at": now, "outcome": outcome}
    return {"tries": {"$each": [row], "$slice": -_MOST_TRIES}}
