"""The desk's side of a dispute: claim, ask, extend, decide, approve."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import date
from typing import Any, Concatenate, ParamSpec
from uuid import uuid4

from schema.types.dispute import Case
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Kind
from scoring.deadlines import extended_due_on, lapsed
from scoring.disputes import (
    FINDINGS,
    OUTCOMES,
    Determination,
    DisputeAction,
    DisputeReason,
    DisputeRole,
    DisputeTopic,
    Finding,
)
from server.disputes.attached import NoteRepository
from server.disputes.cases import Cases
from server.disputes.documents import checked_words, get_dispute, refuse_stale, staff_words
from server.disputes.eyes import (
    ESCALATED,
    YOUR_ANSWER,
    YOUR_CASE,
    keep_hand,
    known_person,
    refuse_same_person,
    refuse_subject,
)
from server.disputes.missing import likely
from server.disputes.model import DisputeRow, InquiryRow, NoteRow
from server.disputes.steps import asked_source, case_chain, holder_role, topic_of
from server.platform.core.unit_of_work import Transaction, use_case

P = ParamSpec("P")
_UNDECIDED: Mapping[str, object] = {"determination": None, "proposer": None, "explanation_event": None}


def case_step(
    action: str,
) -> Callable[
    [Callable[Concatenate[DeskService, Transaction, DisputeRow, P], Awaitable[None]]],
    Callable[Concatenate[DeskService, Caller, str, P], Coroutine[Any, Any, Case]],
]:
    """Make a step that gets a transaction and a case into a use case that gets a caller and the case's id.

    The caller is a known person whom the case is not about. They get the case as it is afterwards.
    """

    def decorate(
        step: Callable[Concatenate[DeskService, Transaction, DisputeRow, P], Awaitable[None]],
    ) -> Callable[Concatenate[DeskService, Caller, str, P], Coroutine[Any, Any, Case]]:
        @use_case(action)
        async def take(desk: DeskService, tx: Transaction, case_id: str, /, *args: P.args, **kwargs: P.kwargs) -> None:
            case = await get_dispute(tx, case_id)
            await refuse_subject(tx, tx.actor, case)
            person = await known_person(tx)
            await step(desk, tx, case, *args, **kwargs)
            await keep_hand(tx, case_id, person)

        @functools.wraps(step)
        async def run(desk: DeskService, caller: Caller, case_id: str, /, *args: P.args, **kwargs: P.kwargs) -> Case:
            await take(desk, caller, case_id, *args, **kwargs)
            return await desk.case(caller.principal, case_id)

        return run

    return decorate


class DeskService(Cases):
    """Implements `schema.api.services.Desk`."""

    # Who holds a case

    @case_step("claim")
    async def claim(self, tx: Transaction, case: DisputeRow) -> None:
        await self._refuse_excluded(tx, case)
        _refuse_agent(tx, case)
        if case["open"] and case["holder"] is not None:
            raise Refused(RefusalCode.CASE_TAKEN)
        await self._steps.take(tx, case, DisputeAction.CLAIM, DisputeRole.AGENT, values={"holder": tx.actor.id})

    @case_step("release")
    async def release(self, tx: Transaction, case: DisputeRow) -> None:
        role = holder_role(case, tx.actor)
        await self._steps.take(tx, case, DisputeAction.RELEASE, role, values={"holder": None})

    @case_step("take_over")
    async def take_over(self, tx: Transaction, case: DisputeRow, revision: int, explanation: str) -> None:
        explanation = staff_words(explanation, "explanation")
        refuse_stale(case, revision)
        await self._refuse_excluded(tx, case)
        _refuse_agent(tx, case)
        await self._refuse_own_case(tx, case)
        role = holder_role(case, tx.actor)
        values = {"holder": tx.actor.id}
        await self._steps.take(tx, case, DisputeAction.TAKE_OVER, role, values=values, words=explanation)

    @case_step("note")
    async def note(self, tx: Transaction, case: DisputeRow, text: str) -> None:
        text = checked_words(text, "text")
        citizen = await self._citizens.get(case["citizen"], tx)
        note: NoteRow = {
            "_id": uuid4().hex,
            "case": case["_id"],
            "citizen": case["citizen"],
            "by": tx.actor.id,
            "at": tx.now,
            "sealed": await self._vault.seal(citizen["key"], {"text": text}),
        }
        await NoteRepository(tx).insert(note)
        await tx.audit(case_chain(case["_id"]), "note.added")

    @case_step("refine")
    async def refine(self, tx: Transaction, case: DisputeRow, revision: int, reason: DisputeReason) -> None:
        refuse_stale(case, revision)
        if topic_of(case) is not DisputeTopic.RECORD:
            raise Refused(RefusalCode.NOT_FOR_TOPIC)
        role = holder_role(case, tx.actor)
        await self._steps.take(tx, case, DisputeAction.REFINE, role, values={"refined": reason.value})
        await self._tell(tx, case, "acted_for_you", what="reason", reason=reason.value)

    # Finding out

    @case_step("ask_citizen")
    async def ask_citizen(self, tx: Transaction, case: DisputeRow, revision: int, question: str) -> None:
        question = staff_words(question, "question")
        refuse_stale(case, revision)
        _refuse_late(case, tx)
        values = {"question_event": len(case["events"])}
        role = holder_role(case, tx.actor)
        await self._steps.take(tx, case, DisputeAction.ASK, role, values=values, words=question)
        await self._tell(tx, case, "dispute_asked", due=case["due_on"], question=question)

    @case_step("ask_source")
    async def ask_source(self, tx: Transaction, case: DisputeRow, revision: int, question: str) -> None:
        question = staff_words(question, "question")
        refuse_stale(case, revision)
        _refuse_late(case, tx)
        if topic_of(case) not in FINDINGS or asked_source(case) is None:
            raise Refused(RefusalCode.NOT_FOR_TOPIC)
        asked: InquiryRow = {
            "question_event": len(case["events"]),
            "finding": None,
            "answer_event": None,
            "by_telephone": False,
        }
        role = holder_role(case, tx.actor)
        await self._steps.take(tx, case, DisputeAction.ASK_SOURCE, role, values={"inquiry": asked}, words=question)

    @case_step("log_call")
    async def log_call(
        self, tx: Transaction, case: DisputeRow, revision: int, spoke_with: str, finding: Finding, words: str
    ) -> None:
        words = staff_words(f"{' '.join(spoke_with.split())[:50]}：{words.strip()}")
        refuse_stale(case, revision)
        refuse_other_finding(case, finding)
        role = holder_role(case, tx.actor)
        values = answered(case, finding, by_telephone=True)
        await self._steps.take(tx, case, DisputeAction.ANSWER, role, values=values, words=words)
        await self._tell(tx, case, "acted_for_you", what="call")

    @case_step("extend")
    async def extend(self, tx: Transaction, case: DisputeRow, revision: int, explanation: str) -> None:
        explanation = staff_words(explanation, "explanation")
        refuse_stale(case, revision)
        _refuse_late(case, tx)
        due = extended_due_on(date.fromisoformat(case["started_on"])).isoformat()
        if case["extended"] or due <= case["due_on"]:
            raise Refused(RefusalCode.EXTENDED_ALREADY)
        role = holder_role(case, tx.actor)
        values = {"due_on": due, "extended": True}
        await self._steps.take(tx, case, DisputeAction.EXTEND, role, values=values, words=explanation)
        if case["record"] is None:
            await self._tell(tx, case, "complaint_extended", due=due, why=explanation)
        else:
            await self._tell(tx, case, "dispute_extended", due=due, why=explanation)

    # Deciding

    @case_step("decide")
    async def decide(
        self, tx: Transaction, case: DisputeRow, revision: int, determination: Determination, explanation: str
    ) -> None:
        explanation = staff_words(explanation, "explanation")
        refuse_stale(case, revision)
        _refuse_late(case, tx)
        there = determination is not Determination.DELIVERED or await likely(tx, case)
        if determination not in OUTCOMES[topic_of(case)] or not there:
            raise Refused(RefusalCode.NOT_FOR_TOPIC, field="determination")
        proposed = {"determination": determination.value, "proposer": tx.actor.id}
        moved = await self._steps.take(
            tx,
            case,
            DisputeAction.PROPOSE,
            holder_role(case, tx.actor),
            values={**proposed, "explanation_event": len(case["events"])},
            words=explanation,
            determination=determination,
        )
        if not moved["open"]:
            await self._steps.resolve(tx, moved, determination, lapsed=False)

    @case_step("reject")
    async def reject(self, tx: Transaction, case: DisputeRow, revision: int, explanation: str) -> None:
        explanation = staff_words(explanation, "explanation")
        refuse_stale(case, revision)
        _refuse_late(case, tx)
        role = holder_role(case, tx.actor)
        values = {"explanation_event": len(case["events"])}
        moved = await self._steps.take(tx, case, DisputeAction.REJECT, role, values=values, words=explanation)
        value = await self._steps.reject(tx, moved)
        told: dict[str, str | bool | int | None] = {"why": explanation, "may_appeal": not case["appealed"]}
        if case["record"] is None:
            await self._tell(tx, case, "complaint_rejected", **told)
        else:
            await self._tell(tx, case, "dispute_rejected", **told, value=value)

    @case_step("approve")
    async def approve(self, tx: Transaction, case: DisputeRow, revision: int, determination: Determination) -> None:
        refuse_stale(case, revision)
        await self._refuse_same_eyes(tx.actor, case, tx)
        _refuse_late(case, tx)
        _refuse_another_outcome(case, determination)
        moved = await self._steps.take(tx, case, DisputeAction.APPROVE, DisputeRole.APPROVER)
        await self._steps.resolve(tx, moved, determination, lapsed=False)

    @case_step("retract")
    async def retract(self, tx: Transaction, case: DisputeRow, revision: int) -> None:
        refuse_stale(case, revision)
        role = holder_role(case, tx.actor)
        await self._steps.take(tx, case, DisputeAction.RETRACT, role, values=_UNDECIDED)

    @case_step("send_back")
    async def send_back(self, tx: Transaction, case: DisputeRow, revision: int, explanation: str) -> None:
        explanation = checked_words(explanation, "explanation")
        refuse_stale(case, revision)
        await self._refuse_same_eyes(tx.actor, case, tx)
        role = DisputeRole.APPROVER
        await self._steps.take(tx, case, DisputeAction.RETURN, role, values=_UNDECIDED, words=explanation)

    # Parts

    async def _refuse_excluded(self, tx: Transaction, document: DisputeRow) -> None:
        """An appeal goes to people who had nothing to do with the case before."""
        excluded = document["excluded"]
        await refuse_same_person(tx, tx.actor, document, excluded, YOUR_ANSWER)

    async def _refuse_own_case(self, tx: Transaction, document: DisputeRow) -> None:
        """A case is not taken over from another account of one's own; from one of an unknown person it may be."""
        if document["holder"] in (None, tx.actor.id):
            return
        try:
            holder = [document["holder"]]
            await refuse_same_person(tx, tx.actor, document, holder, YOUR_CASE)
        except Refused as refused:
            if refused.code is not RefusalCode.PERSON_UNKNOWN:
                raise

    async def _tell(self, tx: Transaction, document: DisputeRow, notice: str, **data: str | bool | int | None) -> None:
        citizen = await self._citizens.get(document["citizen"], tx)
        told = {"number": document["number"], **data}
        step = str(len(document["events"]))
        await self._citizens.notify(tx, citizen, notice, told, about=document["_id"], once=step)


def answered(case: DisputeRow, finding: Finding, *, by_telephone: bool) -> dict[str, InquiryRow]:
    """What an inquiry becomes with its answer; one by telephone needs no question in writing."""
    place = len(case["events"])
    asked = case["inquiry"]
    inquiry: InquiryRow = {
        "question_event": None if asked is None else asked["question_event"],
        "finding": finding.value,
        "answer_event": place,
        "by_telephone": by_telephone,
    }
    return {"inquiry": inquiry}


def refuse_other_finding(case: DisputeRow, finding: Finding) -> None:
    """A source answers what it was asked: about its record, or about one that is missing. Refused: NOT_FOR_TOPIC."""
    if finding not in FINDINGS.get(topic_of(case), ()):
        raise Refused(RefusalCode.NOT_FOR_TOPIC, field="finding")


def _refuse_agent(tx: Transaction, case: DisputeRow) -> None:
    """What was not answered in time is for a supervisor. Refused: FOUR_EYES."""
    if case.get("escalated", False) and tx.actor.kind is not Kind.APPROVER:
        raise Refused(RefusalCode.FOUR_EYES, why=ESCALATED)


def _refuse_another_outcome(document: DisputeRow, determination: Determination) -> None:
    """An approver approves what they saw, and nothing else."""
    if document["open"] and document["determination"] not in (None, determination.value):
        raise Refused(RefusalCode.OUTCOME_CHANGED, field="determination")


def _refuse_late(document: DisputeRow, tx: Transaction) -> None:
    """After the deadline silence has decided already, whether or not a worker has come by."""
    if lapsed(date.fromisoformat(document["due_on"]), tx.today):
        raise Refused(RefusalCode.DEADLINE_PASSED)
