"""A record can soon be repaired: its citizen is told once, some days before."""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import JsonValue

from schema.types.principal import CLOCK, Caller
from scoring.calendar import add_months
from scoring.repair import repair_demand, repair_months, repairability
from server.citizens.consents import may_compute
from server.citizens.repository import CitizenRepository
from server.container import Container
from server.platform.core.unit_of_work import Transaction, use_case
from server.records.model import ACTIVE, RecordRow
from server.records.repository import RecordRepository
from server.sources.repairs.repository import RepairRepository

_PAGE = 200
_MONTHS_DIFFER = timedelta(days=3)
"""The same day some months before is another day where a month is shorter."""
Page = tuple[str, str]


class RepairReminders:
    """Finds the records that can soon be repaired, a page at a time, and raises a notice of each."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._store = container.store
        self._unit_of_work = container.unit_of_work
        self._citizens = container.citizens

    async def page(self, today: date, last: date, after: Page | None) -> tuple[int, Page | None]:
        """A page of records that can be repaired until `last`: how many were looked at, and where the next begins."""
        spans = [(add_months(today, -months), add_months(last, -months)) for months in repair_months() if months]
        days = [((a - _MONTHS_DIFFER).isoformat(), (b + _MONTHS_DIFFER).isoformat()) for a, b in spans]
        rows = await RecordRepository(self._store).adverse_between(days, _PAGE, after) if days else []
        for row in rows:
            earliest = self._earliest(row)
            if earliest is not None and today < earliest <= last:
                await self._tell(Caller(CLOCK), row["_id"])
        return len(rows), (rows[-1]["occurred_on"], rows[-1]["_id"]) if len(rows) == _PAGE else None

    def _earliest(self, row: RecordRow) -> date | None:
        rule = self._container.scheme.rules_by_code.get(row["rule"])
        return None if rule is None else repairability(rule, date.fromisoformat(row["occurred_on"])).earliest

    @use_case("remind_of_repair")
    async def _tell(self, tx: Transaction, record_id: str) -> None:
        row = await RecordRepository(tx).get(record_id)
        if row is None or row["status"] != ACTIVE or row["disputed"] is not None or row["barred"] is not None:
            return
        earliest = self._earliest(row)
        scheme = self._container.scheme
        citizen = await CitizenRepository(tx).get(row["citizen"])
        if earliest is None or citizen is None or citizen["enrolment"] is None:
            return
        if not may_compute(citizen, scheme, tx.today) or await RepairRepository(tx).open_about(record_id) is not None:
            return
        label = scheme.rules_by_code[row["rule"]].label
        demand = repair_demand(tx.today, scheme.city.repair_proof_of(row["rule"]))
        data: dict[str, JsonValue] = {
            "zh": label.zh,
            "en": label.en,
            "from": earliest.isoformat(),
            "demand": {"zh": demand.zh, "en": demand.en},
        }
        await self._citizens.notify(tx, citizen, "repair_opens", data, about=record_id)
