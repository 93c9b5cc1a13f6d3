"""Retention: what has no reason to stay goes, once a day, by dated figures with their reasons.

Nothing goes that still counts, and nothing of a dispute that is open. Each deletion looks again at what it deletes,
so that any number of rounds may run, and a round that was stopped leaves nothing half done.
"""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from schema.types.principal import CLOCK, Caller
from scoring.catalogue import MAX_RETENTION_MONTHS
from scoring.dated import Dated, Model, value_on
from server.container import Container
from server.platform.core.unit_of_work import Transaction, use_case
from server.platform.db import Collections, Document, DuplicateError
from server.platform.db.files import Files
from server.platform.kit.clock import SHANGHAI, day_of

_FILE = Path(__file__).with_name("retention.toml")
_BATCH = 1000
Gone = dict[str, int]
"""How many of each kind went, or would."""


class Figures(Model):
    """Every figure with the days on which it holds."""

    records_months: tuple[Dated[int], ...]
    statements_months: tuple[Dated[int], ...]
    evidence_months: tuple[Dated[int], ...]
    disputes_months: tuple[Dated[int], ...]
    passes_months: tuple[Dated[int], ...]
    contacts_days: tuple[Dated[int], ...]
    strays_days: tuple[Dated[int], ...]


@cache
def figures() -> Figures:
    """The figures that ship with Egret (`retention.toml`)."""
    return Figures.model_validate(tomllib.loads(_FILE.read_text("utf-8")))


@dataclass(frozen=True, slots=True)
class Limits:
    """The first days that stay, as of a day."""

    records: date
    statements: date
    evidence: date
    disputes: date
    passes: date
    contacts: date
    strays: date


def limits_on(today: date, known: Figures | None = None) -> Limits:
    """What stays on a day.

    Raises:
        ValueError: a figure is missing on that day, or would delete what counts or what a kept statement is made of.
    """
    known = known or figures()
    records, statements = _value(known.records_months, today), _value(known.statements_months, today)
    if records < MAX_RETENTION_MONTHS + statements:
        raise ValueError(f"records_months is at least {MAX_RETENTION_MONTHS} and statements_months together")
    evidence, disputes = _value(known.evidence_months, today), _value(known.disputes_months, today)
    if evidence > disputes:
        raise ValueError("evidence_months is at most disputes_months: evidence never outlives its dispute")
    return Limits(
        records=months_before(today, records),
        statements=months_before(today, statements),
        evidence=months_before(today, evidence),
        disputes=months_before(today, disputes),
        passes=months_before(today, _value(known.passes_months, today)),
        contacts=today - timedelta(days=_value(known.contacts_days, today)),
        strays=today - timedelta(days=_value(known.strays_days, today)),
    )


def months_before(day: date, months: int) -> date:
    """The same day some months before, or the last one of that month; a record of before then no longer counts."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))


class Retention:
    """Finds what has no reason to stay, and deletes it."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._store = container.store
        self._unit_of_work = container.unit_of_work
        self._files = Files(container.store)

    async def daily(self) -> int:
        """One round a day, whichever worker comes first; how much went."""
        today = day_of(self._container.clock()).isoformat()
        try:
            await self._store["meta"].insert_one({"_id": f"retention:{today}"})
        except DuplicateError:
            return 0
        await self._store["meta"].delete_many({"_id": {"$gte": "retention:", "$lt": f"retention:{today}"}})
        return sum((await self.run()).values())

    async def run(self, *, dry: bool = False) -> Gone:
        """Delete, or only count."""
        limits = limits_on(day_of(self._container.clock()))
        steps: Sequence[tuple[str, Callable[[Limits, bool], Awaitable[int]]]] = (
            ("evidence", self._evidence),
            ("disputes", self._disputes),
            ("records", self._records),
            ("earlier versions of records", self._versions),
            ("statements of the past", self._statements),
            ("passes", self._passes),
            ("accounts that never bound", self._contacts),
            ("files left behind", self._strays),
        )
        gone = {what: await step(limits, dry) for what, step in steps}
        if not dry and any(gone.values()):
            await self._log(Caller(CLOCK), gone)
        return gone

    @use_case("retention")
    async def _log(self, tx: Transaction, gone: Gone) -> None:
        """The audit chain says what went, in numbers."""
        await tx.audit("retention", "retention.ran", gone)

    async def _statements(self, limits: Limits, dry: bool) -> int:
        return await self._delete("assessments", {"current": False, "at": {"$lt": _midnight(limits.statements)}}, dry)

    async def _passes(self, limits: Limits, dry: bool) -> int:
        return await self._delete("passes", {"expires_at": {"$lt": _midnight(limits.passes)}}, dry)

    async def _versions(self, limits: Limits, dry: bool) -> int:
        return await self._delete("record_versions", _old_record(limits) | await self._undisputed("record"), dry)

    async def _records(self, limits: Limits, dry: bool) -> int:
        """Records that count for nothing since long; with the last one of somebody who never took part, their key."""
        query = _old_record(limits) | {"disputed": None} | await self._undisputed("_id")
        if dry:
            return await self._store["records"].count_documents(query)
        count = 0
        while rows := await self._some("records", query, {"citizen": 1}):
            gone = await self._store["records"].delete_many(query | {"_id": {"$in": [row["_id"] for row in rows]}})
            count += gone.deleted_count
            for citizen in {row["citizen"] for row in rows}:
                await self._forget_stranger(Caller(CLOCK), citizen)
            if not gone.deleted_count:
                break
        return count

    async def _undisputed(self, name: str) -> Document:
        """Not a record of an open dispute, whatever the record itself says."""
        found = self._store["disputes"].find({"open": True}, {"record": 1})
        return {"$nor": [{name: {"$in": [row["record"] async for row in found]}}]}

    @use_case("forget_stranger")
    async def _forget_stranger(self, tx: Transaction, citizen: str) -> None:
        """Somebody whom nobody reports about any more and who never took part."""
        stranger = {"_id": citizen, "enrolment": None}
        known = await tx["citizens"].find_one(stranger)
        left = await tx["records"].find_one({"citizen": citizen}, {"_id": 1})
        if known is not None and left is None:
            await tx["record_versions"].delete_many({"citizen": citizen})
            await tx["citizens"].delete_one(stranger)
            await self._container.vault.destroy_key(known["key"], tx)

    async def _evidence(self, limits: Limits, dry: bool) -> int:
        """The photos of disputes that ended long ago; the row goes first, so that none leads nowhere."""
        count = 0
        async for dispute in self._ended_before(limits.evidence):
            rows = await self._store["evidence"].find({"dispute": dispute}, {"_id": 1}).to_list(None)
            count += len(rows)
            if not dry and rows:
                await self._store["evidence"].delete_many({"dispute": dispute})
                await self._container.evidence.delete([row["_id"] for row in rows])
        return count

    async def _disputes(self, limits: Limits, dry: bool) -> int:
        count = 0
        async for dispute in self._ended_before(limits.disputes):
            count += 1
            if not dry:
                await self._store["case_notes"].delete_many({"case": dispute})
                await self._store["disputes"].delete_one({"_id": dispute, "open": False})
        return count

    async def _ended_before(self, day: date) -> AsyncIterator[str]:
        """Disputes that ended before a day, and were not taken up again since."""
        ended = {"open": False, "ended_on": {"$ne": None, "$lt": day.isoformat()}}
        async for row in self._store["disputes"].find(ended, {"_id": 1}):
            yield row["_id"]

    async def _contacts(self, limits: Limits, dry: bool) -> int:
        """Accounts that are bound to nobody and neither talk nor bind just now."""
        count, old = 0, {"created_at": {"$lt": _midnight(limits.contacts)}}
        last = ""
        while rows := await self._some("contacts", old | {"_id": {"$gt": last}}, {}):
            ids, last = [row["_id"] for row in rows], rows[-1]["_id"]
            for contact in await self._idle(ids):
                count += 1
                if not dry:
                    await self._forget(Caller(CLOCK), contact)
        return count

    async def _idle(self, contacts: Sequence[str], within: Collections | None = None) -> list[str]:
        rows, these = within or self._store, {"$in": list(contacts)}
        bound = rows["citizens"].find({"contacts.hash": these}, {"contacts.hash": 1})
        busy = {c["hash"] async for row in bound for c in row["contacts"]}
        talks = rows["conversations"].find({"_id": these}, {"_id": 1})
        busy |= {row["_id"] async for row in talks}
        attempts = rows["binding_attempts"].find({"contact": these}, {"contact": 1})
        busy |= {row["contact"] async for row in attempts}
        return [contact for contact in contacts if contact not in busy]

    @use_case("forget_contact")
    async def _forget(self, tx: Transaction, contact: str) -> None:
        if await self._idle([contact], tx):
            # A chat that begins at this moment writes the same document: one of the two waits for the other.
            talks = tx["conversations"]
            await talks.insert_one({"_id": contact})
            await talks.delete_one({"_id": contact})
            await self._container.contacts.forget(tx, contact)

    async def _strays(self, limits: Limits, dry: bool) -> int:
        """Files whose row is gone: of somebody who left, or of a photo that was never kept."""
        count = 0
        async for names in self._files.older_than(_midnight(limits.strays), _BATCH):
            rows = self._store["evidence"].find({"_id": {"$in": names}}, {"_id": 1})
            stray = set(names) - {row["_id"] async for row in rows}
            count += len(stray)
            if not dry:
                await self._container.evidence.delete(sorted(stray))
        return count

    async def _delete(self, name: str, query: Document, dry: bool) -> int:
        if dry:
            return await self._store[name].count_documents(query)
        count = 0
        while rows := await self._some(name, query, {}):
            gone = await self._store[name].delete_many(query | {"_id": {"$in": [row["_id"] for row in rows]}})
            count += gone.deleted_count
            if not gone.deleted_count:
                break
        return count

    async def _some(self, name: str, query: Document, fields: Document) -> list[Document]:
        found = self._store[name].find(query, {"_id": 1, **fields}).sort([("_id", 1)]).limit(_BATCH)
        return await found.to_list(None)


def _old_record(limits: Limits) -> Document:
    return {"occurred_on": {"$lt": limits.records.isoformat()}}


def _midnight(day: date) -> datetime:
    """The beginning of a day in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def _value(values: Sequence[Dated[int]], today: date) -> int:
    figure = value_on(values, today)
    if figure is None:
        raise ValueError(f"no figure for {today}")
    return figure.value
