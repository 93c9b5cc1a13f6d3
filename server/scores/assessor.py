"""Assessing: the current statement of each citizen, and the past ones without a record that is gone.

A statement is sealed under the citizen's key. Removing a record also recomputes
the past statements that it was part of (promise 10).
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import cast
from uuid import uuid4

import orjson
from pydantic import JsonValue

from schema.types.score import AssessmentCause
from scoring import explain
from scoring.engine import NEWCOMER_BAND, assess, benefit_answers
from scoring.explain import Sum
from scoring.scheme import Scheme
from scoring.statement import Statement, WithheldReason
from server.citizens.consents import may_compute
from server.citizens.model import CitizenRow
from server.citizens.repository import CitizenRepository
from server.citizens.service import Citizens
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction
from server.platform.crypto.vault import Vault
from server.platform.db import Collections, Store
from server.records.service import HeldRecord, RecordReader, held_records
from server.scores import mapping
from server.scores.mapping import RecordIds, record_ref
from server.scores.model import AssessmentRow, PackedStatement, StoredStatement
from server.scores.repository import AssessmentRepository

_FASTEST = 1


@dataclass(frozen=True, slots=True)
class Computed:
    """A statement together with the ids of the records it came from."""

    statement: Statement
    held: list[HeldRecord]

    @property
    def ids(self) -> RecordIds:
        return {record_ref(h.record.source, h.record.id): h.key for h in self.held}

    def counting(self) -> dict[str, HeldRecord]:
        """The records that count, by their ids."""
        ids = self.ids
        keys = {
            ids[record_ref(line.source, line.record)] for line in self.statement.lines if line.source and line.record
        }
        return {held.key: held for held in self.held if held.key in keys}

    def withheld_as(self, reason: WithheldReason) -> list[str]:
        """The ids of the records that do not count for a reason."""
        ids = self.ids
        return [ids[record_ref(w.source, w.record)] for w in self.statement.withheld if w.reason is reason]


@dataclass(frozen=True, slots=True)
class Effect:
    """A statement as it is, with one record counting, and without it; None where the record is gone."""

    now: Statement
    with_it: Statement | None
    without_it: Statement | None


class Assessor(FollowsScheme):
    """Computes statements and keeps the current one."""

    def __init__(self, store: Store, vault: Vault, scheme: SchemeInForce, citizens: Citizens) -> None:
        self._vault = vault
        self._in_force = scheme
        self._citizens = citizens
        self._assessments = AssessmentRepository(store)
        self.records = RecordReader(store, vault)

    async def compute(self, citizen: CitizenRow, as_of: date, within: Collections | None = None) -> Computed:
        """Assess a citizen's records on a day; writes nothing."""
        if within is None:
            held = await self.records.of(citizen["_id"])
        else:
            held = await held_records(within, self._vault, citizen["_id"])
        return Computed(self.assess(citizen, held, as_of), held)

    def assess(self, citizen: CitizenRow, held: list[HeldRecord], as_of: date) -> Statement:
        """Assess given records for a citizen on a day."""
        declined = frozenset(citizen["declined"])
        return assess(self._scheme, [h.record for h in held], as_of, declined=declined)

    def may_assess(self, citizen: CitizenRow, on: date) -> bool:
        """Whether the citizen wants a score, has agreed to what it is for (promise 1), and lives here."""
        return may_compute(citizen, self._scheme, on)

    async def reassess(
        self, tx: Transaction, citizen: CitizenRow, cause: AssessmentCause, *, tell: bool = False
    ) -> Computed | None:
        """Replace the current statement if it differs; `tell` the citizen when the value moved.

        None where nothing may be computed: the last statement stays as it was.
        """
        if not self.may_assess(citizen, tx.today):
            return None
        computed = await self.compute(citizen, tx.today, tx)
        if cause is AssessmentCause.ENROLMENT and computed.withheld_as(WithheldReason.SAME_EVENT):
            again: dict[str, JsonValue] = {"citizen": citizen["_id"]}
            await tx.notify("reassess", citizen["key"], again)  # the worker asks the desk whether they are one event
        assessments = AssessmentRepository(tx)
        current = await assessments.current(citizen["_id"])
        if current is None:  # a pause that comes meanwhile has nothing to retire: it waits
            await CitizenRepository(tx).hold([citizen["_id"]])
        if current is not None and current["digest"] == computed.statement.digest:
            return computed
        row = await self.row(citizen, computed, tx.now, cause)
        await assessments.replace(current, row)
        if tell and current is not None:
            before = (await self.open(current))[0]
            now = computed.statement
            if before.value != now.value:
                why = self.why(explain.rule_sums(before), explain.rule_sums(now))
                data: dict[str, JsonValue] = {"value": now.value, "points": now.value - before.value, "why": why}
                await self._citizens.notify(tx, citizen, "score_changed", data)
                await self._tell_opened(tx, citizen, before.value, now)
        return computed

    async def same_event(self, tx: Transaction, citizen: CitizenRow) -> frozenset[str]:
        """The ids of a citizen's records that do not count because another body reported the same event."""
        if not self.may_assess(citizen, tx.today):
            return frozenset()
        return frozenset((await self.compute(citizen, tx.today, tx)).withheld_as(WithheldReason.SAME_EVENT))

    async def effect_of(self, tx: Transaction, citizen: CitizenRow, record: str) -> Effect | None:
        """As `effect`, today; None where nothing may be computed."""
        if not self.may_assess(citizen, tx.today):
            return None
        return self.effect(citizen, await self.compute(citizen, tx.today, tx), record)

    async def _tell_opened(self, tx: Transaction, citizen: CitizenRow, before: int, now: Statement) -> None:
        """Tell of the benefits that came within reach with a change of the value."""
        codes = self.opened(before, now)
        if codes:
            data, day = self.named_benefits(codes), now.as_of.isoformat()
            await self._citizens.notify(tx, citizen, "benefit_opened", data, about=",".join(codes), once=day)

    def opened(self, before: int, now: Statement) -> list[str]:
        """The codes of benefits that are open by a statement, and were not for an earlier value."""
        closed = {answer.code for answer in benefit_answers(self._scheme, before, now.as_of) if not answer.eligible}
        return [answer.code for answer in now.benefits if answer.eligible and answer.code in closed]

    def named_benefits(self, codes: Sequence[str]) -> dict[str, JsonValue]:
        """What a notice says of benefits: the names of at most three, and how many there are."""
        found = [self._scheme.benefits_by_code[code].label for code in codes[:3]]
        return {"benefits": [{"zh": label.zh, "en": label.en} for label in found], "count": len(codes)}

    def effect(self, citizen: CitizenRow, computed: Computed, record: str) -> Effect:
        """What a record does: the statement now, with it counting, and without it."""
        held = next((h for h in computed.held if h.key == record), None)
        now = computed.statement
        if held is None:
            return Effect(now, None, None)
        others = [h for h in computed.held if h is not held]
        counting = [*others, HeldRecord(held.key, mapping.undisputed(held.record))]
        return Effect(now, self.assess(citizen, counting, now.as_of), self.assess(citizen, others, now.as_of))

    def why(self, before: Iterable[Sum], after: Iterable[Sum]) -> list[JsonValue]:
        """What moved a score most, in both languages; at most three."""
        labels = self._scheme.rules_by_code
        told = [r for r in explain.moved_rules(before, after) if r.rule in labels][:3]
        return [{"zh": labels[r.rule].label.zh, "en": labels[r.rule].label.en, "points": r.points} for r in told]

    async def recalculate_history(self, tx: Transaction, citizen: CitizenRow, gone: str) -> None:
        """Recompute every past statement that a record, which is gone, was part of, by the scheme of its day."""
        held = await held_records(tx, self._vault, citizen["_id"])
        assessments = AssessmentRepository(tx)
        async for old in assessments.past(citizen["_id"]):
            await asyncio.sleep(0)  # a long history holds no other request up
            before, ids = await self.open(old)
            if gone not in ids.values():
                continue
            scheme = await self._in_force.of(before.scheme_digest, before.scheme_version)
            after = self._as_it_was(scheme, before, [h for h in held if h.key in ids.values()])
            fresh = await self.row(citizen, after, old["at"], AssessmentCause(old["cause"]))
            values = {"digest": fresh["digest"], "scheme": fresh["scheme"], "sealed": fresh["sealed"]}
            await assessments.recalculate(old["_id"], {**values, "recalculated_at": tx.now})

    async def recomputed(self, citizen: CitizenRow, on: date) -> tuple[Statement, Statement] | None:
        """The statement in force on a day, and what the engine makes of its records by the scheme of its day.

        None where there was no statement yet.
        """
        row = await self._assessments.last_before(citizen["_id"], (on + timedelta(days=1)).isoformat())
        if row is None:
            return None
        stored, ids = await self.open(row)
        held = [h for h in await self.records.of(citizen["_id"]) if h.key in ids.values()]
        scheme = await self._in_force.of(stored.scheme_digest, stored.scheme_version)
        return stored, self._as_it_was(scheme, stored, held).statement

    @staticmethod
    def _as_it_was(scheme: Scheme, before: Statement, held: list[HeldRecord]) -> Computed:
        """An old statement without what is gone: its scheme, disputes and choices as they were on its day."""
        withheld = {(w.source, w.record): w for w in before.withheld}
        disputed = {ref for ref, w in withheld.items() if w.reason is WithheldReason.DISPUTED}
        declined = {w.rule for w in withheld.values() if w.reason is WithheldReason.OPTED_OUT}
        known = [
            HeldRecord(h.key, replace(h.record, disputed=(h.record.source, h.record.id) in disputed)) for h in held
        ]
        records = [h.record for h in known]
        return Computed(assess(scheme, records, before.as_of, declined=frozenset(declined)), known)

    async def open(self, row: AssessmentRow) -> tuple[Statement, RecordIds]:
        """A stored statement. Raises KeyDestroyedError."""
        content = (await self.stored(row)).content
        return Statement.from_json(content["statement"]), content["records"]

    async def stored(self, row: AssessmentRow) -> StoredStatement:
        """A stored statement, and the ids of its records. Raises KeyDestroyedError."""
        return StoredStatement(row, cast(PackedStatement, await self._vault.open(row["sealed"])))

    async def row(self, citizen: CitizenRow, computed: Computed, at: datetime, cause: AssessmentCause) -> AssessmentRow:
        """A statement as it is stored: packed, for its JSON shrinks to a fifth, and sealed under the citizen's key."""
        statement = computed.statement
        as_json = computed.statement.to_json()
        content = orjson.dumps({"statement": as_json, "records": computed.ids})
        packed = PackedStatement(zlib=zlib.compress(content, _FASTEST), value=statement.value, band=statement.band_code)
        return {
            "_id": uuid4().hex,
            "citizen": citizen["_id"],
            "current": True,
            "at": at,
            "as_of": statement.as_of.isoformat(),
            "scheme": statement.scheme_digest,
            "cause": cause.value,
            "digest": as_json["digest"],
            "fingerprint": fingerprint(
                self._vault,
                citizen["_id"],
                statement.value,
                [d.value for d in statement.dimensions],
                statement.band_code != NEWCOMER_BAND,
            ),
            "sealed": await self._vault.seal(citizen["key"], packed),
        }


def fingerprint(vault: Vault, citizen: str, value: int, dimensions: Sequence[int], has_history: bool) -> str:
    """What tells, without opening it, whether a statement still has the same score and dimensions."""
    return vault.blind_text(f"score:{citizen}", f"{value}:{dimensions}:{has_history}")[:32]
