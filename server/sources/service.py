"""What a reporting entity does with its records: deliver, revoke, repair."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from schema.types.delivery import DeliveryReport, RejectedRecord
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller
from schema.types.score import AssessmentCause
from scoring.records import Delivery, Numbers, RevocationReason, read_delivery
from scoring.rejections import RejectedRecordError
from scoring.rounding import RoundedNumbers
from scoring.written import unmarked
from server.citizens.repository import CitizenRepository
from server.citizens.service import chain_of
from server.disputes.repository import DisputeRepository
from server.disputes.steps import Steps
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.kit.clock import Clock, day_of
from server.platform.kit.json import JsonObject
from server.platform.kit.timing import even
from server.records.model import ACTIVE, ANNULLED, AWAITING_CORRECTION, REPAIRED, RecordRow, owner_of
from server.records.repository import RecordRepository
from server.scores.assessor import Assessor
from server.sources.deliver import Deliveries
from server.sources.register import Entity, SourceRegister
from server.sources.repairs.checking import refuse_unrepairable
from server.sources.repairs.repository import RepairRepository
from server.sources.repairs.steps import RepairSteps

MOST_RECORDS = 100


_EVEN_SECONDS, _ENDING_SECONDS = 0.1, 0.5
"""Of a delivery, and of what ends a record: there the score and its history follow at once, where there is one."""


class ReportService(FollowsScheme):
    """Implements `schema.api.services.Reports`."""

    def __init__(
        self,
        *,
        vault: Vault,
        scheme: SchemeInForce,
        clock: Clock,
        unit_of_work: UnitOfWork,
        assessor: Assessor,
        deliveries: Deliveries,
        register: SourceRegister,
        steps: Steps,
        repairs: RepairSteps,
    ) -> None:
        self._vault = vault
        self._in_force = scheme
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._assessor = assessor
        self._deliveries = deliveries
        self._register = register
        self._steps = steps
        self._repairs = repairs

    async def deliver(self, caller: Caller, records: Sequence[JsonObject]) -> DeliveryReport:
        if len(records) > MOST_RECORDS:
            raise Refused(RefusalCode.BAD_INPUT, field="records", detail=f"1-{MOST_RECORDS}")
        actor = caller.principal
        entity = await self._register.entity(actor)
        good, rejects = self._checked(entity, records)
        counts = await self._unit_of_work.outcome(caller, "deliver", [records])
        if counts is None:
            async with even(_EVEN_SECONDS):
                done = await self._deliveries.deliver(actor, good, reporter=actor.id)
            await self._register.count(actor.id, {**done.counts, "rejected": len(rejects)})
            counts = await self._keep_counts(caller, records, counts=done.counts)
        return DeliveryReport(**counts, rejects=rejects)

    @use_case("deliver")
    async def _keep_counts(
        self, tx: Transaction, records: Sequence[JsonObject], *, counts: dict[str, int]
    ) -> dict[str, int]:
        """What a batch came to: with an idempotency key it is told again. Numbers of documents are not kept."""
        return counts

    def _checked(
        self, entity: Entity | None, records: Sequence[JsonObject]
    ) -> tuple[list[Delivery], list[RejectedRecord]]:
        """What can be stored, and what cannot and why."""
        today = day_of(self._clock())
        numbers = Numbers()
        rounded = RoundedNumbers()
        for raw in records:
            rounded.see(str(raw.get("resident")))
        good: list[Delivery] = []
        rejects: list[RejectedRecord] = []
        for index, raw in enumerate(records):
            try:
                delivery = read_delivery(raw, self._scheme, on=today, rounded=rounded.shown)
                self._register.check(entity, delivery.record)
                numbers.check(delivery.record)
                good.append(delivery)
            except RejectedRecordError as error:
                rejects.append(RejectedRecord(index=index, rejection=error.reason, text=str(error)))
        return good, rejects

    async def revoke(self, caller: Caller, number: str, reason: RevocationReason) -> bool:
        async with even(_ENDING_SECONDS):
            return await self._revoke(caller, number, reason)

    @use_case("revoke")
    async def _revoke(self, tx: Transaction, number: str, reason: RevocationReason) -> bool:
        record = await self._own(tx, number)
        if record["status"] not in (ACTIVE, AWAITING_CORRECTION):
            return False
        await self._end(tx, record, ANNULLED, "record.revoked", {"reason": reason.value})
        return True

    async def repair(self, caller: Caller, number: str, done_on: date) -> bool:
        async with even(_ENDING_SECONDS):
            return await self._repair(caller, number, done_on)

    @use_case("repair")
    async def _repair(self, tx: Transaction, number: str, done_on: date) -> bool:
        return await self.take_repaired(tx, await self._own(tx, number), done_on)

    async def take_repaired(self, tx: Transaction, record: RecordRow, done_on: date) -> bool:
        """Repair a record, inside the transaction of the one who says so; False where that was done before.

        Refused: NOT_FOUND where it ended in another way; NOT_REPAIRABLE.
        """
        if record["status"] == REPAIRED:
            return False
        if record["status"] not in (ACTIVE, AWAITING_CORRECTION):
            raise Refused(RefusalCode.NOT_FOUND)
        refuse_unrepairable(self._scheme, record, done_on, tx.today)
        await self._end(tx, record, REPAIRED, "record.repaired", {"done_on": done_on.isoformat()})
        return True

    async def _own(self, tx: Transaction, number: str) -> RecordRow:
        entity = await self._register.entity(tx.actor)
        if entity is None:
            raise Refused(RefusalCode.FORBIDDEN)
        index = self._vault.blind(f"document:{entity.source}", unmarked(number).strip())
        record = await RecordRepository(tx).by_document(entity.source, index)
        if record is None or owner_of(record) != entity.code or record["rule"] not in entity.rules:
            raise Refused(RefusalCode.NOT_FOUND)
        return record

    async def _end(self, tx: Transaction, record: RecordRow, status: str, action: str, details: dict[str, str]) -> None:
        """Take a record out of the score and of its history; its citizen is told, and an open dispute is won.

        An application for its repair ends with it.
        """
        application = await RepairRepository(tx).open_about(record["_id"])
        before = None if application is None else await self._repairs.value_now(tx, record["citizen"])
        await self._take_out(tx, record, status, action, details, tell=application is None)
        if application is not None:
            await self._repairs.settle(tx, application, repaired=status == REPAIRED, before=before)

    async def _take_out(
        self, tx: Transaction, record: RecordRow, status: str, action: str, details: dict[str, str], *, tell: bool
    ) -> None:
        records = RecordRepository(tx)
        await records.keep_versions([record], tx.now)
        await records.end(record["_id"], status)
        await tx.audit(chain_of(record["citizen"]), action, details)
        dispute = await DisputeRepository(tx).open_about(record["_id"])
        if dispute is not None:
            await self._steps.settle(tx, dispute)
            return
        citizen = await CitizenRepository(tx).get(record["citizen"])
        if citizen is not None and citizen["enrolment"] is not None:
            await self._assessor.reassess(tx, citizen, AssessmentCause.RECORDS, tell=tell)
            await self._assessor.recalculate_history(tx, citizen, record["_id"])
