"""The rules by which records count, and the reporting entities that deliver them."""

from __future__ import annotations

from datetime import date

import strawberry

from schema.types.connection import Node, global_id
from schema.types.errors import LocalText
from scoring import catalogue
from scoring.catalogue import DataClass, Direction, LimitPeriod, Tier
from scoring.dated import Provenance
from scoring.scheme import Scheme

strawberry.enum(Provenance, description="Where a figure comes from.")
strawberry.enum(DataClass, description="The four classes of public credit information.")
strawberry.enum(Tier, description="How grave an offence is.")
strawberry.enum(LimitPeriod, description="The time in which the records of a rule give so many points at most.")
strawberry.enum(Direction, description="Which way a record of a rule can move the score.")


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
    sources: list[Source]

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
            sources=[Source.of(scheme, code) for code in rule.sources],
            limits=[RuleLimit(points=v.value.points, per=v.value.per, provenance=v.provenance) for v in limits],
        )


def rule_id(scheme: Scheme, code: str, on: date, limits_on: date) -> strawberry.ID:
    """The id of a rule with the figures of its days: other figures have another id, so that caches keep both."""
    return global_id("Rule", f"{code}|{scheme.unchanged_since(on)}|{scheme.unchanged_since(limits_on)}")
