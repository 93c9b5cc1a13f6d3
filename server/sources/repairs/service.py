"""The citizen's side of credit repair: what can be repaired, applying, withdrawing; and the deadline."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import cast
from uuid import uuid4

from schema.types.connection import Connection, Page, connect
from schema.types.errors import RefusalCode, Refused
from schema.types.evidence import Evidence
from schema.types.principal import CLOCK, Caller, Principal
from schema.types.repair import RepairApplication
from schema.types.webhook import WebhookEventType
from scoring.repair import RepairAction, RepairRole, RepairState, answer_due_on
from server.citizens.service import Citizens, chain_of
from server.disputes.documents import citizen_words
from server.disputes.evidence import EvidenceService
from server.disputes.repository import DisputeRepository
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import Collections, Store
from server.platform.kit.clock import Clock, day_of
from server.records.model import ACTIVE, AWAITING_CORRECTION, RecordRow
from server.records.repository import RecordRepository
from server.sources.repairs.checking import refuse_unrepairable
from server.sources.repairs.mapping import application_view
from server.sources.repairs.model import RepairContent, RepairRow
from server.sources.repairs.repository import RepairRepository
from server.sources.repairs.steps import RepairSteps

log = logging.getLogger("egret.repairs")
MOST_APPLICATIONS = 5
"""About one record; afterwards the office itself is the way."""


class RepairService(FollowsScheme):
    """Implements `schema.api.services.Repairs`."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        scheme: SchemeInForce,
        clock: Clock,
        unit_of_work: UnitOfWork,
        citizens: Citizens,
        evidence: EvidenceService,
        steps: RepairSteps,
    ) -> None:
        self._store = store
        self._vault = vault
        self._in_force = scheme
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._evidence = evidence
        self._steps = steps

    # The citizen

    async def apply(
        self, caller: Caller, record_id: str, done_on: date, words: str, photos: Sequence[str]
    ) -> RepairApplication:
        words = citizen_words(words)
        repair_id = await self._apply(caller, record_id, done_on, words, list(photos))
        return await self.one(caller.principal, repair_id)

    @use_case("apply_for_repair", duplicate=RefusalCode.CONFLICT)
    async def _apply(self, tx: Transaction, record_id: str, done_on: date, words: str, photos: Sequence[str]) -> str:
        citizen = await self._citizens.get(tx.actor.id, tx)
        record = await self._own_record(tx, record_id)
        refuse_unrepairable(self._scheme, record, done_on, tx.today)
        await self._refuse_second(tx, record_id)
        content: RepairContent = {"words": words}
        row: RepairRow = {
            "_id": uuid4().hex,
            "number": await DisputeRepository(tx).next_number(tx.today.year, "repair", "R"),
            "citizen": tx.actor.id,
            "record": record_id,
            "source": record["source"],
            "reporter": record["reporter"],
            "rule": record["rule"],
            "done_on": done_on.isoformat(),
            "sealed": await self._vault.seal(citizen["key"], content),
            "state": RepairState.APPLIED.value,
            "open": True,
            "applied_at": tx.now,
            "applied_on": tx.today.isoformat(),
            "due_on": answer_due_on(tx.today).isoformat(),
            "lapsed": False,
            "proposer": None,
            "ended_on": None,
            "revision": 1,
            "events": [],
        }
        await RepairRepository(tx).insert(row)
        await self._evidence.attach(tx, tx.actor.id, row["_id"], photos)
        await tx.audit(chain_of(tx.actor.id), "repair.applied", {"number": row["number"]})
        await self._steps.tell_source(tx, row, WebhookEventType.REPAIR_APPLIED)
        return row["_id"]

    async def withdraw(self, caller: Caller, repair_id: str) -> RepairApplication:
        await self._withdraw(caller, repair_id)
        return await self.one(caller.principal, repair_id)

    @use_case("withdraw_repair")
    async def _withdraw(self, tx: Transaction, repair_id: str) -> None:
        row = await self._own(tx, tx.actor, repair_id)
        await self._steps.take(tx, row, RepairAction.WITHDRAW, RepairRole.CITIZEN)

    async def mine(self, actor: Principal, page: Page) -> Connection[RepairApplication]:
        repairs = RepairRepository(self._store)
        before = None if page.after is None else page.moment()
        rows = await repairs.page_of(actor.id, page.first + 1, before)
        items = await self._views(rows[: page.first])
        count = partial(repairs.count_of, actor.id)
        return connect(items, lambda r: r.applied_at.isoformat(), page, has_next=len(rows) > page.first, count=count)

    async def one(self, actor: Principal, repair_id: str) -> RepairApplication:
        (view,) = await self._views([await self._own(self._store, actor, repair_id)])
        return view

    async def about(self, actor: Principal, records: Sequence[str]) -> dict[str, RepairApplication]:
        rows = await RepairRepository(self._store).about(actor.id, records)
        newest = {row["record"]: row for row in rows}
        views = await self._views(list(newest.values()))
        return {view.record_key: view for view in views}

    async def proofs(self, actor: Principal, repairs: Sequence[str]) -> dict[str, list[Evidence]]:
        return await self._evidence.of_disputes(repairs, actor.id)

    # Time

    async def keep_deadlines(self) -> int:
        """Mark what was not answered in time, and close what is about a record that is gone; how many."""
        today = day_of(self._clock()).isoformat()
        count = 0
        repairs = RepairRepository(self._store)
        for repair_id in await repairs.overdue(today):
            try:
                count += await self._lapse(Caller(CLOCK), repair_id, today)
            except Exception as error:
                log.error("application %s did not lapse: %s", repair_id, type(error).__name__)
        for row in await repairs.every_open():
            if not _is_there(await RecordRepository(self._store).get(row["record"]), row["citizen"]):
                count += await self._close(Caller(CLOCK), row["_id"])
        return count

    @use_case("lapse_repair")
    async def _lapse(self, tx: Transaction, repair_id: str, today: str) -> bool:
        row = await RepairRepository(tx).get(repair_id)
        if row is None or row["state"] != RepairState.APPLIED.value or row["due_on"] >= today:
            return False
        told = row["lapsed"]
        moved = await self._steps.take(tx, row, RepairAction.LAPSE, RepairRole.CLOCK, values={"lapsed": True})
        if not told:
            await self._steps.tell_citizen(tx, moved)
        return True

    @use_case("close_repair")
    async def _close(self, tx: Transaction, repair_id: str) -> bool:
        """Close an application whose record left the score in another way."""
        row = await RepairRepository(tx).get(repair_id)
        if row is None or not row["open"]:
            return False
        if _is_there(await RecordRepository(tx).get(row["record"]), row["citizen"]):
            return False
        moved = await self._steps.take(tx, row, RepairAction.CLOSE, RepairRole.CLOCK)
        await self._steps.tell_citizen(tx, moved)
        return True

    # Reading

    async def _own_record(self, tx: Transaction, record_id: str) -> RecordRow:
        record = await RecordRepository(tx).get(record_id)
        if record is None or not _is_there(record, tx.actor.id):
            raise Refused(RefusalCode.NOT_FOUND, field="recordId")
        return record

    async def _own(self, within: Collections, actor: Principal, repair_id: str) -> RepairRow:
        row = await RepairRepository(within).get(repair_id)
        if row is None or row["citizen"] != actor.id:
            raise Refused(RefusalCode.NOT_FOUND)
        return row

    async def _views(self, rows: Sequence[RepairRow]) -> list[RepairApplication]:
        contents = await self._vault.open_each(row["sealed"] for row in rows)
        today = day_of(self._clock())
        return [
            application_view(self._scheme, row, cast(RepairContent, content), today)
            for row, content in zip(rows, contents, strict=True)
        ]

    @staticmethod
    async def _refuse_second(tx: Transaction, record_id: str) -> None:
        repairs = RepairRepository(tx)
        earlier = await repairs.open_about(record_id)
        if earlier is not None:
            raise Refused(RefusalCode.REPAIR_OPEN, field="recordId", number=earlier["number"])
        if await repairs.count_about(tx.actor.id, record_id) >= MOST_APPLICATIONS:
            raise Refused(RefusalCode.REPAIR_APPLIED_OFTEN, field="recordId", most=MOST_APPLICATIONS)


def _is_there(record: RecordRow | None, citizen_id: str) -> bool:
    if record is None or record["citizen"] != citizen_id:
        return False
    return record["status"] in (ACTIVE, AWAITING_CORRECTION)
