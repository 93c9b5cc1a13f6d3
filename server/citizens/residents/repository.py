"""Queries of the register of residents and of its deliveries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from server.citizens.residents.model import RegisterDeliveryRow, ResidentRow
from server.platform.db import Collection, Collections, DuplicatesError, Index, Owned, Query
from server.platform.db.batch_loader import Update, update_each

REGISTER = "register"
DELIVERIES = "register_deliveries"
COLLECTIONS = (REGISTER, DELIVERIES)
INDEXES: tuple[Index, ...] = (
    (REGISTER, [("residence", 1), ("_id", 1)], {"partialFilterExpression": {"residence": {"$exists": True}}}),
)
OWNED: tuple[Owned, ...] = ()
_PREFIX, _INDEX = 4, 32
"""Bytes of a key: the number of the snapshot, the index of the ID number."""
_DUPLICATE = 11000
_AT_ONCE = 20_000


def row_id(snapshot: int, index: bytes) -> bytes:
    """The key of a person in a snapshot."""
    return snapshot.to_bytes(_PREFIX, "big") + index


def index_of(row: ResidentRow) -> bytes:
    """The index of the ID number of a row."""
    return bytes(row["_id"])[_PREFIX:]


def delivery_row(number: int, snapshot: int | None, digest: str, now: datetime) -> RegisterDeliveryRow:
    """A delivery that begins; without `snapshot` it is one itself."""
    return {
        "_id": number,
        "snapshot": number if snapshot is None else snapshot,
        "digest": digest,
        "line": 0,
        "begun_at": now,
    }


def _rows_of(snapshot: int) -> Query:
    """All of a snapshot. MongoDB orders binary values by length first: both bounds are as long as keys."""
    return {"_id": {"$gte": row_id(snapshot, bytes(_INDEX)), "$lte": row_id(snapshot, b"\xff" * _INDEX)}}


def _replacing(row: ResidentRow) -> Update:
    gone = {name: "" for name in ("residence",) if name not in row}
    kept = {name: value for name, value in row.items() if name != "_id"}
    return Update({"_id": row["_id"]}, {"$set": kept, **({"$unset": gone} if gone else {})}, upsert=True)


class ResidentRepository:
    """The rows of snapshots."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[ResidentRow] = within[REGISTER]

    async def get(self, snapshot: int, index: bytes) -> ResidentRow | None:
        """A person by the index of the ID number."""
        return await self._rows.find_one({"_id": row_id(snapshot, index)})

    async def among(self, ids: Sequence[bytes]) -> dict[bytes, ResidentRow]:
        """People by their keys."""
        return {bytes(row["_id"]): row async for row in self._rows.find({"_id": {"$in": list(ids)}})}

    async def insert(self, rows: Sequence[ResidentRow]) -> list[ResidentRow]:
        """Store people of a snapshot; those whose number is there already, which are not stored."""
        try:
            await self._rows.insert_many(rows, ordered=False)
        except DuplicatesError as error:
            faults = (error.details or {}).get("writeErrors", [])
            if any(fault["code"] != _DUPLICATE for fault in faults):
                raise
            return [rows[fault["index"]] for fault in faults]
        return []

    async def replace(self, rows: Sequence[ResidentRow]) -> None:
        """Store people as they are now, in whatever way they were there."""
        if rows:
            await update_each(self._rows, [_replacing(row) for row in rows])

    async def delete(self, ids: Sequence[bytes]) -> None:
        """Take people off the register."""
        await self._rows.delete_many({"_id": {"$in": list(ids)}})

    async def count(self, snapshot: int) -> int:
        """How many people a snapshot has."""
        return await self._rows.count_documents(_rows_of(snapshot))

    async def drop(self, snapshot: int) -> None:
        """Delete the rows of a snapshot."""
        await self._delete_all(_rows_of(snapshot))

    async def drop_before(self, snapshot: int) -> None:
        """Delete the rows of all earlier snapshots, whatever became of those."""
        await self._delete_all({"_id": {"$gte": row_id(0, bytes(_INDEX)), "$lt": row_id(snapshot, bytes(_INDEX))}})

    async def _delete_all(self, query: Query) -> None:
        """Some at a time: no call takes long."""
        while rows := await self._rows.find(query, {"_id": 1}).sort([("_id", 1)]).limit(_AT_ONCE).to_list(None):
            await self._rows.delete_many({"_id": {"$gte": rows[0]["_id"], "$lte": rows[-1]["_id"]}})

    async def marked(self, snapshot: int) -> AsyncIterator[ResidentRow]:
        """Everybody who moved away or died, or whose number is shared."""
        async for row in self._rows.find({**_rows_of(snapshot), "residence": {"$exists": True}}):
            yield row


class RegisterDeliveryRepository:
    """The deliveries of the register."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[RegisterDeliveryRow] = within[DELIVERIES]

    async def newest(self) -> RegisterDeliveryRow | None:
        """The last delivery that is in force; its `snapshot` is."""
        found = self._rows.find({"finished_at": {"$exists": True}}).sort([("_id", -1)]).limit(1)
        return next(iter(await found.to_list(1)), None)

    async def unfinished(self) -> list[RegisterDeliveryRow]:
        """Deliveries that were begun and are not in force."""
        return await self._rows.find({"finished_at": {"$exists": False}}).to_list(None)

    async def finished_as(self, digest: str, snapshot: int) -> RegisterDeliveryRow | None:
        """The last delivery of a file that is in force and changed a snapshot."""
        query = {"digest": digest, "snapshot": snapshot, "_id": {"$ne": snapshot}, "finished_at": {"$exists": True}}
        found = self._rows.find(query).sort([("_id", -1)]).limit(1)
        return next(iter(await found.to_list(1)), None)

    async def next_number(self) -> int:
        """The number of the next delivery."""
        found = await self._rows.find({}, {"_id": 1}).sort([("_id", -1)]).limit(1).to_list(1)
        return found[0]["_id"] + 1 if found else 1

    async def begin(self, row: RegisterDeliveryRow) -> None:
        """Store a delivery that begins."""
        await self._rows.insert_one(row)

    async def reach(self, number: int, line: int) -> bool:
        """Store that a delivery is stored up to a line; False where it is known no more."""
        return bool((await self._rows.update_one({"_id": number}, {"$set": {"line": line}})).matched_count)

    async def finish(self, number: int, people: int, at: datetime) -> bool:
        """A delivery is in force; False where it is known no more."""
        change = {"$set": {"people": people, "finished_at": at}}
        return bool((await self._rows.update_one({"_id": number}, change)).matched_count)

    async def settle(self, number: int) -> None:
        """What follows from a delivery was done."""
        await self._rows.update_one({"_id": number}, {"$set": {"settled": True}})

    async def delete(self, number: int) -> None:
        """Forget a delivery."""
        await self._rows.delete_one({"_id": number})

    async def delete_before(self, snapshot: int) -> None:
        """Forget the deliveries of earlier snapshots."""
        await self._rows.delete_many({"snapshot": {"$lt": snapshot}})
