"""Answering applications for repair: the source by its program, or the desk that writes down what an office said.

The source sees its own document, the citizen's words and the evidence, and never who the citizen is. A consent that the
desk wrote down waits for a second person, as every change of a record at the desk does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Protocol, cast

from schema.types.connection import Connection, Page, connect, global_id
from schema.types.enrolment import AccessAction
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Kind, Principal, Scope
from schema.types.repair import RepairCase, SourceRepair
from schema.types.scalars import Masked
from scoring import identity
from scoring.repair import RepairAction, RepairRole, RepairState
from server.auth.api_keys import ApiKeys
from server.citizens.repository import CitizenRepository
from server.citizens.service import chain_of
from server.disputes.documents import checked_words, staff_words
from server.disputes.evidence import EvidenceService
from server.disputes.eyes import YOUR_PROPOSAL, known_person, refuse_same_person, refuse_subject
from server.disputes.order import QueuePlace
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import Collections, Store
from server.platform.kit.clock import Clock, day_of
from server.records.model import RecordRow
from server.records.repository import RecordRepository
from server.sources.model import OfficeRow
from server.sources.repairs.mapping import application_view, source_view
from server.sources.repairs.model import RepairContent, RepairRow, asked_entity
from server.sources.repairs.repository import RepairRepository
from server.sources.repairs.steps import RepairSteps
from server.sources.repository import SourceRepository


class Repairing(Protocol):
    """What repairs a record (`ReportService`)."""

    async def take_repaired(self, tx: Transaction, record: RecordRow, done_on: date) -> bool:
        """Repair a record inside a transaction."""


class RepairAnswers(FollowsScheme):
    """Implements `schema.api.services.RepairAnswers`."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        scheme: SchemeInForce,
        clock: Clock,
        unit_of_work: UnitOfWork,
        evidence: EvidenceService,
        steps: RepairSteps,
        reports: Repairing,
    ) -> None:
        self._store = store
        self._vault = vault
        self._in_force = scheme
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._evidence = evidence
        self._steps = steps
        self._reports = reports
        self._keys = ApiKeys(store, clock)

    # The source

    async def waiting(self, actor: Principal, page: Page) -> Connection[SourceRepair]:
        await self._require_active(actor)
        repairs = RepairRepository(self._store)
        rows = await repairs.waiting_for(actor.id, page.first + 1, page.after)
        shown = rows[: page.first]
        if shown:
            await self._log_looks(Caller(actor), shown)
        items = [await self._source_view(row) for row in shown]
        count = partial(repairs.count_waiting_for, actor.id)
        return connect(items, lambda r: r.key, page, has_next=len(rows) > page.first, count=count)

    async def one_for_source(self, actor: Principal, repair_id: str) -> SourceRepair:
        await self._require_active(actor)
        row = await _get(self._store, repair_id)
        if asked_entity(row) != actor.id or not row["open"]:
            raise Refused(RefusalCode.NOT_FOUND)
        await self._log_looks(Caller(actor), [row])
        return await self._source_view(row)

    async def answer(self, caller: Caller, repair_id: str, words: str, *, accepted: bool) -> bool:
        words = checked_words(words)
        await self._require_active(caller.principal)
        await self._answer(caller, repair_id, words, accepted=accepted)
        return True

    @use_case("answer_repair")
    async def _answer(self, tx: Transaction, repair_id: str, words: str, *, accepted: bool) -> None:
        row = await _get(tx, repair_id)
        if asked_entity(row) != tx.actor.id:
            raise Refused(RefusalCode.NOT_FOUND)
        if not row["open"]:
            raise Refused(RefusalCode.REPAIR_CLOSED)
        await self._conclude(tx, row, RepairRole.SOURCE, {"answer": words}, accepted=accepted)

    # The desk

    async def queue(self, actor: Principal, page: Page) -> Connection[RepairCase]:
        repairs = RepairRepository(self._store)
        rows = await repairs.queue(page.first + 1, QueuePlace.after(page))
        shown = rows[: page.first]
        places = {row["_id"]: QueuePlace(row["due_on"], row["applied_at"], row["number"]).cursor for row in shown}
        cases = await self._listed(shown)
        return connect(cases, lambda c: places[c.key], page, has_next=len(rows) > page.first, count=repairs.count_open)

    async def case(self, actor: Principal, repair_id: str) -> RepairCase:
        row = await _get(self._store, repair_id)
        await refuse_subject(self._store, actor, row)
        await self._log_looks(Caller(actor), [row])
        return await self._full(actor, row)

    async def log_answer(
        self, caller: Caller, repair_id: str, revision: int, spoke_with: str, words: str, *, accepted: bool
    ) -> RepairCase:
        spoke_with = checked_words(spoke_with, "spokeWith")[:50]
        await self._log_answer(caller, repair_id, revision, spoke_with, staff_words(words), accepted=accepted)
        return await self.case(caller.principal, repair_id)

    @use_case("log_repair_answer")
    async def _log_answer(
        self, tx: Transaction, repair_id: str, revision: int, spoke_with: str, words: str, *, accepted: bool
    ) -> None:
        row = await self._at_desk(tx, repair_id, revision)
        said = {"answer": words, "spoke_with": " ".join(spoke_with.split())}
        if accepted:
            values = {"proposer": tx.actor.id, "sealed": await self._steps.add(tx, row, said)}
            await self._steps.take(tx, row, RepairAction.PROPOSE, RepairRole.DESK, values=values)
        else:
            await self._conclude(tx, row, RepairRole.DESK, said, accepted=False)
        await self._steps.tell_of_call(tx, row)

    async def approve(self, caller: Caller, repair_id: str, revision: int) -> RepairCase:
        await self._approve(caller, repair_id, revision)
        return await self.case(caller.principal, repair_id)

    @use_case("approve_repair")
    async def _approve(self, tx: Transaction, repair_id: str, revision: int) -> None:
        row = await self._at_desk(tx, repair_id, revision)
        await self._refuse_same_eyes(tx, tx.actor, row)
        if row["state"] != RepairState.PROPOSED.value:
            raise Refused(RefusalCode.CONFLICT)
        await self._conclude(tx, row, RepairRole.APPROVER, {}, accepted=True)

    async def send_back(self, caller: Caller, repair_id: str, revision: int) -> RepairCase:
        await self._send_back(caller, repair_id, revision)
        return await self.case(caller.principal, repair_id)

    @use_case("return_repair")
    async def _send_back(self, tx: Transaction, repair_id: str, revision: int) -> None:
        row = await self._at_desk(tx, repair_id, revision)
        await self._refuse_same_eyes(tx, tx.actor, row)
        await self._steps.take(tx, row, RepairAction.RETURN, RepairRole.APPROVER, values={"proposer": None})

    # Parts

    async def _conclude(
        self, tx: Transaction, row: RepairRow, role: RepairRole, said: dict[str, str], *, accepted: bool
    ) -> None:
        """Carry an answer out: the record is repaired, and its end settles the application; or the refusal is told."""
        sealed = await self._steps.add(tx, row, said)
        if not accepted:
            moved = await self._steps.take(tx, row, RepairAction.REFUSE, role, values={"sealed": sealed})
            await self._steps.tell_citizen(tx, moved)
            return
        record = await RecordRepository(tx).get(row["record"])
        if record is None or record["citizen"] != row["citizen"]:
            raise Refused(RefusalCode.NOT_FOUND)
        await RepairRepository(tx).set_content(row["_id"], sealed)
        if not await self._reports.take_repaired(tx, record, date.fromisoformat(row["done_on"])):
            raise Refused(RefusalCode.CONFLICT)

    async def _at_desk(self, tx: Transaction, repair_id: str, revision: int) -> RepairRow:
        """An application as the caller saw it: a known person, whom it is not about, and who has a hand in it now."""
        row = await _get(tx, repair_id)
        await refuse_subject(tx, tx.actor, row)
        person = await known_person(tx)
        if row["revision"] != revision:
            raise Refused(RefusalCode.CONFLICT)
        await RepairRepository(tx).add_hand(repair_id, {"account": tx.actor.id, "person": person})
        return row

    async def _refuse_same_eyes(self, within: Collections, actor: Principal, row: RepairRow) -> None:
        if actor.kind is not Kind.APPROVER:
            raise Refused(RefusalCode.FORBIDDEN)
        await refuse_same_person(within, actor, row, [row["proposer"]], YOUR_PROPOSAL)

    async def _require_active(self, actor: Principal) -> None:
        if await SourceRepository(self._store).active(actor.id) is None:
            raise Refused(RefusalCode.FORBIDDEN)

    async def _source_view(self, row: RepairRow) -> SourceRepair:
        content = cast(RepairContent, await self._vault.open(row["sealed"]))
        photos = await self._evidence.of_disputes([row["_id"]])
        return source_view(self._scheme, row, content, await self._number_of(row), photos[row["_id"]])

    async def _number_of(self, row: RepairRow) -> str:
        record = await RecordRepository(self._store).get(row["record"])
        return "" if record is None else str((await self._vault.open(record["sealed"]))["id"])

    async def _listed(self, rows: Sequence[RepairRow]) -> list[RepairCase]:
        """Applications as the queue shows them: listing them is no look at what people wrote."""
        asked = {asked_entity(row) for row in rows}
        offices = await SourceRepository(self._store).offices(asked)
        programs = await self._keys.owners_with(Kind.SOURCE, asked, Scope.REPAIR_RECORDS)
        return [self._case(row, offices.get(asked_entity(row)), asked_entity(row) in programs) for row in rows]

    def _case(self, row: RepairRow, office: OfficeRow | None, has_program: bool) -> RepairCase:
        today = day_of(self._clock())
        shown = application_view(self._scheme, row, {"words": ""}, today)
        return RepairCase(
            id=global_id("RepairCase", row["_id"]),
            key=row["_id"],
            application=None,
            number=row["number"],
            state=RepairState(row["state"]),
            subject=shown.subject,
            source=shown.source,
            applied_on=shown.applied_on,
            due_on=shown.due_on,
            working_days_left=shown.working_days_left,
            lapsed=row["lapsed"],
            has_program=has_program,
            office=None if office is None else office["office"],
            office_phone=None if office is None else office["phone"],
            revision=row["revision"],
            document_number=None,
            citizen_name=None,
            masked_id_number=None,
            answer=None,
            spoke_with=None,
            can_approve=False,
        )

    async def _full(self, actor: Principal, row: RepairRow) -> RepairCase:
        (case,) = await self._listed([row])
        content = cast(RepairContent, await self._vault.open(row["sealed"]))
        photos = await self._evidence.of_disputes([row["_id"]])
        today = day_of(self._clock())
        case.application = application_view(self._scheme, row, content, today, photos[row["_id"]])
        case.document_number = await self._number_of(row)
        case.answer, case.spoke_with = content.get("answer"), content.get("spoke_with")
        citizen = await CitizenRepository(self._store).get(row["citizen"])
        if citizen is not None:
            person = await self._vault.open(citizen["sealed"])
            case.citizen_name = identity.mask_name(person.get("name", ""))
            case.masked_id_number = Masked(identity.mask_id_number(person["id_number"]))
        if row["state"] == RepairState.PROPOSED.value:
            case.can_approve = await self._can_approve(actor, row)
        return case

    async def _can_approve(self, actor: Principal, row: RepairRow) -> bool:
        try:
            await self._refuse_same_eyes(self._store, actor, row)
        except Refused:
            return False
        return True

    @use_case("look")
    async def _log_looks(self, tx: Transaction, rows: Sequence[RepairRow]) -> None:
        for row in rows:
            await tx.audit(chain_of(row["citizen"]), AccessAction.REPAIR_READ.value, {"why": row["number"]}, look=True)


async def _get(within: Collections, repair_id: str) -> RepairRow:
    row = await RepairRepository(within).get(repair_id)
    if row is None:
        raise Refused(RefusalCode.NOT_FOUND)
    return row
