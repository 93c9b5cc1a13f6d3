"""A citizen's records as the engine reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from scoring.catalogue import DataClass
from scoring.records import Bar, Fact, Record
from server.platform.crypto.vault import Vault
from server.platform.db import Collections, Store
from server.platform.db.batch_loader import BatchLoader
from server.records.model import RecordRow
from server.records.repository import RecordRepository, RecordRows


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A stored record: its own id next to what the engine reads."""

    key: str
    record: Record


async def held_records(within: Collections, vault: Vault, citizen_id: str) -> list[HeldRecord]:
    """Every active record of a citizen, newest first."""
    return await _open_each(vault, await RecordRepository(within).active(citizen_id))


class RecordReader:
    """Active records outside of transactions; those of several people who ask at once are read as one."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._vault = vault
        self._reading = BatchLoader(RecordRows(store).active_of)

    async def of(self, citizen_id: str) -> list[HeldRecord]:
        """As `held_records`."""
        return await _open_each(self._vault, await self._reading.load(citizen_id))


async def held_records_of(
    within: Collections, vault: Vault, citizens: Sequence[str], numbers: Mapping[str, str]
) -> dict[str, list[HeldRecord]]:
    """The active records of many citizens, by citizen, with the facts that a score depends on.

    `numbers` are document numbers known already, by the record's own id; only other records are opened.
    """
    records = RecordRepository(within)
    found = await records.active_of(citizens)
    closed = await records.sealed_of([row["_id"] for row in found if row["_id"] not in numbers])
    opened = await vault.open_each(row["sealed"] for row in closed)
    more = {row["_id"]: content["id"] for row, content in zip(closed, opened, strict=True)}
    held: dict[str, list[HeldRecord]] = {citizen: [] for citizen in citizens}
    for row in found:
        number = numbers.get(row["_id"]) or more[row["_id"]]
        cured: dict[str, Fact] = {} if row["cured_on"] is None else {"cured_on": row["cured_on"]}
        held[row["citizen"]].append(_held(row, number, cured))
    return held


async def unopened_records_of(within: Collections, citizens: Sequence[str]) -> dict[str, list[HeldRecord]]:
    """As `held_records_of` without opening any: each record's own id stands for its document number.

    Enough for what a score would be, and not for a statement that is kept.
    """
    held: dict[str, list[HeldRecord]] = {citizen: [] for citizen in citizens}
    for row in await RecordRepository(within).active_of(citizens):
        cured: dict[str, Fact] = {} if row["cured_on"] is None else {"cured_on": row["cured_on"]}
        held[row["citizen"]].append(_held(row, row["_id"], cured))
    return held


async def _open_each(vault: Vault, rows: Sequence[RecordRow]) -> list[HeldRecord]:
    opened = await vault.open_each(row["sealed"] for row in rows)
    return [_held(row, content["id"], content["facts"]) for row, content in zip(rows, opened, strict=True)]


def _held(row: RecordRow, number: str, facts: dict[str, Fact]) -> HeldRecord:
    return HeldRecord(
        row["_id"],
        Record(
            id=number,
            source=row["source"],
            rule=row["rule"],
            data_class=DataClass(row["class"]),
            occurred_on=date.fromisoformat(row["occurred_on"]),
            reported_on=date.fromisoformat(row["reported_on"]),
            final=row["final"],
            disputed=bool(row["disputed"]),
            barred=None if row["barred"] is None else Bar(row["barred"]),
            separate=row.get("separate", False),
            facts=facts,
        ),
    )
