"""A citizen's own records."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from schema.types.connection import Connection, Edge, Page, connect_all
from schema.types.dispute import CreditRecord
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Principal
from server.citizens.access_log import AccessLog
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.db import Document
from server.platform.kit.clock import Clock, day_of
from server.records.service import HeldRecord
from server.scores.assessor import Assessor
from server.scores.mapping import RecordViews, nothing_counts
from server.scores.service import ScoreService


class RecordService(FollowsScheme):
    """Implements `schema.api.services.Records`."""

    def __init__(
        self,
        *,
        scheme: SchemeInForce,
        clock: Clock,
        assessor: Assessor,
        access_log: AccessLog,
        scores: ScoreService,
    ) -> None:
        self._in_force = scheme
        self._clock = clock
        self._scores = scores
        self._reader = assessor.records
        self._access_log = access_log

    async def of_citizen(self, actor: Principal, page: Page) -> Connection[CreditRecord]:
        as_json, held = await self._read(actor)
        views = RecordViews(self._scheme, as_json)
        page_of = connect_all(held, lambda h: h.key, page)
        edges = [Edge(key=edge.key, node=views.of(edge.node)) for edge in page_of.edges]
        return Connection(edges=edges, page_info=page_of.page_info, count=page_of.count)

    async def record(self, actor: Principal, key: str) -> CreditRecord:
        as_json, held = await self._read(actor)
        found = next((h for h in held if h.key == key), None)
        if found is None:
            raise Refused(RefusalCode.NOT_FOUND)
        return RecordViews(self._scheme, as_json).of(found)

    async def by_key(
        self, actor: Principal, keys: Sequence[str], statement: Document | None = None
    ) -> dict[str, CreditRecord]:
        if statement is None:
            as_json, held = await self._read(actor)
        else:
            as_json, held = statement, await self._reader.of(actor.id)
        views = RecordViews(self._scheme, as_json)
        wanted = frozenset(keys)
        return {h.key: views.of(h) for h in held if h.key in wanted}

    async def _read(self, actor: Principal) -> tuple[Document, list[HeldRecord]]:
        statement, held = await asyncio.gather(self._statement(actor), self._reader.of(actor.id))
        await self._access_log.log(actor)
        return statement or nothing_counts(held, day_of(self._clock())), held

    async def _statement(self, actor: Principal) -> Document | None:
        """Today's statement; None where nothing is computed, and the records are still their owner's to see."""
        stored = await self._scores.stored_if_computed(actor)
        return None if stored is None else stored.content["statement"]
