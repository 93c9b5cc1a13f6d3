"""A citizen's own records."""

from __future__ import annotations

from schema.connection import Connection, Page, connect_all
from schema.errors import RefusalCode, Refused
from schema.principal import Principal
from schema.record import CreditRecord
from server import views
from server.clock import day_of
from server.parts import Parts


class RecordService:
    """Implements `schema.services.Records`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def of_citizen(self, by: Principal, page: Page) -> Connection[CreditRecord]:
        return connect_all(await self._all(by), lambda r: r.key, page)

    async def record(self, by: Principal, key: str) -> CreditRecord:
        found = next((r for r in await self._all(by) if r.key == key), None)
        if found is None:
            raise Refused(RefusalCode.NOT_FOUND)
        return found

    async def _all(self, by: Principal) -> list[CreditRecord]:
        today = day_of(self._parts.clock())
        computed = await self._parts.assessor.compute(await self._parts.citizens.get(by.id), today)
        return [views.record_view(self._parts.scheme, h, computed.statement) for h in computed.held]
