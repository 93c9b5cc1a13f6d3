"""Queries of what is attached to a case: evidence, and colleagues' notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from server.disputes.collections import EVIDENCE, NOTES
from server.disputes.model import EvidenceRow, NoteRow
from server.platform.db import Collection, Collections

_MOST_DRAFTS = 1000


class NoteRepository:
    """Colleagues' notes, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[NoteRow] = within[NOTES]

    async def of_case(self, case_id: str) -> list[NoteRow]:
        """The notes about a case, oldest first."""
        return await self._rows.find({"case": case_id}).sort([("at", 1)]).to_list(None)

    async def count_of_cases(self, cases: Sequence[str]) -> Counter[str]:
        """How many notes there are about each of some cases."""
        found = self._rows.find({"case": {"$in": list(cases)}}, {"case": 1})
        return Counter([row["case"] async for row in found])

    async def insert(self, row: NoteRow) -> None:
        """Store a note."""
        await self._rows.insert_one(row)

    async def delete_of_case(self, case_id: str) -> None:
        """Delete the notes about a case."""
        await self._rows.delete_many({"case": case_id})


class EvidenceRepository:
    """Photos, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[EvidenceRow] = within[EVIDENCE]

    async def get(self, name: str, citizen_id: str) -> EvidenceRow | None:
        """One of a citizen's own photos."""
        return await self._rows.find_one({"_id": name, "citizen": citizen_id})

    async def insert(self, row: EvidenceRow) -> None:
        """Store a draft."""
        await self._rows.insert_one(row)

    async def drafts_in(self, citizen_id: str, box: str) -> list[EvidenceRow]:
        """What a citizen put into a box and no dispute has taken yet, oldest first."""
        query = {"citizen": citizen_id, "box": box, "dispute": None}
        return await self._rows.find(query).sort([("added_at", 1)]).to_list(None)

    async def count_in(self, citizen_id: str, box: str) -> int:
        """How many photos a citizen put into a box."""
        return await self._rows.count_documents({"citizen": citizen_id, "box": box})

    async def count_of(self, dispute_id: str) -> int:
        """How many photos a dispute has."""
        return await self._rows.count_documents({"dispute": dispute_id})

    async def count_of_disputes(self, disputes: Sequence[str]) -> Counter[str]:
        """How many photos each of some disputes has."""
        found = self._rows.find({"dispute": {"$in": list(disputes)}}, {"dispute": 1})
        return Counter([str(row["dispute"]) async for row in found])

    async def of_disputes(self, disputes: Sequence[str], citizen: str | None) -> list[EvidenceRow]:
        """The photos of disputes, oldest first; with their citizen, if it is one, only one shard is asked."""
        query: dict[str, object] = {"dispute": {"$in": list(disputes)}}
        if citizen is not None:
            query["citizen"] = citizen
        return await self._rows.find(query).sort([("added_at", 1)]).to_list(None)

    async def attach(self, name: str, citizen_id: str, dispute_id: str) -> bool:
        """Give a draft to a dispute; False where its citizen has no such draft."""
        draft = {"_id": name, "citizen": citizen_id, "dispute": None}
        return bool((await self._rows.update_one(draft, {"$set": {"dispute": dispute_id}})).matched_count)

    async def old_drafts(self, before: datetime) -> list[str]:
        """The names of drafts that were added before a moment, some at a time."""
        query = {"dispute": None, "added_at": {"$lt": before}}
        rows = await self._rows.find(query, {"_id": 1}).limit(_MOST_DRAFTS).to_list(None)
        return [row["_id"] for row in rows]

    async def delete_draft(self, name: str) -> bool:
        """Delete a draft; False where a dispute took it at the last moment."""
        return bool((await self._rows.delete_one({"_id": name, "dispute": None})).deleted_count)

    async def names_of(self, citizen_id: str) -> list[str]:
        """The names of a citizen's files."""
        return [row["_id"] for row in await self._rows.find({"citizen": citizen_id}, {"_id": 1}).to_list(None)]

    async def names_of_dispute(self, dispute_id: str) -> list[str]:
        """The names of a dispute's files."""
        return [row["_id"] for row in await self._rows.find({"dispute": dispute_id}, {"_id": 1}).to_list(None)]

    async def delete_of_dispute(self, dispute_id: str) -> None:
        """Delete the rows of a dispute's photos."""
        await self._rows.delete_many({"dispute": dispute_id})

    async def known(self, names: Iterable[str]) -> set[str]:
        """Those of some files that have a row."""
        found = self._rows.find({"_id": {"$in": list(names)}}, {"_id": 1})
        return {row["_id"] async for row in found}
