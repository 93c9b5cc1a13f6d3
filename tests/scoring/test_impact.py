"""What a new version would do: the same as assessing everybody twice, and no names."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random

import pytest

from scoring.catalogue import Benefit, Bound, Dimension, Range
from scoring.city import columns_of
from scoring.dated import Dated
from scoring.engine import assess
from scoring.impact import BASE, THRESHOLD, BenefitImpact, Comparison, Impact, Mover
from scoring.records import Record
from scoring.scheme import Scheme
from server.demo.records import RecordMaker
from tests.support.people import MOLI, TODAY, record

MAKER = RecordMaker(MOLI, Random(5), TODAY)
PEOPLE = [MAKER.someone() for _ in range(60)]


def volunteering(points: int) -> Scheme:
    rules = [
        r.model_copy(update={"points": [r.points[0].model_copy(update={"value": points})]})
        if r.code == "volunteering.hours"
        else r
        for r in MOLI.rules
    ]
    return MOLI.model_copy(update={"version": "2027-1", "rules": rules})


def compare(new: Scheme, people: list[list[Record]], old: Scheme = MOLI, chunk: int = 1000) -> Impact:
    comparison = Comparison(old, new, TODAY)
    for start in range(0, len(people), chunk):
        part = [(records, frozenset[str]()) for records in people[start : start + chunk]]
        comparison.add((columns_of(old, part), columns_of(new, part)), len(part))
    return comparison.impact()


def test_it_says_what_assessing_everybody_twice_says() -> None:
    new = volunteering(25)
    found = compare(new, PEOPLE)
    pairs = [(assess(MOLI, r, TODAY), assess(new, r, TODAY)) for r in PEOPLE]
    assert (found.citizens, found.up) == (60, sum(b.value < a.value for b, a in pairs))
    assert found.down == sum(b.value > a.value for b, a in pairs)
    assert found.stayed == sum(b.value == a.value for b, a in pairs) > 0
    assert found.mean_after == pytest.approx(sum(a.value for _, a in pairs) / 60)
    assert found.flows == Counter((b.band_code, a.band_code) for b, a in pairs)
    for benefit in found.benefits:
        before = sum(any(x.code == benefit.code and x.eligible for x in b.benefits) for b, _ in pairs)
        after = sum(any(x.code == benefit.code and x.eligible for x in a.benefits) for _, a in pairs)
        assert (benefit.before, benefit.after) == (before, after)
        assert after - before == sum(benefit.gained.values()) - sum(benefit.lost.values())
    assert sum(found.histogram_before) == sum(found.histogram_after) == 60


def test_chunks_give_what_the_whole_gives() -> None:
    new = volunteering(25)
    whole, parts = compare(new, PEOPLE), compare(new, PEOPLE, chunk=7)
    assert {m.after - m.before for m in whole.movers} == {m.after - m.before for m in parts.movers}
    assert (whole.flows, whole.benefits, whole.histogram_after) == (parts.flows, parts.benefits, parts.histogram_after)


def test_the_same_version_moves_no_one() -> None:
    found = compare(MOLI, PEOPLE)
    assert (found.up, found.down, found.movers) == (0, 0, ())
    assert all(before == after for before, after in found.flows)
    assert found.old == found.new


def test_a_mover_shows_points_by_dimension_and_no_name() -> None:
    people = [[], [record("volunteering.hours", "2026-05-01", "V")]]
    assert compare(volunteering(25), people).movers == (Mover(510, 525, {"public": 15}),)


def benefit(found: Impact, code: str) -> BenefitImpact:
    return next(b for b in found.benefits if b.code == code)


def test_a_benefit_is_gained_by_the_dimension_that_moved_most_or_by_its_bound() -> None:
    people = [[record("volunteering.hours", "2026-05-01", f"V{n}") for n in range(3)], []]
    rich = volunteering(50)
    assert benefit(compare(rich, people), "library.deposit-free").gained == {}
    raised = {"base": [MOLI.base[0].model_copy(update={"value": 570})]}
    old, new = MOLI.model_copy(update=raised), rich.model_copy(update=raised)
    assert benefit(compare(new, people, old=old), "library.deposit-free") == BenefitImpact(
        "library.deposit-free", 600, 600, 1, 1, {}, {}
    )
    one = [[people[0][0]], []]
    assert benefit(compare(new, one, old=old), "library.deposit-free").gained == {"public": 1}
    assert benefit(compare(old, one, old=new), "library.deposit-free").lost == {"public": 1}
    lower = [b.model_copy(update={"threshold": [at(b, 400)]}) for b in MOLI.benefits]
    found = compare(MOLI.model_copy(update={"benefits": lower}), people)
    assert benefit(found, "library.deposit-free").gained == {THRESHOLD: 2}
    higher = MOLI.model_copy(update={"base": [MOLI.base[0].model_copy(update={"value": 600})]})
    assert benefit(compare(higher, people), "library.deposit-free").gained == {BASE: 2}


def at(benefit: Benefit, least: int) -> Dated[Bound]:
    first = benefit.threshold[0]
    return first.model_copy(update={"value": Bound(at_least=least)})


def test_what_only_one_version_has_is_gained_or_lost_whole() -> None:
    fewer = MOLI.model_copy(
        update={
            "benefits": [b for b in MOLI.benefits if b.code != "library.deposit-free"],
            "dimensions": [*MOLI.dimensions, extra()],
            "base": [MOLI.base[0].model_copy(update={"value": 700})],
        }
    )
    found = compare(fewer, [[]], old=fewer.model_copy(update={"benefits": MOLI.benefits}))
    lost = benefit(found, "library.deposit-free")
    assert (lost.least_before, lost.least_after, lost.lost) == (600, None, {THRESHOLD: 1})
    found = compare(fewer, [[]])
    assert found.movers == (Mover(500, 720, {"extra": 20, BASE: 200}),)


def extra() -> Dimension:
    dated = MOLI.dimensions[0].range[0].model_copy(update={"value": Range(start=20, floor=0, cap=80)})
    return MOLI.dimensions[0].model_copy(update={"code": "extra", "range": [dated]})


def test_bins_are_as_wide_as_the_scale_allows() -> None:
    found = compare(MOLI, [[]])
    assert (found.edges[0], found.edges[1], found.edges[-1]) == (0, 50, 1001)
    assert found.histogram_before[10] == 1


def test_no_one_to_compare_is_said() -> None:
    with pytest.raises(ValueError, match="no enrolled citizens"):
        Comparison(MOLI, MOLI, TODAY).impact()


def test_a_day_before_the_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="no base in force"):
        Comparison(MOLI, MOLI, date(2018, 1, 1))
