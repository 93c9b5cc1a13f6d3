"""Reading cases at the desk: the queue, one case, searching. Every look at a person is logged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

from schema.types.connection import Connection, Page, connect, global_id
from schema.types.dispute import Case, CaseNote, QueueFilter
from schema.types.enrolment import AccessAction
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Kind, Principal
from schema.types.scalars import Masked
from scoring import identity
from scoring.deadlines import extended_due_on
from scoring.disputes import FINDINGS, OUTCOMES, DisputeState, DisputeTopic
from server.citizens.service import Citizens, chain_of
from server.disputes.attached import EvidenceRepository, NoteRepository
from server.disputes.case_records import CaseRecords
from server.disputes.documents import get_dispute, open_content
from server.disputes.evidence import EvidenceService
from server.disputes.eyes import YOUR_PROPOSAL, accounts_of_person, refuse_same_person, refuse_subject
from server.disputes.finding import CaseFinder
from server.disputes.mapping import (
    came_back,
    dispute_view,
    inquiry_view,
    proposal_view,
    related_view,
    with_texts,
)
from server.disputes.model import DisputeContent, DisputeRow
from server.disputes.order import QueuePlace
from server.disputes.repository import DisputeRepository
from server.disputes.repository import came_back as came_back_query
from server.disputes.steps import Steps, case_chain, topic_of
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import Collections, Query, Store
from server.platform.kit.clock import Clock, day_of
from server.scores.assessor import Assessor

_MOST_FOUND = 50
_MOST_RELATED = 5


class Cases(FollowsScheme):
    """What the desk can read; `DeskService` adds what it can do."""

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
        steps: Steps,
    ) -> None:
        self._store = store
        self._disputes = DisputeRepository(store)
        self._vault = vault
        self._in_force = scheme
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._records = CaseRecords(store, scheme, clock, assessor)
        self._evidence = evidence
        self._steps = steps
        self._finder = CaseFinder(store, vault, citizens)

    async def queue(
        self, actor: Principal, part: QueueFilter, page: Page, topic: DisputeTopic | None = None
    ) -> Connection[Case]:
        query = await self._queue_query(actor, part)
        if topic is not None:
            query = {**query, "subject.kind": topic.value}
        rows = await self._disputes.queue(query, page.first + 1, QueuePlace.after(page))
        return connect(
            await self._listed(actor, rows[: page.first]),
            lambda c: QueuePlace(c.dispute.due_on.isoformat(), c.dispute.filed_at, c.dispute.number).cursor,
            page,
            has_next=len(rows) > page.first,
            count=partial(self._disputes.count, query),
        )

    async def listed(self, actor: Principal, case_id: str) -> Case:
        (case,) = await self._listed(actor, [await get_dispute(self._store, case_id)])
        return case

    async def case(self, actor: Principal, case_id: str) -> Case:
        document = await get_dispute(self._store, case_id)
        await refuse_subject(self._store, actor, document)
        await self._log_look(Caller(actor), document)
        return await self._full_case(actor, document)

    async def changes(self, actor: Principal, case_id: str) -> int:
        return await self._changes(await get_dispute(self._store, case_id))

    async def _changes(self, document: DisputeRow) -> int:
        key = document["_id"]
        return document["revision"] + (await NoteRepository(self._store).count_of_cases([key]))[key]

    async def search(self, actor: Principal, text: str) -> tuple[list[Case], bool]:
        """Newest first, and whether there are more. The search itself is logged."""
        kind, query = await self._finder.query(text, day_of(self._clock()))
        rows = [] if query is None else await self._disputes.newest(query, _MOST_FOUND + 1)
        shown = rows[:_MOST_FOUND]
        await self._log_search(Caller(actor), kind, shown)
        return await self._listed(actor, shown), len(rows) > len(shown)

    @use_case("search")
    async def _log_search(self, tx: Transaction, kind: str, rows: Sequence[DisputeRow]) -> None:
        await tx.audit(f"desk:{tx.actor.id}", "cases.searched", {"by": kind, "found": len(rows)})
        for citizen in sorted({row["citizen"] for row in rows}):
            await tx.audit(chain_of(citizen), AccessAction.CASE_SEARCHED.value, {"why": kind}, look=True)

    async def _listed(self, actor: Principal, rows: Sequence[DisputeRow]) -> list[Case]:
        """Cases without what people wrote, so that listing them is no look."""
        mine = await self._mine(actor, rows)
        keys = [row["_id"] for row in rows]
        photos = await EvidenceRepository(self._store).count_of_disputes(keys)
        notes = await NoteRepository(self._store).count_of_cases(keys)
        cases = [self._case(actor, row, None, mine) for row in rows]
        for case in cases:
            case.photos = photos[case.key]
            case.changes += notes[case.key]
        return cases

    async def _mine(self, actor: Principal, rows: Sequence[DisputeRow]) -> frozenset[str]:
        """The accounts of the person who asks, if one of these cases was proposed by another account."""
        if all(row["proposer"] in (None, actor.id) for row in rows):
            return frozenset({actor.id})
        return await accounts_of_person(self._store, actor.id)

    async def _queue_query(self, actor: Principal, part: QueueFilter) -> Query:
        query: dict[str, object] = {"open": True}
        if part is QueueFilter.UNASSIGNED:
            query["holder"] = None
        elif part is QueueFilter.MINE:
            query["holder"] = actor.id
        elif part is QueueFilter.ESCALATED:
            query["escalated"] = True
        elif part is QueueFilter.CAME_BACK:
            query |= {"holder": actor.id, **came_back_query()}
        elif part is QueueFilter.OVERDUE:
            query["due_on"] = {"$lt": day_of(self._clock()).isoformat()}
        elif part is QueueFilter.TO_APPROVE:
            others = {"$nin": sorted(await accounts_of_person(self._store, actor.id))}
            query |= {"state": DisputeState.PROPOSED.value, "proposer": others, "excluded": others}
        return query

    def _case(
        self, actor: Principal, document: DisputeRow, content: DisputeContent | None, mine: frozenset[str]
    ) -> Case:
        """A case as far as its own document knows it."""
        started = date.fromisoformat(document["started_on"])
        longer = extended_due_on(started).isoformat() > document["due_on"]
        return Case(
            id=global_id("Case", document["_id"]),
            key=document["_id"],
            dispute=dispute_view(self._scheme, document, content, day_of(self._clock())),
            holder=document["holder"],
            held_by_me=document["holder"] == actor.id,
            proposed_by_me=document["proposer"] in mine,
            revision=document["revision"],
            changes=document["revision"],
            came_back=came_back(document),
            photos=0,
            can_extend=longer and not document["extended"],
            inquiry=inquiry_view(document, content["texts"] if content else {}),
            record=None,
            recomputation=None,
            candidates=[],
            outcomes=list(OUTCOMES[topic_of(document)]),
            findings=list(FINDINGS.get(topic_of(document), ())),
            citizen_name=None,
            masked_id_number=None,
            score_now=None,
            score_with=None,
            score_without=None,
            comparison=[],
            notes=[],
            proposal=None,
            same_citizen=[],
            same_source=[],
        )

    async def _full_case(self, actor: Principal, document: DisputeRow) -> Case:
        """A case with the record and the score with and without it, by the one engine."""
        content = await open_content(self._vault, document)
        case = self._case(actor, document, content, await self._mine(actor, [document]))
        case.dispute.evidence = (await self._evidence.of_disputes([document["_id"]]))[document["_id"]]
        case.photos = len(case.dispute.evidence)
        case.changes = await self._changes(document)
        await self._add_related(case, document)
        with_texts(case.dispute, content)
        effect = content.get("effect") if content and not document["open"] else None
        if effect is not None:  # as it was decided
            case.score_now, case.score_with, case.score_without = effect["now"], effect["with"], effect["without"]
        try:
            citizen = await self._citizens.get(document["citizen"])
        except Refused:
            return case
        person = await self._vault.open(citizen["sealed"])
        case.citizen_name = identity.mask_name(person["name"])
        case.masked_id_number = Masked(identity.mask_id_number(person["id_number"]))
        case.notes = await self._notes(document["_id"])
        views = await self._records.add(case, document, citizen, undecided=effect is None)
        if document["state"] == DisputeState.PROPOSED.value:
            can_approve = await self._can_approve(actor, document)
            case.proposal = proposal_view(document, content, case, can_approve=can_approve)
            if case.proposal is not None and case.proposal.changes_record:
                case.proposal.also_ends = views(await self._records.ending_too(document))
        return case

    async def _add_related(self, case: Case, document: DisputeRow) -> None:
        """What else this person disputes, and what else is disputed of this source."""
        same_citizen = await self._disputes.others_of(document, _MOST_RELATED)
        same_source = await self._disputes.others_of_source(document, _MOST_RELATED)
        case.same_citizen = [related_view(self._scheme, row) for row in same_citizen]
        case.same_source = [related_view(self._scheme, row) for row in same_source]

    async def _notes(self, key: str) -> list[CaseNote]:
        rows = await NoteRepository(self._store).of_case(key)
        opened = [(row, await self._vault.open(row["sealed"])) for row in rows]
        return [CaseNote(at=row["at"], author=row["by"], text=content["text"]) for row, content in opened]

    async def _can_approve(self, actor: Principal, document: DisputeRow) -> bool:
        try:
            await self._refuse_same_eyes(actor, document)
        except Refused:
            return False
        return True

    async def _refuse_same_eyes(
        self, actor: Principal, document: DisputeRow, within: Collections | None = None
    ) -> None:
        """Only another person approves or returns. Refused: FORBIDDEN, FOUR_EYES, PERSON_UNKNOWN."""
        if actor.kind is not Kind.APPROVER:
            raise Refused(RefusalCode.FORBIDDEN)
        others = (document["proposer"], document["holder"], *document["excluded"])
        await refuse_same_person(within or self._store, actor, document, others, YOUR_PROPOSAL)

    @use_case("look")
    async def _log_look(self, tx: Transaction, document: DisputeRow) -> None:
        await tx.audit(
            chain_of(document["citizen"]), AccessAction.CASE_VIEWED.value, {"why": document["number"]}, look=True
        )
        await tx.audit(case_chain(document["_id"]), "case.viewed")
