"""Which spellings of a document number are one number."""

from __future__ import annotations

import pytest

from scoring.document_numbers import normal_number


@pytest.mark.parametrize(
    "written",
    [
        "榕公罚〔2026〕12号",
        "榕公罚[2026]12号",
        "榕公罚（2026）12号",
        "榕公罚【2026】12号",
        "榕公罚(2026)12号",
        "榕公罚［２０２６］１２号",
        "榕公罚 〔2026〕 12 号",
        "榕公罚\u3000〔2026〕12号\u200b",
        "榕公罚〔2026〕0012号",
        "榕公罚〔2026〕第12号",
        "榕公罚〔2026〕12",
    ],
)
def test_brackets_blanks_widths_and_zeros_after_a_year_do_not_make_another_number(written: str) -> None:
    assert normal_number(written) == "榕公罚(2026)12"


@pytest.mark.parametrize("written", ["TF–2026–7", "tf—2026－7", "Tf‑2026−7", "TF-2026-7", "tf - 2026 - 7"])
def test_dashes_and_cases_are_alike(written: str) -> None:
    assert normal_number(written) == "tf-2026-7"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("榕公罚〔2026〕12号", "榕公罚〔2026〕121号"),
        ("榕公罚〔2026〕12号", "榕公罚〔2025〕12号"),
        ("榕公罚〔2026〕12号", "榕公罚〔2026〕12号之一"),
        ("榕公罚〔2026〕12号", "榕交罚〔2026〕12号"),
        ("2026-0012", "2026-12"),
        ("0012", "12"),
        ("A-1", "A1"),
        ("2026.1.2", "2026.12"),
        ("甲(1)2", "甲12"),
        ("甲〔2026〕12号3", "甲〔2026〕123"),
    ],
)
def test_what_is_no_spelling_makes_another_number(one: str, other: str) -> None:
    assert normal_number(one) != normal_number(other)


def test_a_number_that_is_normal_stays_as_it_is() -> None:
    for written in ("2026-00000012", "tf-2026-7", "榕公罚(2026)12", "", "12"):
        assert normal_number(normal_number(written)) == normal_number(written) == written
