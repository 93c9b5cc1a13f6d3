"""The scheme checker: what a scheme may not be, with what to do about it."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from scoring.catalogue import Bound, DataClass, Direction, Rule, Scale, Tier
from scoring.dated import Dated, value_on
from scoring.edition import SchemeAt
from scoring.places import where
from scoring.scheme import SCHEMES_DIR, Scheme, load_scheme, scheme_folder
from scoring.sealed import sealed_kind
from scoring.vocabulary import forbidden, judging, sticks

TIER_POINTS = {
    Tier.MINOR: range(5, 11),
    Tier.MODERATE: range(15, 21),
    Tier.SERIOUS: range(30, 51),
    Tier.EXTREME: range(100, 151),
}
"""Points that an offence may cost by tier (source article, November 2018)."""

TIER_MONTHS = {Tier.MINOR: 3, Tier.MODERATE: 12, Tier.SERIOUS: 36, Tier.EXTREME: 60}
"""Months that a record of a tier may count at most (promise 8)."""

_TOLD = 10
"""So many findings are told where a scheme is refused; the checker says all."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, and what to do."""

    place: str
    text: str

    def at(self, folder: Path) -> str:
        """The finding with file and line."""
        return f"{folder.name}/{where(folder, self.place)}: {self.place}: {self.text}"


def check_scheme(scheme: Scheme) -> list[Finding]:
    """Every fault of a scheme; an empty list means that it may be used."""
    checks = (_codes, _frame, _bands, _dimensions, _rules, _retention, _forbidden, _sealed, _benefits, _demo)
    return [finding for check in checks for finding in check(scheme)]


def load_usable(name: str) -> Scheme:
    """A scheme by its id or folder that may be used; those that ship are.

    Raises:
        ValueError: it does not load, or the checker finds something; the text says what, with file and line.
    """
    scheme, folder = load_scheme(name), scheme_folder(name)
    findings = [] if folder.parent == SCHEMES_DIR else check_scheme(scheme)
    if findings:
        told = [finding.at(folder) for finding in findings[:_TOLD]]
        count = f"{len(findings)} finding{'s' if len(findings) > 1 else ''}"
        raise ValueError("\n".join([*told, f"{count}; see: egret scheme check --folder {folder}"]))
    return scheme


def _codes(scheme: Scheme) -> Iterator[Finding]:
    for kind, items in (
        ("rule", scheme.rules),
        ("source", scheme.sources),
        ("benefit", scheme.benefits),
        ("dimension", scheme.dimensions),
        ("band", scheme.bands),
    ):
        for code, count in Counter(item.code for item in items).items():
            if count > 1:
                yield Finding(f"{kind} {code}", "this code is used twice; give each its own")


def _frame(scheme: Scheme) -> Iterator[Finding]:
    """Base, scale and dimensions must hold on every day from the first of the base on."""
    began = min(v.from_ for v in scheme.base)
    frame: list[tuple[str, Sequence[Dated[Any]]]] = [("base", scheme.base), ("scale", scheme.scale)]
    frame += [(f"dimension {d.code}", d.range) for d in scheme.dimensions]
    frame += [(f"retention {tier}", values) for tier, values in scheme.retention.items()]
    for place, values in frame:
        yield from _dates(place, values)
        first = min(v.from_ for v in values)
        if first > began:
            yield Finding(place, f"begins on {first}, but the base on {began}; let it begin then")
        if all(v.until is not None for v in values):
            yield Finding(place, "ends; leave out `until` of its last value")
    yield from _dates("population", scheme.population)
    for dated in scheme.base:
        scale = value_on(scheme.scale, dated.from_)
        if scale is not None and not scale.value.lowest <= dated.value <= scale.value.highest:
            yield Finding("base", f"{dated.value} lies outside the scale; move one or the other")


def _bands(scheme: Scheme) -> Iterator[Finding]:
    """On every day on which a figure changes, the bands in force tile the scale."""
    for band in scheme.bands:
        yield from _dates(f"band {band.code}", band.interval)
        for word in judging(band.label):
            yield Finding(f"band {band.code}", f"{word!r} judges people; choose a neutral label")
    told = set()
    for day in sorted(scheme.days_of_change):
        scale = value_on(scheme.scale, day)
        for finding in _tiling(scheme, scale.value, day) if scale else ():
            if finding not in told:
                told.add(finding)
                yield finding


def _tiling(scheme: Scheme, scale: Scale, day: date) -> Iterator[Finding]:
    found = [(v.value, b.code) for b in scheme.bands if (v := value_on(b.interval, day)) is not None]
    edge = scale.lowest
    for interval, code in sorted(found, key=lambda item: item[0].floor):
        if interval.floor != edge:
            yield Finding(f"band {code}", f"starts at {interval.floor}, but should start at {edge}")
        if interval.cap < interval.floor:
            yield Finding(f"band {code}", "ends below its start")
        edge = interval.cap + 1
    if edge != scale.highest + 1:
        yield Finding("bands", f"end at {edge - 1}, but the scheme ends at {scale.highest}")


def _dimensions(scheme: Scheme) -> Iterator[Finding]:
    for dimension in scheme.dimensions:
        for dated in dimension.range:
            if not dated.value.floor <= dated.value.start <= dated.value.cap:
                yield Finding(f"dimension {dimension.code}", "start lies outside floor and cap")


def _rules(scheme: Scheme) -> Iterator[Finding]:
    for rule in scheme.rules:
        place = f"rule {rule.code}"
        if rule.dimension not in scheme.dimensions_by_code:
            yield Finding(place, f"dimension {rule.dimension!r} is not defined")
        if not rule.sources:
            yield Finding(place, "no source may report it; name at least one")
        for source in rule.sources:
            if source not in scheme.sources_by_code:
                yield Finding(place, f"source {source!r} is not on the register")
        if not rule.basis.strip():
            yield Finding(place, "has no legal basis; name the statute and article")
        for values in (rule.points, rule.retention_months, rule.grace_days):
            yield from _dates(place, values)
        yield from _covered(place, scheme, rule)
        for per in ("month", "year", None):
            yield from _dates(place, [v for v in rule.limits if v.value.per == per])
        for dated in rule.points:
            yield from _points(place, rule, dated.value)


def _covered(place: str, scheme: Scheme, rule: Rule) -> Iterator[Finding]:
    """Wherever a rule has points it must say how long they count and, for a notice, leave time to cure."""
    days = sorted(d for d in scheme.days_of_change if rule.points_on(d) is not None)
    by_tier = scheme.retention[rule.tier] if rule.tier else ()
    for name, given in (("retention", (*rule.retention_months, *by_tier)), ("grace_days", rule.grace_days)):
        if name == "grace_days" and rule.data_class is not DataClass.NOTICE:
            continue
        bare = next((d for d in days if value_on(given, d) is None), None)
        if bare is not None:
            yield Finding(place, f"has points on {bare} but no {name}; give one from then on")


def _points(place: str, rule: Rule, points: int) -> Iterator[Finding]:
    adverse = rule.data_class in (DataClass.ADVERSE, DataClass.NOTICE)
    if adverse and points >= 0:
        yield Finding(place, "an adverse or notice rule takes points away; make them negative")
    if not adverse and points < 0:
        yield Finding(place, f"a {rule.data_class.value} rule may not take points away")
    direction = Direction.UP if points > 0 else Direction.DOWN if points < 0 else Direction.NONE
    if direction is not rule.direction:
        yield Finding(place, f"its direction says {rule.direction.value!r}, its points say {direction.value!r}")
    if adverse and rule.tier is not None and -points not in TIER_POINTS[rule.tier]:
        allowed = TIER_POINTS[rule.tier]
        yield Finding(
            place, f"tier {rule.tier.value} costs {allowed.start} to {allowed.stop - 1} points, not {-points}"
        )


def _retention(scheme: Scheme) -> Iterator[Finding]:
    """Never longer than the tier's ceiling (promise 8)."""
    for tier, values in scheme.retention.items():
        for dated in values:
            if dated.value > TIER_MONTHS[tier]:
                yield Finding(f"retention {tier}", f"is {dated.value} months; at most {TIER_MONTHS[tier]} are allowed")
    for rule in scheme.rules:
        if rule.tier is None:
            continue
        for dated in rule.retention_months:
            if dated.value > TIER_MONTHS[rule.tier]:
                most = TIER_MONTHS[rule.tier]
                text = f"is kept {dated.value} months; tier {rule.tier.value} allows at most {most}"
                yield Finding(f"rule {rule.code}", text)


def _dates(place: str, values: Sequence[Dated[Any]]) -> Iterator[Finding]:
    ordered = sorted(values, key=lambda v: v.from_)
    for value in ordered:
        if value.until is not None and value.until <= value.from_:
            yield Finding(place, f"a value ends on {value.until}, before it begins; swap the dates")
        if not value.source.strip():
            yield Finding(place, "a value has no source; say where it comes from")
    for earlier, later in itertools.pairwise(ordered):
        if earlier.until != later.from_:
            yield Finding(place, f"values overlap or leave a gap at {later.from_}")


def _forbidden(scheme: Scheme) -> Iterator[Finding]:
    for rule in scheme.rules:
        worth_nothing = all(p.value == 0 for p in rule.points)
        for word in forbidden(rule.code, rule.label, worth_nothing=worth_nothing):
            yield Finding(f"rule {rule.code}", f"{word!r} may not be an input of a score; remove the rule")


def _sealed(scheme: Scheme) -> Iterator[Finding]:
    for rule in scheme.rules:
        found = sealed_kind(rule)
        if found is not None:
            word, kind = found
            yield Finding(
                f"rule {rule.code}", f"{word!r} is of a kind that the law seals ({kind.law}); remove the rule"
            )


def _benefits(scheme: Scheme) -> Iterator[Finding]:
    for benefit in scheme.benefits:
        place = f"benefit {benefit.code}"
        yield from _dates(place, benefit.threshold)
        for dated in benefit.threshold:
            yield from _reachable(scheme, place, dated)
        for word in sticks(benefit.label, benefit.terms, benefit.ordinary_route):
            yield Finding(place, f"{word!r}: a benefit only gives; nothing may cost more or be refused")


def _reachable(scheme: Scheme, place: str, dated: Dated[Bound]) -> Iterator[Finding]:
    """A threshold lies within what a person can reach, on its first day and whenever a figure changes."""
    if dated.from_ < min(v.from_ for v in scheme.base):
        yield Finding(place, f"its threshold holds from {dated.from_}, before the scheme began")
        return
    least = dated.value.least
    told = set()
    for day in sorted({dated.from_} | {d for d in scheme.days_of_change if dated.in_force(d)}):
        try:
            edition = scheme.scheme_at(day)
        except ValueError:
            continue  # a gap in the frame, which is a finding of its own
        highest = _highest(scheme, edition, day)
        if least > highest:
            told.add(f"needs {least}, but from {day} nobody can reach more than {highest}; lower it")
        if least <= edition.lowest:
            told.add(f"needs {least}, which everybody has; raise it above {edition.lowest}")
    yield from (Finding(place, text) for text in sorted(told)[:1])


def _highest(scheme: Scheme, edition: SchemeAt, day: date) -> int:
    """The most that a person can have: what rules give in each dimension, up to its cap."""
    total = edition.base.value
    for dimension, limits in edition.dimensions:
        most: float = limits.value.start
        for rule in scheme.rules:
            points = rule.points_on(day)
            if rule.dimension == dimension.code and points is not None and points.value > 0:
                altogether = [v.value.points for v in edition.limits.get(rule.code, ()) if v.value.per is None]
                most += min(altogether, default=math.inf)
        total += int(max(limits.value.floor, min(limits.value.cap, most)))
    return min(edition.highest, total)


def _demo(scheme: Scheme) -> Iterator[Finding]:
    """The demo can be made of this scheme."""
    demo = scheme.city.demo
    if demo.source not in scheme.sources_by_code:
        yield Finding("city demo.source", f"there is no source {demo.source}; name one of scheme.toml")
    for code in sorted({code for codes in demo.records for code in codes} - scheme.rules_by_code.keys()):
        yield Finding("city demo.records", f"there is no rule {code}; name one of rules.toml")
