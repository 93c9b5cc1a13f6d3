"""What a scheme is made of: rules, benefits, dimensions, bands, sources, the consent.

Every figure is a list of dated values with provenance, so any past day can be recomputed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scoring.dated import Dated, Model, Text, value_on

MAX_RETENTION_MONTHS = 60

Months = Annotated[int, Field(ge=1, le=MAX_RETENTION_MONTHS)]
Days = Annotated[int, Field(ge=1)]


class DataClass(StrEnum):
    """The four classes of public credit information."""

    BASIC = "basic"
    POSITIVE = "positive"
    NOTICE = "notice"
    ADVERSE = "adverse"


class Tier(StrEnum):
    """How grave an offence is; it decides points and retention."""

    MINOR = "minor"
    MODERATE = "moderate"
    SERIOUS = "serious"
    EXTREME = "extreme"


class Consent(Model):
    """The text that a person agrees to, as bullets under one purpose.

    A new text under the same purpose is shown; a new purpose is asked for again, and from `agree_by` on (without it,
    from the first day) nothing is computed for a citizen who has not agreed to it.
    """

    version: str
    purpose: Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,39}$")]
    agree_by: date | None = None
    points: list[Text]
    full: Text

    def covers(self, purposes: Collection[str], on: date) -> bool:
        """Whether a score may be computed on a day for a person who agreed to these purposes."""
        return self.purpose in purposes or not self.binds(on)

    def binds(self, on: date) -> bool:
        """Whether agreeing to this purpose is needed on a day; before, an earlier consent goes on."""
        return self.agree_by is None or on >= self.agree_by


class Source(Model):
    """A reporting entity on the register of public-sector sources."""

    code: str
    label: Text
    sector: Literal["government", "court", "public-body", "state-owned"]


class Scale(Model):
    """The least and the greatest value a score can have."""

    lowest: int
    highest: int


class Range(Model):
    """Where a dimension starts, and the limits within which it stays; points."""

    start: int
    floor: int
    cap: int


class Dimension(Model):
    """One part of the score."""

    code: str
    label: Text
    range: Annotated[list[Dated[Range]], Field(min_length=1)]


class Interval(Model):
    """Values from floor to cap, both included."""

    floor: int
    cap: int


class Band(Model):
    """A named interval of values; the label is neutral (promise 16), `published` is the city's own word."""

    code: str
    label: Text
    published: str
    interval: Annotated[list[Dated[Interval]], Field(min_length=1)]


class Direction(StrEnum):
    """Which way a record of a rule can move the score."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


class LimitPeriod(StrEnum):
    """A calendar period."""

    MONTH = "month"
    YEAR = "year"


class Limit(Model):
    """The most points that records of one rule give together: all that count, or those of one period.

    A period is the calendar month or year in which they occurred.
    """

    points: Annotated[int, Field(ge=1)]
    per: LimitPeriod | None = None


class Rule(Model):
    """One entry of the rule catalogue.

    Points, retention and grace are those in force on the day a record occurred; limits are
    those in force on the day of the assessment. Without `retention_months` the tier's counts. Rules with the same
    `event` are about the same: two bodies that report it for one day report one event (`scoring.same_event`).
    """

    code: str
    data_class: Annotated[DataClass, Field(alias="class")]
    direction: Direction
    dimension: str
    sources: list[str]
    label: Text
    basis: Annotated[str, Field(min_length=4)]
    points: Annotated[list[Dated[int]], Field(min_length=1)]
    tier: Tier | None = None
    retention_months: tuple[Dated[Months], ...] = ()
    grace_days: tuple[Dated[Days], ...] = ()
    limits: tuple[Dated[Limit], ...] = ()
    optional: bool = False
    event: Annotated[str, Field(pattern=r"^[a-z0-9]+([.\-][a-z0-9]+)*$")] | None = None

    def points_on(self, on: date) -> Dated[int] | None:
        return value_on(self.points, on)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.data_class in (DataClass.ADVERSE, DataClass.NOTICE) and self.tier is None:
            raise ValueError(f"rule {self.code}: an adverse or notice rule needs a tier")
        if self.data_class is DataClass.NOTICE and not self.grace_days:
            raise ValueError(f"rule {self.code}: a notice needs grace_days in which it can be cured")
        if self.tier is None and not self.retention_months:
            raise ValueError(f"rule {self.code}: a rule without a tier needs retention_months")
        return self


class Bound(Model):
    """The least value that opens a benefit: `at_least` n, or strictly `above` n."""

    at_least: int | None = None
    above: int | None = None

    @property
    def least(self) -> int:
        """The smallest integer value that is enough."""
        return self.at_least if self.at_least is not None else (self.above or 0) + 1

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.at_least is None) == (self.above is None):
            raise ValueError("a bound is either at_least or above")
        return self


class BenefitCategory(StrEnum):
    """In which way a benefit helps."""

    DEPOSIT_FREE = "deposit-free"
    DISCOUNT = "discount"
    PRIORITY = "priority"


class Benefit(Model):
    """What a good score opens, and the ordinary route that needs none (promise 4)."""

    code: str
    label: Text
    category: BenefitCategory
    partner: str
    partner_label: Text
    threshold: Annotated[list[Dated[Bound]], Field(min_length=1)]
    terms: Text
    ordinary_route: Text

    def least_on(self, on: date) -> int | None:
        bound = value_on(self.threshold, on)
        return None if bound is None else bound.value.least
