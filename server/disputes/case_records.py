"""What the desk sees of the records of a case: the one in question, those that end with it, those that may be it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from schema.types.dispute import Case, CreditRecord, Recomputation
from scoring.disputes import Determination, DisputeReason, DisputeTopic
from server.citizens.model import CitizenRow
from server.disputes.compared import comparison, recomputation
from server.disputes.mapping import subject_of
from server.disputes.missing import likely
from server.disputes.model import DisputeRow
from server.disputes.steps import topic_of
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.db import Store
from server.platform.kit.clock import Clock, day_of
from server.platform.kit.json import JsonObject
from server.records.repository import RecordRepository
from server.records.service import HeldRecord
from server.records.twins import ending_with
from server.scores import mapping
from server.scores.assessor import Assessor

Views = Callable[[Sequence[str]], list[CreditRecord]]
"""What the desk sees of some records of a citizen, by their ids."""


class CaseRecords(FollowsScheme):
    """Adds to a case what it has of records."""

    def __init__(self, store: Store, scheme: SchemeInForce, clock: Clock, assessor: Assessor) -> None:
        self._store = store
        self._in_force = scheme
        self._clock = clock
        self._assessor = assessor

    async def add(self, case: Case, document: DisputeRow, citizen: CitizenRow, *, undecided: bool) -> Views:
        """What the case says of its record; gives the views of others of its citizen."""
        if document["record"] is None:
            case.recomputation = await self._recomputed(document, citizen)
            await self._add_likely(case, document, citizen)
            return lambda _: []
        today = day_of(self._clock())
        if not self._assessor.may_assess(citizen, today):
            everything = await self._assessor.records.of(citizen["_id"])
            return self._viewed(case, document["record"], everything, mapping.nothing_counts(everything, today))
        computed = await self._assessor.compute(citizen, today)
        if undecided:
            effect = self._assessor.effect(citizen, computed, document["record"])
            case.score_now = effect.now.value
            if effect.with_it is not None and effect.without_it is not None:
                case.score_with, case.score_without = effect.with_it.value, effect.without_it.value
                case.comparison = comparison(self._scheme, effect.with_it, effect.without_it)
        return self._viewed(case, document["record"], computed.held, computed.statement.to_json())

    async def ending_too(self, document: DisputeRow) -> Sequence[str]:
        """The records of other bodies that end where this one does, as `Steps` ends them."""
        record = await RecordRepository(self._store).get(document["record"]) if document["record"] else None
        if record is None or document.get("refined") == DisputeReason.DUPLICATE.value:
            return ()
        return [row["_id"] for row in await ending_with(self._store, self._scheme, record)]

    async def _add_likely(self, case: Case, document: DisputeRow, citizen: CitizenRow) -> None:
        """Of a missing record: what is there by now and may be it; only then it can be found to be delivered."""
        keys = frozenset(await likely(self._store, document))
        if keys:
            held = [one for one in await self._assessor.records.of(citizen["_id"]) if one.key in keys]
            views = mapping.RecordViews(self._scheme, mapping.nothing_counts(held, day_of(self._clock())))
            case.candidates = [views.of(one) for one in held]
        else:
            case.outcomes = [one for one in case.outcomes if one is not Determination.DELIVERED]

    def _viewed(self, case: Case, record: str, held: Sequence[HeldRecord], statement: JsonObject) -> Views:
        views, by_key = mapping.RecordViews(self._scheme, statement), {one.key: one for one in held}
        if record in by_key:
            case.record = views.of(by_key[record])
        return lambda keys: [views.of(by_key[key]) for key in keys if key in by_key]

    async def _recomputed(self, document: DisputeRow, citizen: CitizenRow) -> Recomputation | None:
        """For a complaint about the computation: the statement of its day, and what the engine makes of it today."""
        day = subject_of(document).get("day")
        if topic_of(document) is not DisputeTopic.COMPUTATION or day is None:
            return None
        found = await self._assessor.recomputed(citizen, date.fromisoformat(day))
        if found is None:
            return None
        stored, again = found
        return recomputation(self._scheme, stored, again)
