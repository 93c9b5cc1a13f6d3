"""Records, and the disputes about them, as the citizen, the desk and the source see them."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import date, datetime

import strawberry

from schema.types.connection import Node
from schema.types.errors import LocalText
from schema.types.rule import Rule, Source
from schema.types.scalars import Masked, Money
from scoring.disputes import Determination, DisputeAction, DisputeReason, DisputeRole, DisputeState, Finding
from scoring.statement import WithheldReason

for _enum, _text in (
    (Determination, "How a dispute ends. `unverifiable` counts for the citizen."),
    (DisputeAction, "What was done to a dispute."),
    (DisputeReason, "What the citizen says is wrong."),
    (DisputeRole, "Who acts on a dispute, by role and never by name."),
    (DisputeState, "Where a dispute stands."),
    (Finding, "What the reporting entity says about its record."),
):
    strawberry.enum(_enum, description=_text)
strawberry.enum(WithheldReason, description="Why a record does not count on that day.")


@strawberry.type(description="One piece of public credit information about the citizen who asks.")
class CreditRecord(Node):
    """A record with its rule and source; `points` is what it gives today, null if withheld."""

    key: strawberry.Private[str]
    document_number: str
    source: Source
    rule_of: strawberry.Private[Callable[[], Rule]]
    occurred_on: date
    reported_on: date
    final: bool
    disputed: bool
    amount: Money | None
    points: int | None
    withheld_reason: WithheldReason | None
    counts_from: date | None
    expires_on: date | None

    @strawberry.field
    def rule(self) -> Rule:
        return self.rule_of()

    @strawberry.field(description="The newest dispute about it, for its citizen; null where there is none.")
    async def dispute(self, info: strawberry.Info) -> Dispute | None:
        found: Dispute | None = await info.context.loading.dispute_about(self.key)
        return found


@strawberry.type(description="One step in the life of a dispute.")
class DisputeEvent:
    """Who did what and when; `by` is a role, never a name."""

    at: datetime
    action: DisputeAction
    by: DisputeRole
    text: str | None


@strawberry.type(description="A photo that belongs to a dispute, or to one about to be filed.")
class Evidence(Node):
    """`url` opens it for ten minutes."""

    key: strawberry.Private[str]
    media_type: str
    width: int
    height: int
    added_at: datetime
    url: str


@strawberry.type(description="What a dispute and its appeal may have at most.")
class DisputeLimits:
    """Characters of their own words, and photos."""

    most_characters: int
    most_photos: int


@strawberry.type(description="A page to put photos and PDF files on; what is put there waits in the box.")
class EvidenceForm:
    """Good for fifteen minutes; `box` is what `boxedEvidence` is asked with."""

    url: str
    expires_at: datetime
    box: str


@strawberry.type(description="An address to send one photo or PDF file to, once.")
class EvidenceUpload:
    """`POST` the bytes of the file; the answer has the ids to file the dispute with. It can only be used once."""

    url: str
    expires_at: datetime
    max_bytes: int
    box: str


@strawberry.type(description="A dispute about one record. The record is neutral while it is open.")
class Dispute(Node):
    """`due_on` is the last day for a decision, which can be `extended` once; after it, silence decides."""

    key: strawberry.Private[str]
    record_key: strawberry.Private[str]
    filed_at: strawberry.Private[datetime]
    number: str
    state: DisputeState
    reason: DisputeReason
    words: str | None
    filed_on: date
    due_on: date
    working_days_left: int
    subject: LocalText
    source: Source
    points: int
    determination: Determination | None
    explanation: str | None
    lapsed: bool
    question: str | None
    can_appeal: bool
    appeal_until: date | None
    appealed: bool
    extended: bool
    ended_on: date | None
    letter_url: str | None = strawberry.field(description="Where its citizen can read the written answer, for a while.")
    evidence: list[Evidence]
    events: list[DisputeEvent]

    @strawberry.field(description="The record that it is about, for its citizen; null where it is gone.")
    async def record(self, info: strawberry.Info) -> CreditRecord | None:
        found: CreditRecord | None = await info.context.loading.record(self.record_key)
        return found


@strawberry.type(description="What the reporting entity was asked about its record, and what it said.")
class Inquiry:
    """Answered by the entity itself, or by telephone and logged."""

    question: str
    finding: Finding | None
    answer: str | None
    by_telephone: bool


@strawberry.type(description="A dimension with the disputed record counting, and without it.")
class DimensionEffect:
    """Points of the dimension in both statements."""

    label: LocalText
    with_it: int
    without_it: int


@strawberry.type(description="What waits for a second person: the outcome, its effect on the score and the reason.")
class Proposal:
    """`approveCase` names its `determination`; the scores are null where the record is gone."""

    determination: Determination
    explanation: str
    proposed_by: str
    proposed_at: datetime
    changes_record: bool
    score_now: int | None
    score_after: int | None
    can_approve: bool


@strawberry.type(description="A note for colleagues. No citizen reads it.")
class CaseNote:
    """`author` is the account of the person who wrote it."""

    at: datetime
    author: str
    text: str


@strawberry.type(description="The written answer to a dispute: what, why, by which rule, to what effect.")
class Letter:
    """`determination` is null where the dispute was not taken up; the scores are those of the day of the decision."""

    number: str
    citizen_name: str
    filed_on: date
    decided_on: date
    subject: LocalText
    source: Source
    document_number: str | None
    rule: Rule
    legal_basis: str | None
    points: int
    reason: DisputeReason
    words: str
    evidence: list[Evidence]
    finding: Finding | None
    determination: Determination | None
    explanation: str | None
    lapsed: bool
    after_appeal: bool
    score_with: int | None
    score_without: int | None
    score_now: int | None
    appeal_until: date | None
    appeal_days: int | None


@strawberry.type(description="Sources: a question about one of your records, with all that the citizen said.")
class SourceInquiry(Node):
    """`document_number` is your own."""

    key: strawberry.Private[str]
    number: str
    document_number: str
    subject: LocalText
    reason: DisputeReason
    words: str
    question: str
    due_on: date
    evidence: list[Evidence]


@strawberry.type(description="A dispute as the desk sees it: with the record and its effect on the score.")
class Case(Node):
    """`held_by_me` tells whether the person who asks has claimed it; once decided, the scores are those of that day."""

    key: strawberry.Private[str]
    dispute: Dispute
    holder: str | None
    held_by_me: bool
    proposed_by_me: bool
    revision: int
    can_extend: bool
    inquiry: Inquiry | None
    record: CreditRecord | None
    citizen_name: str | None
    masked_id_number: Masked | None
    score_now: int | None
    score_with: int | None
    score_without: int | None
    comparison: list[DimensionEffect]
    notes: list[CaseNote]
    proposal: Proposal | None


@strawberry.type(description="Desk: that a case has changed.")
class QueueChange:
    """Only what the queue shows of a case; to see more is a look, which is logged."""

    key: strawberry.Private[str]

    @strawberry.field(description="The case as the queue shows it.")
    async def case(self, info: strawberry.Info) -> Case:
        found: Case = await info.context.loading.case(self.key)
        return found


@strawberry.enum(description="Which part of the queue to list.")
class QueueFilter(enum.Enum):
    """The queue is ordered by due date, earliest first."""

    OPEN = "OPEN"
    UNASSIGNED = "UNASSIGNED"
    MINE = "MINE"
    OVERDUE = "OVERDUE"
    TO_APPROVE = "TO_APPROVE"
