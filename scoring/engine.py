"""The one engine: `assess(scheme, records, as_of)` gives a statement.

Additive points per dimension, integers only. Base and lines sum to the value
exactly; every limit that bites is a line of its own (promise 7).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from scoring.calendar import add_months
from scoring.records import Record
from scoring.scheme import DataClass, Dimension, Rule, Scheme, value_on
from scoring.statement import (
    BenefitAnswer,
    DimensionValue,
    Line,
    LineKind,
    Statement,
    Withheld,
    WithheldReason,
)

NEWCOMER_BAND = "newcomer"


def assess(
    scheme: Scheme, records: Iterable[Record], as_of: date, *, declined: frozenset[str] = frozenset()
) -> Statement:
    """Assess one person's records on one day.

    Args:
        scheme: the scheme version in force.
        records: what sources reported about the person, in any order.
        as_of: the day, in Asia/Shanghai.
        declined: codes of optional rules that the person switched off.
    """
    judged = [_judge(scheme, r, as_of, declined) for r in sorted(records, key=_order)]
    counted = [j for j in judged if isinstance(j, Line)]
    lines = [_base_line(scheme, as_of)]
    dimensions = []
    by_dimension: dict[str | None, list[Line]] = defaultdict(list)
    for line in counted:
        by_dimension[line.dimension].append(line)
    for dimension in scheme.dimensions:
        own = _dimension_lines(scheme, dimension, by_dimension[dimension.code])
        lines += own
        dimensions.append(_dimension_value(dimension, own))
    lines += _score_limit(scheme, sum(line.points for line in lines))
    value = sum(line.points for line in lines)
    band_code, band_label = _band(scheme, value, has_history=any(c.points for c in counted))
    return Statement(
        scheme_id=scheme.id,
        scheme_version=scheme.version,
        scheme_digest=scheme.digest,
        as_of=as_of,
        value=value,
        band_code=band_code,
        band_label=band_label,
        dimensions=tuple(dimensions),
        lines=tuple(lines),
        withheld=tuple(j for j in judged if isinstance(j, Withheld)),
        benefits=tuple(benefit_answers(scheme, value, as_of)),
    )


def recomputed(scheme: Scheme, records: Iterable[Record], claimed: Statement) -> Statement:
    """The statement that these records give on the claimed day, with the choices it says were made.

    A statement is genuine for records when this one equals it.
    """
    declined = {w.rule for w in claimed.withheld if w.reason is WithheldReason.OPTED_OUT}
    return assess(scheme, records, claimed.as_of, declined=frozenset(declined))


@dataclass(frozen=True, slots=True)
class Term:
    """The days on which a record counts: from `start` up to, not including, `end`."""

    start: date
    end: date


def term_of(scheme: Scheme, rule: Rule, record: Record) -> Term:
    """When a record starts and stops to count.

    Counting starts when the record reaches the platform, for a notice after its
    grace. It ends by the tier's retention, and in any case five years after the
    conduct (征信业管理条例 art. 16).
    """
    start = record.reported_on + timedelta(days=rule.grace_days or 0)
    end = add_months(record.reported_on, scheme.retention_of(rule))
    return Term(start, min(end, add_months(record.occurred_on, 60)))


def benefit_answers(scheme: Scheme, value: int, as_of: date) -> Iterable[BenefitAnswer]:
    """For each benefit in force: open or not, and the points still missing."""
    for benefit in scheme.benefits:
        least = benefit.least_on(as_of)
        if least is not None:
            yield BenefitAnswer(code=benefit.code, eligible=value >= least, short_by=max(0, least - value))


def _order(record: Record) -> tuple[date, str, str]:
    return (record.occurred_on, record.source, record.id)


def _judge(scheme: Scheme, record: Record, as_of: date, declined: frozenset[str]) -> Line | Withheld:
    rule = scheme.rules_by_code.get(record.rule)
    points = None if rule is None else rule.points_on(record.occurred_on)
    if rule is None or points is None:
        return _withhold(record, WithheldReason.RULE_UNKNOWN)
    term = term_of(scheme, rule, record)
    reason = _withheld_reason(rule, record, term, as_of, declined)
    if reason is not None:
        return _withhold(record, reason, term.start if reason in _WAITING else None)
    return Line(
        kind=LineKind.RECORD,
        dimension=rule.dimension,
        points=points.value,
        record=record.id,
        rule=rule.code,
        source=record.source,
        occurred_on=record.occurred_on,
        counts_from=term.start,
        expires_on=term.end,
        legal_basis=rule.basis,
        provenance=points.provenance,
    )


_WAITING = (WithheldReason.NOTICE_NOT_DUE, WithheldReason.NOT_YET_REPORTED)


def _withheld_reason(
    rule: Rule, record: Record, term: Term, as_of: date, declined: frozenset[str]
) -> WithheldReason | None:
    """The first reason that applies; the order is the one in which they are told."""
    if record.reported_on > as_of:
        return WithheldReason.NOT_YET_REPORTED
    if as_of >= term.end:
        return WithheldReason.EXPIRED
    if record.disputed:
        return WithheldReason.DISPUTED
    if not record.final and rule.data_class is DataClass.ADVERSE:
        return WithheldReason.NOT_FINAL
    if rule.optional and rule.code in declined:
        return WithheldReason.OPTED_OUT
    if _cured(rule, record, as_of):
        return WithheldReason.CURED
    return WithheldReason.NOTICE_NOT_DUE if as_of < term.start else None


def _cured(rule: Rule, record: Record, as_of: date) -> bool:
    """Only a notice can be cured; an adverse record needs a repair, which removes it."""
    return rule.data_class is DataClass.NOTICE and record.cured_on is not None and record.cured_on <= as_of


def _withhold(record: Record, reason: WithheldReason, until: date | None = None) -> Withheld:
    return Withheld(
        record=record.id,
        source=record.source,
        rule=record.rule,
        occurred_on=record.occurred_on,
        reason=reason,
        until=until,
    )


def _base_line(scheme: Scheme, as_of: date) -> Line:
    base = value_on(scheme.base, as_of)
    if base is None:
        raise ValueError(f"scheme {scheme.id} has no base in force on {as_of}")
    return Line(kind=LineKind.BASE, points=base.value, provenance=base.provenance)


def _dimension_lines(scheme: Scheme, dimension: Dimension, counted: list[Line]) -> list[Line]:
    lines = []
    if dimension.start:
        lines.append(
            Line(
                kind=LineKind.START,
                dimension=dimension.code,
                points=dimension.start,
                provenance=dimension.provenance,
            )
        )
    lines += counted
    lines += _rule_limits(scheme, dimension, counted)
    total = sum(line.points for line in lines)
    if total > dimension.cap:
        lines.append(_limit(LineKind.DIMENSION_CAP, dimension.cap - total, dimension))
    if total < dimension.floor:
        lines.append(_limit(LineKind.DIMENSION_FLOOR, dimension.floor - total, dimension))
    return lines


def _rule_limits(scheme: Scheme, dimension: Dimension, counted: list[Line]) -> Iterable[Line]:
    totals: dict[str, int] = defaultdict(int)
    for line in counted:
        totals[line.rule or ""] += line.points
    for code, total in sorted(totals.items()):
        at_most = scheme.rules_by_code[code].at_most
        if at_most is not None and abs(total) > at_most:
            limit = (at_most if total > 0 else -at_most) - total
            yield _limit(LineKind.RULE_LIMIT, limit, dimension, rule=code)


def _limit(kind: LineKind, points: int, dimension: Dimension, rule: str | None = None) -> Line:
    return Line(kind=kind, dimension=dimension.code, points=points, rule=rule, provenance=dimension.provenance)


def _dimension_value(dimension: Dimension, lines: list[Line]) -> DimensionValue:
    return DimensionValue(
        code=dimension.code,
        label=dimension.label.zh,
        value=sum(line.points for line in lines),
        floor=dimension.floor,
        cap=dimension.cap,
    )


def _score_limit(scheme: Scheme, total: int) -> Iterable[Line]:
    if total > scheme.highest:
        yield Line(kind=LineKind.SCORE_CAP, points=scheme.highest - total)
    if total < scheme.lowest:
        yield Line(kind=LineKind.SCORE_FLOOR, points=scheme.lowest - total)


def _band(scheme: Scheme, value: int, *, has_history: bool) -> tuple[str, str]:
    if not has_history:
        return NEWCOMER_BAND, scheme.newcomer.zh
    band = scheme.band_of(value)
    return band.code, band.label.zh
