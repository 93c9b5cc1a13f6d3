"""What follows from the register of residents for those who take part: who moved away or died stops being computed.

Whom it concerns is told, where alive, and can object: from then on the score is computed again, until a person decides.
Where several people have one ID number, it stays paused until then: whose records these are cannot be told.
Records, rights and the way out stay as they were all the time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from schema.types.check import CheckKind
from schema.types.enrolment import Residence as ResidenceView
from schema.types.enrolment import ResidenceStatus
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import OPERATOR, Caller, Principal
from schema.types.score import AssessmentCause
from scoring.dated import Text
from server.citizens.consents import has_paused, is_shared, only_looks
from server.citizens.model import CitizenRow
from server.citizens.repository import CitizenRepository
from server.citizens.residents.model import Residence, ResidentRow
from server.citizens.residents.repository import (
    RegisterDeliveryRepository,
    ResidentRepository,
    index_of,
    row_id,
)
from server.citizens.service import Citizens, chain_of
from server.enrolment.checks import About, Checks
from server.enrolment.participation import halt
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import Store
from server.platform.kit.progress import Report
from server.scores.assessor import Assessor

_AT_ONCE = 500
_DECIDED = Text(
    zh="工作人员已核对过您的户籍登记，信用分仍暂停计算。请带身份证到户籍窗口更正；登记更新后会自动恢复计算。",
    en="A person has checked the register for you, and your score stays paused. Please have the entry corrected at the "
    "register's office with your ID document; once it is, your score is computed again by itself.",
)


class ResidenceService:
    """Implements `schema.api.services.Residences`."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        unit_of_work: UnitOfWork,
        citizens: Citizens,
        assessor: Assessor,
        checks: Checks,
    ) -> None:
        self._store = store
        self._vault = vault
        self._checks = checks
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._assessor = assessor
        self._residents = ResidentRepository(store)

    async def residence(self, actor: Principal) -> ResidenceView | None:
        residence = (await self._citizens.get(actor.id)).get("residence")
        if residence is None:
            return None
        return ResidenceView(
            status=ResidenceStatus(residence["why"]),
            since=residence["since"],
            paused=residence["paused"],
            objected_at=residence.get("objected_at"),
        )

    async def settle(self, report: Report) -> int:
        """Compare those who take part with the register in force; how many are affected. Safe to do again."""
        deliveries = RegisterDeliveryRepository(self._store)
        newest = await deliveries.newest()
        if newest is None:
            return 0
        affected = 0
        seen = 0
        async for rows in _in_batches(self._residents.marked(newest["snapshot"])):
            why = {index_of(row): row["residence"] for row in rows}
            for citizen in await CitizenRepository(self._store).enrolled_by_id_index([*why]):
                affected += await self._note(citizen, why[bytes(citizen["id_index"])])
            seen += len(rows)
            report("moved away or died", seen, seen)
        affected += await self._bring_back(newest["snapshot"])
        await deliveries.settle(newest["_id"])
        return affected

    async def catch_up(self) -> int:
        """As `settle`, where the import of the register in force ended before it did that."""
        newest = await RegisterDeliveryRepository(self._store).newest()
        return 0 if newest is None or newest.get("settled") else await self.settle(lambda *_: None)

    async def _bring_back(self, snapshot: int) -> int:
        """Those who were no residents and are again."""
        gone = await CitizenRepository(self._store).not_resident()
        ids = {row_id(snapshot, bytes(citizen["id_index"])): citizen for citizen in gone}
        there = await self._residents.among([*ids])
        back = [citizen for row, citizen in ids.items() if row in there and "residence" not in there[row]]
        return sum([await self._resume(Caller(OPERATOR), citizen["_id"]) for citizen in back])

    async def _note(self, citizen: CitizenRow, why: str) -> bool:
        known = citizen.get("residence")
        if known is not None and known["why"] == why:
            return False  # an objection holds against the same word of the register
        return await self._pause(Caller(OPERATOR), citizen["_id"], why)

    @use_case("pause_score")
    async def _pause(self, tx: Transaction, citizen_id: str, why: str) -> bool:
        """False where they left meanwhile, or it is done."""
        citizen = await CitizenRepository(tx).get(citizen_id)
        if citizen is None or citizen["enrolment"] is None:
            return False
        known = citizen.get("residence")
        if known is not None and known["why"] == why:
            return False
        await CitizenRepository(tx).set_residence(citizen_id, {"why": why, "since": tx.now, "paused": True})
        await halt(tx, citizen_id)
        await tx.audit(chain_of(citizen_id), "residence.ended", {"why": why})
        if why != Residence.DIED and (why == Residence.SHARED or not only_looks(citizen)):
            await self._citizens.notify(tx, citizen, "score_paused", {"why": why})
        return True

    @use_case("resume_score")
    async def _resume(self, tx: Transaction, citizen_id: str) -> bool:
        """False where they left meanwhile, or it is done."""
        citizen = await CitizenRepository(tx).get(citizen_id)
        if citizen is None or citizen["enrolment"] is None or "residence" not in citizen:
            return False
        await CitizenRepository(tx).set_residence(citizen_id, None)
        del citizen["residence"]
        await tx.audit(chain_of(citizen_id), "residence.resumed")
        await self._assessor.reassess(tx, citizen, AssessmentCause.ENROLMENT)
        if not only_looks(citizen):
            await self._citizens.notify(tx, citizen, "score_resumed", {"paused": has_paused(citizen)})
        return True

    async def object(self, caller: Caller) -> None:
        await self._object(caller)

    @use_case("object_to_residence")
    async def _object(self, tx: Transaction) -> None:
        citizen = await self._citizens.get(tx.actor.id, tx)
        residence = citizen.get("residence")
        if residence is None:
            raise Refused(RefusalCode.NOTHING_PAUSED)
        if not residence["paused"]:
            return
        if "decided_at" in residence:
            raise Refused(RefusalCode.SCORE_PAUSED, message=_DECIDED)
        if "objected_at" in residence:
            return
        objected = residence | {"paused": is_shared(citizen), "objected_at": tx.now}
        await CitizenRepository(tx).set_residence(tx.actor.id, objected)
        citizen = await self._citizens.get(tx.actor.id, tx)
        await tx.audit(chain_of(tx.actor.id), "residence.objected", {"why": residence["why"]})
        person = await self._vault.open(citizen["sealed"])
        about = About(person["name"], person["id_number"], citizen["key"], citizen=citizen["_id"])
        await self._checks.ask(tx, CheckKind.RESIDENCE, citizen["_id"], about)
        if not objected["paused"]:
            await self._assessor.reassess(tx, citizen, AssessmentCause.ENROLMENT)


async def _in_batches(rows: AsyncIterator[ResidentRow]) -> AsyncIterator[list[ResidentRow]]:
    batch: list[ResidentRow] = []
    async for row in rows:
        batch.append(row)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
