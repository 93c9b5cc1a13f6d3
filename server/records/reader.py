"""A citizen's records as the engine reads them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date

from scoring.records import Record
from scoring.scheme import DataClass
from server.keys import Vault
from server.mongo import Document, Session, Store

ACTIVE = "active"
ANNULLED = "annulled"
AWAITING_CORRECTION = "awaiting_correction"


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A stored record: its own id beside what the engine reads."""

    key: str
    record: Record


async def held_records(store: Store, vault: Vault, citizen_id: str, session: Session | None = None) -> list[HeldRecord]:
    """Every active record of a citizen, newest first."""
    query = {"citizen": citizen_id, "status": ACTIVE}
    found = store["records"].find(query, session=session).sort([("reported_on", -1), ("_id", 1)])
    return list(await asyncio.gather(*(_open(vault, d) for d in await found.to_list(None))))


async def _open(vault: Vault, document: Document) -> HeldRecord:
    content = await vault.open(document["sealed"])
    return HeldRecord(
        document["_id"],
        Record(
            id=content["id"],
            source=document["source"],
            rule=document["rule"],
            data_class=DataClass(document["class"]),
            occurred_on=date.fromisoformat(document["occurred_on"]),
            reported_on=date.fromisoformat(document["reported_on"]),
            final=document["final"],
            disputed=bool(document["disputed"]),
            facts=content["facts"],
        ),
    )
