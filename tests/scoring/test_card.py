"""The public card of a scheme: complete, in both languages, and honest about its figures."""

from __future__ import annotations

from datetime import date

import pytest

from scoring.card import provenance_counts, scheme_card
from scoring.scheme import Provenance, Scheme
from tests.people import BAILU, MOLI, TODAY


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
    assert counts[Provenance.OFFICIAL] == 1
    assert counts[Provenance.ARTICLE] == 1
    assert counts[Provenance.PRESS] == 4
    assert sum(counts.values()) == 1 + len(MOLI.rules) + 6 + len(MOLI.dimensions)


def test_a_distribution_is_shown_over_bands_where_there_are_values() -> None:
    card = scheme_card(MOLI, TODAY, "en", [500, 510, 700, 900])
    assert "- Growing: 2 (50%)" in card
    assert "- Outstanding: 1 (25%)" in card
    assert "Distribution" not in scheme_card(MOLI, TODAY, "en")


def test_before_the_scheme_there_was_no_base() -> None:
    assert "Base: —" in scheme_card(MOLI, date(2018, 1, 1), "en")
