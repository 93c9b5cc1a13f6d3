"""Benefits that close soon because a record begins or ceases to count: who has one is told once, some days before.

A seventh of the citizens each day, by their ids, so that each is looked at once a week. They are assessed by columns,
today and on the last day that is told of, and nothing sealed is opened before there is something to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from pydantic import JsonValue

from schema.types.principal import CLOCK, Caller
from scoring.explain import rule_sums
from scoring.statement import Statement
from server.citizens.consents import computable, may_compute
from server.citizens.model import CitizenRow
from server.citizens.repository import CitizenRepository
from server.container import Container
from server.notices.repository import NoticeRepository
from server.platform.core.unit_of_work import Transaction, use_case
from server.records.service import HeldRecord, held_records, unopened_records_of

_PARTS = 7
_IDS = 16**8
_PAGE = 200
_KIND = "benefit_closing"


class Closings:
    """Looks at a seventh of the citizens each day."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._store = container.store
        self._unit_of_work = container.unit_of_work

    async def page(self, today: date, days: int, after: str | None) -> tuple[int, str | None]:
        """The next citizens of today's part: how many, and the last of a full page."""
        first, end = part_of(today)
        agreed = computable(self._container.scheme, today)
        people = await CitizenRepository(self._store).enrolled_between(after or first, end, _PAGE, agreed)
        held = await unopened_records_of(self._store, [one["_id"] for one in people])
        for citizen in people:
            if self._closing(citizen, held[citizen["_id"]], today, days):
                await self._tell(Caller(CLOCK), citizen["_id"], days)
        return len(people), people[-1]["_id"] if len(people) == _PAGE else None

    def _closing(self, citizen: CitizenRow, held: list[HeldRecord], today: date, days: int) -> frozenset[str]:
        """The codes of benefits that are open today, and are not in so many days."""
        has = _open(self._container.assessor.assess(citizen, held, today))
        return has - _open(self._container.assessor.assess(citizen, held, today + timedelta(days=days))) if has else has

    @use_case("tell_that_it_closes")
    async def _tell(self, tx: Transaction, citizen_id: str, days: int) -> None:
        """One notice for each day on which something closes, of what was not told before."""
        citizen = await CitizenRepository(tx).get(citizen_id)
        if citizen is None or citizen["enrolment"] is None:
            return
        if not may_compute(citizen, self._container.scheme, tx.today):
            return
        held = await held_records(tx, self._container.vault, citizen_id)
        assess = self._container.assessor.assess
        now = assess(citizen, held, tx.today)
        left = self._closing(citizen, held, tx.today, days)
        for day in (tx.today + timedelta(days=n) for n in range(1, days + 1)):
            if not left:
                return
            then = assess(citizen, held, day)
            codes = left - _open(then)
            left -= codes
            await self._tell_of(tx, citizen, sorted(codes), now, then)

    async def _tell_of(
        self, tx: Transaction, citizen: CitizenRow, codes: Sequence[str], now: Statement, then: Statement
    ) -> None:
        on = then.as_of.isoformat()
        known = await NoticeRepository(tx).said_about(citizen["_id"], _KIND, on) if codes else []
        before = {code for said in known for code in said.split(",")}
        fresh = [code for code in codes if code not in before]
        if not fresh:
            return
        assessor, benefits = self._container.assessor, self._container.scheme.benefits_by_code
        routes: list[JsonValue] = [
            {"zh": route.zh, "en": route.en} for route in (benefits[code].ordinary_route for code in fresh[:3])
        ]
        why = assessor.why(rule_sums(now), rule_sums(then))
        data = assessor.named_benefits(fresh) | {"on": on, "why": why, "routes": routes}
        await self._container.citizens.notify(tx, citizen, "benefit_closing", data, about=on, once=",".join(fresh))


def part_of(today: date) -> tuple[str, str]:
    """The ids between which the citizens of a day stand; seven days have them all."""
    part = today.toordinal() % _PARTS
    begin, end = part * _IDS // _PARTS, (part + 1) * _IDS // _PARTS
    return f"{begin:08x}", f"{end:08x}" if part + 1 < _PARTS else "g"


def _open(statement: Statement) -> frozenset[str]:
    return frozenset(answer.code for answer in statement.benefits if answer.eligible)
