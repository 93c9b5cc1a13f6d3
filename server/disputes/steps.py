"""One step of a dispute inside a transaction: state machine, version, event, record, score."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pydantic import JsonValue

from schema.types.connection import global_id
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Kind, Principal
from schema.types.score import AssessmentCause
from schema.types.webhook import WebhookEventType
from scoring.disputes import (
    CHANGES_RECORD,
    OPEN_STATES,
    Determination,
    DisputeAction,
    DisputeReason,
    DisputeRole,
    DisputeState,
    DisputeTopic,
    IllegalTransitionError,
    move,
    stands,
)
from scoring.statement import Statement
from server.citizens.model import CitizenRow
from server.citizens.service import Citizens, chain_of
from server.disputes.filing import started
from server.disputes.model import DisputeRow, EventRow
from server.disputes.repository import DisputeRepository
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction
from server.platform.crypto.vault import Vault
from server.platform.db import Sealed
from server.platform.webhooks.publishing import Publisher
from server.records.model import ANNULLED, AWAITING_CORRECTION, BY_TWIN, owner_of
from server.records.repository import RecordRepository
from server.records.twins import ending_with
from server.scores.assessor import Assessor, Computed, Effect


def case_chain(dispute_id: str) -> str:
    """The audit chain of a case."""
    return f"case:{dispute_id}"


class Steps(FollowsScheme):
    """Applies actions to disputes and their records."""

    def __init__(
        self, vault: Vault, scheme: SchemeInForce, citizens: Citizens, assessor: Assessor, publisher: Publisher
    ) -> None:
        self._vault = vault
        self._in_force = scheme
        self._citizens = citizens
        self._assessor = assessor
        self._publisher = publisher

    async def take(
        self,
        tx: Transaction,
        dispute: DisputeRow,
        action: DisputeAction,
        role: DisputeRole,
        *,
        values: Mapping[str, object] | None = None,
        words: str | None = None,
        determination: Determination | None = None,
    ) -> DisputeRow:
        """Move a dispute; compare-and-set on its version. Raises Refused."""
        try:
            state = move(DisputeState(dispute["state"]), action, role, determination)
        except IllegalTransitionError:
            raise Refused(_refusal_of(dispute)) from None
        sealed = dispute["sealed"]
        if words is not None:
            sealed = await self._add_words(tx, dispute, words)
        event: EventRow = {"at": tx.now, "action": action.value, "by": role.value, "actor": tx.actor.id}
        update = {
            **(values or {}),
            "state": state.value,
            "open": state in OPEN_STATES,
            "sealed": sealed,
        }
        if state not in OPEN_STATES:
            update["ended_on"] = tx.today.isoformat()
        moved = await DisputeRepository(tx).move(dispute, update, event)
        if moved is None:
            raise Refused(RefusalCode.CONFLICT)
        await tx.audit(case_chain(dispute["_id"]), f"dispute.{action.value}", {"state": state.value})
        await self.tell_source(tx, dispute, moved)
        return moved

    async def tell_source(self, tx: Transaction, before: DisputeRow, now: DisputeRow) -> None:
        """An inquiry began, or is over: its source is told, so that it answers in time and not in vain."""
        awaited, awaits = (row["state"] == DisputeState.AWAITING_SOURCE.value for row in (before, now))
        if awaited == awaits:
            return
        event_type = WebhookEventType.INQUIRY_OPENED if awaits else WebhookEventType.INQUIRY_CLOSED
        source = asked_source(now)
        if source is None:
            return
        inquiry_id = str(global_id("SourceInquiry", now["_id"]))
        inquiry: dict[str, JsonValue] = {"id": inquiry_id, "number": now["number"], "dueOn": now["due_on"]}
        await self._publisher.publish(tx, Kind.SOURCE, source, event_type, {"inquiry": inquiry})

    async def resolve(
        self, tx: Transaction, dispute: DisputeRow, determination: Determination, *, lapsed: bool
    ) -> None:
        """Carry out a determination: the record, the score, and a word to the citizen."""
        citizen = await self._citizens.get(dispute["citizen"], tx)
        data: dict[str, JsonValue] = {"number": dispute["number"], "determination": determination.value}
        content = await self._vault.open(dispute["sealed"])
        data["why"] = content["texts"].get(str(dispute["explanation_event"]))
        stays = stands(DisputeState(dispute["state"]), determination)
        data["may_appeal"] = stays and not dispute["appealed"] and not lapsed
        about, step = dispute["_id"], str(len(dispute["events"]))
        if dispute["record"] is None:
            data["topic"] = topic_of(dispute).value
            await self._citizens.notify(tx, citizen, "complaint_answered", data, about=about, once=step)
        else:
            value = await self._carry_out(tx, citizen, dispute, dispute["record"], determination)
            data |= {"lapsed": lapsed, "value": value}
            await self._citizens.notify(tx, citizen, "dispute_decided", data, about=about, once=step)
        await tx.audit(
            chain_of(citizen["_id"]),
            "dispute.resolved",
            {"number": dispute["number"], "determination": determination.value, "lapsed": lapsed},
        )

    async def _carry_out(
        self, tx: Transaction, citizen: CitizenRow, dispute: DisputeRow, record: str, determination: Determination
    ) -> int | None:
        """Do to the record what was decided; the score afterwards, where there is one."""
        effect = await self._assessor.effect_of(tx, citizen, record)
        twins = await self._assessor.same_event(tx, citizen)
        await self._keep_version(tx, dispute, record)
        ended = await self._free(tx, citizen, dispute, record, determination)
        computed = await self._assessor.reassess(tx, citizen, AssessmentCause.DISPUTE)
        await self.tell_of_twins(tx, citizen, twins, computed)
        for each in ended:
            await self._assessor.recalculate_history(tx, citizen, each)
        value = None if computed is None else computed.statement.value
        await self._keep_effect(tx, citizen, dispute, effect, value)
        return value

    async def escalate(self, tx: Transaction, dispute: DisputeRow) -> None:
        """A complaint was not answered in time: a supervisor who did not hold it has it, with a clock of its own."""
        holders = {one for one in (dispute["holder"], dispute["proposer"]) if one is not None}
        values = {
            "escalated": True,
            "excluded": sorted({*dispute["excluded"], *holders}),
            "holder": None,
            "proposer": None,
            "determination": None,
            "explanation_event": None,
            "question_event": None,
            **started(tx.today),
        }
        moved = await self.take(tx, dispute, DisputeAction.ESCALATE, DisputeRole.CLOCK, values=values)
        citizen = await self._citizens.get(dispute["citizen"], tx)
        told: dict[str, JsonValue] = {"number": dispute["number"], "due": moved["due_on"]}
        await self._citizens.notify(
            tx, citizen, "complaint_escalated", told, about=dispute["_id"], once=str(len(dispute["events"]))
        )

    async def mark(self, tx: Transaction, dispute: DisputeRow) -> None:
        """The record is neutral again, as after an appeal."""
        await self._mark(tx, dispute, dispute["_id"])

    async def unmark(self, tx: Transaction, dispute: DisputeRow) -> None:
        """After a withdrawal the record counts again."""
        await self._mark(tx, dispute, None)

    async def _mark(self, tx: Transaction, dispute: DisputeRow, by: str | None) -> None:
        if dispute["record"] is None:
            return
        await RecordRepository(tx).mark_disputed(dispute["record"], by)
        citizen = await self._citizens.get(dispute["citizen"], tx)
        await self._assessor.reassess(tx, citizen, AssessmentCause.DISPUTE)

    @staticmethod
    async def _keep_version(tx: Transaction, dispute: DisputeRow, record_id: str) -> None:
        """Which version of the record was decided on: a later one can be disputed again."""
        record = await RecordRepository(tx).get(record_id)
        if record is not None:
            await DisputeRepository(tx).set_version(dispute["_id"], record["version"])

    async def _free(
        self, tx: Transaction, citizen: CitizenRow, dispute: DisputeRow, record: str, determination: Determination
    ) -> list[str]:
        """End the record's mark, and carry the determination out; what its source ended meanwhile stays ended.

        The records that left past scores by it: the record and its twins.
        """
        records = RecordRepository(tx)
        await records.mark_disputed(record, None)
        if determination not in CHANGES_RECORD:
            return []
        status = AWAITING_CORRECTION if determination is Determination.CORRECTED else ANNULLED
        if not await records.set_status(record, status):
            return [record]
        await self._tell_outcome(tx, dispute, record, status)
        return [record, *await self._end_twins(tx, citizen, dispute, record, status)]

    async def _end_twins(
        self, tx: Transaction, citizen: CitizenRow, dispute: DisputeRow, record_id: str, status: str
    ) -> list[str]:
        """A decision on one record of an event holds for those of other bodies, but for one that is disputed itself.

        Of a duplicate it is the other record that goes on to count.
        """
        records = RecordRepository(tx)
        record = await records.get(record_id)
        if record is None or dispute.get("refined") == DisputeReason.DUPLICATE.value:
            return []
        twins = await ending_with(tx, self._scheme, record)
        for twin in twins:
            await records.keep_versions([twin], tx.now)
            await records.set_status(twin["_id"], status, BY_TWIN)
            await self._tell_outcome(tx, dispute, twin["_id"], status)
            await self.tell_of_twin(tx, citizen, twin["rule"], twin["occurred_on"], status)
        return [twin["_id"] for twin in twins]

    async def tell_of_twins(
        self, tx: Transaction, citizen: CitizenRow, before: Collection[str], computed: Computed | None
    ) -> None:
        """Of the records that did not count `before` as another body's was of the same event, tell which do now."""
        counting = {} if computed is None else computed.counting()
        for key in sorted(counting.keys() & before):
            record = counting[key].record
            await self.tell_of_twin(tx, citizen, record.rule, record.occurred_on.isoformat(), "counts")

    async def tell_of_twin(self, tx: Transaction, citizen: CitizenRow, rule: str, on: str, outcome: str) -> None:
        """The citizen hears what became of another body's record of the event: a status, or that it counts."""
        known = self._scheme.rules_by_code.get(rule)
        label = {"zh": rule, "en": rule} if known is None else known.label.model_dump()
        told: dict[str, JsonValue] = {**label, "on": on, "outcome": outcome}
        await self._citizens.notify(tx, citizen, "same_event", told)

    async def _tell_outcome(self, tx: Transaction, dispute: DisputeRow, record_id: str, status: str) -> None:
        """The source hears what was decided about its own record, by its own number."""
        record = await RecordRepository(tx).get(record_id)
        if record is None:
            return
        corrected = status == AWAITING_CORRECTION
        event_type = WebhookEventType.RECORD_AWAITING_CORRECTION if corrected else WebhookEventType.RECORD_ANNULLED
        number = (await self._vault.open(record["sealed"]))["id"]
        data = {"record": {"documentNumber": number}, "dispute": {"number": dispute["number"]}}
        await self._publisher.publish(tx, Kind.SOURCE, owner_of(record), event_type, data, citizen=dispute["citizen"])

    async def settle(
        self, tx: Transaction, dispute: DisputeRow, determination: Determination = Determination.DELETED
    ) -> None:
        """The source took its record back, repaired or delivered it: the dispute ends as the citizen wanted."""
        values = {"determination": determination.value, "proposer": None, "explanation_event": None}
        moved = await self.take(tx, dispute, DisputeAction.SETTLE, DisputeRole.SOURCE, values=values)
        await self.resolve(tx, moved, determination, lapsed=False)

    async def reject(self, tx: Transaction, dispute: DisputeRow) -> int | None:
        """Not taken up: the record counts again, and the letter says what it does. The score afterwards, if any."""
        if dispute["record"] is None:
            return None
        await self._keep_version(tx, dispute, dispute["record"])
        citizen = await self._citizens.get(dispute["citizen"], tx)
        effect = await self._assessor.effect_of(tx, citizen, dispute["record"])
        await self.unmark(tx, dispute)
        now = None if effect is None else await self._assessor.compute(citizen, tx.today, tx)
        value = None if now is None else now.statement.value
        await self._keep_effect(tx, citizen, dispute, effect, value)
        return value

    async def _keep_effect(
        self, tx: Transaction, citizen: CitizenRow, dispute: DisputeRow, effect: Effect | None, value: int | None
    ) -> None:
        """What the record did to the score on the day of the decision, for the letter; nothing without a score."""
        if effect is None or value is None:
            return
        content = await self._vault.open(dispute["sealed"])
        values = {"now": value, "with": _value(effect.with_it), "without": _value(effect.without_it)}
        if dispute["appealed"] and "effect" in content:  # the first answer's letter goes on to say what it said
            content = {"first_effect": content["effect"], **content}
        sealed = await self._vault.seal(citizen["key"], {**content, "effect": values})
        await DisputeRepository(tx).set_content(dispute["_id"], sealed)

    async def _add_words(self, tx: Transaction, dispute: DisputeRow, words: str) -> Sealed:
        citizen = await self._citizens.get(dispute["citizen"], tx)
        content = await self._vault.open(dispute["sealed"])
        texts = {**content["texts"], str(len(dispute["events"])): words}
        return await self._vault.seal(citizen["key"], {**content, "texts": texts})


def asked_source(dispute: DisputeRow) -> str | None:
    """Who is asked: the entity that delivered or should have, else the source itself; None where there is none."""
    return dispute["reporter"] or dispute["source"]


def topic_of(dispute: DisputeRow) -> DisputeTopic:
    """What a dispute is about."""
    subject = dispute.get("subject")
    return DisputeTopic.RECORD if subject is None else DisputeTopic(subject["kind"])


def holder_role(dispute: DisputeRow, actor: Principal) -> DisputeRole:
    """An agent who holds the case, or any other."""
    return DisputeRole.HOLDER if dispute["holder"] == actor.id else DisputeRole.AGENT


def _refusal_of(dispute: DisputeRow) -> RefusalCode:
    if not dispute["open"]:
        return RefusalCode.DISPUTE_CLOSED
    if dispute["state"] == DisputeState.SUBMITTED.value:
        return RefusalCode.CASE_NOT_HELD
    return RefusalCode.CASE_TAKEN


def _value(statement: Statement | None) -> int | None:
    return None if statement is None else statement.value
