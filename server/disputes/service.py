"""The citizen's side of a dispute, and the deadline that decides."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from pydantic import JsonValue

from schema.types.complaint import Complaint
from schema.types.connection import Connection, Page, connect
from schema.types.dispute import Dispute, DisputeLimits
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import CLOCK, Caller, Principal
from schema.types.score import AssessmentCause
from scoring.disputes import (
    PHOTOS_MAX,
    WORDS_MAX,
    Determination,
    DisputeAction,
    DisputeReason,
    DisputeRole,
    DisputeState,
    DisputeTopic,
    chosen_reason,
    refinement_of,
)
from scoring.records import Record
from scoring.statement import Statement, WithheldReason
from server.citizens.service import Citizens, chain_of
from server.disputes.check_codes import answer_of
from server.disputes.complaints import ComplaintService
from server.disputes.documents import citizen_words, get_dispute, open_content
from server.disputes.evidence import EvidenceService
from server.disputes.filing import new_case, staff_of, started
from server.disputes.letter import LetterService
from server.disputes.mapping import appealable, dispute_view
from server.disputes.model import DisputeContent, DisputeRow
from server.disputes.repository import DisputeRepository
from server.disputes.steps import Steps
from server.disputes.told import DecisionRead
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import Store
from server.platform.kit.clock import Clock, day_of
from server.records.model import ACTIVE, RecordRow
from server.records.repository import RecordRepository
from server.records.service import held_records
from server.scores.assessor import Assessor

log = logging.getLogger("egret.disputes")
_HELD_BACK = (WithheldReason.NOTICE_NOT_DUE, WithheldReason.OPTED_OUT, WithheldReason.NOT_FINAL)
"""Why a record does not count today, though it would."""
MOST_WITHDRAWN = 2
"""After so many withdrawals a record is no longer neutral by filing again; a person can still be asked."""


class DisputeService(FollowsScheme):
    """Implements `schema.api.services.Disputes`."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        scheme: SchemeInForce,
        clock: Clock,
        unit_of_work: UnitOfWork,
        citizens: Citizens,
        assessor: Assessor,
        evidence: EvidenceService,
        letters: LetterService,
        steps: Steps,
        complaints: ComplaintService,
        decision_read: DecisionRead,
    ) -> None:
        self._store = store
        self._disputes = DisputeRepository(store)
        self._vault = vault
        self._in_force = scheme
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._assessor = assessor
        self._evidence = evidence
        self._letters = letters
        self._steps = steps
        self._complaints = complaints
        self._decision_read = decision_read

    # The citizen

    async def open(
        self, caller: Caller, record_id: str, reason: DisputeReason, words: str, photos: Sequence[str]
    ) -> Dispute:
        words = citizen_words(words)
        dispute_id = await self._open(caller, record_id, reason, words, list(photos))
        return await self.one(caller.principal, dispute_id)

    @use_case("open_dispute", duplicate=RefusalCode.CONFLICT)
    async def _open(
        self, tx: Transaction, record_id: str, reason: DisputeReason, words: str, photos: Sequence[str]
    ) -> str:
        citizen = await self._citizens.get(tx.actor.id, tx)
        everything = await held_records(tx, self._vault, tx.actor.id)
        held = next((h for h in everything if h.key == record_id), None)
        if held is None:
            raise Refused(RefusalCode.NOT_FOUND, field="recordId")
        record = await RecordRepository(tx).get(record_id)
        if record is None:
            raise Refused(RefusalCode.NOT_FOUND, field="recordId")
        await self._refuse_second(tx, tx.actor.id, record)
        content: DisputeContent = {"words": words, "texts": {}}
        disputes = DisputeRepository(tx)
        refined = refinement_of(reason)
        points = self._points_of(held.record)
        if self._assessor.may_assess(citizen, tx.today):
            points = self._points_at_stake(self._assessor.assess(citizen, everything, tx.today), held.record)
        dispute: DisputeRow = {
            **new_case(tx, await disputes.next_number(tx.today.year), await self._vault.seal(citizen["key"], content)),
            "subject": {"kind": DisputeTopic.RECORD.value},
            "record": record_id,
            "record_version": record["version"],
            "source": held.record.source,
            "reporter": record["reporter"],
            "rule": held.record.rule,
            "points": points,
            "reason": chosen_reason(reason).value,
            "refined": None if refined is None else refined.value,
        }
        await disputes.insert(dispute)
        await self._evidence.attach(tx, tx.actor.id, dispute["_id"], photos)
        await RecordRepository(tx).mark_disputed(record_id, dispute["_id"])
        await self._assessor.reassess(tx, citizen, AssessmentCause.DISPUTE)
        await tx.audit(chain_of(tx.actor.id), "dispute.filed", {"number": dispute["number"]})
        if tx.actor.contact is None or tx.actor.contact.channel != "wechat":  # the chat says so itself
            accepted: dict[str, JsonValue] = {"number": dispute["number"], "due": dispute["due_on"]}
            await self._citizens.notify(tx, citizen, "dispute_accepted", accepted, about=dispute["_id"])
        return dispute["_id"]

    def limits(self) -> DisputeLimits:
        return DisputeLimits(most_characters=WORDS_MAX, most_photos=PHOTOS_MAX, today=day_of(self._clock()))

    async def complain(self, caller: Caller, complaint: Complaint, words: str, photos: Sequence[str]) -> Dispute:
        return await self.one(caller.principal, await self._complaints.open(caller, complaint, words, photos))

    async def settle_delivered(self, citizen_id: str, arrived: Sequence[str]) -> None:
        """As `server.disputes.complaints`."""
        await self._complaints.settle_delivered(citizen_id, arrived)

    async def supply(self, caller: Caller, dispute_id: str, words: str, photos: Sequence[str]) -> Dispute:
        await self._supply(caller, dispute_id, citizen_words(words), list(photos))
        return await self.one(caller.principal, dispute_id)

    @use_case("supply_dispute")
    async def _supply(self, tx: Transaction, dispute_id: str, words: str, photos: Sequence[str]) -> None:
        document = await self._own(tx.actor, dispute_id, tx)
        if document["open"] and document["state"] != DisputeState.AWAITING_CITIZEN.value:
            raise Refused(RefusalCode.NOTHING_ASKED)
        await self._evidence.attach(tx, tx.actor.id, dispute_id, photos)
        await self._steps.take(
            tx, document, DisputeAction.SUPPLY, DisputeRole.CITIZEN, values={"question_event": None}, words=words
        )

    async def appeal(self, caller: Caller, dispute_id: str, words: str) -> Dispute:
        await self._appeal(caller, dispute_id, citizen_words(words))
        return await self.one(caller.principal, dispute_id)

    @use_case("appeal_dispute", duplicate=RefusalCode.NO_APPEAL)  # a newer dispute about the same record is open
    async def _appeal(self, tx: Transaction, dispute_id: str, words: str) -> None:
        document = await self._own(tx.actor, dispute_id, tx)
        if not appealable(document, tx.today):
            raise Refused(RefusalCode.NO_APPEAL)
        if document["record"] is not None:
            record = await RecordRepository(tx).get(document["record"])
            if record is None or record["status"] != ACTIVE:
                raise Refused(RefusalCode.NO_APPEAL)
        staff = await staff_of(tx, document)
        values = {
            "appealed": True,
            "first": answer_of(document),
            "excluded": sorted({*document["excluded"], *staff}),
            "escalated": False,
            "holder": None,
            "proposer": None,
            "determination": None,
            "explanation_event": None,
            "ended_on": None,
            "told_on": None,
            "told_by": None,
            "inquiry": None,
            **started(tx.today),
        }
        await self._steps.take(tx, document, DisputeAction.APPEAL, DisputeRole.CITIZEN, values=values, words=words)
        await self._steps.mark(tx, document)
        await tx.audit(chain_of(tx.actor.id), "dispute.appealed", {"number": document["number"]})

    async def withdraw(self, caller: Caller, dispute_id: str) -> Dispute:
        await self._withdraw(caller, dispute_id)
        return await self.one(caller.principal, dispute_id)

    @use_case("withdraw_dispute")
    async def _withdraw(self, tx: Transaction, dispute_id: str) -> None:
        document = await self._own(tx.actor, dispute_id, tx)
        await self._steps.take(tx, document, DisputeAction.WITHDRAW, DisputeRole.CITIZEN)
        await self._steps.unmark(tx, document)

    async def mine(self, actor: Principal, page: Page) -> Connection[Dispute]:
        before = None if page.after is None else page.moment()
        rows = await self._disputes.page_of(actor.id, page.first + 1, before)
        items = await self._views(actor.id, rows[: page.first])
        count = partial(self._disputes.count_of, actor.id)
        return connect(items, lambda d: d.filed_at.isoformat(), page, has_next=len(rows) > page.first, count=count)

    async def one(self, actor: Principal, dispute_id: str) -> Dispute:
        (view,) = await self._views(actor.id, [await self._own(actor, dispute_id)])
        return view

    async def about(self, actor: Principal, records: Sequence[str]) -> dict[str, Dispute]:
        newest = {row["record"]: row for row in await self._disputes.about(actor.id, records)}
        views = await self._views(actor.id, list(newest.values()))
        return {view.record_key: view for view in views if view.record_key is not None}

    # Time

    async def lapse_overdue(self) -> int:
        """Decide every overdue dispute for the citizen, or let a supervisor have it; returns how many."""
        today = day_of(self._clock()).isoformat()
        count = 0
        for dispute_id in await self._disputes.overdue(today):
            try:
                count += await self._lapse(Caller(CLOCK), dispute_id, today)
            except Exception as error:
                log.error("dispute %s did not lapse: %s", dispute_id, type(error).__name__)
        return count

    @use_case("lapse")
    async def _lapse(self, tx: Transaction, dispute_id: str, today: str) -> bool:
        document = await get_dispute(tx, dispute_id)
        if not document["open"] or document["due_on"] >= today:
            return False
        on_record = document["record"] is not None
        if not on_record and not document.get("escalated", False):
            await self._steps.escalate(tx, document)
            return True
        determination = Determination.UNVERIFIABLE if on_record else Determination.UNANSWERED
        moved = await self._steps.take(
            tx,
            document,
            DisputeAction.LAPSE,
            DisputeRole.CLOCK,
            values={"determination": determination.value, "lapsed": True, "explanation_event": None},
        )
        await self._steps.resolve(tx, moved, determination, lapsed=True)
        return True

    # Reading

    async def _own(self, actor: Principal, dispute_id: str, tx: Transaction | None = None) -> DisputeRow:
        document = await get_dispute(tx or self._store, dispute_id)
        if document["citizen"] != actor.id:
            raise Refused(RefusalCode.NOT_FOUND)
        return document

    async def _views(self, citizen: str, documents: Sequence[DisputeRow]) -> list[Dispute]:
        """What a citizen sees of their disputes; that they see a decision is kept, for its appeal runs from then."""
        now = self._clock()
        await self._decision_read.note(documents, now)
        photos = await self._evidence.of_disputes([document["_id"] for document in documents], citizen)
        today = day_of(now)
        return [
            dispute_view(
                self._scheme,
                document,
                await open_content(self._vault, document),
                today,
                photos[document["_id"]],
                self._letters.addresses(document),
            )
            for document in documents
        ]

    def _points_at_stake(self, statement: Statement, record: Record) -> int:
        """What the record gives, or would give if it were not held back for now; 0 when it has no effect."""
        ref = (record.source, record.id)
        if any((w.source, w.record) == ref and w.reason in _HELD_BACK for w in statement.withheld):
            return self._points_of(record)
        return sum(x.points for x in statement.lines if (x.source, x.record) == ref)

    def _points_of(self, record: Record) -> int:
        """What the record's rule gives, whatever it does to a score."""
        rule = self._scheme.rules_by_code.get(record.rule)
        points = None if rule is None else rule.points_on(record.occurred_on)
        return points.value if points else 0

    # Refusing

    @staticmethod
    async def _refuse_second(tx: Transaction, citizen_id: str, record: RecordRow) -> None:
        """Refuse where one is open, or this version of the record was decided on or withdrawn often."""
        disputes = DisputeRepository(tx)
        record_id, version = record["_id"], record["version"]
        earlier = await disputes.open_about(record_id, citizen_id)
        if earlier is not None:
            raise Refused(RefusalCode.DISPUTE_OPEN, field="recordId", number=earlier["number"], dispute=earlier["_id"])
        decided = await disputes.decided_about(citizen_id, record_id, version)
        if decided is not None:
            raise Refused(
                RefusalCode.DISPUTE_DECIDED, field="recordId", number=decided["number"], dispute=decided["_id"]
            )
        if await disputes.count_withdrawn(citizen_id, record_id, version) >= MOST_WITHDRAWN:
            raise Refused(RefusalCode.DISPUTE_WITHDRAWN_OFTEN, field="recordId", most=MOST_WITHDRAWN)
