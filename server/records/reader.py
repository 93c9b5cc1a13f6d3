"""A citizen's records as the engine reads them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from scoring.catalogue import DataClass
from scoring.records import Fact, Record
from server.platform.crypto.vault import Vault
from server.platform.db import Collections, Document, Store
from server.platform.db.batch_loader import BatchLoader

ACTIVE = "active"
ANNULLED = "annulled"
AWAITING_CORRECTION = "awaiting_correction"
REPAIRED = "repaired"
_READ = ("citizen", "sealed", "source", "rule", "class", "occurred_on", "reported_on", "final", "disputed")


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A stored record: its own id beside what the engine reads."""

    key: str
    record: Record


async def held_records(within: Collections, vault: Vault, citizen_id: str) -> list[HeldRecord]:
    """Every active record of a citizen, newest first."""
    query = {"citizen": citizen_id, "status": ACTIVE}
    found = within["records"].find(query).sort([("reported_on", -1), ("_id", 1)])
    return list(await asyncio.gather(*(_open(vault, d) for d in await found.to_list(None))))


class RecordReader:
    """Active records outside of transactions; those of several people who ask at once are read as one."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._rows = store.quick("records")
        self._vault = vault
        self._reading = BatchLoader(self._read)

    async def of(self, citizen_id: str) -> list[HeldRecord]:
        """As `held_records`."""
        return [await _open(self._vault, document) for document in await self._reading.ask(citizen_id)]

    async def _read(self, citizens: Sequence[str]) -> list[list[Document]]:
        found: dict[str, list[Document]] = {citizen: [] for citizen in citizens}
        rows = self._rows.find({"citizen": {"$in": list(citizens)}, "status": ACTIVE}, _READ)
        async for document in rows.sort([("reported_on", -1), ("_id", 1)]):
            found[document["citizen"]].append(document)
        return [found[citizen] for citizen in citizens]


async def held_records_of(
    within: Collections, vault: Vault, citizens: Sequence[str], numbers: Mapping[str, str]
) -> dict[str, list[HeldRecord]]:
    """The active records of many citizens, by citizen, with the facts that a score depends on.

    `numbers` are document numbers known already, by the record's own id; only other records are opened.
    """
    query = {"citizen": {"$in": list(citizens)}, "status": ACTIVE}
    found = await within["records"].find(query, {"sealed": 0}).to_list(None)
    unknown = [d["_id"] for d in found if d["_id"] not in numbers]
    closed = await within["records"].find({"_id": {"$in": unknown}}, {"sealed": 1}).to_list(None)
    opened = await asyncio.gather(*(vault.open(d["sealed"]) for d in closed))
    more = {d["_id"]: content["id"] for d, content in zip(closed, opened, strict=True)}
    held: dict[str, list[HeldRecord]] = {citizen: [] for citizen in citizens}
    for document in found:
        number = numbers.get(document["_id"]) or more[document["_id"]]
        cured = {} if document["cured_on"] is None else {"cured_on": document["cured_on"]}
        held[document["citizen"]].append(_held(document, number, cured))
    return held


async def _open(vault: Vault, document: Document) -> HeldRecord:
    content = await vault.open(document["sealed"])
    return _held(document, content["id"], content["facts"])


def _held(document: Document, number: str, facts: dict[str, Fact]) -> HeldRecord:
    return HeldRecord(
        document["_id"],
        Record(
            id=number,
            source=document["source"],
            rule=document["rule"],
            data_class=DataClass(document["class"]),
            occurred_on=date.fromisoformat(document["occurred_on"]),
            reported_on=date.fromisoformat(document["reported_on"]),
            final=document["final"],
            disputed=bool(document["disputed"]),
            facts=facts,
        ),
    )
