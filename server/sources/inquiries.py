"""The reporting entity's side of a dispute: what it is asked about its own records, and its answer.

It sees the reason, the citizen's own words and the evidence, and never who the citizen is beyond its own document. Of
a record that is missing it has no document: there it sees name and ID number, as the citizen was told before filing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

from schema.types.connection import Connection, Page, connect, global_id
from schema.types.dispute import SourceInquiry
from schema.types.enrolment import AccessAction
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Principal
from scoring.disputes import DisputeAction, DisputeRole, DisputeState, Finding
from server.citizens.repository import CitizenRepository
from server.citizens.service import chain_of
from server.disputes.desk import answered, refuse_other_finding
from server.disputes.documents import checked_words, get_dispute
from server.disputes.evidence import EvidenceService
from server.disputes.mapping import reason_of, subject_of, subject_text
from server.disputes.model import DisputeRow
from server.disputes.repository import DisputeRepository
from server.disputes.steps import Steps, asked_source, topic_of
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import Document, Store
from server.records.repository import RecordRepository
from server.sources.register import SourceRegister


class InquiryService(FollowsScheme):
    """Implements `schema.api.services.Inquiries`."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        scheme: SchemeInForce,
        unit_of_work: UnitOfWork,
        evidence: EvidenceService,
        register: SourceRegister,
        steps: Steps,
    ) -> None:
        self._store = store
        self._vault = vault
        self._in_force = scheme
        self._unit_of_work = unit_of_work
        self._evidence = evidence
        self._register = register
        self._steps = steps

    async def open(self, actor: Principal, page: Page) -> Connection[SourceInquiry]:
        await self._register.entity(actor)
        disputes = DisputeRepository(self._store)
        rows = await disputes.waiting_for_source(actor.id, page.first + 1, page.after)
        shown = rows[: page.first]
        if shown:
            await self._log_looks(Caller(actor), shown)
        items = [await self._view(row) for row in shown]
        count = partial(disputes.count_waiting_for_source, actor.id)
        return connect(items, lambda i: i.key, page, has_next=len(rows) > page.first, count=count)

    async def one(self, actor: Principal, dispute_id: str) -> SourceInquiry:
        await self._register.entity(actor)
        row = await get_dispute(self._store, dispute_id)
        if asked_source(row) != actor.id or row["state"] != DisputeState.AWAITING_SOURCE.value:
            raise Refused(RefusalCode.NOT_FOUND)
        await self._log_looks(Caller(actor), [row])
        return await self._view(row)

    async def answer(self, caller: Caller, dispute_id: str, finding: Finding, words: str) -> bool:
        words = checked_words(words)
        await self._register.entity(caller.principal)
        await self._answer(caller, dispute_id, finding, words)
        return True

    @use_case("answer_inquiry")
    async def _answer(self, tx: Transaction, dispute_id: str, finding: Finding, words: str) -> None:
        document = await get_dispute(tx, dispute_id)
        if asked_source(document) != tx.actor.id:
            raise Refused(RefusalCode.NOT_FOUND)
        if document["state"] != DisputeState.AWAITING_SOURCE.value:
            raise Refused(RefusalCode.NOTHING_ASKED)
        refuse_other_finding(document, finding)
        values = answered(document, finding, by_telephone=False)
        await self._steps.take(tx, document, DisputeAction.ANSWER, DisputeRole.SOURCE, values=values, words=words)

    async def _view(self, document: DisputeRow) -> SourceInquiry:
        content = await self._vault.open(document["sealed"])
        inquiry = document["inquiry"]
        key, day = document["record"], subject_of(document).get("day")
        record = None if key is None else await RecordRepository(self._store).get(key)
        number = "" if record is None else (await self._vault.open(record["sealed"]))["id"]
        person = await self._person(document) if key is None else None
        photos = await self._evidence.of_disputes([document["_id"]])
        return SourceInquiry(
            id=global_id("SourceInquiry", document["_id"]),
            key=document["_id"],
            number=document["number"],
            topic=topic_of(document),
            document_number=number,
            citizen_name=None if person is None else person["name"],
            id_number=None if person is None else person["id_number"],
            concerns_on=None if day is None else date.fromisoformat(day),
            subject=subject_text(self._scheme, document),
            reason=reason_of(document),
            words=content["words"],
            question=content["texts"].get(str(inquiry["question_event"]), "") if inquiry else "",
            due_on=date.fromisoformat(document["due_on"]),
            evidence=photos[document["_id"]],
        )

    async def _person(self, document: DisputeRow) -> Document | None:
        """Whose record is missing: without a name and a number its source cannot look for it. The look is logged."""
        citizen = await CitizenRepository(self._store).get(document["citizen"])
        return None if citizen is None else await self._vault.open(citizen["sealed"])

    @use_case("look")
    async def _log_looks(self, tx: Transaction, rows: Sequence[DisputeRow]) -> None:
        for row in rows:
            await tx.audit(chain_of(row["citizen"]), AccessAction.INQUIRY_READ.value, {"why": row["number"]}, look=True)
