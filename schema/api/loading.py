"""Reads what objects refer to, together for all objects that ask at once.

Nothing is kept: what a change or an event answers with is read after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from strawberry.dataloader import DataLoader

from schema.types.dispute import Case, CreditRecord, Dispute
from schema.types.evidence import Evidence
from schema.types.principal import Kind, Principal
from schema.types.repair import RepairApplication, RepairEffect

if TYPE_CHECKING:
    from schema.api.services import Services


class RequestLoading:
    """Of one request: `info.context.loading` in the types that refer to something."""

    def __init__(self, services: Services, principal: Principal) -> None:
        self._services = services
        self._principal = principal
        self._statement: Any = None
        self._records: DataLoader[str, CreditRecord | None] = DataLoader(self._load_records, cache=False)
        self._disputes: DataLoader[str, Dispute | None] = DataLoader(self._load_disputes, cache=False)
        self._repairs: DataLoader[str, RepairApplication | None] = DataLoader(self._load_repairs, cache=False)
        self._proofs: DataLoader[str, list[Evidence]] = DataLoader(self._load_proofs, cache=False)
        self._effects: DataLoader[str, RepairEffect | None] = DataLoader(self._load_effects, cache=False)

    async def record(self, key: str, statement: Any = None) -> CreditRecord | None:
        """One of the citizen's own records, as it counts in a statement, or in today's; None where it is gone."""
        self._statement = statement
        return await self._records.load(key) if self._principal.kind is Kind.CITIZEN else None

    async def dispute_about(self, key: str) -> Dispute | None:
        """The citizen's newest dispute about a record; None where there is none."""
        return await self._disputes.load(key) if self._principal.kind is Kind.CITIZEN else None

    async def repair_about(self, key: str) -> RepairApplication | None:
        """The citizen's newest application for the repair of a record; None where there is none."""
        return await self._repairs.load(key) if self._principal.kind is Kind.CITIZEN else None

    async def repair_evidence(self, key: str) -> list[Evidence]:
        """The proof that the citizen gave with an application."""
        return await self._proofs.load(key) if self._principal.kind is Kind.CITIZEN else []

    async def repair_effect(self, key: str) -> RepairEffect | None:
        """The citizen's score if a record were repaired; None where there is no score."""
        return await self._effects.load(key) if self._principal.kind is Kind.CITIZEN else None

    async def case(self, key: str) -> Case:
        """A case as the queue shows it."""
        return await self._services.desk.listed(self._principal, key)

    async def _load_records(self, keys: list[str]) -> Sequence[CreditRecord | None]:
        found = await self._services.records.by_key(self._principal, keys, self._statement)
        return [found.get(key) for key in keys]

    async def _load_disputes(self, keys: list[str]) -> Sequence[Dispute | None]:
        found = await self._services.disputes.about(self._principal, keys)
        return [found.get(key) for key in keys]

    async def _load_repairs(self, keys: list[str]) -> Sequence[RepairApplication | None]:
        found = await self._services.repairs.about(self._principal, keys)
        return [found.get(key) for key in keys]

    async def _load_proofs(self, keys: list[str]) -> Sequence[list[Evidence]]:
        found = await self._services.repairs.proofs(self._principal, keys)
        return [found[key] for key in keys]

    async def _load_effects(self, keys: list[str]) -> Sequence[RepairEffect | None]:
        found = await self._services.what_if.repaired(self._principal, keys)
        return [found.get(key) for key in keys]
