"""Moli's catalogue agrees with everything that the article states about the real one."""

from __future__ import annotations

from collections import defaultdict

import pytest

from scoring.catalogue import DataClass, Rule, Tier
from scoring.check import TIER_POINTS
from scoring.dated import Provenance
from scoring.scheme import Scheme
from tests.support.people import BAILU, MOLI, TODAY

OFFENCES = [r for r in MOLI.rules if r.data_class is DataClass.ADVERSE]
BY_BODY: dict[str, list[Rule]] = defaultdict(list)
for _rule in OFFENCES:
    BY_BODY[_rule.sources[0]].append(_rule)


def average(body: str) -> float:
    points = [-r.points[0].value for r in BY_BODY[body]]
    return sum(points) / len(points)


def test_48_offences_from_16_bodies() -> None:
    assert len(OFFENCES) == 48
    assert len(BY_BODY) == 16
    assert all(len(r.sources) == 1 for r in OFFENCES)


def test_traffic_police_reserve_fund_and_urban_management_have_the_most() -> None:
    counts = sorted(((len(rules), body) for body, rules in BY_BODY.items()), reverse=True)
    assert {body for _, body in counts[:3]} == {"traffic-police", "housing-fund", "urban-management"}
    assert counts[3][0] < counts[2][0]


@pytest.mark.parametrize(("body", "stated"), [("traffic-police", 62), ("housing-fund", 70)])
def test_the_averages_are_the_articles_to_the_nearest_point(body: str, stated: int) -> None:
    assert round(average(body)) == stated


@pytest.mark.parametrize("rule", OFFENCES, ids=lambda r: r.code)
def test_points_lie_in_the_tier_and_are_marked_illustrative(rule: Rule) -> None:
    assert rule.tier is not None
    assert -rule.points[0].value in TIER_POINTS[rule.tier]
    assert rule.points[0].provenance is Provenance.ILLUSTRATIVE


def test_all_four_tiers_are_used() -> None:
    assert {r.tier for r in OFFENCES} == set(Tier)


@pytest.mark.parametrize(
    "code",
    [
        "social-insurance.timely",
        "housing-fund.timely",
        "volunteering.hours",
        "honours.government",
        "honours.blood-donation",
        "green.public-transport",
        "green.waste-sorting",
        "basic.public-interest-profession",
    ],
)
def test_what_the_article_says_raises_a_score_does(code: str) -> None:
    assert MOLI.rules_by_code[code].points[0].value > 0


def test_nothing_that_officials_called_misuse_costs_points() -> None:
    for scheme in (MOLI, BAILU):
        for rule in scheme.rules:
            words = rule.code + rule.label.en.lower()
            assert "jaywalk" not in words
            if "waste-sorting" in rule.code or "library" in rule.code:
                assert rule.points[0].value > 0


@pytest.mark.parametrize("scheme", [MOLI, BAILU], ids=lambda s: s.id)
def test_every_dimension_can_be_filled_by_what_rules_give(scheme: Scheme) -> None:
    edition = scheme.scheme_at(TODAY)
    for dimension, limits in edition.dimensions:
        giving = [r for r in scheme.rules if r.dimension == dimension.code and r.points[0].value > 0]
        most = sum(v.value.points for r in giving for v in edition.limits[r.code] if v.value.per is None)
        assert limits.value.start + most >= limits.value.cap, dimension.code
