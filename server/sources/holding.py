"""Holding what a decision deleted or corrected and came again: it waits for a person, and its citizen is told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from pydantic import JsonValue

from scoring.scheme import Scheme
from server.citizens.model import CitizenRow
from server.citizens.repository import CitizenRepository
from server.citizens.service import Citizens
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction
from server.records.model import RecordRow
from server.records.repository import HeldRepository
from server.records.twins import of_decided_events


class AskDesk(Protocol):
    """Asks a person at the desk whether a held record may count; `resident` is the ID number it came with."""

    async def __call__(self, tx: Transaction, held: RecordRow, citizen: CitizenRow, resident: str) -> None: ...


class Holding(FollowsScheme):
    """Keeps held records, asks the desk and tells the citizen, once for the same content."""

    def __init__(self, scheme: SchemeInForce, citizens: Citizens, ask: AskDesk) -> None:
        self._in_force = scheme
        self._citizens = citizens
        self._ask = ask

    async def of_decided_events(self, tx: Transaction, rows: Sequence[RecordRow]) -> frozenset[str]:
        """As `server.records.twins`."""
        return await of_decided_events(tx, self._scheme, rows)

    async def hold(
        self,
        tx: Transaction,
        rows: Sequence[RecordRow],
        residents: Mapping[str, str],
        decided: Collection[str] = frozenset(),
    ) -> None:
        """Hold records; `residents` has the ID number of each citizen they are about.

        `decided` are the ids of those that another body reported of an event which a person decided about.
        """
        held = HeldRepository(tx)
        for row in rows:
            earlier = await held.of_document(row["person_document"])
            if earlier is not None and earlier["content"] == row["content"]:
                continue
            waiting: RecordRow = {**row, "held_at": tx.now, "kept": False}
            await held.put(waiting)
            citizen = await CitizenRepository(tx).get(row["citizen"])
            if citizen is not None:
                await self._ask(tx, waiting, citizen, residents[row["citizen"]])
                told = label_of(self._scheme, row["rule"]) | {"on": row["occurred_on"], "twin": row["_id"] in decided}
                await self._citizens.notify(tx, citizen, "record_held", told)


def label_of(scheme: Scheme, rule: str) -> dict[str, JsonValue]:
    """What a rule is called, as a notice has it; its code where the catalogue has it no longer."""
    known = scheme.rules_by_code.get(rule)
    return {"zh": rule, "en": rule} if known is None else {"zh": known.label.zh, "en": known.label.en}
