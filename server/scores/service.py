"""The score of the citizen who asks, and its history."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from schema.types.connection import Connection, Page, connect
from schema.types.errors import Refused
from schema.types.principal import CLOCK, Caller, Principal
from schema.types.score import Assessment, AssessmentCause, Band, Score, ScoreChange
from scoring import explain
from scoring.statement import Statement, WithheldReason
from server.citizens.access_log import AccessLog
from server.citizens.consents import NOT_COMPUTED, is_paused, is_shared, only_looks, why_not_computed
from server.citizens.repository import CitizenRepository
from server.citizens.service import Citizens
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.db import Store
from server.platform.db.batch_loader import BatchLoader
from server.platform.kit.clock import Clock, day_of
from server.scores import mapping
from server.scores.arrivals import Arrivals
from server.scores.assessor import Assessor
from server.scores.mapping import RecordIds
from server.scores.model import AssessmentRow, StandingRow, StoredStatement
from server.scores.repository import AssessmentRepository, CurrentAssessments


class ScoreService(FollowsScheme):
    """Implements `schema.api.services.Scores`."""

    def __init__(
        self,
        *,
        store: Store,
        scheme: SchemeInForce,
        clock: Clock,
        unit_of_work: UnitOfWork,
        citizens: Citizens,
        assessor: Assessor,
        access_log: AccessLog,
    ) -> None:
        self._rows = AssessmentRepository(store)
        self._in_force = scheme
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._assessor = assessor
        self._access_log = access_log
        current = CurrentAssessments(store)
        self._stamping = BatchLoader(current.standing)
        self._reading = BatchLoader(current.read)

    async def current(self, actor: Principal) -> Score:
        stored = await self.stored(actor)
        await self._access_log.log(actor)
        if not stored.is_seen:
            await self._rows.set_seen(stored.id, self._clock())
        changed = partial(self._change, actor.id, stored.at)
        parts = mapping.StatementParts(self._scheme, stored, changed)
        return mapping.score_view(self._scheme, actor.id, parts)

    async def statement(self, actor: Principal) -> tuple[Statement, RecordIds]:
        """Today's statement: the stored one, or a new one on the first look of a new day."""
        content = (await self.stored(actor)).content
        return Statement.from_json(content["statement"]), content["records"]

    async def stored(self, actor: Principal) -> StoredStatement:
        """As `statement`, as it is stored."""
        stored = await self._reading.load(actor.id)
        today = day_of(self._clock()).isoformat()
        scheme = self._scheme.digest
        if stored is None or (stored["as_of"], stored["scheme"]) != (today, scheme):
            await self._renew(Caller(CLOCK), actor.id, AssessmentCause.DAY, tell=False)
            stored = await self._reading.load(actor.id)
        if stored is None:
            await self._citizens.get(actor.id)
            raise LookupError("an enrolled citizen has no statement")
        return await self._assessor.stored(stored)

    async def stored_if_computed(self, actor: Principal) -> StoredStatement | None:
        """As `stored`; None where nothing is computed, and the records are still their owner's to see.

        Refused (SCORE_PAUSED) where the ID number is shared: whose records these are cannot be told.
        """
        try:
            return await self.stored(actor)
        except Refused as refused:
            if refused.code not in NOT_COMPUTED:
                raise
            citizen = await self._citizens.get(actor.id)
            if is_shared(citizen) and is_paused(citizen):
                raise
            return None

    async def stamp(self, citizen: str) -> str | None:
        """What changes whenever today's score or anything it is compared with does; None where it is not made yet."""
        row = await self._stamping.load(citizen)
        return None if row is None else self.stamp_of(row)

    def stamp_of(self, stored: StandingRow) -> str | None:
        """The stamp of a current assessment, from its `as_of` and `scheme`; None where it is of another day."""
        today = day_of(self._clock()).isoformat()
        scheme = self._scheme.digest
        return stored["_id"] if (stored["as_of"], stored["scheme"]) == (today, scheme) else None

    async def _change(self, citizen: str, at: datetime, now: Statement) -> ScoreChange | None:
        """What moved since the last statement before `at` that the citizen saw; None where they saw none."""
        earlier = await self._rows.last_seen(citizen, at)
        if earlier is None:
            return None
        before, _ = await self._assessor.open(earlier)
        reasons = [mapping.change_reason(self._scheme, c) for c in explain.changes(before, now)]
        reasons.sort(key=lambda r: -abs(r.points))
        return ScoreChange(since=before.as_of, points=now.value - before.value, reasons=reasons[:4])

    async def history(self, actor: Principal, page: Page) -> Connection[Assessment]:
        citizen = await self._citizens.get(actor.id)
        if only_looks(citizen):
            raise why_not_computed(citizen)
        await self._access_log.log(actor)
        before = None if page.after is None else page.moment()
        rows = await self._rows.page(actor.id, page.first + 1, before)
        opened = [(await self._assessor.open(row))[0] for row in rows]
        earlier = [*opened, None][1:]
        items = [self._assessment(*each) for each in zip(rows, opened, earlier, strict=True)][: page.first]
        count = partial(self._rows.count, actor.id)
        return connect(items, lambda a: a.at.isoformat(), page, has_next=len(rows) > page.first, count=count)

    async def reassess(self, citizen_id: str, arrived: Sequence[str] = (), sealed: Sequence[str] = ()) -> list[str]:
        """After a delivery of new records, by their ids; those that are withheld as the same event as another body's.

        Does nothing where the citizen does not take part, or has left. Records that were `sealed` since leave the past
        statements as well.
        """
        twins: list[str] = []
        with contextlib.suppress(Refused):
            twins = await self._renew(
                Caller(CLOCK), citizen_id, AssessmentCause.RECORDS, tell=True, arrived=tuple(arrived)
            )
        if sealed:
            await self._seal_history(Caller(CLOCK), citizen_id, sealed)
        return twins

    @use_case("seal_history")
    async def _seal_history(self, tx: Transaction, citizen_id: str, sealed: Sequence[str]) -> None:
        citizen = await CitizenRepository(tx).get(citizen_id)
        if citizen is None or citizen["enrolment"] is None:
            return
        for record in sealed:
            await self._assessor.recalculate_history(tx, citizen, record)

    @use_case("renew")
    async def _renew(
        self, tx: Transaction, citizen_id: str, cause: AssessmentCause, *, tell: bool, arrived: Sequence[str] = ()
    ) -> list[str]:
        citizen = await self._citizens.get(citizen_id, tx)
        computed = await self._assessor.reassess(tx, citizen, cause, tell=tell)
        if computed is None:
            raise why_not_computed(citizen)
        found = [held for held in computed.held if held.key in set(arrived)]
        if found:
            others = [held for held in computed.held if held not in found]
            before = self._assessor.assess(citizen, others, tx.today)
            await Arrivals(self._scheme, self._citizens).tell(tx, citizen, computed.statement, found, before)
        return computed.withheld_as(WithheldReason.SAME_EVENT)

    def _assessment(self, row: AssessmentRow, statement: Statement, before: Statement | None) -> Assessment:
        moved = [] if before is None else explain.changes(before, statement)
        reasons = [mapping.change_reason(self._scheme, c) for c in moved]
        return Assessment(
            key=row["_id"],
            at=row["at"],
            as_of=statement.as_of,
            value=statement.value,
            band=Band.of(self._scheme, statement.band_code),
            cause=AssessmentCause(row["cause"]),
            reasons=sorted(reasons, key=lambda r: -abs(r.points))[:4],
            digest=row["digest"],
        )
