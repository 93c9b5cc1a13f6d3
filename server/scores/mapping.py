"""From statements, schemes and documents to the GraphQL types. Mapping only."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial

from strawberry.scalars import JSON

from schema.types.benefit import Benefit
from schema.types.connection import global_id
from schema.types.dispute import CreditRecord
from schema.types.errors import LocalText
from schema.types.programme import HelpLine, Scene, SchemeBand, SchemeDimension
from schema.types.programme import Scheme as SchemeView
from schema.types.repair import RecordRepair
from schema.types.rule import Rule, Source
from schema.types.scalars import Money
from schema.types.score import (
    Band,
    Dimension,
    Line,
    NextBenefit,
    Reason,
    SchemeVersion,
    Score,
    ScoreChange,
    Withheld,
)
from schema.types.what_if import TurnReason
from scoring import catalogue, explain
from scoring import statement as facts
from scoring.catalogue import DataClass
from scoring.dated import Provenance
from scoring.engine import SEALED_RULE
from scoring.records import Bar, Record
from scoring.repair import Repairability, RepairRefusal, answer_days, repair_demand, repairability
from scoring.scheme import Scheme
from scoring.statement import Line as StatementLine
from scoring.statement import WithheldReason
from scoring.what_if import Turn
from server.platform.kit.json import JsonObject
from server.records.service import HeldRecord
from server.scores.model import StoredStatement

_SEALED_LABEL = LocalText(zh="已封存的记录", en="A sealed record")
_HIDDEN = "****"
RecordIds = dict[str, str]
"""From `source|document number` to the id of the stored record."""


def record_ref(source: str, document_number: str) -> str:
    """The key of `RecordIds`."""
    return f"{source}|{document_number}"


def benefit_view(benefit: catalogue.Benefit, on: date) -> Benefit:
    """A benefit with its bound in force on a day."""
    return Benefit(
        id=global_id("Benefit", benefit.code),
        code=benefit.code,
        label=LocalText.of(benefit.label),
        category=benefit.category,
        partner=LocalText.of(benefit.partner_label),
        least=benefit.least_on(on) or 0,
        terms=LocalText.of(benefit.terms),
        ordinary_route=LocalText.of(benefit.ordinary_route),
    )


def scheme_version(scheme: Scheme) -> SchemeVersion:
    """Which scheme this is."""
    return SchemeVersion(
        id=global_id("SchemeVersion", scheme_key(scheme)),
        code=scheme.id,
        version=scheme.version,
        digest=scheme.digest,
        name=LocalText.of(scheme.name),
    )


def scheme_key(scheme: Scheme) -> str:
    """What tells a version of a scheme from every other."""
    return f"{scheme.id}@{scheme.version}"


@dataclass(frozen=True)
class StatementParts:
    """Implements `schema.types.score.ScoreParts` over a stored statement; what is not asked for is not read."""

    scheme: Scheme
    stored: StoredStatement = field(compare=False)
    changed: Callable[[facts.Statement], Awaitable[ScoreChange | None]] = field(compare=False)
    """How the value moved from an earlier month to this statement."""

    @property
    def as_json(self) -> JsonObject:
        """The whole statement as JSON."""
        return self.stored.content["statement"]

    @property
    def ids(self) -> RecordIds:
        """The ids of its records."""
        return self.stored.content["records"]

    @cached_property
    def facts(self) -> facts.Statement:
        """The whole statement."""
        return facts.Statement.from_json(self.as_json)

    def scheme_version(self) -> SchemeVersion:
        return scheme_version(self.scheme)

    def dimensions(self) -> list[Dimension]:
        known = self.scheme.dimensions_by_code
        return [
            Dimension(
                code=d["code"],
                label=LocalText.of(known[d["code"]].label),
                value=d["value"],
                floor=d["floor"],
                cap=d["cap"],
            )
            for d in self.as_json["dimensions"]
        ]

    def reasons(self) -> list[Reason]:
        return [reason_view(self.scheme, r) for r in explain.top_reasons(self.facts)]

    def next_benefit(self) -> NextBenefit | None:
        nearest = explain.next_benefit(self.facts)
        if nearest is None:
            return None
        benefit = benefit_view(self.scheme.benefits_by_code[nearest.code], self.facts.as_of)
        return NextBenefit(benefit=benefit, short_by=nearest.short_by)

    def lines(self) -> list[Line]:
        return [_line(self, n, line) for n, line in enumerate(self.facts.lines)]

    def withheld(self) -> list[Withheld]:
        after = len(self.facts.lines)
        return [_withheld(self, n, w) for n, w in enumerate(self.facts.withheld, after)]

    def rule(self, line: StatementLine) -> Rule | None:
        known = None if line.rule is None else self.scheme.rules_by_code.get(line.rule)
        as_of = self.facts.as_of
        return None if known is None else Rule.of(self.scheme, known, line.occurred_on or as_of, as_of)

    def statement(self) -> JSON:
        return JSON(self.as_json)

    async def change(self) -> ScoreChange | None:
        return await self.changed(self.facts)


def score_view(scheme: Scheme, citizen: str, parts: StatementParts) -> Score:
    """A stored statement as its citizen sees it."""
    stored = parts.stored
    edition = scheme.scheme_at(stored.as_of)
    return Score(
        id=global_id("Score", citizen),
        value=stored.value,
        lowest=edition.lowest,
        highest=edition.highest,
        band=Band.of(scheme, stored.band_code),
        as_of=stored.as_of,
        digest=stored.digest,
        parts=parts,
    )


def reason_view(scheme: Scheme, reason: explain.Reason) -> Reason:
    """A reason with the rule's label."""
    rule = scheme.rules_by_code[reason.rule]
    return Reason(label=LocalText.of(rule.label), points=reason.points, count=reason.count)


def change_reason(scheme: Scheme, change: explain.Change) -> Reason:
    """A change between two statements with the line's label."""
    return Reason(label=_label(scheme, change.line), points=change.points, count=1)


def turn_reasons(scheme: Scheme, turn: Turn) -> list[TurnReason]:
    """The records that begin and end on a day, by their labels."""
    lines = [(line, True) for line in turn.began] + [(line, False) for line in turn.ended]
    return [TurnReason(label=_label(scheme, line), points=line.points, begins=begins) for line, begins in lines]


class RecordViews:
    """Stored records with what they do in one statement, as JSON."""

    def __init__(self, scheme: Scheme, as_json: JsonObject) -> None:
        self._scheme = scheme
        self._as_of = date.fromisoformat(as_json["as_of"])
        self._lines = {(x["source"], x["record"]): x for x in as_json["lines"]}
        self._withheld = {(w["source"], w["record"]): w for w in as_json["withheld"]}
        self._rules: dict[tuple[str, date], Rule] = {}
        self._sources: dict[str, Source] = {}

    def of(self, held: HeldRecord) -> CreditRecord:
        """One record."""
        record = held.record
        sealed = record.barred is Bar.SEALED
        line = self._lines.get((record.source, record.id), {})
        withheld = self._withheld.get((record.source, record.id))
        return CreditRecord(
            id=global_id("CreditRecord", held.key),
            key=held.key,
            document_number=_HIDDEN if sealed else record.id,
            source=self._source(record.source),
            rule_of=partial(self._rule, record),
            occurred_on=record.occurred_on,
            reported_on=record.reported_on,
            final=record.final,
            disputed=record.disputed,
            amount=None if record.amount is None else Money(record.amount),
            points=line.get("points"),
            withheld_reason=_reason(record, withheld),
            counts_from=_day(line.get("counts_from")),
            expires_on=_day(line.get("expires_on")),
            repair_of=partial(self._repair, held),
        )

    def _repair(self, held: HeldRecord) -> RecordRepair:
        """From when and by whom the record can be repaired, or why not."""
        record = held.record
        rule = self._scheme.rules_by_code.get(record.rule)
        found = Repairability(None, RepairRefusal.NEVER) if rule is None else repairability(rule, record.occurred_on)
        return RecordRepair(
            key=held.key,
            as_of=self._as_of,
            earliest=found.earliest,
            by=self._source(record.source),
            demand=LocalText.of(repair_demand(self._as_of, self._scheme.city.repair_proof_of(record.rule))),
            answer_working_days=answer_days(self._as_of),
            refusal=found.refusal,
        )

    def _source(self, code: str) -> Source:
        if code not in self._sources:
            self._sources[code] = Source.of(self._scheme, code)
        return self._sources[code]

    def _rule(self, record: Record) -> Rule:
        if record.barred is Bar.SEALED:
            return sealed_rule()
        key = (record.rule, record.occurred_on)
        if key not in self._rules:
            rule = self._scheme.rules_by_code.get(record.rule)
            known = (
                Rule.of(self._scheme, rule, record.occurred_on, self._as_of)
                if rule
                else gone_rule(record.rule, record.data_class)
            )
            self._rules[key] = known
        return self._rules[key]


def _reason(record: Record, withheld: JsonObject | None) -> WithheldReason | None:
    """Why a record does not count; what never counts does not, whether there is a statement or none."""
    if record.barred is not None:
        return WithheldReason(record.barred.value)
    return WithheldReason(withheld["reason"]) if withheld else None


def nothing_counts(held: Iterable[HeldRecord], on: date) -> JsonObject:
    """What stands for a statement where none may be made: which records are disputed."""
    disputed = [
        {"source": h.record.source, "record": h.record.id, "reason": WithheldReason.DISPUTED.value}
        for h in held
        if h.record.disputed
    ]
    return {"as_of": on.isoformat(), "lines": [], "withheld": disputed}


def _day(iso: str | None) -> date | None:
    return None if iso is None else date.fromisoformat(iso)


def scheme_view(scheme: Scheme, on: date) -> SchemeView:
    """Everything public about a scheme on a day."""
    edition = scheme.scheme_at(on)
    return SchemeView(
        id=global_id("Scheme", scheme_key(scheme)),
        key=scheme_key(scheme),
        code=scheme.id,
        version=scheme.version,
        digest=scheme.digest,
        name=LocalText.of(scheme.name),
        city=LocalText.of(scheme.city.name),
        lowest=edition.lowest,
        highest=edition.highest,
        base=edition.base.value,
        help_line=HelpLine(
            number=scheme.city.help.number,
            ask_for=LocalText.of(scheme.city.help.ask_for),
            hours=LocalText.of(scheme.city.help.hours),
            counter=LocalText.of(scheme.city.help.counter),
        ),
        scenes=[Scene(code=s.code, label=LocalText.of(s.label), text=LocalText.of(s.text)) for s in scheme.city.scenes],
        languages=list(scheme.city.languages),
        dimensions=[
            SchemeDimension(
                code=d.code,
                label=LocalText.of(d.label),
                start=limits.value.start,
                floor=limits.value.floor,
                cap=limits.value.cap,
                provenance=limits.provenance,
                provenance_source=limits.source,
            )
            for d, limits in edition.dimensions
        ],
        bands=[
            SchemeBand(
                code=b.code,
                label=LocalText.of(b.label),
                published=b.published,
                floor=interval.value.floor,
                cap=interval.value.cap,
                provenance=interval.provenance,
                provenance_source=interval.source,
            )
            for b, interval in edition.bands
        ],
        all_rules=[Rule.of(scheme, r, on, on) for r in scheme.rules],
    )


def gone_rule(code: str, data_class: DataClass = DataClass.BASIC) -> Rule:
    """A rule that a newer catalogue no longer has; its records are withheld."""
    return Rule(
        id=global_id("Rule", code),
        code=code,
        label=LocalText.same(code),
        data_class=data_class,
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
        sources=[],
    )


def sealed_rule() -> Rule:
    """What stands for the rule of a sealed record: that it is sealed, and nothing else."""
    return replace(gone_rule(SEALED_RULE), label=_SEALED_LABEL)


def _label(scheme: Scheme, line: facts.Line) -> LocalText:
    return LocalText(zh=explain.label_of(scheme, line, "zh"), en=explain.label_of(scheme, line, "en"))


def _line(parts: StatementParts, position: int, line: facts.Line) -> Line:
    scheme = parts.scheme
    key = parts.ids.get(record_ref(line.source, line.record)) if line.source and line.record else None
    return Line(
        facts=line,
        parts=parts,
        record_key=key,
        position=position,
        kind=line.kind,
        label=_label(scheme, line),
        points=line.points,
        document_number=line.record,
        source=Source.of(scheme, line.source) if line.source else None,
        occurred_on=line.occurred_on,
        counts_from=line.counts_from,
        expires_on=line.expires_on,
        legal_basis=line.legal_basis,
        provenance=line.provenance,
    )


def _withheld(parts: StatementParts, position: int, item: facts.Withheld) -> Withheld:
    scheme = parts.scheme
    key = parts.ids[record_ref(item.source, item.record)]
    rule = scheme.rules_by_code.get(item.rule)
    points = rule.points_on(item.occurred_on) if rule else None
    return Withheld(
        parts=parts,
        position=position,
        points=points.value if points else 0,
        record_key=key,
        label=_withheld_label(item, rule),
        source=Source.of(scheme, item.source),
        withheld_reason=item.reason,
        until=item.until,
    )


def _withheld_label(item: facts.Withheld, rule: catalogue.Rule | None) -> LocalText:
    if item.reason is WithheldReason.SEALED:
        return _SEALED_LABEL
    return LocalText.of(rule.label) if rule else LocalText.same(item.rule)


def undisputed(record: Record) -> Record:
    """The record as it would count without a dispute."""
    return replace(record, disputed=False)
