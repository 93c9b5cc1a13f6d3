"""Queries of the register of sources and of imports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from server.platform.db import Collection, Collections, Index, Owned
from server.sources.model import ImportRow, LabelRow, OfficeRow, SourceRow

SOURCES = "sources"
IMPORTS = "imports"
COLLECTIONS = (SOURCES, IMPORTS)
INDEXES: tuple[Index, ...] = ()
OWNED: tuple[Owned, ...] = ()


class SourceRepository:
    """The register of sources."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[SourceRow] = within[SOURCES]

    async def active(self, code: str) -> SourceRow | None:
        """An entity that may report."""
        return await self._rows.find_one({"_id": code, "active": True})

    async def get(self, code: str) -> SourceRow | None:
        """An entity, active or not."""
        return await self._rows.find_one({"_id": code})

    async def offices(self, codes: Iterable[str]) -> dict[str, OfficeRow]:
        """Whom to ask at some entities, active or not; by code."""
        rows = await self._rows.find({"_id": {"$in": sorted(codes)}}).to_list(None)
        return {row["_id"]: row["contact"] for row in rows}

    async def labels(self, codes: Sequence[str]) -> dict[str, LabelRow]:
        """The names of entities, active or not."""
        found = self._rows.find({"_id": {"$in": list(codes)}}, {"label": 1})
        return {row["_id"]: row["label"] for row in await found.to_list(None)}

    async def every(self) -> list[SourceRow]:
        """Every entity, active or not."""
        return await self._rows.find({}).to_list(None)

    async def insert(self, rows: Sequence[SourceRow]) -> None:
        """Enter entities. Raises DuplicatesError."""
        await self._rows.insert_many(rows)

    async def close(self, code: str) -> bool:
        """Take nothing more from an entity; False where it is not active."""
        done = await self._rows.update_one({"_id": code, "active": True}, {"$set": {"active": False}})
        return bool(done.matched_count)

    async def count(self, code: str, counts: Mapping[str, int], at: datetime) -> None:
        """Add to the counts of an entity, if it is on the register."""
        added = {f"counts.{name}": count for name, count in counts.items()}
        await self._rows.update_one({"_id": code}, {"$inc": added, "$set": {"last_at": at}})


class ImportRepository:
    """How far files were imported."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[ImportRow] = within[IMPORTS]

    async def line_of(self, key: str) -> int:
        """The last line of a file that is stored; 0 where none is."""
        row = await self._rows.find_one({"_id": key})
        return 0 if row is None else row["line"]

    async def refusals(self, key: str, up_to: int) -> dict[int, str]:
        """What an earlier run was refused up to a line: reasons by the number of the line."""
        rows = await self._rows.find({**_batches(key), "line": {"$lte": up_to}}).to_list(None)
        return {int(line): reason for row in rows for line, reason in row["refused"].items()}

    async def note_refusals(self, key: str, line: int, refused: Mapping[int, str]) -> None:
        """Store what a batch was refused that ends with a line."""
        row = {"line": line, "refused": {str(number): reason for number, reason in refused.items()}}
        await self._rows.update_one({"_id": f"{key} {line}"}, {"$set": row}, upsert=True)

    async def finish(self, key: str) -> None:
        """Forget how far a file was imported: it is imported whole."""
        await self._rows.delete_many({"$or": [{"_id": key}, _batches(key)]})

    async def reach(self, key: str, line: int) -> None:
        """Store that a file is imported up to a line."""
        await self._rows.update_one({"_id": key}, {"$set": {"line": line}}, upsert=True)


def _batches(key: str) -> dict[str, object]:
    return {"_id": {"$gt": f"{key} ", "$lt": f"{key}!"}}
