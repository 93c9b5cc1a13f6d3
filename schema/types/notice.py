"""Notices: what a person was told, what they chose, and what the desk has to tell."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import strawberry

from schema.types.errors import LocalText
from schema.types.scalars import Masked


class NoticeWay(StrEnum):
    """How a notice reached its person; values are as stored."""

    CHAT = "chat"
    TEMPLATE = "template"
    SUBSCRIPTION = "subscription"
    MINI = "mini"
    SMS = "sms"
    LETTER = "letter"
    CALL = "call"
    COUNTER = "counter"
    READ = "read"


strawberry.enum(NoticeWay, description="How a notice reached its person.")


@strawberry.type(description="Something that a person is told.")
class Notice:
    """`delivered_at` is null while no way has taken it; what was read is delivered."""

    cursor_key: strawberry.Private[str]
    id: strawberry.ID
    kind: str
    title: LocalText
    words: LocalText
    at: datetime
    delivered_at: datetime | None
    delivered_by: NoticeWay | None
    read_at: datetime | None


class NoticeGroup(StrEnum):
    """What kinds of notices are about; values are as in the catalogue of kinds."""

    RECORDS = "records"
    CASES = "cases"
    SCORE = "score"
    SAFETY = "safety"


strawberry.enum(NoticeGroup, description="What kinds of notices are about.")


@strawberry.type(description="A kind of notices, and whether I get it.")
class NoticeKindChoice:
    """What has to be told is `required` and always on; `why` says for what reason."""

    kind: str
    title: LocalText
    group: NoticeGroup
    required: bool
    why: LocalText | None
    on: bool


@strawberry.type(description="What I chose about notices.")
class NoticeChoices:
    """Hours are of Asia/Shanghai; where both are the same, none is quiet."""

    kinds: list[NoticeKindChoice]
    quiet_from: int
    quiet_until: int
    digest: bool


@strawberry.type(description="A way that was tried, and what came of it.")
class NoticeTry:
    """`outcome` says why a way is closed; `sent` and `lost` are what they say."""

    way: NoticeWay
    at: datetime
    outcome: str


@strawberry.type(description="Desk: a notice that reached its person by no way, to be told by letter or call.")
class UndeliveredNotice:
    """`phone` is the one that was bound; it is shown to be called."""

    cursor_key: strawberry.Private[str]
    id: strawberry.ID
    kind: str
    title: LocalText
    number: str | None
    at: datetime
    since: datetime
    masked_name: Masked | None
    masked_id_number: Masked | None
    phone: str | None
    tries: list[NoticeTry]
