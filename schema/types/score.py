"""A score and everything it is made of."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Protocol

import strawberry
from strawberry.scalars import JSON

from schema.types.benefit import Benefit
from schema.types.connection import Connection, Node, Page, connect_all, global_id
from schema.types.errors import LocalText
from schema.types.loading import loading
from scoring import catalogue, statement
from scoring.catalogue import DataClass, Direction, LimitPeriod, Tier
from scoring.dated import Provenance
from scoring.engine import NEWCOMER_BAND
from scoring.scheme import Scheme
from scoring.statement import LineKind, WithheldReason

if TYPE_CHECKING:
    from schema.types.record import CreditRecord

strawberry.enum(Provenance, description="Where a figure comes from.")
strawberry.enum(LineKind, description="What a line stands for.")
strawberry.enum(WithheldReason, description="Why a record does not count on that day.")
strawberry.enum(DataClass, description="The four classes of public credit information.")
strawberry.enum(Tier, description="How grave an offence is.")
strawberry.enum(LimitPeriod, description="The time in which the records of a rule give so many points at most.")
strawberry.enum(Direction, description="Which way a record of a rule can move the score.")


@strawberry.enum(description="Why an assessment was made.")
class AssessmentCause(enum.Enum):
    """Values are as stored."""

    DAY = "day"
    RECORDS = "records"
    DISPUTE = "dispute"
    ENROLMENT = "enrolment"
    CHOICE = "choice"


@strawberry.type(description="A named range of values. Labels are neutral; nobody is ranked.")
class Band:
    """The band of a score; `newcomer` where no record counts yet."""

    code: str
    label: LocalText

    @classmethod
    def of(cls, scheme: Scheme, code: str) -> Band:
        """A band by code, or the newcomer's."""
        if code == NEWCOMER_BAND:
            return cls(code=code, label=LocalText.of(scheme.newcomer))
        band = scheme.bands_by_code.get(code)
        return cls(code=code, label=LocalText.of(band.label) if band else LocalText.same(code))


@strawberry.type(description="A reporting entity on the register of public-sector sources.")
class Source:
    """Who reported a record."""

    code: str
    label: LocalText

    @classmethod
    def of(cls, scheme: Scheme, code: str) -> Source:
        """A reporting entity by code; one that the register lost is named by its code."""
        known = scheme.sources_by_code.get(code)
        return cls(code=code, label=LocalText.of(known.label) if known else LocalText.same(code))


@strawberry.type(description="The most points that records of one rule give together.")
class RuleLimit:
    """`per` is `month` or `year`; null: all records that count."""

    points: int
    per: LimitPeriod | None
    provenance: Provenance


@strawberry.type(description="An entry of the rule catalogue.")
class Rule(Node):
    """Why a record counts, for how long, and whether the citizen may switch it off."""

    code: str
    label: LocalText
    data_class: DataClass
    legal_basis: str
    optional: bool
    direction: Direction
    tier: Tier | None
    points: int
    provenance: Provenance
    provenance_source: str
    retention_months: int | None
    grace_days: int | None
    limits: list[RuleLimit]

    @classmethod
    def of(cls, scheme: Scheme, rule: catalogue.Rule, on: date, limits_on: date) -> Rule:
        """A rule with the figures in force on a day, or on its first; limits are those of the assessment's day."""
        points = rule.points_on(on) or rule.points[0]
        terms = scheme.terms_on(rule.code, on) or scheme.terms_on(rule.code, points.from_)
        limits = [v for v in rule.limits if v.in_force(limits_on)]
        return cls(
            id=rule_id(scheme, rule.code, on, limits_on),
            code=rule.code,
            label=LocalText.of(rule.label),
            data_class=rule.data_class,
            legal_basis=rule.basis,
            optional=rule.optional,
            direction=rule.direction,
            tier=rule.tier,
            points=points.value,
            provenance=points.provenance,
            provenance_source=points.source,
            retention_months=terms.retention_months if terms else None,
            grace_days=(terms.grace_days or None) if terms else None,
            limits=[RuleLimit(points=v.value.points, per=v.value.per, provenance=v.provenance) for v in limits],
        )


def rule_id(scheme: Scheme, code: str, on: date, limits_on: date) -> strawberry.ID:
    """The id of a rule with the figures of its days: other figures have another id, so that caches keep both."""
    return global_id("Rule", f"{code}|{scheme.unchanged_since(on)}|{scheme.unchanged_since(limits_on)}")


@strawberry.type(description="One part of the score with its own floor and cap.")
class Dimension:
    """A dimension and its value on the day of the score."""

    code: str
    label: LocalText
    value: int
    floor: int
    cap: int


@strawberry.type(description="One contribution to the score. Base and lines sum to the value exactly.")
class Line:
    """A line; `record_id` and what belongs to it are set for lines of kind RECORD."""

    facts: strawberry.Private[statement.Line]
    parts: strawberry.Private[ScoreParts]
    record_key: strawberry.Private[str | None]
    position: int = strawberry.field(description="1, 2, 3… in the order shown.")
    kind: LineKind
    label: LocalText
    points: int
    document_number: str | None
    source: Source | None
    occurred_on: date | None
    counts_from: date | None
    expires_on: date | None
    legal_basis: str | None
    provenance: Provenance | None

    @strawberry.field(description="The record that counts; null for other kinds of line, and where it is gone.")
    async def record(
        self, info: strawberry.Info
    ) -> Annotated[CreditRecord, strawberry.lazy("schema.types.record")] | None:
        return None if self.record_key is None else await loading(info).record(self.record_key)

    @strawberry.field(description="The rule by which it counts; null where there is none.")
    def rule(self) -> Rule | None:
        return self.parts.rule(self.facts)

    @strawberry.field(description="The part of the score that it moves; null for the base.")
    def dimension(self) -> Dimension | None:
        return next((d for d in self.parts.dimensions() if d.code == self.facts.dimension), None)


@strawberry.type(description="A record that counts for nothing on that day, and why.")
class Withheld:
    """A withheld record; `until` where a date will end that."""

    record_key: strawberry.Private[str]
    position: int = strawberry.field(description="Goes on where the lines end.")
    label: LocalText
    points: int = strawberry.field(description="What it would give if it counted.")
    source: Source
    withheld_reason: WithheldReason
    until: date | None

    @strawberry.field(description="The record; null where it is gone.")
    async def record(
        self, info: strawberry.Info
    ) -> Annotated[CreditRecord, strawberry.lazy("schema.types.record")] | None:
        return await loading(info).record(self.record_key)


@strawberry.type(description="What the records of one rule give together.")
class Reason:
    """A reason in plain words, in points."""

    label: LocalText
    points: int
    count: int


@strawberry.type(description="The closest benefit that is not open yet.")
class NextBenefit:
    """How far away it is, in points."""

    benefit: Benefit
    short_by: int


@strawberry.type(description="Which version of which scheme a score was made with.")
class SchemeVersion:
    """The digest identifies the scheme's data byte for byte."""

    id: strawberry.ID
    code: str
    version: str
    digest: str
    name: LocalText


@strawberry.type(description="How the value moved since an earlier day.")
class ScoreChange:
    """The difference, and what came, went or moved."""

    since: date
    points: int
    reasons: list[Reason]


class ScoreParts(Protocol):
    """What a score is made of, worked out where it is asked for."""

    def dimensions(self) -> list[Dimension]:
        """In the scheme's order."""

    def reasons(self) -> list[Reason]:
        """What counts most, first."""

    def next_benefit(self) -> NextBenefit | None:
        """The closest that is not open yet."""

    def lines(self) -> list[Line]:
        """Base first; they sum to the value."""

    def rule(self, line: statement.Line) -> Rule | None:
        """The rule by which a line counts; None where it has none, and where the catalogue lost it."""

    def withheld(self) -> list[Withheld]:
        """What does not count that day."""

    def statement(self) -> JSON:
        """The canonical JSON."""

    async def change(self) -> ScoreChange | None:
        """How the value moved since an earlier month; None for the first."""


@strawberry.type(description="A whole assessment of one person on one day.")
class Score(Node):
    """The score with every line; `statement` is the canonical JSON that anyone can recompute."""

    value: int
    lowest: int
    highest: int
    band: Band
    as_of: date
    scheme: SchemeVersion
    digest: str
    parts: strawberry.Private[ScoreParts]

    @strawberry.field(description="Each part of the score with its floor and cap.")
    def dimensions(self) -> list[Dimension]:
        return self.parts.dimensions()

    @strawberry.field(description="What counts most, in points.")
    def reasons(self) -> list[Reason]:
        return self.parts.reasons()

    @strawberry.field(description="The closest benefit that is not open yet; null where all are.")
    def next_benefit(self) -> NextBenefit | None:
        return self.parts.next_benefit()

    @strawberry.field(description="The whole statement as canonical JSON; `egret score` computes the same, offline.")
    def statement(self) -> JSON:
        return self.parts.statement()

    @strawberry.field(description="How the value moved since an earlier month; null for the first.")
    async def change(self) -> ScoreChange | None:
        return await self.parts.change()

    @strawberry.field(description="Every line, base first.")
    def lines(self, first: int = 50, after: str | None = None) -> Connection[Line] | None:
        return connect_all(self.parts.lines(), lambda line: str(line.position), Page.of(first, after))

    @strawberry.field(description="Records that do not count today, and why.")
    def withheld(self, first: int = 50, after: str | None = None) -> Connection[Withheld] | None:
        return connect_all(self.parts.withheld(), lambda w: w.record_key, Page.of(first, after))


@strawberry.type(description="A past assessment: what the score was, and why it was made.")
class Assessment:
    """One entry of the history."""

    key: strawberry.Private[str]
    at: datetime
    as_of: date
    value: int
    band: Band
    cause: AssessmentCause
    reasons: list[Reason] = strawberry.field(description="What came, went or moved since the one before; four at most.")
    digest: str
