"""Due dates are worked out again when a year's calendar has come: the earlier of both days stands.

Silence decides for the citizen, so that an earlier day is never to the citizen's harm; a later one would be.
"""

from __future__ import annotations

from datetime import date

from schema.types.principal import CLOCK, Caller
from scoring.deadlines import due_on, extended_due_on
from server.container import Container
from server.disputes.model import DisputeRow
from server.disputes.repository import DisputeRepository
from server.disputes.steps import case_chain
from server.platform.core.unit_of_work import Transaction


async def renew_due_dates(container: Container) -> int:
    """Bring the last day of open disputes forward where the calendar says so; how many."""
    count = 0
    for row in await DisputeRepository(container.store).open_with_clocks():
        due = _due(row)
        if due < row["due_on"]:
            count += await _bring_forward(container, row, due)
    return count


def _due(row: DisputeRow) -> str:
    started = date.fromisoformat(row["started_on"])
    return (extended_due_on(started) if row["extended"] else due_on(started)).isoformat()


async def _bring_forward(container: Container, row: DisputeRow, due: str) -> bool:
    async def body(tx: Transaction) -> bool:
        if not await DisputeRepository(tx).bring_forward(row, due):
            return False
        await tx.audit(case_chain(row["_id"]), "dispute.due_earlier", {"from": row["due_on"], "to": due})
        return True

    return await container.unit_of_work.run(Caller(CLOCK), "due_earlier", body)
