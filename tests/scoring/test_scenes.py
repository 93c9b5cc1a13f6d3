"""What a scanned code says of a benefit: a number that the benefits have on that day, and the way without a score."""

from __future__ import annotations

import re
from datetime import date

import pytest

from scoring.scheme import Scheme
from tests.support.people import MOLI


@pytest.mark.parametrize("scene", MOLI.city.scenes, ids=lambda scene: scene.code)
def test_a_scene_names_the_least_that_a_benefit_needs_and_the_way_without_a_score(scene: object) -> None:
    text = scene.text.zh  # type: ignore[attr-defined]
    assert {int(found) for found in re.findall(r"(\d+) 分以上", text)} <= leasts(MOLI, date(2026, 11, 23))
    assert "不看分数" in text


def leasts(scheme: Scheme, on: date) -> set[int | None]:
    return {benefit.least_on(on) for benefit in scheme.benefits_by_code.values()}
