"""Figures: how the programme is used, how disputes go, and whose records are often wrong. Counts, never people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from statistics import median
from typing import Any

from schema.types.connection import global_id
from schema.types.errors import LocalText
from schema.types.figures import (
    BenefitUse,
    Bin,
    CaseFigures,
    ImpactReport,
    OutcomeCount,
    OverturnRate,
    ProgrammeFigures,
    SourceFigures,
)
from schema.types.principal import Principal
from scoring.calendar import working_days_between
from scoring.dated import value_on
from scoring.disputes import Determination, DisputeState
from scoring.scheme import Scheme
from server.platform.db import Document, Store
from server.platform.kit.clock import Clock, day_of
from server.scores.mapping import source_view, text

SMALLEST = 10
"""No group of fewer people is shown."""
BIN = 50
_SPAN = timedelta(days=90)
_OVERTURNED = {d.value for d in Determination} - {Determination.UPHELD.value}


def at_least(count: int) -> int | None:
    """A count that may be shown; None where it is of too few people to stay anonymous."""
    return count if count == 0 or count >= SMALLEST else None


class FigureService:
    """Implements `schema.api.services.Figures`."""

    def __init__(
        self,
        *,
        store: Store,
        scheme: Scheme,
        clock: Clock,
    ) -> None:
        self._store = store
        self._scheme = scheme
        self._clock = clock

    async def programme(self, actor: Principal) -> ProgrammeFigures:
        store, scheme = self._store, self._scheme
        today = day_of(self._clock())
        found = value_on(scheme.population, today)
        population = found.value if found else 0
        enrolled = await store["citizens"].count_documents({"enrolment": {"$ne": None}})
        used = await self._grouped("passes", {"used_at": {"$ne": None}}, "citizen")
        uses = await self._uses()
        outcomes = await self._grouped("disputes", {"open": False}, "outcome")
        as_of, bins = await self._distribution()
        return ProgrammeFigures(
            as_of=as_of,
            population=population,
            enrolled=at_least(enrolled),
            enrolled_share=_share(enrolled, population),
            used_benefit=at_least(len(used)),
            used_share=_share(len(used), enrolled),
            uses=[
                BenefitUse(code=b.code, label=text(b.label), partner=text(b.partner_label), count=uses.get(b.code, 0))
                for b in scheme.benefits
            ],
            distribution=bins,
            disputes=[OutcomeCount(outcome=k, count=at_least(n)) for k, n in sorted(outcomes.items())],
        )

    async def cases(self, actor: Principal) -> CaseFigures:
        rows = self._store["disputes"]
        today = day_of(self._clock())
        open_now = await rows.count_documents({"open": True})
        overdue = await rows.count_documents({"open": True, "due_on": {"$lt": today.isoformat()}})
        seen = ("state", "determination", "lapsed", "source", "rule", "filed_on", "ended_on")
        ended = {"ended_on": {"$gte": (today - _SPAN).isoformat()}}
        decided = [
            row
            async for row in rows.find(ended, dict.fromkeys(seen, 1))
            if row["state"] in (DisputeState.RESOLVED.value, DisputeState.REJECTED.value)
        ]
        days = [_days(row) for row in decided]
        outcomes: dict[str, int] = {}
        for row in decided:
            outcomes[_outcome(row)] = outcomes.get(_outcome(row), 0) + 1
        return CaseFigures(
            since=today - _SPAN,
            open=open_now,
            overdue=overdue,
            decided=len(decided),
            lapsed=sum(row["lapsed"] for row in decided),
            median_working_days=median(days) if days else None,
            outcomes=[OutcomeCount(outcome=k, count=n) for k, n in sorted(outcomes.items())],
            by_source=self._rates(decided, "source"),
            by_rule=self._rates(decided, "rule"),
        )

    async def sources(self, actor: Principal, first: int) -> list[SourceFigures]:
        """Those with the most faults first; `error_rate` is the share of delivered records that were not usable."""
        rows = await self._store["sources"].find({}).to_list(None)
        rows.sort(key=lambda row: (-_error_rate(row), -sum(row["counts"].values()), row["_id"]))
        return [
            SourceFigures(
                code=row["_id"],
                label=LocalText(zh=row["label"]["zh"], en=row["label"]["en"]),
                active=row["active"],
                classes=row["classes"],
                rules=len(row["rules"]),
                delivered=sum(row["counts"].get(name, 0) for name in ("stored", "corrected", "unchanged")),
                rejected=row["counts"].get("rejected", 0) + row["counts"].get("refused", 0),
                error_rate=_error_rate(row),
                last_at=row.get("last_at"),
            )
            for row in rows[:first]
        ]

    async def impacts(self, actor: Principal, key: str | None = None) -> list[ImpactReport]:
        query: Document = {} if key is None else {"_id": key}
        rows = await self._store["impact_reports"].find(query).sort([("at", -1)]).limit(20).to_list(None)
        named = ("at", "old", "new", "citizens", "up", "down", "page")
        return [ImpactReport(id=global_id("ImpactReport", r["_id"]), **{name: r[name] for name in named}) for r in rows]

    def _rates(self, decided: Sequence[Document], by: str) -> list[OverturnRate]:
        groups: dict[str, list[Document]] = {}
        for row in decided:
            groups.setdefault(row[by], []).append(row)
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
            return source_view(self._scheme, code).label
        rule = self._scheme.rules_by_code.get(code)
        return text(rule.label) if rule else LocalText(zh=code, en=code)

    async def _grouped(self, collection: str, query: Document, by: str) -> dict[str, int]:
        """How many documents there are of each value; of a dispute, of each outcome."""
        value: Any = f"${by}"
        if by == "outcome":
            value = {"$ifNull": ["$determination", "$state"]}
        pipeline = [{"$match": query}, {"$group": {"_id": value, "n": {"$sum": 1}}}]
        return {row["_id"]: row["n"] for row in await self._store.aggregate(collection, pipeline)}

    async def _uses(self) -> dict[str, int | None]:
        """How often each benefit was used; None where fewer people did than may be shown."""
        pipeline: list[Document] = [
            {"$match": {"used_at": {"$ne": None}}},
            {"$group": {"_id": {"benefit": "$benefit", "citizen": "$citizen"}, "n": {"$sum": 1}}},
            {"$group": {"_id": "$_id.benefit", "people": {"$sum": 1}, "n": {"$sum": "$n"}}},
        ]
        rows = await self._store.aggregate("passes", pipeline)
        return {row["_id"]: None if at_least(row["people"]) is None else row["n"] for row in rows}

    async def _distribution(self) -> tuple[date | None, list[Bin]]:
        """Of the newest whole reassessment, which counts scores as it goes."""
        newest = self._store["rescores"].find({"finished_at": {"$ne": None}}).sort([("as_of", -1)]).limit(1)
        rows = await newest.to_list(None)
        if not rows:
            return None, []
        counts = rows[0].get("histogram", {})
        edition = self._scheme.scheme_at(date.fromisoformat(rows[0]["as_of"]))
        highest = edition.highest
        bins = [
            Bin(
                floor=floor,
                cap=highest if floor + BIN >= highest else floor + BIN - 1,
                count=at_least(counts.get(str(n), 0)),
            )
            for n, floor in enumerate(range(edition.lowest, highest, BIN))
        ]
        return date.fromisoformat(rows[0]["as_of"]), bins


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole and at_least(part) is not None else None


def _days(row: Document) -> int:
    return working_days_between(date.fromisoformat(row["filed_on"]), date.fromisoformat(row["ended_on"]))


def _outcome(row: Document) -> str:
    return str(row["determination"] or row["state"])


def _error_rate(row: Document) -> float:
    total = sum(row["counts"].values())
    return (row["counts"].get("rejected", 0) + row["counts"].get("refused", 0)) / total if total else 0.0
