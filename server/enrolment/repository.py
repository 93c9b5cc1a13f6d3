"""Queries of attempts to bind."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from server.enrolment.model import AttemptRow
from server.platform.db import EXPIRES, Collection, Collections, Index, Owned, Owner

ATTEMPTS = "binding_attempts"
COLLECTIONS = (ATTEMPTS,)
INDEXES: tuple[Index, ...] = ((ATTEMPTS, [("expires_at", 1)], {"expireAfterSeconds": 3600}),)
OWNED = (Owned(ATTEMPTS, by="contact", owner=Owner.CONTACT, keep=EXPIRES),)


class AttemptRepository:
    """Attempts to bind, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[AttemptRow] = within[ATTEMPTS]

    async def get(self, attempt: str, contact_id: str) -> AttemptRow | None:
        """An attempt of a contact."""
        return await self._rows.find_one({"_id": attempt, "contact": contact_id})

    async def insert(self, row: AttemptRow) -> None:
        """Store a new attempt."""
        await self._rows.insert_one(row)

    async def set_code(self, attempt: str, code_index: bytes, expires_at: datetime) -> None:
        """Store what the code just sent is found by, and until when it is good."""
        values = {"code_index": code_index, "code_expires_at": expires_at}
        await self._rows.update_one({"_id": attempt}, {"$set": values, "$inc": {"codes": 1}})

    async def delete(self, attempt: str) -> None:
        """Delete an attempt that has succeeded."""
        await self._rows.delete_one({"_id": attempt})

    async def contacts_among(self, contacts: Iterable[str]) -> set[str]:
        """Those of some contacts that are about to bind."""
        found = self._rows.find({"contact": {"$in": list(contacts)}}, {"contact": 1})
        return {row["contact"] async for row in found}
