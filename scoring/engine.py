"""The one engine: `assess(scheme, records, as_of)` gives a statement.

Additive points per dimension, integers only. Base and lines sum to the value
exactly; every limit that bites is a line of its own (promise 7).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from scoring.calendar import add_months
from scoring.catalogue import MAX_RETENTION_MONTHS, DataClass, Dimension, Limit, Range, Rule
from scoring.dated import Dated
from scoring.edition import RuleTerms, SchemeAt
from scoring.records import Bar, Record
from scoring.same_event import count_once
from scoring.scheme import Scheme
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
SEALED_RULE = "sealed"
"""What a statement calls the rule of a sealed record, so that it does not say what is sealed."""


def assess(
    scheme: Scheme, records: Iterable[Record], as_of: date, *, declined: frozenset[str] = frozenset()
) -> Statement:
    """Assess one person's records on one day.

    Args:
        scheme: the scheme version in force.
        records: what sources reported about the person, in any order.
        as_of: the day, in Asia/Shanghai.
        declined: codes of optional rules that the person switched off.

    Raises:
        ValueError: the scheme was not in force on that day.
    """
    edition = scheme.scheme_at(as_of)
    ordered = sorted(records, key=_order)
    judged = count_once(scheme, ordered, [_judge(scheme, r, as_of, declined) for r in ordered])
    counted = [j for j in judged if isinstance(j, Line)]
    lines = [Line(kind=LineKind.BASE, points=edition.base.value, provenance=edition.base.provenance)]
    dimensions = []
    by_dimension: dict[str | None, list[Line]] = defaultdict(list)
    for line in counted:
        by_dimension[line.dimension].append(line)
    for dimension, limits in edition.dimensions:
        own = _dimension_lines(edition, dimension, limits, by_dimension[dimension.code])
        lines += own
        dimensions.append(_dimension_value(dimension, limits.value, own))
    lines += _score_limit(edition, sum(line.points for line in lines))
    value = sum(line.points for line in lines)
    band_code, band_label = _band(scheme, edition, value, has_history=any(c.points for c in counted))
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


class Term(NamedTuple):
    """The days on which a record counts: from `start` up to, not including, `end`."""

    start: date
    end: date


def term_of(terms: RuleTerms, record: Record) -> Term:
    """When a record starts and stops to count, by the terms of its rule on the day it occurred.

    Counting starts when the record reaches the platform, for a notice after its
    grace. It ends by the tier's retention, and in any case five years after the
    conduct (征信业管理条例 art. 16).
    """
    start = record.reported_on + timedelta(days=terms.grace_days) if terms.grace_days else record.reported_on
    end = add_months(record.reported_on, terms.retention_months)
    return Term(start, min(end, add_months(record.occurred_on, MAX_RETENTION_MONTHS)))


def benefit_answers(scheme: Scheme, value: int, as_of: date) -> Iterable[BenefitAnswer]:
    """For each benefit in force: open or not, and the points still missing."""
    for benefit in scheme.benefits:
        least = benefit.least_on(as_of)
        if least is not None:
            yield BenefitAnswer(code=benefit.code, eligible=value >= least, short_by=max(0, least - value))


def _order(record: Record) -> tuple[date, str, str]:
    return (record.occurred_on, record.source, record.id)


def _judge(scheme: Scheme, record: Record, as_of: date, declined: frozenset[str]) -> Line | Withheld:
    if record.barred is not None:
        return _withhold(record, WithheldReason(record.barred.value))
    terms = scheme.terms_on(record.rule, record.occurred_on)
    if terms is None:
        return _withhold(record, WithheldReason.RULE_UNKNOWN)
    rule = terms.rule
    term = term_of(terms, record)
    reason = _withheld_reason(rule, record, term, as_of, declined)
    if reason is not None:
        return _withhold(record, reason, term.start if reason in _WAITING else None)
    return Line(
        kind=LineKind.RECORD,
        dimension=rule.dimension,
        points=terms.points,
        record=record.id,
        rule=rule.code,
        source=record.source,
        occurred_on=record.occurred_on,
        counts_from=term.start,
        expires_on=term.end,
        legal_basis=rule.basis,
        provenance=terms.provenance,
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
    if not record.final:
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
        rule=SEALED_RULE if record.barred is Bar.SEALED else record.rule,
        occurred_on=record.occurred_on,
        reason=reason,
        until=until,
    )


def _dimension_lines(edition: SchemeAt, dimension: Dimension, limits: Dated[Range], counted: list[Line]) -> list[Line]:
    lines = []
    start, floor, cap = limits.value.start, limits.value.floor, limits.value.cap
    if start:
        lines.append(_limit(LineKind.START, start, dimension.code, limits))
    lines += counted
    lines += _rule_limits(edition, dimension, counted)
    total = sum(line.points for line in lines)
    if total > cap:
        lines.append(_limit(LineKind.DIMENSION_CAP, cap - total, dimension.code, limits))
    if total < floor:
        lines.append(_limit(LineKind.DIMENSION_FLOOR, floor - total, dimension.code, limits))
    return lines


def _rule_limits(edition: SchemeAt, dimension: Dimension, counted: list[Line]) -> Iterable[Line]:
    """One line for each limit that bites: of a month, of a year, of all that counts, in this order."""
    by_rule: dict[str, dict[Period, int]] = defaultdict(lambda: defaultdict(int))
    for line in counted:
        if line.rule is not None and line.occurred_on is not None and line.rule in edition.limits:
            by_rule[line.rule][(line.occurred_on.year, line.occurred_on.month)] += line.points
    for rule, totals in sorted(by_rule.items()):
        for limit in edition.limits[rule]:
            totals = _widened(totals, limit.value)
            over = 0
            for period, total in totals.items():
                totals[period] = max(-limit.value.points, min(limit.value.points, total))
                over += totals[period] - total
            if over:
                yield _limit(LineKind.RULE_LIMIT, over, dimension.code, limit, rule=rule)


Period = tuple[int, ...]
"""(year, month), (year,) or (): what the records of a rule are summed over."""
_WIDTH = {"month": 2, "year": 1, None: 0}


def _widened(totals: dict[Period, int], limit: Limit) -> dict[Period, int]:
    wider: dict[Period, int] = defaultdict(int)
    for period, total in totals.items():
        wider[period[: _WIDTH[limit.per]]] += total
    return wider


def _limit(
    kind: LineKind, points: int, dimension: str, by: Dated[Range] | Dated[Limit], rule: str | None = None
) -> Line:
    return Line(kind=kind, dimension=dimension, points=points, rule=rule, provenance=by.provenance)


def _dimension_value(dimension: Dimension, limits: Range, lines: list[Line]) -> DimensionValue:
    return DimensionValue(
        code=dimension.code,
        label=dimension.label.zh,
        value=sum(line.points for line in lines),
        floor=limits.floor,
        cap=limits.cap,
    )


def _score_limit(edition: SchemeAt, total: int) -> Iterable[Line]:
    if total > edition.highest:
        yield Line(kind=LineKind.SCORE_CAP, points=edition.highest - total, provenance=edition.scale.provenance)
    if total < edition.lowest:
        yield Line(kind=LineKind.SCORE_FLOOR, points=edition.lowest - total, provenance=edition.scale.provenance)


def _band(scheme: Scheme, edition: SchemeAt, value: int, *, has_history: bool) -> tuple[str, str]:
    if not has_history:
        return NEWCOMER_BAND, scheme.newcomer.zh
    band = edition.band_of(value)
    return band.code, band.label.zh
