"""Figures: how the programme is used, how disputes go, and whose records are often wrong. Counts, never people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from statistics import median

from schema.types.connection import global_id
from schema.types.errors import LocalText, RefusalCode, Refused
from schema.types.figures import (
    BenefitUse,
    Bin,
    CaseFigures,
    DisputeFigures,
    DisputeOutcome,
    ImpactReport,
    OutcomeCount,
    OverturnRate,
    ProgrammeFigures,
    RatingCount,
    RepairFigures,
    SourceFigures,
    TopicCount,
)
from schema.types.principal import Principal
from schema.types.rule import Source
from scoring.calendar import working_days_between
from scoring.catalogue import DataClass
from scoring.dated import value_on
from scoring.disputes import CHANGES_RECORD, DisputeTopic
from scoring.repair import RepairState, answer_days
from server.benefits.repository import count_users, uses_by_benefit
from server.citizens.repository import CitizenRepository
from server.disputes.model import DisputeRow
from server.disputes.repository import DisputeRepository, outcomes
from server.disputes.steps import topic_of
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.db import Store
from server.platform.kit.clock import Clock, day_of
from server.scores.mapping import benefit_view
from server.sources.model import SourceRow
from server.sources.repairs.repository import RepairRepository
from server.sources.repository import SourceRepository
from server.statistics.model import ImpactRow
from server.statistics.published import at_least, dispute_figures
from server.statistics.repository import ImpactRepository, RescoreRepository

BIN = 50
_SPAN = timedelta(days=90)
_FRESH = timedelta(minutes=10)
"""For so long what everybody may ask for is not counted again."""
_OVERTURNED = {d.value for d in CHANGES_RECORD}


class StatisticsService(FollowsScheme):
    """Implements `schema.api.services.Figures`."""

    def __init__(
        self,
        *,
        store: Store,
        scheme: SchemeInForce,
        clock: Clock,
    ) -> None:
        self._store = store
        self._in_force = scheme
        self._clock = clock
        self._disputes: tuple[datetime, DisputeFigures] | None = None

    async def programme(self, actor: Principal) -> ProgrammeFigures:
        store, scheme = self._store, self._scheme
        today = day_of(self._clock())
        found = value_on(scheme.population, today)
        population = found.value if found else 0
        enrolled = await CitizenRepository(store).count_taking_part()
        users = await count_users(store)
        uses = {
            row["_id"]: None if at_least(row["people"]) is None else row["n"] for row in await uses_by_benefit(store)
        }
        ended = await outcomes(store)
        as_of, bins = await self._distribution()
        return ProgrammeFigures(
            as_of=as_of,
            population=population,
            enrolled=at_least(enrolled),
            enrolled_share=_share(enrolled, population),
            used_benefit=at_least(users),
            used_share=_share(users, enrolled),
            uses=[BenefitUse(benefit=benefit_view(b, today), count=uses.get(b.code, 0)) for b in scheme.benefits],
            distribution=bins,
            outcomes=[OutcomeCount(outcome=DisputeOutcome(k), count=at_least(n)) for k, n in sorted(ended.items())],
        )

    async def cases(self, actor: Principal) -> CaseFigures:
        disputes = DisputeRepository(self._store)
        today = day_of(self._clock())
        open_now = await disputes.count_open()
        overdue = await disputes.count_open(due_before=today.isoformat())
        decided = await disputes.decided_since((today - _SPAN).isoformat())
        days = [_days_of(row) for row in decided]
        ended = Counter(_outcome(row) for row in decided)
        return CaseFigures(
            since=today - _SPAN,
            waiting=open_now,
            overdue=overdue,
            escalated=await disputes.count_escalated(),
            decided=len(decided),
            lapses=sum(row["lapsed"] for row in decided),
            median_working_days=median(days) if days else None,
            outcomes=[OutcomeCount(outcome=DisputeOutcome(k), count=n) for k, n in sorted(ended.items())],
            by_topic=_by_topic(decided),
            ratings=await _ratings(disputes, (today - _SPAN).isoformat()),
            by_source=self._rates(decided, "source"),
            by_rule=self._rates(decided, "rule"),
            repairs=await self._repairs(lambda count: count),
        )

    async def disputes(self) -> DisputeFigures:
        now = self._clock()
        if self._disputes is None or now >= self._disputes[0]:
            since = day_of(now) - _SPAN
            decided = await DisputeRepository(self._store).decided_since(since.isoformat())
            found = dispute_figures(since, decided, _days_of, partial(self._label, "source"))
            self._disputes = now + _FRESH, found
        return self._disputes[1]

    async def repairs(self) -> RepairFigures:
        return await self._repairs(at_least)

    async def _repairs(self, shown: Callable[[int], int | None]) -> RepairFigures:
        repairs = RepairRepository(self._store)
        today = day_of(self._clock())
        ended = await repairs.ended_since((today - _SPAN).isoformat())
        days = [_days(row["applied_on"], row["ended_on"]) for row in ended if row["ended_on"] is not None]
        return RepairFigures(
            since=today - _SPAN,
            answer_working_days=answer_days(today),
            applied=shown(await repairs.count_applied_since((today - _SPAN).isoformat())),
            waiting=shown(await repairs.count_open()),
            overdue=shown(await repairs.count_open(due_before=today.isoformat())),
            ended=shown(len(ended)),
            accepted=shown(sum(row["state"] == RepairState.ACCEPTED.value for row in ended)),
            lapses=shown(sum(row["lapsed"] for row in ended)),
            median_working_days=median(days) if days and shown(len(days)) is not None else None,
        )

    async def sources(self, actor: Principal) -> list[SourceFigures]:
        """Those with the most faults first; `error_rate` is the share of delivered records that were not usable."""
        rows = await SourceRepository(self._store).every()
        rows.sort(key=lambda row: (-_error_rate(row), -sum(row["counts"].values()), row["_id"]))
        return [
            SourceFigures(
                code=row["_id"],
                label=LocalText(zh=row["label"]["zh"], en=row["label"]["en"]),
                active=row["active"],
                data_classes=[DataClass(name) for name in row["classes"]],
                rule_count=len(row["rules"]),
                delivered=sum(row["counts"].get(name, 0) for name in ("stored", "corrected", "unchanged")),
                rejected=row["counts"].get("rejected", 0) + row["counts"].get("refused", 0),
                error_rate=_error_rate(row),
                last_at=row.get("last_at"),
            )
            for row in rows
        ]

    async def impacts(self, actor: Principal) -> list[ImpactReport]:
        return [_impact_report(row) for row in await ImpactRepository(self._store).newest()]

    async def impact(self, actor: Principal, report_id: str) -> ImpactReport:
        rows = await ImpactRepository(self._store).newest(report_id)
        if not rows:
            raise Refused(RefusalCode.NOT_FOUND)
        return _impact_report(rows[0])

    def _rates(self, decided: Sequence[DisputeRow], by: str) -> list[OverturnRate]:
        groups: dict[str, list[DisputeRow]] = {}
        for row in decided:
            code = row["source"] if by == "source" else row["rule"]
            if code is not None and row["record"] is not None:
                groups.setdefault(code, []).append(row)
        rates = [
            OverturnRate(
                code=code,
                label=self._label(by, code),
                decided=len(rows),
                overturned=sum(row["determination"] in _OVERTURNED for row in rows),
            )
            for code, rows in groups.items()
        ]
        return sorted(rates, key=lambda r: (-r.overturned, -r.decided, r.code))[:20]

    def _label(self, by: str, code: str) -> LocalText:
        if by == "source":
            return Source.of(self._scheme, code).label
        rule = self._scheme.rules_by_code.get(code)
        return LocalText.of(rule.label) if rule else LocalText.same(code)

    async def _distribution(self) -> tuple[date | None, list[Bin]]:
        """Of the newest whole reassessment, which counts scores as it goes."""
        newest = await RescoreRepository(self._store).newest_finished("as_of")
        if newest is None:
            return None, []
        counts = newest.get("histogram", {})
        edition = self._scheme.scheme_at(date.fromisoformat(newest["as_of"]))
        highest = edition.highest
        bins = [
            Bin(
                floor=floor,
                cap=highest if floor + BIN >= highest else floor + BIN - 1,
                count=at_least(counts.get(str(n), 0)),
            )
            for n, floor in enumerate(range(edition.lowest, highest, BIN))
        ]
        return date.fromisoformat(newest["as_of"]), bins


def _impact_report(row: ImpactRow) -> ImpactReport:
    return ImpactReport(
        id=global_id("ImpactReport", row["_id"]),
        key=row["_id"],
        at=row["at"],
        old=row["old"],
        new=row["new"],
        citizens=row["citizens"],
        up=row["up"],
        down=row["down"],
        page=row["page"],
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole and at_least(part) is not None else None


def _days(filed_on: str, ended_on: str) -> int:
    return working_days_between(date.fromisoformat(filed_on), date.fromisoformat(ended_on))


def _days_of(row: DisputeRow) -> int:
    return _days(row["filed_on"], row["ended_on"] or row["filed_on"])


def _by_topic(decided: Sequence[DisputeRow]) -> list[TopicCount]:
    counts = Counter(topic_of(row) for row in decided)
    return [TopicCount(topic=topic, decided=counts[topic]) for topic in DisputeTopic if counts[topic]]


async def _ratings(disputes: DisputeRepository, since: str) -> list[RatingCount]:
    counts = await disputes.ratings_since(since)
    return [RatingCount(rating=rating, count=count) for rating, count in sorted(counts.items())]


def _outcome(row: DisputeRow) -> str:
    return row["determination"] or row["state"]


def _error_rate(row: SourceRow) -> float:
    total = sum(row["counts"].values())
    return (row["counts"].get("rejected", 0) + row["counts"].get("refused", 0)) / total if total else 0.0
