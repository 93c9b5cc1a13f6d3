"""只看不算, 暂停计算, 恢复计算: a citizen decides whether anything is computed, and keeps account and records.

Who stops takes their consent to the score back: the score and its history go. Who pauses keeps their history.
"""

from __future__ import annotations

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller
from schema.types.score import AssessmentCause
from server.benefits.repository import PassRepository
from server.citizens.consents import RECORDS, given, has_paused, only_looks, records_consent
from server.citizens.model import CitizenRow, ConsentRow
from server.citizens.repository import CitizenRepository
from server.citizens.service import Citizens, chain_of
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.scores.assessor import Assessor
from server.scores.repository import AssessmentRepository


class ParticipationService:
    """Implements `schema.api.services.Participations`."""

    def __init__(self, *, unit_of_work: UnitOfWork, citizens: Citizens, assessor: Assessor) -> None:
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._assessor = assessor

    async def look_only(self, caller: Caller, version: str) -> None:
        if version != records_consent().version:
            raise Refused(RefusalCode.CONSENT_OUTDATED, field="version")
        await self._look_only(caller, version)

    @use_case("look_only")
    async def _look_only(self, tx: Transaction, version: str) -> None:
        citizen = await self._citizens.get(tx.actor.id, tx)
        if not (only_looks(citizen) and _agreed_to(citizen, version)):
            await stop_computing(tx, citizen)

    async def pause(self, caller: Caller) -> None:
        await self._pause(caller)

    @use_case("pause_by_citizen")
    async def _pause(self, tx: Transaction) -> None:
        citizen = await self._citizens.get(tx.actor.id, tx)
        if only_looks(citizen):
            raise Refused(RefusalCode.LOOK_ONLY)
        if has_paused(citizen):
            return
        await CitizenRepository(tx).set_paused(citizen["_id"], tx.now)
        await halt(tx, citizen["_id"])
        await tx.audit(chain_of(citizen["_id"]), "score.paused")

    async def resume(self, caller: Caller) -> None:
        await self._resume(caller)

    @use_case("resume_by_citizen")
    async def _resume(self, tx: Transaction) -> None:
        citizen = await self._citizens.get(tx.actor.id, tx)
        if only_looks(citizen):
            raise Refused(RefusalCode.LOOK_ONLY)
        if not has_paused(citizen):
            return
        await CitizenRepository(tx).set_paused(citizen["_id"], None)
        await tx.audit(chain_of(citizen["_id"]), "score.resumed")
        citizen = await self._citizens.get(citizen["_id"], tx)
        await self._assessor.reassess(tx, citizen, AssessmentCause.ENROLMENT)


async def halt(tx: Transaction, citizen_id: str) -> None:
    """Nothing is computed any more: there is no current statement, and what was issued by it is good no longer."""
    await AssessmentRepository(tx).retire(citizen_id)
    await PassRepository(tx).end_all_unused(citizen_id, tx.now)


async def stop_computing(tx: Transaction, citizen: CitizenRow) -> None:
    """A citizen agrees to see and correct their records and to nothing else: the score goes, with its history."""
    citizen_id = citizen["_id"]
    consents: list[ConsentRow] = [_withdrawn(consent, tx) for consent in citizen["consents"]]
    consents.append(given(records_consent(), tx.now))
    await CitizenRepository(tx).stop_computing(citizen, consents, tx.now)
    await halt(tx, citizen_id)
    await AssessmentRepository(tx).delete_all(citizen_id)
    await tx.audit(chain_of(citizen_id), "enrolment.look_only", {"version": records_consent().version})


def _withdrawn(consent: ConsentRow, tx: Transaction) -> ConsentRow:
    """A consent as it is from now on: one to the score is taken back, one to see the records goes on."""
    if consent["withdrawn_at"] is not None or consent["purpose"] == RECORDS:
        return consent
    return {**consent, "withdrawn_at": tx.now}


def _agreed_to(citizen: CitizenRow, version: str) -> bool:
    enrolment = citizen["enrolment"]
    return enrolment is not None and enrolment["consent_version"] == version
