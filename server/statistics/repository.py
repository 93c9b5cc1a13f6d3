"""Queries of reassessments of the whole city, and of published impact reports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from server.platform.db import Collection, Collections, Index, Owned
from server.statistics.model import ImpactRow, RescoreRow

RESCORES = "rescores"
IMPACT_REPORTS = "impact_reports"
COLLECTIONS = (RESCORES, IMPACT_REPORTS)
INDEXES: tuple[Index, ...] = ()
OWNED: tuple[Owned, ...] = ()
_FINISHED = {"finished_at": {"$ne": None}}
_MOST_REPORTS = 20


class RescoreRepository:
    """Reassessments, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[RescoreRow] = within[RESCORES]

    async def newest_finished(self, by: str) -> RescoreRow | None:
        """The finished one that is the newest by `as_of` or by `finished_at`."""
        rows = await self._rows.find(_FINISHED).sort([(by, -1)]).limit(1).to_list(1)
        return rows[0] if rows else None

    async def begin(self, row: RescoreRow) -> RescoreRow:
        """The run to go on with: an unfinished one of the same id, else this new one."""
        await self._rows.delete_one({"_id": row["_id"], **_FINISHED})
        values = {name: value for name, value in row.items() if name != "_id"}
        unfinished = {"_id": row["_id"], "finished_at": None}
        started = await self._rows.find_one_and_update(
            unfinished, {"$setOnInsert": values}, upsert=True, return_document=True
        )
        return started or row

    async def note(self, run_id: str, low: str, counts: Mapping[str, int]) -> None:
        """Store that a range is done, once, with its counts."""
        waits = {"_id": run_id, "done": {"$ne": low}}
        await self._rows.update_one(waits, {"$push": {"done": low}, "$inc": counts})

    async def finish(self, run_id: str, at: datetime) -> None:
        """Store that a run is finished."""
        await self._rows.update_one({"_id": run_id}, {"$set": {"finished_at": at}})


class ImpactRepository:
    """Published impact reports."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[ImpactRow] = within[IMPACT_REPORTS]

    async def newest(self, report_id: str | None = None) -> list[ImpactRow]:
        """The newest reports, or one."""
        query = {} if report_id is None else {"_id": report_id}
        return await self._rows.find(query).sort([("at", -1)]).limit(_MOST_REPORTS).to_list(None)

    async def insert(self, row: ImpactRow) -> None:
        """Publish a report."""
        await self._rows.insert_one(row)
