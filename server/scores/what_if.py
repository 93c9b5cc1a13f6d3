"""What would be, for the citizen who asks: computed, shown, and never written (promise 11)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from schema.types.connection import local_id
from schema.types.errors import LocalText, RefusalCode, Refused
from schema.types.principal import Principal
from schema.types.repair import RepairEffect
from schema.types.rule import Rule
from schema.types.score import Band
from schema.types.what_if import Path, Step, StepInput, StepKind, Turn, WhatIf
from scoring import explain
from scoring import what_if as scenarios
from scoring.records import Record
from scoring.statement import Statement
from server.citizens.access_log import AccessLog
from server.citizens.consents import why_not_computed
from server.citizens.service import Citizens
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.kit.clock import Clock, day_of
from server.scores import mapping
from server.scores.assessor import Assessor

MOST_STEPS = scenarios.MOST_STEPS


@dataclass(frozen=True, slots=True)
class _Mine:
    """A citizen's records on a day, with the ids that the API knows them by."""

    today: date
    records: list[Record]
    declined: frozenset[str]
    now: Statement
    keys: dict[scenarios.Ref, str]


class WhatIfService(FollowsScheme):
    """Implements `schema.api.services.WhatIfs`."""

    def __init__(
        self,
        *,
        scheme: SchemeInForce,
        clock: Clock,
        citizens: Citizens,
        assessor: Assessor,
        access_log: AccessLog,
    ) -> None:
        self._in_force = scheme
        self._clock = clock
        self._citizens = citizens
        self._assessor = assessor
        self._access_log = access_log

    async def steps(self, actor: Principal) -> Sequence[Step]:
        mine = await self._mine(actor)
        options = scenarios.options(self._scheme, mine.records, mine.today, declined=mine.declined)
        return [self._step(mine, option.step, option.points) for option in options]

    async def what_if(self, actor: Principal, asked: Sequence[StepInput]) -> WhatIf:
        if not 0 < len(asked) <= MOST_STEPS:
            raise Refused(RefusalCode.BAD_INPUT, field="steps", detail=f"steps: 1-{MOST_STEPS}")
        mine = await self._mine(actor)
        scheme = self._scheme
        refs = {key: ref for ref, key in mine.keys.items()}
        try:
            steps = [_taken(step, refs) for step in asked]
            then = scenarios.what_if(scheme, mine.records, mine.today, steps, declined=mine.declined)
        except ValueError as error:
            raise Refused(RefusalCode.BAD_INPUT, field="steps", detail=str(error)) from None
        had = {b.code for b in mine.now.benefits if b.eligible}
        return WhatIf(
            as_of=then.as_of,
            value=then.value,
            points=then.value - mine.now.value,
            band=Band.of(scheme, then.band_code),
            reasons=[mapping.change_reason(scheme, c) for c in explain.changes(mine.now, then)],
            opened=[
                mapping.benefit_view(scheme.benefits_by_code[b.code], then.as_of)
                for b in then.benefits
                if b.eligible and b.code not in had
            ],
        )

    async def path_to(self, actor: Principal, benefit: str) -> Path:
        mine = await self._mine(actor)
        scheme = self._scheme
        answer = next((b for b in mine.now.benefits if b.code == benefit), None)
        if answer is None:
            raise Refused(RefusalCode.NOT_FOUND, field="benefit")
        path = await asyncio.to_thread(  # it may try many steps, and others must not wait for that
            scenarios.path_to, scheme, mine.records, mine.today, benefit, declined=mine.declined
        )
        steps = None if path.steps is None else [self._step(mine, s, self._alone(mine, s)) for s in path.steps]
        return Path(
            benefit=mapping.benefit_view(scheme.benefits_by_code[benefit], mine.today),
            short_by=answer.short_by,
            steps=steps,
            by_waiting=path.by_waiting,
        )

    async def calendar(self, actor: Principal) -> Sequence[Turn]:
        mine = await self._mine(actor)
        found = scenarios.turns(self._scheme, mine.records, mine.today, declined=mine.declined)
        return [
            Turn(on=t.on, points=t.points, value=t.value, reasons=mapping.turn_reasons(self._scheme, t)) for t in found
        ]

    async def repaired(self, actor: Principal, records: Sequence[str]) -> dict[str, RepairEffect]:
        citizen = await self._citizens.get(actor.id)
        if not self._assessor.may_assess(citizen, day_of(self._clock())):
            return {}
        mine = await self._mine(actor)
        refs = {key: ref for ref, key in mine.keys.items()}
        effects: dict[str, RepairEffect] = {}
        for key in frozenset(records) & refs.keys():
            steps = [scenarios.Annul(refs[key])]
            value = scenarios.what_if(self._scheme, mine.records, mine.today, steps, declined=mine.declined).value
            effects[key] = RepairEffect(value=value, points=value - mine.now.value)
        return effects

    async def _mine(self, actor: Principal) -> _Mine:
        citizen = await self._citizens.get(actor.id)
        today = day_of(self._clock())
        if not self._assessor.may_assess(citizen, today):
            raise why_not_computed(citizen)
        await self._access_log.log(actor)
        computed = await self._assessor.compute(citizen, today)
        keys = {(h.record.source, h.record.id): h.key for h in computed.held}
        records = [h.record for h in computed.held]
        return _Mine(today, records, frozenset(citizen["declined"]), computed.statement, keys)

    def _alone(self, mine: _Mine, step: scenarios.Settle | scenarios.Add) -> int:
        then = scenarios.what_if(self._scheme, mine.records, mine.today, [step], declined=mine.declined)
        return then.value - mine.now.value

    def _step(self, mine: _Mine, step: scenarios.Settle | scenarios.Add, points: int) -> Step:
        if isinstance(step, scenarios.Add):
            kind, code, on, key = StepKind.EARN, step.rule, mine.today, None
        else:
            record = next(r for r in mine.records if (r.source, r.id) == step.record)
            kind, code, on, key = StepKind.SETTLE, record.rule, record.occurred_on, mine.keys[step.record]
        known = self._scheme.rules_by_code[code]
        rule = Rule.of(self._scheme, known, on, mine.today)
        return Step(kind=kind, label=LocalText.of(known.label), points=points, rule=rule, record_key=key)


def _taken(step: StepInput, refs: dict[str, scenarios.Ref]) -> scenarios.Step:
    """One input as a step of the engine. Raises ValueError for a record that is not the citizen's."""
    if step.settle is not None:
        return scenarios.Settle(_ref(str(step.settle.value), refs))
    if step.annul is not None:
        return scenarios.Annul(_ref(str(step.annul.value), refs))
    if step.earn is not None:
        return scenarios.Add(step.earn.value)
    if step.wait_until is not None:
        return scenarios.Wait(step.wait_until.value)
    raise ValueError("a step says what happens")


def _ref(record_id: str, refs: dict[str, scenarios.Ref]) -> scenarios.Ref:
    found = refs.get(local_id(record_id, "CreditRecord"))
    if found is None:
        raise ValueError("no such record")
    return found
