"""Figures: the programme's use, how disputes go, the register of sources. Counts, never people."""

from __future__ import annotations

import enum
from datetime import date, datetime

import strawberry

from schema.types.benefit import Benefit
from schema.types.connection import Node
from schema.types.errors import LocalText
from scoring.catalogue import DataClass
from scoring.disputes import DisputeTopic


@strawberry.type(description="How often a benefit was used at its partner; null stands for one to nine.")
class BenefitUse:
    """No group smaller than ten is shown."""

    benefit: Benefit
    count: int | None


@strawberry.type(description="How many scores lie from `floor` to `cap`, both included; null stands for one to nine.")
class Bin:
    """One column of the distribution."""

    floor: int
    cap: int
    count: int | None


@strawberry.enum(description="How disputes ended.")
class DisputeOutcome(enum.Enum):
    """A determination, or that there was none."""

    CORRECTED = "corrected"
    DELETED = "deleted"
    UPHELD = "upheld"
    UNVERIFIABLE = "unverifiable"
    TO_BE_DELIVERED = "to_be_delivered"
    DELIVERED = "delivered"
    NOT_FOUND = "not_found"
    REMEDIED = "remedied"
    NO_ERROR_FOUND = "no_error_found"
    ANSWERED = "answered"
    ACKNOWLEDGED = "acknowledged"
    UNANSWERED = "unanswered"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@strawberry.type(description="How many disputes ended in a way; null stands for one to nine.")
class OutcomeCount:
    """One way, and how often."""

    outcome: DisputeOutcome
    count: int | None


@strawberry.type(description="Stewards and auditors: how the programme is used. No group smaller than ten is shown.")
class ProgrammeFigures:
    """`as_of` is the day of the distribution: the newest whole reassessment; null before the first."""

    as_of: date | None
    population: int
    enrolled: int | None
    enrolled_share: float | None
    used_benefit: int | None
    used_share: float | None
    uses: list[BenefitUse]
    distribution: list[Bin]
    outcomes: list[OutcomeCount]


@strawberry.type(description="How often decisions changed the record.")
class OverturnRate:
    """A high rate tells of a bad source or a bad rule. Lapses count as overturned."""

    code: str
    label: LocalText
    decided: int
    overturned: int


@strawberry.type(description="How applications for credit repair go, over those that ended in the last 90 days.")
class RepairFigures:
    """For the public, null stands for one to nine."""

    since: date
    answer_working_days: int
    applied: int | None
    waiting: int | None
    overdue: int | None
    ended: int | None
    accepted: int | None
    lapses: int | None
    median_working_days: float | None


@strawberry.type(description="How disputes of one source's records ended.")
class SourceDisputes:
    """Null stands for too few to be told."""

    label: LocalText
    decided: int | None
    overturned: int | None


@strawberry.type(description="How disputes about records go, over the decisions of the last 90 days; for everybody.")
class DisputeFigures:
    """Null stands for one to nine, and for what would tell them."""

    since: date
    decided: int | None
    overturned: int | None
    lapses: int | None
    median_working_days: float | None
    by_source: list[SourceDisputes]


@strawberry.type(description="How many cases of a topic were decided.")
class TopicCount:
    """One topic, and how often."""

    topic: DisputeTopic
    decided: int


@strawberry.type(description="How often the service was rated so, of 1 to 5.")
class RatingCount:
    """One rating, and how often."""

    rating: int
    count: int


@strawberry.type(description="Staff: how disputes go, over the decisions of the last 90 days.")
class CaseFigures:
    """`median_working_days` is from filing to the end; `escalated` are the open ones that a supervisor has."""

    since: date
    waiting: int
    overdue: int
    escalated: int
    decided: int
    lapses: int
    median_working_days: float | None
    outcomes: list[OutcomeCount]
    by_topic: list[TopicCount]
    ratings: list[RatingCount]
    by_source: list[OverturnRate]
    by_rule: list[OverturnRate]
    repairs: RepairFigures


@strawberry.type(description="Stewards and auditors: a reporting entity, and how usable its deliveries are.")
class SourceFigures:
    """`error_rate` is the share of records that were rejected or refused."""

    code: str
    label: LocalText
    active: bool
    data_classes: list[DataClass]
    rule_count: int
    delivered: int
    rejected: int
    error_rate: float
    last_at: datetime | None


@strawberry.type(description="Stewards and auditors: what a new version of a scheme would do to the city; counts only.")
class ImpactReport(Node):
    """Made and published by `egret scheme impact OLD NEW --publish`. `page` is HTML that needs nothing else."""

    key: strawberry.Private[str]
    at: datetime
    old: str
    new: str
    citizens: int
    up: int
    down: int
    page: str
