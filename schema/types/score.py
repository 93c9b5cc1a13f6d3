"""A score and everything it is made of."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Protocol

import strawberry
from strawberry.scalars import JSON

from schema.types.benefit import Benefit
from schema.types.connection import Connection, Node, Page, connect_all
from schema.types.dispute import CreditRecord
from schema.types.errors import LocalText
from schema.types.rule import Rule, Source
from scoring import statement
from scoring.dated import Provenance
from scoring.engine import NEWCOMER_BAND
from scoring.scheme import Scheme
from scoring.statement import LineKind, WithheldReason

strawberry.enum(LineKind, description="What a line stands for.")


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
    async def record(self, info: strawberry.Info) -> CreditRecord | None:
        if self.record_key is None:
            return None
        found: CreditRecord | None = await info.context.loading.record(self.record_key, self.parts.statement())
        return found

    @strawberry.field(description="The rule by which it counts; null where there is none.")
    def rule(self) -> Rule | None:
        return self.parts.rule(self.facts)

    @strawberry.field(description="The part of the score that it moves; null for the base.")
    def dimension(self) -> Dimension | None:
        return next((d for d in self.parts.dimensions() if d.code == self.facts.dimension), None)


@strawberry.type(description="A record that counts for nothing on that day, and why.")
class Withheld:
    """A withheld record; `until` where a date will end that."""

    parts: strawberry.Private[ScoreParts]
    record_key: strawberry.Private[str]
    position: int = strawberry.field(description="Goes on where the lines end.")
    label: LocalText
    points: int = strawberry.field(description="What it would give if it counted.")
    source: Source
    withheld_reason: WithheldReason
    until: date | None

    @strawberry.field(description="The record; null where it is gone.")
    async def record(self, info: strawberry.Info) -> CreditRecord | None:
        found: CreditRecord | None = await info.context.loading.record(self.record_key, self.parts.statement())
        return found


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

    def scheme_version(self) -> SchemeVersion:
        """The scheme that it was made with."""

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
        """How the value moved since the assessment that its citizen saw before this one; None where they saw none."""


@strawberry.type(description="A whole assessment of one person on one day.")
class Score(Node):
    """The score with every line; `statement` is the canonical JSON that anyone can recompute."""

    value: int
    lowest: int
    highest: int
    band: Band
    as_of: date
    digest: str
    parts: strawberry.Private[ScoreParts]

    @strawberry.field
    def scheme(self) -> SchemeVersion:
        return self.parts.scheme_version()

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

    @strawberry.field(description="How the value moved since what its citizen saw before; null if nothing.")
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
