"""From statements, schemes and documents to the GraphQL types. Mapping only."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from strawberry.scalars import JSON

from schema.benefit import Benefit
from schema.connection import global_id
from schema.errors import LocalText
from schema.principal import Principal
from schema.programme import Scheme as SchemeView
from schema.programme import SchemeBand, SchemeDimension
from schema.record import CreditRecord
from schema.score import (
    Band,
    Dimension,
    Line,
    NextBenefit,
    Reason,
    Rule,
    RuleLimit,
    SchemeVersion,
    Score,
    Source,
    Withheld,
)
from scoring import catalogue, explain
from scoring import statement as facts
from scoring.dated import Provenance, Text
from scoring.engine import NEWCOMER_BAND
from scoring.records import Record
from scoring.scheme import Scheme
from server.records.reader import HeldRecord

RecordIds = dict[str, str]
"""From `source|document number` to the id of the stored record."""


def record_ref(source: str, document_number: str) -> str:
    """The key of `RecordIds`."""
    return f"{source}|{document_number}"


def text(value: Text) -> LocalText:
    """Both languages."""
    return LocalText(zh=value.zh, en=value.en)


def source_view(scheme: Scheme, code: str) -> Source:
    """A reporting entity by code."""
    known = scheme.sources_by_code.get(code)
    return Source(code=code, label=text(known.label) if known else LocalText(zh=code, en=code))


def rule_view(scheme: Scheme, rule: catalogue.Rule, on: date, limits_on: date) -> Rule:
    """A rule with the figures in force on a day, or on its first; limits are those of the assessment's day."""
    points = rule.points_on(on) or rule.points[0]
    terms = scheme.terms_on(rule.code, on) or scheme.terms_on(rule.code, points.from_)
    return Rule(
        code=rule.code,
        label=text(rule.label),
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
        limits=[
            RuleLimit(points=v.value.points, per=v.value.per, provenance=v.provenance)
            for v in rule.limits
            if v.in_force(limits_on)
        ],
    )


def band_view(scheme: Scheme, code: str) -> Band:
    """A band by code, or the newcomer's."""
    if code == NEWCOMER_BAND:
        return Band(code=code, label=text(scheme.newcomer))
    band = scheme.bands_by_code.get(code)
    return Band(code=code, label=text(band.label) if band else LocalText(zh=code, en=code))


def benefit_view(benefit: catalogue.Benefit, on: date) -> Benefit:
    """A benefit with its bound in force on a day."""
    return Benefit(
        code=benefit.code,
        label=text(benefit.label),
        category=benefit.category,
        partner=text(benefit.partner_label),
        least=benefit.least_on(on) or 0,
        terms=text(benefit.terms),
        ordinary_route=text(benefit.ordinary_route),
    )


def scheme_version(scheme: Scheme) -> SchemeVersion:
    """Which scheme this is."""
    return SchemeVersion(id=scheme.id, version=scheme.version, digest=scheme.digest, name=text(scheme.name))


def score_view(scheme: Scheme, statement: facts.Statement, ids: RecordIds, principal: Principal) -> Score:
    """A statement as the citizen sees it."""
    nearest = explain.next_benefit(statement)
    edition = scheme.edition_on(statement.as_of)
    return Score(
        value=statement.value,
        lowest=edition.lowest,
        highest=edition.highest,
        band=band_view(scheme, statement.band_code),
        as_of=statement.as_of,
        scheme=scheme_version(scheme),
        dimensions=[
            Dimension(
                code=d.code,
                label=text(scheme.dimensions_by_code[d.code].label),
                value=d.value,
                floor=d.floor,
                cap=d.cap,
            )
            for d in statement.dimensions
        ],
        reasons=[reason_view(scheme, r) for r in explain.top_reasons(statement)],
        next_benefit=None
        if nearest is None
        else NextBenefit(
            benefit=benefit_view(scheme.benefits_by_code[nearest.code], statement.as_of),
            short_by=nearest.short_by,
        ),
        digest=statement.digest,
        statement=JSON(statement.to_json()),
        all_lines=[_line(scheme, n, line, ids) for n, line in enumerate(statement.lines)],
        all_withheld=[_withheld(scheme, n, w, ids) for n, w in enumerate(statement.withheld, len(statement.lines))],
        principal=principal,
    )


def reason_view(scheme: Scheme, reason: explain.Reason) -> Reason:
    """A reason with the rule's label."""
    rule = scheme.rules_by_code[reason.rule]
    return Reason(label=text(rule.label), points=reason.points, count=reason.count)


def change_reason(scheme: Scheme, change: explain.Change) -> Reason:
    """A change between two statements with the line's label."""
    return Reason(label=_label(scheme, change.line), points=change.points, count=1)


def record_view(scheme: Scheme, held: HeldRecord, statement: facts.Statement) -> CreditRecord:
    """A stored record with what it does in the statement."""
    record = held.record
    rule = scheme.rules_by_code.get(record.rule)
    line = next((x for x in statement.lines if (x.source, x.record) == (record.source, record.id)), None)
    withheld = next((w for w in statement.withheld if (w.source, w.record) == (record.source, record.id)), None)
    return CreditRecord(
        id=global_id("CreditRecord", held.key),
        key=held.key,
        document_number=record.id,
        source=source_view(scheme, record.source),
        rule=rule_view(scheme, rule, record.occurred_on, statement.as_of) if rule else _gone_rule(record),
        occurred_on=record.occurred_on,
        reported_on=record.reported_on,
        final=record.final,
        disputed=record.disputed,
        points=line.points if line else None,
        withheld=withheld.reason if withheld else None,
        counts_from=line.counts_from if line else None,
        expires_on=line.expires_on if line else None,
    )


def scheme_view(scheme: Scheme, on: date) -> SchemeView:
    """Everything public about a scheme on a day."""
    edition = scheme.edition_on(on)
    return SchemeView(
        version=scheme_version(scheme),
        city=text(scheme.city),
        lowest=edition.lowest,
        highest=edition.highest,
        base=edition.base.value,
        dimensions=[
            SchemeDimension(
                code=d.code,
                label=text(d.label),
                start=limits.value.start,
                floor=limits.value.floor,
                cap=limits.value.cap,
                provenance=limits.provenance,
                source=limits.source,
            )
            for d, limits in edition.dimensions
        ],
        bands=[
            SchemeBand(
                code=b.code,
                label=text(b.label),
                published=b.published,
                floor=interval.value.floor,
                cap=interval.value.cap,
                provenance=interval.provenance,
                source=interval.source,
            )
            for b, interval in edition.bands
        ],
        all_rules=[rule_view(scheme, r, on, on) for r in scheme.rules],
    )


def _gone_rule(record: Record) -> Rule:
    """A rule that a newer catalogue no longer has; its records are withheld."""
    return Rule(
        code=record.rule,
        label=LocalText(zh=record.rule, en=record.rule),
        data_class=record.data_class,
        legal_basis="",
        optional=False,
        direction=catalogue.Direction.NONE,
        tier=None,
        points=0,
        provenance=Provenance.ILLUSTRATIVE,
        provenance_source="",
        retention_months=None,
        grace_days=None,
        limits=[],
    )


def _label(scheme: Scheme, line: facts.Line) -> LocalText:
    return LocalText(zh=explain.label_of(scheme, line, "zh"), en=explain.label_of(scheme, line, "en"))


def _line(scheme: Scheme, number: int, line: facts.Line, ids: RecordIds) -> Line:
    key = ids.get(record_ref(line.source, line.record)) if line.source and line.record else None
    return Line(
        number=number,
        kind=line.kind,
        label=_label(scheme, line),
        points=line.points,
        dimension=line.dimension,
        record_id=global_id("CreditRecord", key) if key else None,
        document_number=line.record,
        rule=line.rule,
        source=source_view(scheme, line.source) if line.source else None,
        occurred_on=line.occurred_on,
        counts_from=line.counts_from,
        expires_on=line.expires_on,
        legal_basis=line.legal_basis,
        provenance=line.provenance,
    )


def _withheld(scheme: Scheme, number: int, item: facts.Withheld, ids: RecordIds) -> Withheld:
    key = ids[record_ref(item.source, item.record)]
    rule = scheme.rules_by_code.get(item.rule)
    points = rule.points_on(item.occurred_on) if rule else None
    return Withheld(
        number=number,
        points=points.value if points else 0,
        record_id=global_id("CreditRecord", key),
        label=text(rule.label) if rule else LocalText(zh=item.rule, en=item.rule),
        source=source_view(scheme, item.source),
        reason=item.reason,
        until=item.until,
    )


def undisputed(record: Record) -> Record:
    """The record as it would count without a dispute."""
    return replace(record, disputed=False)
