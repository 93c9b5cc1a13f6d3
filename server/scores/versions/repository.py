"""Queries of versions."""

from __future__ import annotations

from schema.types.programme import CityVersionState
from server.platform.db import Collection, Collections, Index, Owned
from server.scores.versions.model import SchemeVersionRow

SCHEME_VERSIONS = "scheme_versions"
COLLECTIONS = (SCHEME_VERSIONS,)
INDEXES: tuple[Index, ...] = ()
OWNED: tuple[Owned, ...] = ()
_WITHOUT_FILES = {"files": 0}


class SchemeVersionRepository:
    """Versions, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[SchemeVersionRow] = within[SCHEME_VERSIONS]

    async def insert(self, row: SchemeVersionRow) -> None:
        """A version that is proposed."""
        await self._rows.insert_one(row)

    async def get(self, version_id: str) -> SchemeVersionRow | None:
        """A version with its files."""
        return await self._rows.find_one({"_id": version_id})

    async def every(self) -> list[SchemeVersionRow]:
        """All versions without their files, the newest first."""
        return await self._rows.find({}, _WITHOUT_FILES).sort([("proposed_at", -1)]).to_list(None)

    async def of_version(self, scheme: str, version: str) -> list[SchemeVersionRow]:
        """Those with this `version` that were not withdrawn, with their files."""
        query = {"scheme": scheme, "version": version, "state": {"$ne": CityVersionState.WITHDRAWN.value}}
        return await self._rows.find(query).to_list(None)

    async def settle(self, version_id: str, values: dict[str, object]) -> bool:
        """Change a version that is proposed; False where it is not, or not any more."""
        open_one = {"_id": version_id, "state": CityVersionState.PROPOSED.value}
        return await self._rows.find_one_and_update(open_one, {"$set": values}) is not None

    async def withdraw(self, version_id: str, today: str) -> bool:
        """Take back a version that is proposed, or approved for a later day; False where it is neither."""
        approved = {"state": CityVersionState.APPROVED.value, "effective_on": {"$gt": today}}
        query = {"_id": version_id, "$or": [{"state": CityVersionState.PROPOSED.value}, approved]}
        values = {"$set": {"state": CityVersionState.WITHDRAWN.value}}
        return await self._rows.find_one_and_update(query, values) is not None

    async def ahead(self, scheme: str, first: str, last: str) -> list[SchemeVersionRow]:
        """The approved versions of a scheme that take effect between two days, with their files."""
        query = {
            "scheme": scheme,
            "state": CityVersionState.APPROVED.value,
            "effective_on": {"$gte": first, "$lte": last},
        }
        return await self._rows.find(query).sort([("effective_on", 1)]).to_list(None)

    async def in_force(self, scheme: str, day: str) -> str | None:
        """The id of the approved version of a scheme that is in force on a day."""
        query = {"scheme": scheme, "state": CityVersionState.APPROVED.value, "effective_on": {"$lte": day}}
        newest = [("effective_on", -1), ("approved_at", -1)]
        row = await self._rows.find_one(query, {"_id": 1}, sort=newest)
        return None if row is None else row["_id"]
