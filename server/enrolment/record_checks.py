"""Questions to the desk about a record: whether what was held may count, and whether two are one event.

Letting a record count takes two people (promise 14): the first proposes it, an approver who is another person closes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from schema.types.check import CheckedRecord, CheckKind
from schema.types.errors import LocalText
from schema.types.rule import Source
from schema.types.score import AssessmentCause
from server.citizens.repository import CitizenRepository
from server.enrolment.model import CheckRow
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction
from server.platform.crypto.vault import Vault
from server.platform.db import Collections
from server.platform.kit.errors import GoneError
from server.records.gone import gone_digest
from server.records.model import BY_TWIN, RecordRow
from server.records.repository import GoneRepository, HeldRepository, RecordRepository
from server.scores.assessor import Assessor

ABOUT_RECORDS = frozenset({CheckKind.RECORD_HELD.value, CheckKind.SAME_EVENT.value})


class RecordChecks(FollowsScheme):
    """Carries out what the desk decided about a record, and shows what it is about."""

    def __init__(self, vault: Vault, scheme: SchemeInForce, assessor: Assessor) -> None:
        self._vault = vault
        self._in_force = scheme
        self._assessor = assessor

    async def decide(self, tx: Transaction, check: CheckRow, *, counts: bool) -> None:
        """Let the record of a question count, or keep it out; its citizen is reassessed."""
        if check["kind"] == CheckKind.SAME_EVENT.value:
            await self._decide_twin(tx, check["record"], counts=counts)
        elif not await self._decide_held(tx, check["record"], counts=counts):
            return
        citizen = await CitizenRepository(tx).get(check.get("citizen", ""))
        if counts and citizen is not None and citizen["enrolment"] is not None:
            await self._assessor.reassess(tx, citizen, AssessmentCause.RECORDS, tell=True)

    @staticmethod
    async def _decide_twin(tx: Transaction, record_id: str, *, counts: bool) -> None:
        """Two events, or one; an event of its own comes back where it had ended with the other."""
        records = RecordRepository(tx)
        row = await records.get(record_id)
        await records.set_separate(record_id, separate=counts)
        if counts and row is not None and row.get("ended") == BY_TWIN:
            await records.keep_versions([row], tx.now)
            await records.bring_back(record_id)

    async def _decide_held(self, tx: Transaction, held_id: str, *, counts: bool) -> bool:
        """Store what was held in place of what had ended; False where nothing is held any more."""
        held, records = HeldRepository(tx), RecordRepository(tx)
        row = await held.get(held_id)
        if row is None:
            return False
        if not counts:
            await held.keep_out(held_id)
            return True
        await held.delete(held_id)
        await GoneRepository(tx).delete(gone_digest(self._vault, row["person_document"]))
        await records.store_held(row, tx.now)
        return True

    async def shown(self, within: Collections, checks: Sequence[CheckRow]) -> dict[str, CheckedRecord]:
        """What is asked about, by the id of the question."""
        held, records = HeldRepository(within), RecordRepository(within)
        found: dict[str, CheckedRecord] = {}
        for check in checks:
            if check["kind"] not in ABOUT_RECORDS:
                continue
            of_held = check["kind"] == CheckKind.RECORD_HELD.value
            row = await (held.get(check["record"]) if of_held else records.get(check["record"]))
            view = None if row is None else await self._view(row)
            if view is not None:
                found[check["_id"]] = view
        return found

    async def _view(self, row: RecordRow) -> CheckedRecord | None:
        try:
            number = (await self._vault.open(row["sealed"]))["id"]
        except GoneError:
            return None
        rule = self._scheme.rules_by_code.get(row["rule"])
        return CheckedRecord(
            document_number=number,
            source=Source.of(self._scheme, row["source"]),
            rule=LocalText.same(row["rule"]) if rule is None else LocalText.of(rule.label),
            occurred_on=date.fromisoformat(row["occurred_on"]),
            reported_on=date.fromisoformat(row["reported_on"]),
        )
