"""What a person chooses about notices, and what the desk has told."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from schema.api.citizen import Citizen
from schema.api.context import Info
from schema.api.refusals import CITIZEN, PlainRefusal, TooManyTriesRefusal, refusals
from schema.types.errors import RefusalCode as Code
from schema.types.notice import NoticeWay


@strawberry.input(description="What to choose about notices, as a whole.")
class SetNoticeChoicesInput:
    """`off` are kinds; hours are of Asia/Shanghai, 0 to 23, and the same twice for none."""

    off: list[str]
    quiet_from: int
    quiet_until: int
    digest: bool


@strawberry.type(description="It is as you chose.")
class SetNoticeChoicesSuccess:
    """Whose it is."""

    citizen: Citizen


SetNoticeChoicesResult = Annotated[
    SetNoticeChoicesSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("SetNoticeChoicesResult")
]


@strawberry.input(description="Notices that were shown to their person.")
class MarkNoticesReadInput:
    """By their ids, at most a page of them."""

    ids: list[strawberry.ID]


@strawberry.type(description="They are read.")
class MarkNoticesReadSuccess:
    """Whose they are."""

    citizen: Citizen


MarkNoticesReadResult = Annotated[
    MarkNoticesReadSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("MarkNoticesReadResult")
]


@strawberry.input(description="A notice that the desk has told, how and on which day.")
class MarkNoticeToldInput:
    """By its id. `by` is LETTER, CALL or COUNTER; a letter is told on the day on which it arrived."""

    id: strawberry.ID
    by: NoticeWay
    on: date


@strawberry.type(description="The notice counts as delivered on that day.")
class MarkNoticeToldSuccess:
    """Its id."""

    id: strawberry.ID


MarkNoticeToldResult = Annotated[MarkNoticeToldSuccess | PlainRefusal, strawberry.union("MarkNoticeToldResult")]


@strawberry.type
class NoticeMutations:
    """Choosing, and telling by hand."""

    @strawberry.mutation(
        description="Choose which notices to get, when none may come, and whether in one message a day. What the law "
        "wants told always comes.",
        metadata=refusals(*CITIZEN, Code.BAD_INPUT),
    )
    async def set_notice_choices(self, info: Info, input: SetNoticeChoicesInput) -> SetNoticeChoicesResult:
        caller = info.context.as_citizen()
        await info.context.services.notices.choose(
            caller, input.off, (input.quiet_from, input.quiet_until), digest=input.digest
        )
        return SetNoticeChoicesSuccess(citizen=Citizen.of(caller.principal))

    @strawberry.mutation(
        description="Keep that I have read notices: what was not delivered before is so by that, and rights run from "
        "now.",
        metadata=refusals(*CITIZEN, Code.BAD_INPUT),
    )
    async def mark_notices_read(self, info: Info, input: MarkNoticesReadInput) -> MarkNoticesReadResult:
        caller = info.context.as_citizen()
        await info.context.services.notices.mark_read(caller, [str(one) for one in input.ids])
        return MarkNoticesReadSuccess(citizen=Citizen.of(caller.principal))

    @strawberry.mutation(
        description="Desk: keep that a notice was told by letter, call or at the counter; rights run from that day.",
        metadata=refusals(
            Code.NOT_SIGNED_IN, Code.FORBIDDEN, Code.NOT_FOUND, Code.CONFLICT, Code.BAD_INPUT, Code.KEY_REUSED
        ),
    )
    async def mark_notice_told(self, info: Info, input: MarkNoticeToldInput) -> MarkNoticeToldResult:
        context = info.context
        await context.services.notices.mark_told(context.as_desk(), str(input.id), input.by, input.on)
        return MarkNoticeToldSuccess(id=input.id)
