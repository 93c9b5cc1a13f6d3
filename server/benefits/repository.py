"""Queries of passes and of their codes."""

from __future__ import annotations

from datetime import datetime

from server.benefits.model import PassCodeRow, PassRow
from server.platform.db import EXPIRES, Collection, Collections, Document, Index, Owned, Store

PASSES = "passes"
CODES = "pass_codes"
COLLECTIONS = (PASSES, CODES)
INDEXES: tuple[Index, ...] = (
    (PASSES, [("citizen", 1), ("issued_at", -1)], {}),
    (CODES, [("expires_at", 1)], {"expireAfterSeconds": 3600}),
)
OWNED = (
    Owned(PASSES, by="citizen", keep="passes_months", export="passes", shard_key="citizen"),
    Owned(CODES, by="citizen", keep=EXPIRES),
)
_NOBODY = "-"
"""No pass has this id: asking for it costs what asking for a pass does."""


class PassRepository:
    """Passes, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[PassRow] = within[PASSES]
        self._codes: Collection[PassCodeRow] = within[CODES]

    async def get(self, citizen_id: str, pass_id: str) -> PassRow | None:
        """One of a citizen's own passes."""
        return await self._rows.find_one({"_id": pass_id, "citizen": citizen_id})

    async def page(self, citizen_id: str, most: int, before: datetime | None) -> list[PassRow]:
        """A citizen's passes, newest first, from a moment on."""
        query: dict[str, object] = {"citizen": citizen_id}
        if before is not None:
            query["issued_at"] = {"$lt": before}
        return await self._rows.find(query).sort([("issued_at", -1)]).limit(most).to_list(None)

    async def count(self, citizen_id: str) -> int:
        """How many passes a citizen had."""
        return await self._rows.count_documents({"citizen": citizen_id})

    async def insert(self, row: PassRow, code_index: bytes) -> None:
        """Store a new pass with its code."""
        code = {"_id": code_index, "citizen": row["citizen"], "pass": row["_id"], "expires_at": row["expires_at"]}
        await self._codes.insert_one(code)
        await self._rows.insert_one(row)

    async def end_unused(self, citizen_id: str, benefit: str, now: datetime) -> None:
        """End the passes for a benefit that a citizen has not used."""
        unused = {"citizen": citizen_id, "benefit": benefit, "used_at": None, "expires_at": {"$gt": now}}
        await self._rows.update_many(unused, {"$set": {"expires_at": now}})

    async def end_all_unused(self, citizen_id: str, now: datetime) -> None:
        """End every pass that a citizen has not used."""
        unused = {"citizen": citizen_id, "used_at": None, "expires_at": {"$gt": now}}
        await self._rows.update_many(unused, {"$set": {"expires_at": now}})

    async def use(self, code_index: bytes, partner: str, now: datetime) -> PassRow | None:
        """Use the pass of a code at a partner; the pass as it was, or None where there is no such pass to use."""
        code = await self._codes.find_one({"_id": code_index})
        citizen, pass_id = (_NOBODY, _NOBODY) if code is None else (code["citizen"], code["pass"])
        unused = {"citizen": citizen, "_id": pass_id, "partner": partner, "used_at": None, "expires_at": {"$gt": now}}
        return await self._rows.find_one_and_update(unused, {"$set": {"used_at": now}})


async def count_users(store: Store) -> int:
    """How many citizens have used a pass."""
    used: list[Document] = [{"$match": {"used_at": {"$ne": None}}}, {"$group": {"_id": "$citizen"}}, {"$count": "n"}]
    rows = await store.aggregate(PASSES, used)
    return int(rows[0]["n"]) if rows else 0


async def uses_by_benefit(store: Store) -> list[Document]:
    """By benefit (`_id`): how many `people` used passes for it, and how many passes (`n`)."""
    return await store.aggregate(
        PASSES,
        [
            {"$match": {"used_at": {"$ne": None}}},
            {"$group": {"_id": {"benefit": "$benefit", "citizen": "$citizen"}, "n": {"$sum": 1}}},
            {"$group": {"_id": "$_id.benefit", "people": {"$sum": 1}, "n": {"$sum": "$n"}}},
        ],
    )
