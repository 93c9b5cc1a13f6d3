"""The desk's side of a dispute: claim, ask, extend, decide, approve."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import uuid4

from schema.types.dispute import Case
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Principal
from scoring.deadlines import extended_due_on, lapsed
from scoring.disputes import Determination, DisputeAction, DisputeRole, Finding
from server.disputes.cases import Cases
from server.disputes.documents import checked_words, get_dispute, staff_words
from server.disputes.eyes import YOUR_ANSWER, YOUR_CASE, keep_hand, known_person, refuse_same_person, refuse_subject
from server.disputes.steps import case_chain, holder_role
from server.platform.core.changes import Change, Outcome
from server.platform.db import Document

Step = Callable[[Change, Document], Awaitable[object]]
_UNDECIDED: Document = {"determination": None, "proposer": None, "explained_at": None}


class DeskService(Cases):
    """Implements `schema.api.services.Desk`."""

    # Who holds a case

    async def claim(self, by: Principal, key: str, idempotency: str | None) -> Case:
        async def step(change: Change, document: Document) -> None:
            await self._refuse_excluded(change, document)
            if document["open"] and document["holder"] is not None:
                raise Refused(RefusalCode.CASE_TAKEN)
            await self._steps.take(change, document, DisputeAction.CLAIM, DisputeRole.AGENT, values={"holder": by.id})

        return await self._run(by, "claim", key, None, [key], idempotency, step)

    async def release(self, by: Principal, key: str, idempotency: str | None) -> Case:
        async def step(change: Change, document: Document) -> None:
            role = holder_role(document, by)
            await self._steps.take(change, document, DisputeAction.RELEASE, role, values={"holder": None})

        return await self._run(by, "release", key, None, [key], idempotency, step)

    async def take_over(self, by: Principal, key: str, version: int, reason: str, idempotency: str | None) -> Case:
        reason = staff_words(reason)

        async def step(change: Change, document: Document) -> None:
            await self._refuse_excluded(change, document)
            await self._refuse_own_case(change, document)
            role, values = holder_role(document, by), {"holder": by.id}
            await self._steps.take(change, document, DisputeAction.TAKE_OVER, role, values=values, words=reason)

        return await self._run(by, "take_over", key, version, [key, version, reason], idempotency, step)

    async def note(self, by: Principal, key: str, text: str, idempotency: str | None) -> Case:
        text = checked_words(text)

        async def step(change: Change, document: Document) -> None:
            citizen = await self._citizens.get(document["citizen"], change)
            note = {
                "_id": uuid4().hex,
                "case": key,
                "citizen": document["citizen"],
                "by": by.id,
                "at": change.now,
                "sealed": await self._vault.seal(citizen["key"], {"text": text}),
            }
            await change["case_notes"].insert_one(note)
            await change.audit(case_chain(key), "note.added")

        return await self._run(by, "note", key, None, [key, text], idempotency, step)

    # Finding out

    async def ask_citizen(self, by: Principal, key: str, version: int, question: str, idempotency: str | None) -> Case:
        question = staff_words(question)

        async def step(change: Change, document: Document) -> None:
            _refuse_late(document, change)
            values = {"asked_at": len(document["events"])}
            role = holder_role(document, by)
            await self._steps.take(change, document, DisputeAction.ASK, role, values=values, words=question)
            await self._tell(change, document, "dispute_asked", due=document["due_on"], question=question)

        return await self._run(by, "ask_citizen", key, version, [key, version, question], idempotency, step)

    async def ask_source(self, by: Principal, key: str, version: int, question: str, idempotency: str | None) -> Case:
        question = staff_words(question)

        async def step(change: Change, document: Document) -> None:
            _refuse_late(document, change)
            asked = {"asked_at": len(document["events"]), "finding": None, "answered_at": None, "by_telephone": False}
            role = holder_role(document, by)
            await self._steps.take(
                change, document, DisputeAction.ASK_SOURCE, role, values={"inquiry": asked}, words=question
            )

        return await self._run(by, "ask_source", key, version, [key, version, question], idempotency, step)

    async def log_call(
        self,
        by: Principal,
        key: str,
        version: int,
        spoke_with: str,
        finding: Finding,
        words: str,
        idempotency: str | None,
    ) -> Case:
        words = staff_words(f"{' '.join(spoke_with.split())[:50]}：{words.strip()}")

        async def step(change: Change, document: Document) -> None:
            role = holder_role(document, by)
            values = answered(document, finding, by_telephone=True)
            await self._steps.take(change, document, DisputeAction.ANSWER, role, values=values, words=words)

        request = [key, version, finding.value, words]
        return await self._run(by, "log_call", key, version, request, idempotency, step)

    async def extend(self, by: Principal, key: str, version: int, reason: str, idempotency: str | None) -> Case:
        reason = staff_words(reason)

        async def step(change: Change, document: Document) -> None:
            _refuse_late(document, change)
            due = extended_due_on(date.fromisoformat(document["started_on"])).isoformat()
            if document["extended"] or due <= document["due_on"]:
                raise Refused(RefusalCode.EXTENDED_ALREADY)
            role, values = holder_role(document, by), {"due_on": due, "extended": True}
            await self._steps.take(change, document, DisputeAction.EXTEND, role, values=values, words=reason)
            await self._tell(change, document, "dispute_extended", due=due, why=reason)

        return await self._run(by, "extend", key, version, [key, version, reason], idempotency, step)

    # Deciding

    async def decide(
        self,
        by: Principal,
        key: str,
        version: int,
        determination: Determination,
        explanation: str,
        idempotency: str | None,
    ) -> Case:
        explanation = staff_words(explanation)

        async def step(change: Change, document: Document) -> None:
            _refuse_late(document, change)
            proposed = {"determination": determination.value, "proposer": by.id}
            moved = await self._steps.take(
                change,
                document,
                DisputeAction.PROPOSE,
                holder_role(document, by),
                values={**proposed, "explained_at": len(document["events"])},
                words=explanation,
                determination=determination,
            )
            if not moved["open"]:
                await self._steps.resolve(change, moved, determination, lapsed=False)

        request = [key, version, determination.value, explanation]
        return await self._run(by, "decide", key, version, request, idempotency, step)

    async def reject(self, by: Principal, key: str, version: int, explanation: str, idempotency: str | None) -> Case:
        explanation = staff_words(explanation)

        async def step(change: Change, document: Document) -> None:
            _refuse_late(document, change)
            role, values = holder_role(document, by), {"explained_at": len(document["events"])}
            moved = await self._steps.take(
                change, document, DisputeAction.REJECT, role, values=values, words=explanation
            )
            await self._steps.reject(change, moved)
            await self._tell(change, document, "dispute_rejected", why=explanation, appealed=document["appealed"])

        return await self._run(by, "reject", key, version, [key, version, explanation], idempotency, step)

    async def approve(
        self, by: Principal, key: str, version: int, determination: Determination, idempotency: str | None
    ) -> Case:
        async def step(change: Change, document: Document) -> None:
            await self._refuse_same_eyes(by, document, change)
            _refuse_late(document, change)
            _refuse_another_outcome(document, determination)
            moved = await self._steps.take(change, document, DisputeAction.APPROVE, DisputeRole.APPROVER)
            await self._steps.resolve(change, moved, determination, lapsed=False)

        request = [key, version, determination.value]
        return await self._run(by, "approve", key, version, request, idempotency, step)

    async def send_back(self, by: Principal, key: str, version: int, explanation: str, idempotency: str | None) -> Case:
        explanation = checked_words(explanation)

        async def step(change: Change, document: Document) -> None:
            await self._refuse_same_eyes(by, document, change)
            role = DisputeRole.APPROVER
            await self._steps.take(change, document, DisputeAction.RETURN, role, values=_UNDECIDED, words=explanation)

        return await self._run(by, "send_back", key, version, [key, version, explanation], idempotency, step)

    # Parts

    async def _run(
        self,
        by: Principal,
        action: str,
        key: str,
        version: int | None,
        request: Any,
        idempotency: str | None,
        step: Step,
    ) -> Case:
        """One step in one transaction, by a known person whom the case is not about; then the case as it is."""

        async def body(change: Change) -> Outcome:
            document = await get_dispute(change, key, version)
            await refuse_subject(change, by, document)
            person = await known_person(change)
            await step(change, document)
            await keep_hand(change, key, person)
            return {}

        blind = self._vault.blind_text("asked", repr(request))  # most of them hold words about a citizen
        await self._changes.run(by, action, body, key=idempotency, request=blind)
        return await self.case(by, key)

    async def _refuse_excluded(self, change: Change, document: Document) -> None:
        """An appeal goes to people who had nothing to do with the case before."""
        excluded = document["excluded"]
        await refuse_same_person(change, change.by, document, excluded, YOUR_ANSWER)

    async def _refuse_own_case(self, change: Change, document: Document) -> None:
        """A case is not taken over from another account of one's own; from one of an unknown person it may be."""
        if document["holder"] in (None, change.by.id):
            return
        try:
            holder = [document["holder"]]
            await refuse_same_person(change, change.by, document, holder, YOUR_CASE)
        except Refused as refused:
            if refused.code is not RefusalCode.PERSON_UNKNOWN:
                raise

    async def _tell(self, change: Change, document: Document, notice: str, **data: str | bool) -> None:
        citizen = await self._citizens.get(document["citizen"], change)
        await self._citizens.notify(change, citizen, notice, {"number": document["number"], **data})


def answered(document: Document, finding: Finding, *, by_telephone: bool) -> Document:
    """What an inquiry becomes with its answer."""
    answer = {"finding": finding.value, "answered_at": len(document["events"]), "by_telephone": by_telephone}
    return {"inquiry": {**(document["inquiry"] or {}), **answer}}


def _refuse_another_outcome(document: Document, determination: Determination) -> None:
    """An approver approves what they saw, and nothing else."""
    if document["open"] and document["determination"] not in (None, determination.value):
        raise Refused(RefusalCode.OUTCOME_CHANGED, field="determination")


def _refuse_late(document: Document, change: Change) -> None:
    """After the deadline silence has decided already, whether or not a worker has come by."""
    if lapsed(date.fromisoformat(document["due_on"]), change.today):
        raise Refused(RefusalCode.DEADLINE_PASSED)
