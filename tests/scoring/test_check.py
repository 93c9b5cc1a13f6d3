"""The scheme checker: each kind of fault is found and named."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from scoring.catalogue import DataClass, Direction, Interval, Range, Tier
from scoring.check import check_scheme
from scoring.dated import Text
from scoring.places import where
from scoring.scheme import SCHEMES_DIR, Scheme
from tests.support.people import BAILU, MOLI


def rule(index: int, **values: Any) -> Scheme:
    rules = list(MOLI.rules)
    rules[index] = rules[index].model_copy(update=values)
    return MOLI.model_copy(update={"rules": rules})


def adverse(points: int) -> Scheme:
    index = next(n for n, r in enumerate(MOLI.rules) if r.code == "tax.evasion")
    changed = MOLI.rules[index].points[0].model_copy(update={"value": points})
    return rule(index, points=[changed])


def notice(**values: Any) -> Scheme:
    index = next(n for n, r in enumerate(MOLI.rules) if r.code == "utility.water-overdue")
    return rule(index, **values)


def dated(values: Any, **update: Any) -> list[Any]:
    return [values[0].model_copy(update=update)]


ENDING = dated(MOLI.bands[-1].interval, until=date(2027, 1, 1))
LATER = dated(MOLI.rules_by_code["utility.water-overdue"].grace_days, from_=date(2026, 1, 1))
MONTHS = MOLI.rules[0].retention_months
UPSIDE_DOWN = [MOLI.bands[-1].interval[0].model_copy(update={"value": Interval(floor=850, cap=800)})]
EARLY = [MOLI.benefits[0].threshold[0].model_copy(update={"from_": date(2018, 1, 1)})]


def test_the_schemes_that_ship_have_no_findings() -> None:
    assert check_scheme(MOLI) == []
    assert check_scheme(BAILU) == []


@pytest.mark.parametrize(
    ("scheme", "place", "text"),
    [
        (rule(1, code="basic.residence"), "rule basic.residence", "used twice"),
        (rule(1, sources=["nobody"]), "rule basic.qualification", "not on the register"),
        (rule(1, sources=[]), "rule basic.qualification", "at least one"),
        (rule(1, dimension="luck"), "rule basic.qualification", "'luck' is not defined"),
        (adverse(-60), "rule tax.evasion", "costs 30 to 50 points, not 60"),
        (adverse(10), "rule tax.evasion", "takes points away"),
        (rule(1, basis="治安管理处罚法 第四十三条"), "rule basic.qualification", "治安管理处罚法（2025年修订"),
        (rule(1, label=Text(zh="未成年人犯罪", en="An offence")), "rule basic.qualification", "第二百八十六条"),
        (rule(1, code="court.juvenile"), "rule court.juvenile", "'juvenile' is of a kind that the law seals"),
        (rule(1, label=Text(zh="专门教育", en="School")), "rule basic.qualification", "第五十九条"),
        (rule(1, code="shopping.habits"), "rule shopping.habits", "'shopping' may not be an input"),
        (rule(1, label=Text(zh="居民", en="Income")), "rule basic.qualification", "'income' may not"),
        (rule(1, label=Text(zh="宗教信仰", en="Faith")), "rule basic.qualification", "'宗教' may not"),
        (rule(1, label=Text(zh="居民", en="Religious attendance")), "rule basic.qualification", "'religious' may not"),
        (rule(0, label=Text(zh="居民", en="Education, religion")), "rule basic.residence", "'religion' may not"),
        (rule(1, label=Text(zh="居民", en="Facial data")), "rule basic.qualification", "'facial' may not"),
        (rule(1, code="basic.education"), "rule basic.education", "'education' may not"),
    ],
)
def test_each_fault_is_named_with_what_to_do(scheme: Scheme, place: str, text: str) -> None:
    found = check_scheme(scheme)
    assert any(f.place == place and text in f.text for f in found), found


def test_education_may_be_listed_for_information() -> None:
    assert [f for f in check_scheme(rule(0, code="basic.education")) if f.place.startswith("rule")] == []


def test_a_positive_rule_may_not_take_points_away() -> None:
    lower = MOLI.rules[1].points[0].model_copy(update={"value": -5})
    assert any("may not take points away" in f.text for f in check_scheme(rule(1, points=[lower])))


def test_overlapping_dates_are_found() -> None:
    first = MOLI.rules[1].points[0]
    second = first.model_copy(update={"from_": date(2020, 1, 1)})
    assert any("overlap" in f.text for f in check_scheme(rule(1, points=[first, second])))


def test_gaps_between_bands_are_found() -> None:
    bands = [b for b in MOLI.bands if b.code != "steady"]
    moved = [
        MOLI.scale[0].model_copy(update={"until": date(2020, 1, 1)}),
        MOLI.scale[0].model_copy(update={"from_": date(2020, 1, 1)}),
    ]
    found = check_scheme(MOLI.model_copy(update={"bands": bands, "scale": moved}))
    assert len(found) == 1
    assert any("should start at 550" in f.text for f in found)
    short = MOLI.model_copy(update={"bands": MOLI.bands[:-1]})
    assert any("end at 849" in f.text for f in check_scheme(short))


def test_a_dimension_that_starts_outside_its_limits_is_found() -> None:
    dated = MOLI.dimensions[0].range[0].model_copy(update={"value": Range(start=200, floor=0, cap=80)})
    outside = MOLI.dimensions[0].model_copy(update={"range": [dated]})
    found = check_scheme(MOLI.model_copy(update={"dimensions": [outside, *MOLI.dimensions[1:]]}))
    assert [f.place for f in found] == ["dimension ability"]


def test_a_benefit_out_of_reach_is_found() -> None:
    bound = MOLI.benefits[0].threshold[0]
    far = bound.model_copy(update={"value": bound.value.model_copy(update={"at_least": 1001})})
    benefit = MOLI.benefits[0].model_copy(update={"threshold": [far]})
    found = check_scheme(MOLI.model_copy(update={"benefits": [benefit, *MOLI.benefits[1:]]}))
    assert any("needs 1001, but from 2018-06-14 nobody can reach more than 1000; lower it" in f.text for f in found)


def test_a_benefit_that_nothing_can_earn_or_that_everybody_has_is_found() -> None:
    grave = MOLI.model_copy(update={"rules": [r for r in MOLI.rules if r.data_class is DataClass.ADVERSE]})
    assert any("nobody can reach more than 500" in f.text for f in check_scheme(grave))
    bound = MOLI.benefits[0].threshold[0]
    free = bound.model_copy(update={"value": bound.value.model_copy(update={"at_least": 0})})
    benefit = MOLI.benefits[0].model_copy(update={"threshold": [free]})
    found = check_scheme(MOLI.model_copy(update={"benefits": [benefit, *MOLI.benefits[1:]]}))
    assert [f.text for f in found] == ["needs 0, which everybody has; raise it above 0"]


def test_general_words_are_no_genes_and_healthcare_fraud_is_no_illness() -> None:
    for words in ("General services", "Generous help", "Healthcare fraud", "Wages withheld"):
        assert check_scheme(rule(1, label=Text(zh="居民", en=words))) == []


def benefit(**values: Any) -> Scheme:
    changed = MOLI.benefits[0].model_copy(update=values)
    return MOLI.model_copy(update={"benefits": [changed, *MOLI.benefits[1:]]})


@pytest.mark.parametrize(
    "terms",
    [
        Text(zh="分低者加收押金", en="Deposit as usual"),
        Text(zh="正常", en="Others are refused"),
        Text(zh="正常", en="A surcharge applies below 600"),
    ],
)
def test_a_benefit_that_costs_someone_something_is_found(terms: Text) -> None:
    assert any("a benefit only gives" in f.text for f in check_scheme(benefit(terms=terms)))


@pytest.mark.parametrize("words", ["Low scorers pay a surcharge", "Others are blacklisted", "Low scorers pay double"])
def test_the_ordinary_route_may_not_take_anything_either(words: str) -> None:
    route = Text(zh="普通窗口", en=words)
    assert any("a benefit only gives" in f.text for f in check_scheme(benefit(ordinary_route=route)))


def test_gaps_in_thresholds_and_in_the_base_are_found() -> None:
    metro = MOLI.benefits_by_code["metro.discount"].threshold
    gap = [metro[0].model_copy(update={"until": date(2019, 1, 1)}), metro[1]]
    assert [f.text for f in check_scheme(benefit(threshold=gap))] == ["values overlap or leave a gap at 2020-01-01"]
    later = MOLI.base[0].model_copy(update={"from_": date(2020, 1, 1)})
    found = check_scheme(MOLI.model_copy(update={"base": [*MOLI.base, later]}))
    assert [f.place for f in found] == ["base"]


def moli(**update: Any) -> Scheme:
    return MOLI.model_copy(update=update)


@pytest.mark.parametrize(
    ("scheme", "place", "text"),
    [
        (rule(1, direction=Direction.DOWN), "rule basic.qualification", "direction says 'down', its points say 'up'"),
        (rule(1, basis="    "), "rule basic.qualification", "has no legal basis"),
        (rule(1, points=dated(MOLI.rules[1].points, source=" ")), "rule basic.qualification", "has no source"),
        (
            rule(1, points=dated(MOLI.rules[1].points, until=date(2018, 6, 1))),
            "rule basic.qualification",
            "before it begins",
        ),
        (moli(base=dated(MOLI.base, value=5000)), "base", "5000 lies outside the scale"),
        (
            moli(bands=[MOLI.bands[0].model_copy(update={"label": Text(zh="极差", en="Low")}), *MOLI.bands[1:]]),
            "band building",
            "'极差' judges people",
        ),
        (
            moli(bands=[*MOLI.bands[:-1], MOLI.bands[-1].model_copy(update={"interval": ENDING})]),
            "bands",
            "end at 849, but the scheme ends at 1000",
        ),
        (notice(grace_days=LATER), "rule utility.water-overdue", "has points on 2018-11-01 but no grace_days"),
        (notice(points=dated(MOLI.rules[0].points, value=-150)), "rule utility.water-overdue", "costs 5 to 10"),
        (
            rule(1, retention_months=dated(MOLI.rules[1].retention_months, from_=date(2027, 1, 1))),
            "rule basic.qualification",
            "has points on 2018-06-01 but no retention",
        ),
        (moli(scale=dated(MOLI.scale, from_=date(2019, 1, 1))), "scale", "begins on 2019-01-01, but the base"),
        (moli(base=dated(MOLI.base, until=date(2019, 1, 1))), "base", "leave out `until`"),
        (
            moli(retention={**MOLI.retention, Tier.MINOR: dated(MOLI.retention[Tier.MINOR], value=4)}),
            "retention minor",
            "is 4 months; at most 3",
        ),
        (
            moli(rules=[r.model_copy(update={"retention_months": MONTHS}) for r in MOLI.rules if r.tier is Tier.MINOR]),
            "rule utility.water-overdue",
            "is kept 60 months; tier minor allows at most 3",
        ),
        (
            moli(bands=[*MOLI.bands[:-1], MOLI.bands[-1].model_copy(update={"interval": UPSIDE_DOWN})]),
            "band outstanding",
            "ends below its start",
        ),
        (
            moli(benefits=[MOLI.benefits[0].model_copy(update={"threshold": EARLY})]),
            "benefit library.deposit-free",
            "before the scheme began",
        ),
    ],
)
def test_each_dated_fault_is_named(scheme: Scheme, place: str, text: str) -> None:
    found = check_scheme(scheme)
    assert any(f.place == place and text in f.text for f in found), found


def test_a_rule_may_be_kept_shorter_than_its_tier() -> None:
    index = next(n for n, r in enumerate(MOLI.rules) if r.code == "tax.evasion")
    assert check_scheme(rule(index, retention_months=dated(MONTHS, value=12))) == []


def test_a_limit_of_a_year_and_of_all_stand_side_by_side_but_two_of_a_kind_overlap() -> None:
    yearly = MOLI.rules_by_code["honours.blood-donation"].limits[0]
    found = check_scheme(rule(1, limits=[yearly, yearly]))
    assert [f.text for f in found] == ["values overlap or leave a gap at 2018-06-01"]


@pytest.mark.parametrize(
    ("place", "file"),
    [
        ("rule tax.evasion", "rules.toml"),
        ("benefit metro.discount", "benefits.toml"),
        ("dimension public", "scheme.toml"),
        ("band steady", "scheme.toml"),
        ("source tax", "scheme.toml"),
        ("base", "scheme.toml"),
        ("retention minor", "scheme.toml"),
        ("scale", "scheme.toml"),
    ],
)
def test_a_finding_has_file_and_line(place: str, file: str) -> None:
    folder = SCHEMES_DIR / "fuzhou-moli"
    name, line = where(folder, place).split(":")
    assert name == file
    text = (folder / file).read_text("utf-8").splitlines()[int(line) - 1]
    assert place.split()[-1] in text


def test_all_bands_together_stand_where_the_first_one_does() -> None:
    folder = SCHEMES_DIR / "fuzhou-moli"
    assert where(folder, "bands") == where(folder, f"band {MOLI.bands[0].code}")


def test_a_place_without_a_line_names_the_file() -> None:
    assert where(SCHEMES_DIR / "fuzhou-moli", "nothing") == "scheme.toml"
    assert where(SCHEMES_DIR / "no-such-folder", "bands") == "scheme.toml"
    assert where(SCHEMES_DIR / "fuzhou-moli", "rule no.such") == "rules.toml"
