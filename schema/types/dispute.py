"""Records, and the disputes about them, as the citizen, the desk and the source see them."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import date, datetime

import strawberry

from schema.types.connection import Node
from schema.types.errors import LocalText
from schema.types.evidence import Evidence
from schema.types.repair import RecordRepair
from schema.types.rule import Rule, Source
from schema.types.scalars import Masked, Money
from scoring.disputes import (
    DataAspect,
    Determination,
    DisputeAction,
    DisputeReason,
    DisputeRole,
    DisputeState,
    DisputeTopic,
    Finding,
)
from scoring.statement import WithheldReason

for _enum, _text in (
    (DataAspect, "Which of a citizen's data is wrong."),
    (DisputeTopic, "What a dispute is about."),
    (Determination, "How a dispute ends. `unverifiable` counts for the citizen."),
    (DisputeAction, "What was done to a dispute."),
    (DisputeReason, "What is wrong with a record: citizens choose one of five, staff refine it."),
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
    repair_of: strawberry.Private[Callable[[], RecordRepair]]

    @strawberry.field
    def rule(self) -> Rule:
        return self.rule_of()

    @strawberry.field(description="Whether, from when and by whom it can be repaired (信用修复).")
    def repair(self) -> RecordRepair:
        return self.repair_of()

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


@strawberry.type(description="What a dispute and its appeal may have at most.")
class DisputeLimits:
    """Characters of their own words, and photos; and the day it is in the city, after which nothing has happened."""

    most_characters: int
    most_photos: int
    today: date


@strawberry.type(description="The answer that an appeal is about.")
class FirstAnswer:
    """`determination` is null where the dispute was not taken up; `letter_url` is for its citizen alone."""

    determination: Determination | None
    explanation: str | None
    decided_on: date
    letter_url: str | None


@strawberry.type(
    description="A dispute about one record, which is neutral while it is open; or a complaint about something else."
)
class Dispute(Node):
    """`due_on` is the last day for a decision, which can be `extended` once; after it, silence decides.

    A complaint that was not answered in time is `escalated`: a supervisor has it.
    """

    key: strawberry.Private[str]
    record_key: strawberry.Private[str | None]
    filed_at: strawberry.Private[datetime]
    number: str
    topic: DisputeTopic
    state: DisputeState
    reason: DisputeReason
    refined_reason: DisputeReason | None
    concerns_on: date | None
    rating: int | None
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
    escalated: bool
    ended_on: date | None
    letter_url: str | None = strawberry.field(description="Where its citizen can read the written answer, for a while.")
    receipt_url: str | None = strawberry.field(description="Where its citizen can read the receipt, for a while.")
    first_answer: FirstAnswer | None
    evidence: list[Evidence]
    events: list[DisputeEvent]

    @strawberry.field(description="The record that it is about, for its citizen; null where it is gone.")
    async def record(self, info: strawberry.Info) -> CreditRecord | None:
        if self.record_key is None:
            return None
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


@strawberry.type(description="What a rule gave in the statement of a day, and what the engine gives now.")
class RecomputedRule:
    """Points of all its lines."""

    label: LocalText
    stored: int
    recomputed: int


@strawberry.type(description="The statement that was in force on a day, computed again by the rules of that day.")
class Recomputation:
    """`same` tells whether every line is as it was; the records are those that the statement was made from."""

    as_of: date
    value: int
    recomputed: int
    same: bool
    rules: list[RecomputedRule]


@strawberry.type(description="What waits for a second person: the outcome, its effect on the score and the reason.")
class Proposal:
    """`approveCase` names its `determination`; the scores are null where the record is gone.

    `also_ends` are other bodies' records of the same event, which end with it.
    """

    determination: Determination
    explanation: str
    proposed_by: str
    proposed_at: datetime
    changes_record: bool
    score_now: int | None
    score_after: int | None
    can_approve: bool
    also_ends: list[CreditRecord]


@strawberry.type(description="A note for colleagues. No citizen reads it.")
class CaseNote:
    """`author` is the account of the person who wrote it."""

    at: datetime
    author: str
    text: str


@strawberry.enum(description="A kind of letter about a dispute.")
class LetterKind(enum.Enum):
    """A letter says which it is; its check code is of its kind alone."""

    RECEIPT = "RECEIPT"
    ANSWER = "ANSWER"
    FIRST_ANSWER = "FIRST_ANSWER"


@strawberry.enum(description="What a letter says about going on.")
class LetterClosing(enum.Enum):
    """One of three, by the case at hand."""

    MAY_APPEAL = "MAY_APPEAL"
    FINAL = "FINAL"
    IN_FAVOUR = "IN_FAVOUR"


@strawberry.type(description="The office that signs a letter.")
class LetterOffice:
    """`unit` is who decided."""

    name: LocalText
    unit: LocalText
    address: LocalText
    phone: str


@strawberry.type(description="Whether a letter is genuine; of one that is, the kind, the day and the office, no more.")
class LetterCheck:
    """Everything but `genuine` is null for what is not known here."""

    genuine: bool
    kind: LetterKind | None
    dated_on: date | None
    office: LetterOffice | None


@strawberry.type(description="The receipt of a dispute: that it was filed, about what, and until when it is answered.")
class Receipt:
    """`due_on` is the day that was promised when it was filed."""

    number: str
    topic: DisputeTopic
    citizen_name: str
    filed_on: date
    due_on: date
    subject: LocalText
    source: Source
    document_number: str | None
    points: int
    reason: DisputeReason
    words: str
    evidence: list[Evidence]
    office: LetterOffice
    check_code: str
    check_url: str


@strawberry.type(description="The written answer to a dispute: what, why, by which rule, to what effect.")
class Letter:
    """`determination` is null where the dispute was not taken up; the scores are those of the day of the decision."""

    number: str
    topic: DisputeTopic
    citizen_name: str
    filed_on: date
    decided_on: date
    subject: LocalText
    source: Source
    document_number: str | None
    rule: Rule | None
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
    appealed_since: bool
    changed_by_two: bool
    closing: LetterClosing
    score_with: int | None
    score_without: int | None
    score_now: int | None
    appeal_until: date | None
    appeal_days: int | None
    office: LetterOffice
    check_code: str
    check_url: str


@strawberry.type(description="Sources: a question about one of your records, with all that the citizen said.")
class SourceInquiry(Node):
    """`document_number` is your own; empty where a record is missing, and only then is it said whose."""

    key: strawberry.Private[str]
    number: str
    topic: DisputeTopic
    document_number: str
    citizen_name: str | None
    id_number: str | None
    concerns_on: date | None
    subject: LocalText
    reason: DisputeReason
    words: str
    question: str
    due_on: date
    evidence: list[Evidence]


@strawberry.enum(description="Why a case is with its holder again.")
class CaseReturn(enum.Enum):
    """The last thing that happened to it, apart from who holds it and how long."""

    SUPPLIED = "supply"
    ANSWERED = "answer"
    RETURNED = "return"


@strawberry.type(description="Another case of the same person or the same source, as a queue shows it.")
class RelatedCase:
    """What it takes to see whether two cases belong together; nothing that anybody wrote."""

    id: strawberry.ID
    number: str
    topic: DisputeTopic
    subject: LocalText
    state: DisputeState
    determination: Determination | None
    filed_on: date
    due_on: date


@strawberry.type(description="A dispute as the desk sees it: with the record and its effect on the score.")
class Case(Node):
    """`held_by_me` tells whether the person who asks has claimed it; once decided, the scores are those of that day."""

    key: strawberry.Private[str]
    dispute: Dispute
    holder: str | None
    held_by_me: bool
    proposed_by_me: bool
    revision: int
    changes: int
    came_back: CaseReturn | None
    photos: int
    can_extend: bool
    inquiry: Inquiry | None
    record: CreditRecord | None
    recomputation: Recomputation | None
    candidates: list[CreditRecord]
    outcomes: list[Determination]
    findings: list[Finding]
    citizen_name: str | None
    masked_id_number: Masked | None
    score_now: int | None
    score_with: int | None
    score_without: int | None
    comparison: list[DimensionEffect]
    notes: list[CaseNote]
    proposal: Proposal | None
    same_citizen: list[RelatedCase]
    same_source: list[RelatedCase]


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
    ESCALATED = "ESCALATED"
    CAME_BACK = "CAME_BACK"
