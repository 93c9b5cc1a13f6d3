"""The public card of a scheme: complete, in both languages, and honest about its figures."""

from __future__ import annotations

from datetime import date

import pytest

from scoring.card import provenance_counts, scheme_card
from scoring.dated import Provenance
from scoring.scheme import Scheme
from tests.support.people import BAILU, MOLI, TODAY


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("scheme", [MOLI, BAILU], ids=lambda s: s.id)
def test_the_card_names_everything_public(scheme: Scheme, language: str) -> None:
    card = scheme_card(scheme, TODAY, language)
    for dimension in scheme.dimensions:
        assert dimension.label.in_language(language) in card
    for benefit in scheme.benefits:
        assert benefit.ordinary_route.in_language(language) in card
    assert "illustrative" in card


def test_the_bounds_are_those_of_the_day() -> None:
    assert "Metro, 20% off (from 697)" in scheme_card(MOLI, TODAY, "en")
    assert "Metro, 20% off (from 686)" in scheme_card(MOLI, date(2019, 1, 1), "en")
    assert "Metro" not in scheme_card(MOLI, date(2018, 6, 15), "en")


def test_every_figure_is_counted_by_provenance() -> None:
    counts = provenance_counts(MOLI)
    assert counts[Provenance.OFFICIAL] == 1 + 1 + len(MOLI.bands)
    assert counts[Provenance.ARTICLE] == 1 + 1
    assert counts[Provenance.PRESS] == 4
    assert sum(counts.values()) == len(MOLI.figures)


def test_a_distribution_is_shown_over_bands_where_there_are_values() -> None:
    card = scheme_card(MOLI, TODAY, "en", {"growing": 2, "good": 1, "outstanding": 1, "newcomer": 4})
    assert "- Growing: 2 (25%)" in card
    assert "- Outstanding: 1 (12%)" in card
    assert "- No history yet: 4 (50%)" in card
    assert "Distribution" not in scheme_card(MOLI, TODAY, "en")


def test_before_the_scheme_there_is_no_card() -> None:
    with pytest.raises(ValueError, match="no base in force on 2018-01-01"):
        scheme_card(MOLI, date(2018, 1, 1), "en")
