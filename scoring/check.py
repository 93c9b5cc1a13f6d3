"""The scheme checker: what a scheme may not be, with what to do about it."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring.scheme import DataClass, Dated, Scheme, Tier

TIER_POINTS = {
    Tier.MINOR: range(5, 11),
    Tier.MODERATE: range(15, 21),
    Tier.SERIOUS: range(30, 51),
    Tier.EXTREME: range(100, 151),
}
"""Points that an offence may cost by tier (source article, Fuzhou NDRC, November 2018)."""

FORBIDDEN = re.compile(
    r"\b(shopping|commerce|social-media|location|gps|health|illness|religion|politic\w*|"
    r"biometric\w*|fingerprint|gene\w*|zhima|age|sex|gender|origin|hukou|marriage|marital|education|"
    r"income|ethnic\w*)\b"
)
"""Inputs that cannot be expressed at all, or may not score points (promise 5)."""
STICKS = re.compile(r"限制|禁止|拒绝|加收|罚|surcharge|penalt|restrict|refus|denied|banned|extra charge")
"""Words of a benefit that would take something away (promise 3)."""
MAY_BE_SHOWN = frozenset({"education", "marriage"})
"""Basic records that may be listed for information, worth nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, and what to do."""

    place: str
    text: str


def check_scheme(scheme: Scheme) -> list[Finding]:
    """Every fault of a scheme; an empty list means that it may be used."""
    checks = (_codes, _base, _bands, _dimensions, _rules, _forbidden, _benefits)
    return [finding for check in checks for finding in check(scheme)]


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


def _bands(scheme: Scheme) -> Iterator[Finding]:
    bands = sorted(scheme.bands, key=lambda b: b.floor)
    edge = scheme.lowest
    for band in bands:
        if band.floor != edge:
            yield Finding(f"band {band.code}", f"starts at {band.floor}, but should start at {edge}")
        edge = band.cap + 1
    if edge != scheme.highest + 1:
        yield Finding("bands", f"end at {edge - 1}, but the scheme ends at {scheme.highest}")


def _dimensions(scheme: Scheme) -> Iterator[Finding]:
    for dimension in scheme.dimensions:
        if not dimension.floor <= dimension.start <= dimension.cap:
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
        yield from _dates(place, rule.points)
        for dated in rule.points:
            yield from _points(place, rule.data_class, rule.tier, dated.value)


def _points(place: str, data_class: DataClass, tier: Tier | None, points: int) -> Iterator[Finding]:
    adverse = data_class in (DataClass.ADVERSE, DataClass.NOTICE)
    if adverse and points >= 0:
        yield Finding(place, "an adverse or notice rule takes points away; make them negative")
    if not adverse and points < 0:
        yield Finding(place, f"a {data_class.value} rule may not take points away")
    if data_class is DataClass.ADVERSE and tier is not None and -points not in TIER_POINTS[tier]:
        allowed = TIER_POINTS[tier]
        yield Finding(place, f"tier {tier.value} costs {allowed.start} to {allowed.stop - 1} points, not {-points}")


def _dates(place: str, values: Sequence[Dated[Any]]) -> Iterator[Finding]:
    ordered = sorted(values, key=lambda v: v.from_)
    for earlier, later in itertools.pairwise(ordered):
        if earlier.until != later.from_:
            yield Finding(place, f"values overlap or leave a gap at {later.from_}")


def _forbidden(scheme: Scheme) -> Iterator[Finding]:
    for rule in scheme.rules:
        words = rule.code.replace(".", " ") + " " + rule.label.en.lower()
        found = FORBIDDEN.search(words)
        if found is None:
            continue
        shown_only = found[1] in MAY_BE_SHOWN and all(p.value == 0 for p in rule.points)
        if not shown_only:
            yield Finding(f"rule {rule.code}", f"{found[1]!r} may not be an input of a score; remove the rule")


def _base(scheme: Scheme) -> Iterator[Finding]:
    yield from _dates("base", scheme.base)


def _benefits(scheme: Scheme) -> Iterator[Finding]:
    highest = min(scheme.highest, max(b.value for b in scheme.base) + sum(d.cap for d in scheme.dimensions))
    for benefit in scheme.benefits:
        place = f"benefit {benefit.code}"
        yield from _dates(place, benefit.threshold)
        for dated in benefit.threshold:
            if not scheme.lowest < dated.value.least <= highest:
                yield Finding(place, f"needs {dated.value.least}: lower it to at most {highest}, and above nothing")
        words = " ".join((benefit.label.zh, benefit.label.en.lower(), benefit.terms.zh, benefit.terms.en.lower()))
        found = STICKS.search(words)
        if found is not None:
            yield Finding(place, f"{found[0]!r}: a benefit only gives; nothing may cost more or be refused")


def where(folder: Path, place: str) -> str:
    """File and line of a finding's place, such as `rules.toml:12`; the file alone where there is no line."""
    kind, _, code = place.partition(" ")
    name = {"rule": "rules.toml", "benefit": "benefits.toml"}.get(kind, "scheme.toml")
    wanted = f'code = "{code}"' if code else f"{kind} ="
    inside = not code
    for number, line in enumerate((folder / name).read_text("utf-8").splitlines(), 1):
        if line.startswith("[["):
            inside = line == f"[[{kind}]]"
        if inside and line.startswith(wanted):
            return f"{name}:{number}"
    return name
