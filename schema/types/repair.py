"""Credit repair (信用修复): whether a record can be repaired, and applications for it."""

from __future__ import annotations

import asyncio
import enum
from datetime import date, datetime

import strawberry

from schema.types.connection import Node
from schema.types.errors import LocalText
from schema.types.evidence import Evidence
from schema.types.rule import Source
from schema.types.scalars import Masked
from scoring.repair import RepairRefusal, RepairState

strawberry.enum(RepairState, description="Where an application for repair stands.")
strawberry.enum(RepairRefusal, description="Why a record cannot be repaired.")


@strawberry.enum(description="What can be done about a record's repair today.")
class RepairOutlook(enum.Enum):
    """Of one record, on the day it is asked."""

    NOW = "NOW"
    LATER = "LATER"
    NEVER = "NEVER"
    APPLIED = "APPLIED"


@strawberry.type(description="The score if one record were repaired; nothing is written.")
class RepairEffect:
    """`points` is by how much the score would move."""

    value: int
    points: int


@strawberry.type(description="A citizen's application that a record be repaired, with its answer.")
class RepairApplication(Node):
    """`due_on` is the last day for the answer; after it the desk follows it up, and the record stays as it is."""

    key: strawberry.Private[str]
    record_key: strawberry.Private[str]
    record_id: strawberry.ID
    applied_at: strawberry.Private[datetime]
    number: str
    state: RepairState
    is_open: bool
    subject: LocalText
    source: Source
    done_on: date
    words: str
    photos: strawberry.Private[list[Evidence] | None]
    applied_on: date
    due_on: date
    working_days_left: int
    lapsed: bool
    answer: str | None
    ended_on: date | None
    score_after: int | None
    points: int | None

    @strawberry.field(description="The proof.")
    async def evidence(self, info: strawberry.Info) -> list[Evidence]:
        if self.photos is not None:
            return self.photos
        found: list[Evidence] = await info.context.loading.repair_evidence(self.key)
        return found


@strawberry.type(description="Whether, from when and by whom a record can be repaired.")
class RecordRepair:
    """`from` is the first day; `refusal` says why there is none."""

    key: strawberry.Private[str]
    as_of: date
    earliest: date | None = strawberry.field(name="from")
    by: Source
    demand: LocalText
    answer_working_days: int
    refusal: RepairRefusal | None
    asked: strawberry.Private[asyncio.Future[RepairApplication | None] | None] = None

    @strawberry.field(description="What can be done today.")
    async def state(self, info: strawberry.Info) -> RepairOutlook:
        newest = await self._newest(info)
        if newest is not None and newest.is_open:
            return RepairOutlook.APPLIED
        if self.refusal is not None or self.earliest is None:
            return RepairOutlook.NEVER
        return RepairOutlook.NOW if self.earliest <= self.as_of else RepairOutlook.LATER

    @strawberry.field(description="The newest application about it, for its citizen; null where there is none.")
    async def application(self, info: strawberry.Info) -> RepairApplication | None:
        return await self._newest(info)

    @strawberry.field(description="Until when the open application is to be answered; null where none is open.")
    async def due_on(self, info: strawberry.Info) -> date | None:
        newest = await self._newest(info)
        return newest.due_on if newest is not None and newest.is_open else None

    @strawberry.field(description="The score if it were repaired; null where there is no score, or no repair.")
    async def effect(self, info: strawberry.Info) -> RepairEffect | None:
        if self.refusal is not None:
            return None
        found: RepairEffect | None = await info.context.loading.repair_effect(self.key)
        return found

    async def _newest(self, info: strawberry.Info) -> RepairApplication | None:
        """Asked for once, whichever fields need it."""
        if self.asked is None:
            self.asked = asyncio.ensure_future(info.context.loading.repair_about(self.key))
        found: RepairApplication | None = await self.asked
        return found


@strawberry.type(description="Sources: an application for the repair of one of your records.")
class SourceRepair(Node):
    """`document_number` is your own; who the citizen is beyond that is not told."""

    key: strawberry.Private[str]
    number: str
    document_number: str
    subject: LocalText
    done_on: date
    words: str
    applied_on: date
    due_on: date
    lapsed: bool
    evidence: list[Evidence]


@strawberry.type(description="Desk: an application for repair, with the office that answers it.")
class RepairCase(Node):
    """In the queue without what people wrote; to see that is a look, which is logged."""

    key: strawberry.Private[str]
    application: RepairApplication | None
    number: str
    state: RepairState
    subject: LocalText
    source: Source
    applied_on: date
    due_on: date
    working_days_left: int
    lapsed: bool
    has_program: bool
    office: str | None
    office_phone: str | None
    revision: int
    document_number: str | None
    citizen_name: str | None
    masked_id_number: Masked | None
    answer: str | None
    spoke_with: str | None
    can_approve: bool
