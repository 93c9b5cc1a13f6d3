"""The scheme checker: each kind of fault is found and named."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from scoring.check import check_scheme, where
from scoring.scheme import SCHEMES_DIR, Scheme, Text
from tests.people import BAILU, MOLI


def rule(index: int, **values: Any) -> Scheme:
    rules = list(MOLI.rules)
    rules[index] = rules[index].model_copy(update=values)
    return MOLI.model_copy(update={"rules": rules})


def adverse(points: int) -> Scheme:
    index = next(n for n, r in enumerate(MOLI.rules) if r.code == "tax.evasion")
    changed = MOLI.rules[index].points[0].model_copy(update={"value": points})
    return rule(index, points=[changed])


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
        (rule(1, code="shopping.habits"), "rule shopping.habits", "'shopping' may not be an input"),
        (rule(1, label=Text(zh="收入", en="Income")), "rule basic.qualification", "'income' may not"),
        (rule(1, code="basic.education"), "rule basic.education", "'education' may not"),
    ],
)
def test_each_fault_is_named_with_what_to_do(scheme: Scheme, place: str, text: str) -> None:
    found = check_scheme(scheme)
    assert any(f.place == place and text in f.text for f in found), found


def test_education_may_be_listed_for_information() -> None:
    assert check_scheme(rule(0, code="basic.education")) == []


def test_a_positive_rule_may_not_take_points_away() -> None:
    lower = MOLI.rules[1].points[0].model_copy(update={"value": -5})
    assert any("may not take points away" in f.text for f in check_scheme(rule(1, points=[lower])))


def test_overlapping_dates_are_found() -> None:
    first = MOLI.rules[1].points[0]
    second = first.model_copy(update={"from_": date(2020, 1, 1)})
    assert any("overlap" in f.text for f in check_scheme(rule(1, points=[first, second])))


def test_gaps_between_bands_are_found() -> None:
    bands = [b for b in MOLI.bands if b.code != "steady"]
    found = check_scheme(MOLI.model_copy(update={"bands": bands}))
    assert any("should start at 550" in f.text for f in found)
    short = MOLI.model_copy(update={"bands": MOLI.bands[:-1]})
    assert any("end at 849" in f.text for f in check_scheme(short))


def test_a_dimension_that_starts_outside_its_limits_is_found() -> None:
    outside = MOLI.dimensions[0].model_copy(update={"start": 200})
    found = check_scheme(MOLI.model_copy(update={"dimensions": [outside, *MOLI.dimensions[1:]]}))
    assert [f.place for f in found] == ["dimension ability"]


def test_a_benefit_out_of_reach_is_found() -> None:
    bound = MOLI.benefits[0].threshold[0]
    far = bound.model_copy(update={"value": bound.value.model_copy(update={"at_least": 1001})})
    benefit = MOLI.benefits[0].model_copy(update={"threshold": [far]})
    found = check_scheme(MOLI.model_copy(update={"benefits": [benefit, *MOLI.benefits[1:]]}))
    assert any("needs 1001: lower it to at most 1000" in f.text for f in found)


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
def test_a_benefit_that_costs_somebody_something_is_found(terms: Text) -> None:
    assert any("a benefit only gives" in f.text for f in check_scheme(benefit(terms=terms)))


def test_gaps_in_thresholds_and_in_the_base_are_found() -> None:
    metro = MOLI.benefits_by_code["metro.discount"].threshold
    gap = [metro[0].model_copy(update={"until": date(2019, 1, 1)}), metro[1]]
    assert [f.text for f in check_scheme(benefit(threshold=gap))] == ["values overlap or leave a gap at 2020-01-01"]
    later = MOLI.base[0].model_copy(update={"from_": date(2020, 1, 1)})
    found = check_scheme(MOLI.model_copy(update={"base": [*MOLI.base, later]}))
    assert [f.place for f in found] == ["base"]


@pytest.mark.parametrize(
    ("place", "file"),
    [
        ("rule tax.evasion", "rules.toml"),
        ("benefit metro.discount", "benefits.toml"),
        ("dimension public", "scheme.toml"),
        ("band steady", "scheme.toml"),
        ("source tax", "scheme.toml"),
        ("base", "scheme.toml"),
    ],
)
def test_a_finding_has_file_and_line(place: str, file: str) -> None:
    folder = SCHEMES_DIR / "fuzhou-moli"
    name, line = where(folder, place).split(":")
    assert name == file
    text = (folder / file).read_text("utf-8").splitlines()[int(line) - 1]
    assert place.split()[-1] in text


def test_a_place_without_a_line_names_the_file() -> None:
    assert where(SCHEMES_DIR / "fuzhou-moli", "bands") == "scheme.toml"
    assert where(SCHEMES_DIR / "fuzhou-moli", "rule no.such") == "rules.toml"
