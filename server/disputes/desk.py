"""The desk's side of a dispute: queue, case, claim, decide, approve."""

from __future__ import annotations

from datetime import date

from schema.connection import Connection, Page, connect, global_id
from schema.dispute import Case, QueueFilter
from schema.errors import RefusalCode, Refused
from schema.principal import Kind, Principal
from scoring import identity
from scoring.disputes import Determination, DisputeAction, DisputeRole, DisputeState, lapsed
from scoring.engine import assess
from server import views
from server.changes import Change, Outcome
from server.citizens import chain_of
from server.clock import day_of
from server.disputes.documents import checked_words, get_dispute, open_content
from server.disputes.steps import Steps, case_chain, holder_role
from server.disputes.views import dispute_view, with_texts
from server.evidence import EvidenceService
from server.mongo import Document
from server.parts import Parts


class DeskService:
    """Implements `schema.services.Desk`."""

    def __init__(self, parts: Parts, evidence: EvidenceService) -> None:
        self._parts = parts
        self._evidence = evidence
        self._steps = Steps(parts.vault, parts.citizens, parts.assessor)

    async def queue(self, by: Principal, part: QueueFilter, page: Page) -> Connection[Case]:
        query = self._queue_query(by, part)
        if page.after is not None:
            due, _, last = page.after.partition("|")
            query["$or"] = [{"due_on": {"$gt": due}}, {"due_on": due, "_id": {"$gt": last}}]
        found = self._parts.store["disputes"].find(query).sort([("due_on", 1), ("_id", 1)])
        rows = await found.limit(page.first + 1).to_list(None)
        cases = [self._case(by, row, None) for row in rows[: page.first]]
        return connect(cases, lambda c: f"{c.dispute.due_on}|{c.key}", page, has_next=len(rows) > page.first)

    async def case(self, by: Principal, key: str) -> Case:
        document = await get_dispute(self._parts.store, key)
        await self._log_look(by, document)
        return await self._full_case(by, document)

    async def claim(self, by: Principal, key: str, idempotency: str | None) -> Case:
        async def body(change: Change) -> Outcome:
            document = await get_dispute(self._parts.store, key, change)
            await self._refuse_subject(change, by, document)
            if by.id in document.get("excluded", ()):
                raise Refused(RefusalCode.FOUR_EYES)
            if document["open"] and document["holder"] is not None:
                raise Refused(RefusalCode.CASE_TAKEN)
            await self._steps.take(change, document, DisputeAction.CLAIM, DisputeRole.AGENT, values={"holder": by.id})
            return {}

        await self._parts.changes.run(by, "claim", body, key=idempotency, request=key)
        return await self.case(by, key)

    async def release(self, by: Principal, key: str, idempotency: str | None) -> Case:
        async def body(change: Change) -> Outcome:
            document = await get_dispute(self._parts.store, key, change)
            role = holder_role(document, by)
            await self._steps.take(change, document, DisputeAction.RELEASE, role, values={"holder": None})
            return {}

        await self._parts.changes.run(by, "release", body, key=idempotency, request=key)
        return await self.case(by, key)

    async def decide(
        self,
        by: Principal,
        key: str,
        version: int,
        determination: Determination,
        explanation: str,
        idempotency: str | None,
    ) -> Case:
        explanation = checked_words(explanation)

        async def body(change: Change) -> Outcome:
            document = await get_dispute(self._parts.store, key, change, version)
            await self._refuse_subject(change, by, document)
            _refuse_late(document, change)
            values = {
                "determination": determination.value,
                "proposer": by.id,
                "explained_at": len(document["events"]),
            }
            moved = await self._steps.take(
                change,
                document,
                DisputeAction.PROPOSE,
                holder_role(document, by),
                values=values,
                words=explanation,
                determination=determination,
            )
            if not moved["open"]:
                await self._steps.resolve(change, moved, determination, lapsed=False)
            return {}

        request = [key, version, determination.value, explanation]
        await self._parts.changes.run(by, "decide", body, key=idempotency, request=request)
        return await self.case(by, key)

    async def ask_citizen(self, by: Principal, key: str, version: int, question: str, idempotency: str | None) -> Case:
        question = checked_words(question)

        async def body(change: Change) -> Outcome:
            document = await get_dispute(self._parts.store, key, change, version)
            _refuse_late(document, change)
            values = {"asked_at": len(document["events"])}
            await self._steps.take(
                change, document, DisputeAction.ASK, holder_role(document, by), values=values, words=question
            )
            citizen = await self._parts.citizens.get(document["citizen"], change.session)
            told = {"number": document["number"], "due": document["due_on"], "question": question}
            await self._parts.citizens.notify(change, citizen, "dispute_asked", told)
            return {}

        request = [key, version, question]
        await self._parts.changes.run(by, "ask_citizen", body, key=idempotency, request=request)
        return await self.case(by, key)

    async def approve(self, by: Principal, key: str, version: int, idempotency: str | None) -> Case:
        async def body(change: Change) -> Outcome:
            document = await get_dispute(self._parts.store, key, change, version)
            await self._refuse_same_eyes(change, by, document)
            _refuse_late(document, change)
            moved = await self._steps.take(change, document, DisputeAction.APPROVE, DisputeRole.APPROVER)
            await self._steps.resolve(change, moved, Determination(moved["determination"]), lapsed=False)
            return {}

        await self._parts.changes.run(by, "approve", body, key=idempotency, request=[key, version])
        return await self.case(by, key)

    async def send_back(self, by: Principal, key: str, version: int, explanation: str, idempotency: str | None) -> Case:
        explanation = checked_words(explanation)

        async def body(change: Change) -> Outcome:
            document = await get_dispute(self._parts.store, key, change, version)
            await self._refuse_same_eyes(change, by, document)
            values = {"determination": None, "proposer": None, "explained_at": None}
            await self._steps.take(
                change,
                document,
                DisputeAction.RETURN,
                DisputeRole.APPROVER,
                values=values,
                words=explanation,
            )
            return {}

        request = [key, version, explanation]
        await self._parts.changes.run(by, "send_back", body, key=idempotency, request=request)
        return await self.case(by, key)

    def _queue_query(self, by: Principal, part: QueueFilter) -> Document:
        query: Document = {"open": True}
        if part is QueueFilter.UNASSIGNED:
            query["holder"] = None
        elif part is QueueFilter.MINE:
            query["holder"] = by.id
        elif part is QueueFilter.OVERDUE:
            query["due_on"] = {"$lt": day_of(self._parts.clock()).isoformat()}
        elif part is QueueFilter.TO_APPROVE:
            query |= {"state": DisputeState.PROPOSED.value, "proposer": {"$ne": by.id}}
        return query

    def _case(self, by: Principal, document: Document, content: Document | None) -> Case:
        """A case; in the queue without `content`, so that listing it is no look at what people wrote."""
        return Case(
            id=global_id("Case", document["_id"]),
            key=document["_id"],
            dispute=dispute_view(self._parts.scheme, document, content, day_of(self._parts.clock())),
            holder=document["holder"],
            held_by_me=document["holder"] == by.id,
            proposed_by_me=document["proposer"] == by.id,
            version=document["version"],
            record=None,
            citizen_name=None,
            score_now=None,
            score_with=None,
            score_without=None,
        )

    async def _full_case(self, by: Principal, document: Document) -> Case:
        """A case with the record and the score with and without it, by the one engine."""
        content = await open_content(self._parts.vault, document)
        case = self._case(by, document, content)
        case.dispute.evidence = (await self._evidence.of_disputes([document["_id"]]))[document["_id"]]
        with_texts(case.dispute, content)
        try:
            citizen = await self._parts.citizens.get(document["citizen"])
        except Refused:
            return case
        today: date = day_of(self._parts.clock())
        computed = await self._parts.assessor.compute(citizen, today)
        case.score_now = computed.statement.value
        case.citizen_name = identity.mask_name((await self._parts.vault.open(citizen["sealed"]))["name"])
        held = next((h for h in computed.held if h.key == document["record"]), None)
        if held is None:
            return case
        case.record = views.record_view(self._parts.scheme, held, computed.statement)
        others = [h.record for h in computed.held if h is not held]
        declined = frozenset(citizen["declined"])
        counting = views.undisputed(held.record)
        case.score_without = assess(self._parts.scheme, others, today, declined=declined).value
        case.score_with = assess(self._parts.scheme, [*others, counting], today, declined=declined).value
        return case

    async def _refuse_same_eyes(self, change: Change, by: Principal, document: Document) -> None:
        if by.kind is not Kind.APPROVER:
            raise Refused(RefusalCode.FORBIDDEN)
        if by.id in (document["proposer"], document["holder"], *document.get("excluded", ())):
            raise Refused(RefusalCode.FOUR_EYES)
        await self._refuse_subject(change, by, document)

    async def _refuse_subject(self, change: Change, by: Principal, document: Document) -> None:
        staff = await change["staff"].find_one({"_id": by.id}, session=change.session)
        subject = await change["citizens"].find_one(
            {"_id": document["citizen"]}, {"id_index": 1}, session=change.session
        )
        if staff is None or (subject and staff.get("id_index") == subject["id_index"]):
            raise Refused(RefusalCode.FOUR_EYES)

    async def _log_look(self, by: Principal, document: Document) -> None:
        async def body(change: Change) -> Outcome:
            why = {"why": document["number"]}
            await change.audit(chain_of(document["citizen"]), "case.viewed", why, look=True)
            await change.audit(case_chain(document["_id"]), "case.viewed")
            return {}

        await self._parts.changes.run(by, "look", body)


def _refuse_late(document: Document, change: Change) -> None:
    """After the deadline silence has decided already, whether or not a worker has come by."""
    if lapsed(date.fromisoformat(document["due_on"]), change.today):
        raise Refused(RefusalCode.DEADLINE_PASSED)
