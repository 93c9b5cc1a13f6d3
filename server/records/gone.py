"""What remains of records that had ended when their citizen left: they do not come back when the person joins again.

A keyed digest of ID number, source and document number, and the day until which it is kept; no person, no content.
"""

from __future__ import annotations

from datetime import date, datetime

from scoring.calendar import add_months
from scoring.catalogue import MAX_RETENTION_MONTHS
from server.platform.crypto.vault import Vault
from server.platform.db import Collections
from server.platform.kit.clock import SHANGHAI
from server.records.model import GoneRow, RecordRow
from server.records.repository import GoneRepository, HeldRepository, RecordRepository


def gone_digest(vault: Vault, person_document: bytes) -> bytes:
    """What remains of a document, from its digest while its citizen took part."""
    return vault.blind_apart(bytes(person_document))


async def remember_ended(within: Collections, vault: Vault, citizen_id: str) -> None:
    """Keep what remains of a citizen's records that ended, and of those that are held; they are about to leave."""
    gone = GoneRepository(within)
    ended = await RecordRepository(within).ended_of(citizen_id)
    held = await HeldRepository(within).of_citizen(citizen_id)
    for row in (*ended, *held):
        await gone.keep(_remains(vault, row))


def _remains(vault: Vault, row: RecordRow) -> GoneRow:
    """Nothing counts longer than five years after the conduct, and so this is of use no longer."""
    until = add_months(date.fromisoformat(row["occurred_on"]), MAX_RETENTION_MONTHS)
    expires_at = datetime(until.year, until.month, until.day, tzinfo=SHANGHAI)
    return {"_id": gone_digest(vault, row["person_document"]), "expires_at": expires_at}
