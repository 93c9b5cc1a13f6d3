"""Writing what changed: a new current statement for each citizen whose score did, batch by batch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import JsonValue

from schema.types.principal import CLOCK, Caller
from schema.types.score import AssessmentCause
from scoring.explain import Sum, rule_sums
from scoring.statement import Statement
from server.citizens.consents import computable
from server.citizens.model import CitizenRow
from server.citizens.repository import CitizenRepository
from server.container import Container
from server.platform.core.unit_of_work import Transaction, use_case
from server.platform.crypto.vault import KeyDestroyedError
from server.platform.db import DuplicatesError, SealingError
from server.records.service import held_records_of
from server.scores.assessor import Computed
from server.scores.mapping import RecordIds
from server.scores.model import AssessmentRow
from server.scores.repository import AssessmentRepository

log = logging.getLogger("egret.rescore")

BATCH = 200


@dataclass(frozen=True, slots=True)
class _Before:
    value: int | None
    ids: RecordIds
    sums: list[Sum]


class Renewal:
    """Renews statements as of a day, each batch in one transaction."""

    def __init__(self, container: Container, as_of: date) -> None:
        self._container = container
        self._unit_of_work = container.unit_of_work
        self._as_of = as_of

    async def renew(self, citizens: Sequence[str]) -> int:
        """Write the statements of these citizens; how many were written.

        A citizen who left meanwhile is passed over, and one who has a newer statement.
        """
        written = 0
        for start in range(0, len(citizens), BATCH):
            written += await self._batch(citizens[start : start + BATCH])
        return written

    async def _batch(self, citizens: Sequence[str]) -> int:
        """One transaction; where a citizen leaves or looks in the middle of it, one for each citizen."""

        try:
            return await self._write(Caller(CLOCK), citizens)
        except (DuplicatesError, KeyDestroyedError, SealingError):
            if len(citizens) > 1:
                return sum([await self._batch([citizen]) for citizen in citizens])
            log.warning("a citizen was passed over: they left, or another process assessed them just now")
            return 0

    @use_case("rescore")
    async def _write(self, tx: Transaction, ids: Sequence[str]) -> int:
        assessments = AssessmentRepository(tx)
        current = {row["citizen"]: row for row in await assessments.current_of(ids)}
        people = [c for c in await self._people(tx, ids, current) if self._is_due(current.get(c["_id"]))]
        opened = await asyncio.gather(*(self._opened(current.get(c["_id"])) for c in people))
        computed = await self._computed(tx, people, opened)
        rows = await asyncio.gather(
            *(
                self._container.assessor.row(c, made, tx.now, AssessmentCause.DAY)
                for c, made in zip(people, computed, strict=True)
            )
        )
        digests = {citizen: row["digest"] for citizen, row in current.items()}
        new = [row for row in rows if row["digest"] != digests.get(row["citizen"])]
        if not new:
            return 0
        old = [current[row["citizen"]]["_id"] for row in new if row["citizen"] in current]
        await assessments.replace_many(old, new)
        await self._tell(tx, people, opened, computed)
        return len(new)

    def _is_due(self, row: AssessmentRow | None) -> bool:
        return row is None or row["as_of"] <= self._as_of.isoformat()

    async def _people(
        self, tx: Transaction, ids: Sequence[str], current: Mapping[str, AssessmentRow]
    ) -> list[CitizenRow]:
        """The enrolled among them. A current row guards against leaving; who has none is held."""
        citizens = CitizenRepository(tx)
        bare = [citizen for citizen in ids if citizen not in current]
        if bare:
            await citizens.hold(bare)
        return await citizens.enrolled_among(ids, computable(self._container.scheme, self._as_of))

    async def _opened(self, row: AssessmentRow | None) -> _Before:
        """The old statement's value and record ids; no more of it is needed."""
        if row is None:
            return _Before(None, {}, [])
        content = (await self._container.assessor.stored(row)).content
        sums = [(line.get("rule"), line["points"]) for line in content["statement"]["lines"]]
        return _Before(content["statement"]["value"], content["records"], sums)

    async def _computed(
        self, tx: Transaction, people: Sequence[CitizenRow], opened: Sequence[_Before]
    ) -> list[Computed]:
        """The new statements. Document numbers come from the old ones, so that only new records are opened."""
        numbers = {key: ref.split("|", 1)[1] for before in opened for ref, key in before.ids.items()}
        held = await held_records_of(tx, self._container.vault, [c["_id"] for c in people], numbers)
        return [
            Computed(self._container.assessor.assess(c, held[c["_id"]], self._as_of), held[c["_id"]]) for c in people
        ]

    async def _tell(
        self,
        tx: Transaction,
        people: Sequence[CitizenRow],
        before: Sequence[_Before],
        after: Sequence[Computed],
    ) -> None:
        moved = [
            (citizen, self._moved(old, new.statement))
            for citizen, old, new in zip(people, before, after, strict=True)
            if old.value is not None and old.value != new.statement.value
        ]
        await self._container.citizens.notify_each(tx, "score_changed", moved)
        await self._tell_opened(tx, people, before, after)

    async def _tell_opened(
        self,
        tx: Transaction,
        people: Sequence[CitizenRow],
        before: Sequence[_Before],
        after: Sequence[Computed],
    ) -> None:
        """Tell of benefits that came within reach; those for whom the same ones did are told at once."""
        assessor = self._container.assessor
        told: dict[tuple[str, ...], list[CitizenRow]] = {}
        for citizen, old, new in zip(people, before, after, strict=True):
            codes = () if old.value is None else tuple(assessor.opened(old.value, new.statement))
            if codes:
                told.setdefault(codes, []).append(citizen)
        day = self._as_of.isoformat()
        for codes, citizens in told.items():
            data = assessor.named_benefits(codes)
            each = [(citizen, data) for citizen in citizens]
            await self._container.citizens.notify_each(tx, "benefit_opened", each, about=",".join(codes), once=day)

    def _moved(self, old: _Before, new: Statement) -> dict[str, JsonValue]:
        why = self._container.assessor.why(old.sums, rule_sums(new))
        return {"value": new.value, "points": new.value - (old.value or 0), "why": why}
