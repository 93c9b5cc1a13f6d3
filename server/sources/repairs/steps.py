"""One step of an application for repair inside a transaction: table, event, source, citizen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from pydantic import JsonValue

from schema.types.connection import global_id
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Kind
from schema.types.webhook import WebhookEventType
from scoring.repair import OPEN_REPAIRS, IllegalRepairMoveError, RepairAction, RepairRole, RepairState, move_repair
from server.citizens.consents import may_compute
from server.citizens.repository import CitizenRepository
from server.citizens.service import Citizens, chain_of
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction
from server.platform.crypto.vault import Vault
from server.platform.db import Sealed
from server.platform.webhooks.publishing import Publisher
from server.scores.assessor import Assessor
from server.sources.repairs.model import RepairContent, RepairEventRow, RepairRow, asked_entity
from server.sources.repairs.repository import RepairRepository

_ROLES = {Kind.SOURCE: RepairRole.SOURCE, Kind.APPROVER: RepairRole.APPROVER, Kind.AGENT: RepairRole.DESK}


class RepairSteps(FollowsScheme):
    """Applies actions to applications."""

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
        row: RepairRow,
        action: RepairAction,
        role: RepairRole,
        *,
        values: Mapping[str, object] | None = None,
    ) -> RepairRow:
        """Move an application; compare-and-set on its revision. Refused: REPAIR_CLOSED, CONFLICT."""
        try:
            state = move_repair(RepairState(row["state"]), action, role)
        except IllegalRepairMoveError:
            raise Refused(RefusalCode.CONFLICT if row["open"] else RefusalCode.REPAIR_CLOSED) from None
        event: RepairEventRow = {"at": tx.now, "action": action.value, "by": role.value, "actor": tx.actor.id}
        is_open = state in OPEN_REPAIRS
        update = {**(values or {}), "state": state.value, "open": is_open}
        if not is_open:
            update["ended_on"] = tx.today.isoformat()
        moved = await RepairRepository(tx).move(row, update, event)
        if moved is None:
            raise Refused(RefusalCode.CONFLICT)
        await tx.audit(repair_chain(row["_id"]), f"repair.{action.value}", {"state": state.value})
        if not is_open:
            await self.tell_source(tx, moved, WebhookEventType.REPAIR_CLOSED)
        return moved

    async def tell_source(self, tx: Transaction, row: RepairRow, event_type: WebhookEventType) -> None:
        """An application waits for its source, or waits no more."""
        repair_id = str(global_id("SourceRepair", row["_id"]))
        told: dict[str, JsonValue] = {"id": repair_id, "number": row["number"], "dueOn": row["due_on"]}
        await self._publisher.publish(tx, Kind.SOURCE, asked_entity(row), event_type, {"repair": told})

    async def value_now(self, tx: Transaction, citizen_id: str) -> int | None:
        """The score of a citizen as their records are now; None where there is none."""
        citizen = await CitizenRepository(tx).get(citizen_id)
        if citizen is None or citizen["enrolment"] is None or not may_compute(citizen, self._scheme, tx.today):
            return None
        return (await self._assessor.compute(citizen, tx.today, tx)).statement.value

    async def settle(self, tx: Transaction, row: RepairRow, *, repaired: bool, before: int | None) -> None:
        """The record has ended: so does the application about it, and its citizen hears of the score and why."""
        role = _ROLES.get(tx.actor.kind, RepairRole.CLOCK)
        accepted = RepairAction.APPROVE if role is RepairRole.APPROVER else RepairAction.ACCEPT
        now = await self.value_now(tx, row["citizen"]) if repaired else None
        score: dict[str, int] = {}
        if now is not None:
            score["value"] = now
            score["points"] = 0 if before is None else now - before
        sealed = await self.add(tx, row, score)
        action = accepted if repaired else RepairAction.CLOSE
        moved = await self.take(tx, row, action, role, values={"sealed": sealed})
        await self.tell_citizen(tx, moved)

    async def add(self, tx: Transaction, row: RepairRow, more: Mapping[str, JsonValue]) -> Sealed:
        """What is sealed of an application, with more in it."""
        citizen = await CitizenRepository(tx).get(row["citizen"])
        if citizen is None:
            raise Refused(RefusalCode.NOT_FOUND)
        content = await self._vault.open(row["sealed"])
        return await self._vault.seal(citizen["key"], {**content, **more})

    async def tell_citizen(self, tx: Transaction, row: RepairRow) -> None:
        """What became of an application: what it says, and what the score is now."""
        await tx.audit(chain_of(row["citizen"]), "repair.answered", {"number": row["number"], "state": row["state"]})
        citizen = await CitizenRepository(tx).get(row["citizen"])
        if citizen is None:
            return
        content = cast(RepairContent, await self._vault.open(row["sealed"]))
        data: dict[str, JsonValue] = {
            "number": row["number"],
            "state": row["state"],
            "label": self._label(row["rule"]),
            "source": self._source(row["source"]),
            "why": content.get("answer"),
            "value": content.get("value"),
            "points": content.get("points"),
            "due": row["due_on"],
        }
        await self._citizens.notify(tx, citizen, "repair_answered", data, about=row["_id"], once=row["state"])

    async def tell_of_call(self, tx: Transaction, row: RepairRow) -> None:
        """That staff asked the office by telephone and wrote its answer down."""
        citizen = await CitizenRepository(tx).get(row["citizen"])
        if citizen is not None:
            data: dict[str, JsonValue] = {"what": "repair_call", "number": row["number"]}
            once = str(row["revision"])
            await self._citizens.notify(tx, citizen, "acted_for_you", data, about=row["_id"], once=once)

    def _label(self, rule: str) -> dict[str, JsonValue]:
        known = self._scheme.rules_by_code.get(rule)
        return {"zh": known.label.zh if known else rule, "en": known.label.en if known else rule}

    def _source(self, source: str) -> dict[str, JsonValue]:
        known = self._scheme.sources_by_code.get(source)
        return {"zh": known.label.zh if known else source, "en": known.label.en if known else source}


def repair_chain(repair_id: str) -> str:
    """The audit chain of an application."""
    return f"repair:{repair_id}"
