"""Retention: what has no reason to stay goes, once a day, by dated figures with their reasons.

Nothing goes that still counts, and nothing of a dispute that is open. Each deletion looks again at what it deletes,
so that any number of rounds may run, and a round that was stopped leaves nothing half done.
"""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from schema.types.principal import CLOCK, Caller
from scoring.catalogue import MAX_RETENTION_MONTHS
from scoring.dated import Dated, Model, value_on
from server.benefits.repository import PASSES
from server.citizens.repository import CitizenRepository, ContactRepository, ConversationRepository
from server.container import Container
from server.disputes.attached import EvidenceRepository, NoteRepository
from server.disputes.repository import DisputeRepository
from server.enrolment.repository import AttemptRepository
from server.notices.repository import NOTICES
from server.platform.core.unit_of_work import Transaction, use_case
from server.platform.db import Collections, Document, DuplicateError, Query
from server.platform.db.files import Files
from server.platform.db.layout import META
from server.platform.kit.clock import SHANGHAI, day_of
from server.records.repository import HELD, RECORDS, VERSIONS, HeldRepository, RecordRepository
from server.scores.repository import ASSESSMENTS
from server.sources.repairs.repository import RepairRepository

_FILE = Path(__file__).with_name("retention.toml")
_BATCH = 1000
Gone = dict[str, int]
"""How many of each kind went, or would."""


class Parameters(Model):
    """Every figure with the days on which it holds."""

    records_months: tuple[Dated[int], ...]
    statements_months: tuple[Dated[int], ...]
    evidence_months: tuple[Dated[int], ...]
    disputes_months: tuple[Dated[int], ...]
    passes_months: tuple[Dated[int], ...]
    notices_months: tuple[Dated[int], ...]
    contacts_days: tuple[Dated[int], ...]
    strays_days: tuple[Dated[int], ...]


@cache
def parameters() -> Parameters:
    """The figures that ship with Egret (`retention.toml`)."""
    return Parameters.model_validate(tomllib.loads(_FILE.read_text("utf-8")))


@dataclass(frozen=True, slots=True)
class Limits:
    """The first days that stay, as of a day."""

    records: date
    statements: date
    evidence: date
    disputes: date
    passes: date
    notices: date
    contacts: date
    strays: date


def limits_on(today: date, known: Parameters | None = None) -> Limits:
    """What stays on a day.

    Raises:
        ValueError: a figure is missing on that day, or would delete what counts or what a kept statement is made of.
    """
    known = known or parameters()
    records = _value(known.records_months, today)
    statements = _value(known.statements_months, today)
    if records < MAX_RETENTION_MONTHS + statements:
        raise ValueError(f"records_months is at least {MAX_RETENTION_MONTHS} and statements_months together")
    evidence = _value(known.evidence_months, today)
    disputes = _value(known.disputes_months, today)
    if evidence > disputes:
        raise ValueError("evidence_months is at most disputes_months: evidence never outlives its dispute")
    return Limits(
        records=months_before(today, records),
        statements=months_before(today, statements),
        evidence=months_before(today, evidence),
        disputes=months_before(today, disputes),
        passes=months_before(today, _value(known.passes_months, today)),
        notices=months_before(today, _value(known.notices_months, today)),
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
            await self._store[META].insert_one({"_id": f"retention:{today}"})
        except DuplicateError:
            return 0
        await self._store[META].delete_many({"_id": {"$gte": "retention:", "$lt": f"retention:{today}"}})
        return sum((await self.run()).values())

    async def run(self, *, dry: bool = False) -> Gone:
        """Delete, or only count."""
        limits = limits_on(day_of(self._container.clock()))
        steps: Sequence[tuple[str, Callable[[Limits, bool], Awaitable[int]]]] = (
            ("evidence", self._evidence),
            ("disputes", self._disputes),
            ("applications for repair", self._repairs),
            ("records", self._records),
            ("earlier versions of records", self._versions),
            ("held records", self._held),
            ("statements of the past", self._statements),
            ("passes", self._passes),
            ("notices", self._notices),
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
        return await self._delete(ASSESSMENTS, {"current": False, "at": {"$lt": _midnight(limits.statements)}}, dry)

    async def _passes(self, limits: Limits, dry: bool) -> int:
        return await self._delete(PASSES, {"expires_at": {"$lt": _midnight(limits.passes)}}, dry)

    async def _notices(self, limits: Limits, dry: bool) -> int:
        """Notices of long ago, but for what the desk still has to tell."""
        old = {"created_at": {"$lt": _midnight(limits.notices)}, "desk_at": {"$exists": False}}
        return await self._delete(NOTICES, old, dry)

    async def _versions(self, limits: Limits, dry: bool) -> int:
        return await self._delete(VERSIONS, {**_old_record(limits), **await self._undisputed("record")}, dry)

    async def _held(self, limits: Limits, dry: bool) -> int:
        return await self._delete(HELD, _old_record(limits), dry, self._forget_strangers)

    async def _records(self, limits: Limits, dry: bool) -> int:
        """Delete records that no longer count; with the last one of a citizen who never took part, their key."""
        query = {**_old_record(limits), "disputed": None, **await self._undisputed("_id")}
        return await self._delete(RECORDS, query, dry, self._forget_strangers)

    async def _undisputed(self, name: str) -> Query:
        """Not a record of an open dispute, whatever the record itself says."""
        return {"$nor": [{name: {"$in": await DisputeRepository(self._store).records_with_open()}}]}

    async def _forget_strangers(self, rows: Sequence[Document]) -> None:
        for citizen in {row["citizen"] for row in rows}:
            await self._forget_stranger(Caller(CLOCK), citizen)

    @use_case("forget_stranger")
    async def _forget_stranger(self, tx: Transaction, citizen: str) -> None:
        """Delete a citizen whom no record is about any more and who never took part."""
        records = RecordRepository(tx)
        if await records.has_any(citizen) or await HeldRepository(tx).of_citizen(citizen):
            return
        stranger = await CitizenRepository(tx).delete_stranger(citizen)
        if stranger is not None:
            await records.delete_versions(citizen)
            await self._container.vault.destroy_key(stranger["key"], tx)

    async def _evidence(self, limits: Limits, dry: bool) -> int:
        """Photos of disputes and repairs that ended long ago; the row goes first, so that none leads nowhere."""
        evidence = EvidenceRepository(self._store)
        ended = limits.evidence.isoformat()
        count = 0
        for found in (
            DisputeRepository(self._store).ended_before(ended),
            RepairRepository(self._store).ended_before(ended),
        ):
            async for dispute in found:
                names = await evidence.names_of_dispute(dispute)
                count += len(names)
                if not dry and names:
                    await evidence.delete_of_dispute(dispute)
                    await self._container.evidence.delete(names)
        return count

    async def _repairs(self, limits: Limits, dry: bool) -> int:
        repairs = RepairRepository(self._store)
        count = 0
        async for repair in repairs.ended_before(limits.disputes.isoformat()):
            count += 1
            if not dry:
                await repairs.delete_ended(repair)
        return count

    async def _disputes(self, limits: Limits, dry: bool) -> int:
        disputes = DisputeRepository(self._store)
        count = 0
        async for dispute in disputes.ended_before(limits.disputes.isoformat()):
            count += 1
            if not dry:
                await NoteRepository(self._store).delete_of_case(dispute)
                await disputes.delete_ended(dispute)
        return count

    async def _contacts(self, limits: Limits, dry: bool) -> int:
        """Forget contacts that are not bound and neither talk nor bind now."""
        contacts = ContactRepository(self._store)
        count = 0
        last = ""
        while ids := await contacts.created_before(_midnight(limits.contacts), last, _BATCH):
            last = ids[-1]
            for contact in await self._idle(ids):
                count += 1
                if not dry:
                    await self._forget(Caller(CLOCK), contact)
        return count

    async def _idle(self, contacts: Sequence[str], within: Collections | None = None) -> list[str]:
        rows = within or self._store
        busy = await CitizenRepository(rows).bound_among(contacts)
        busy |= await ConversationRepository(rows).contacts_among(contacts)
        busy |= await AttemptRepository(rows).contacts_among(contacts)
        return [contact for contact in contacts if contact not in busy]

    @use_case("forget_contact")
    async def _forget(self, tx: Transaction, contact: str) -> None:
        if await self._idle([contact], tx):
            await ConversationRepository(tx).hold(contact)
            await self._container.contacts.forget(tx, contact)

    async def _strays(self, limits: Limits, dry: bool) -> int:
        """Delete files whose row is gone: their citizen left, or the photo was never kept."""
        count = 0
        async for names in self._files.older_than(_midnight(limits.strays), _BATCH):
            stray = set(names) - await EvidenceRepository(self._store).known(names)
            count += len(stray)
            if not dry:
                await self._container.evidence.delete(sorted(stray))
        return count

    async def _delete(
        self,
        name: str,
        query: Query,
        dry: bool,
        then: Callable[[Sequence[Document]], Awaitable[None]] | None = None,
    ) -> int:
        """Delete what a query finds, in batches, each followed by what it leaves to do."""
        rows = self._store[name]
        if dry:
            return await rows.count_documents(query)
        count = 0
        while batch := await rows.find(query, {"citizen": 1}).sort([("_id", 1)]).limit(_BATCH).to_list(None):
            gone = await rows.delete_many({**query, "_id": {"$in": [row["_id"] for row in batch]}})
            count += gone.deleted_count
            if then is not None:
                await then(batch)
            if not gone.deleted_count:
                break
        return count


def _old_record(limits: Limits) -> Query:
    return {"occurred_on": {"$lt": limits.records.isoformat()}}


def _midnight(day: date) -> datetime:
    """The beginning of a day in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def _value(values: Sequence[Dated[int]], today: date) -> int:
    parameter = value_on(values, today)
    if parameter is None:
        raise ValueError(f"no figure for {today}")
    return parameter.value
