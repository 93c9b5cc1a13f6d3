"""An impact in words: plain text for a terminal, and the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from markupsafe import Markup

from scoring.engine import NEWCOMER_BAND
from scoring.impact import BASE, THRESHOLD, BenefitImpact, Impact
from scoring.scheme import Scheme
from server.container import Container
from server.jobs.impact import plots
from server.platform.kit.json import JsonObject
from server.platform.kit.templates import environment, signed
from server.statistics.model import ImpactRow
from server.statistics.repository import ImpactRepository

_WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "新版本的影响",
        "citizens": "人",
        "up": "升高",
        "down": "降低",
        "stayed": "不变",
        "mean": "平均分",
        "histogram": "分数分布",
        "flows": "分数段之间的流动",
        "benefits": "优惠的得与失（按变动最大的维度）",
        "movers": "变动最大的（不显示是谁）",
        "before": "之前",
        "after": "之后",
        "gained": "新得到",
        "lost": "失去",
        "least": "门槛",
        BASE: "基础分",
        THRESHOLD: "门槛变动",
        "never": "低分不带来任何限制；这里只有人数，没有名字。",
        "none": "无",
    },
    "en": {
        "title": "What the new version would do",
        "citizens": "citizens",
        "up": "rise",
        "down": "fall",
        "stayed": "stay",
        "mean": "mean",
        "histogram": "Scores",
        "flows": "Between bands",
        "benefits": "Benefits gained and lost, by the dimension that moved most",
        "movers": "Largest movers, unnamed",
        "before": "before",
        "after": "after",
        "gained": "gained",
        "lost": "lost",
        "least": "from",
        BASE: "base",
        THRESHOLD: "the bound moved",
        "never": "A low score restricts nothing; here are only counts, no names.",
        "none": "none",
    },
}
_BAR = 40
_TEMPLATES = environment(Path(__file__).parent)
_STYLE = Path(__file__).parents[2] / "web" / "static" / "egret.css"
"""The page shows itself as the desk's pages do, and needs nothing else."""


class Report:
    """An impact with the words of both schemes."""

    def __init__(self, impact: Impact, old: Scheme, new: Scheme, language: str) -> None:
        self.impact = impact
        self.words = _WORDS["en" if language == "en" else "zh"]
        self._language = language
        self.dimensions = {d.code: d.label.in_language(language) for s in (old, new) for d in s.dimensions}
        self.dimensions |= {name: self.words[name] for name in (BASE, THRESHOLD)}
        self.benefits = {b.code: b.label.in_language(language) for s in (old, new) for b in s.benefits}
        self.bands = {b.code: b.label.in_language(language) for s in (old, new) for b in s.bands}
        self.bands[NEWCOMER_BAND] = new.newcomer.in_language(language)
        self._order = _order(old, new, impact)

    def text(self) -> str:
        """The report for a terminal."""
        return "\n".join(self._lines()) + "\n"

    def html(self) -> str:
        """The report as one page that needs nothing else."""
        impact = self.impact
        most = max(*impact.histogram_before, *impact.histogram_after)
        values: JsonObject = {
            "report": self,
            "impact": impact,
            "words": self.words,
            "lang": "en" if self._language == "en" else "zh-CN",
            "before": plots.bars(impact.edges, impact.histogram_before, most),
            "after": plots.bars(impact.edges, impact.histogram_after, most),
            "ticks": plots.ticks(impact.edges),
            "flow": plots.flow(impact.flows, self._order, self.bands),
            "width": plots.WIDTH,
            "height": plots.HEIGHT,
        }
        return _TEMPLATES.get_template("impact.html").render(css=Markup(_STYLE.read_text("utf-8")), **values)  # noqa: S704 - our own file

    def causes(self, counts: Mapping[str, int]) -> str:
        """Counts by dimension, largest first."""
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return ", ".join(f"{self.dimensions[code]} {n:,}" for code, n in ordered) or self.words["none"]

    def bounds(self, benefit: BenefitImpact) -> str:
        """The least value before and after."""
        old, new = (self.words["none"] if n is None else str(n) for n in (benefit.least_before, benefit.least_after))
        return old if old == new else f"{old} → {new}"

    def _lines(self) -> Iterator[str]:
        impact, words = self.impact, self.words
        yield f"{words['title']} · {impact.as_of}"
        yield f"{impact.old} → {impact.new}"
        yield (
            f"{impact.citizens:,} {words['citizens']}: {impact.up:,} {words['up']}, {impact.down:,} {words['down']}, "
            f"{impact.stayed:,} {words['stayed']}; {words['mean']} {impact.mean_before:.1f} → {impact.mean_after:.1f}"
        )
        yield f"\n{words['histogram']}"
        yield from _histogram(impact)
        yield f"\n{words['flows']}"
        for (before, after), count in sorted(impact.flows.items(), key=lambda item: -item[1]):
            yield f"  {self.bands[before]} → {self.bands[after]}: {count:,} ({count / impact.citizens:.1%})"
        yield f"\n{words['benefits']}"
        for benefit in impact.benefits:
            yield f"  {self.benefits[benefit.code]} ({words['least']} {self.bounds(benefit)}): " + (
                f"{benefit.before:,} → {benefit.after:,}"
            )
            yield f"    {words['gained']}: {self.causes(benefit.gained)}; {words['lost']}: {self.causes(benefit.lost)}"
        yield f"\n{words['movers']}"
        for mover in impact.movers:
            parts = ", ".join(f"{self.dimensions[code]} {signed(n)}" for code, n in mover.by_dimension.items())
            yield f"  {mover.before} → {mover.after} ({signed(mover.after - mover.before)}): {parts}"
        yield f"\n{words['never']}"


def _histogram(impact: Impact) -> Iterator[str]:
    most = max(*impact.histogram_before, *impact.histogram_after)
    rows = zip(impact.edges, impact.edges[1:], impact.histogram_before, impact.histogram_after, strict=False)
    for low, high, before, after in rows:
        if before or after:
            bar = "█" * round(_BAR * after / most)
            yield f"  {low:>4}-{high - 1:<4} {before:>9,} → {after:>9,}  {bar}"


def _order(old: Scheme, new: Scheme, impact: Impact) -> Sequence[str]:
    """Bands from the highest down, those of the new scheme first; no history yet at the end."""
    codes: list[str] = []
    for scheme in (new, old):
        bands = scheme.scheme_at(impact.as_of).bands
        codes += [b.code for b, dated in sorted(bands, key=lambda item: -item[1].value.floor) if b.code not in codes]
    return [*codes, NEWCOMER_BAND]


async def publish(container: Container, report: Report) -> None:
    """Put a report onto the steward's page."""
    impact = report.impact
    row: ImpactRow = {
        "_id": uuid4().hex,
        "at": container.clock(),
        "old": impact.old,
        "new": impact.new,
        "citizens": impact.citizens,
        "up": impact.up,
        "down": impact.down,
        "page": report.html(),
    }
    await ImpactRepository(container.store).insert(row)
