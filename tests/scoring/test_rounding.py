"""ID numbers that a spreadsheet rounded: named, and a true one that ends in 000 is not taken for one."""

from __future__ import annotations

import pytest

from scoring.rounding import RoundedNumbers, ends_in_zeros, is_rounded
from tests.support.people import YING, id_number

TRUE = next(n for day in range(10, 29) if (n := id_number(f"199001{day}", 100)).endswith("000"))
"""A valid number that ends as a rounded one does."""
OTHER_TRUE = next(n for day in range(10, 29) if (n := id_number(f"199102{day}", 200)).endswith("000"))
WRONG = "350199199001010000"


def shown(*residents: str) -> tuple[bool, bool]:
    seen = RoundedNumbers()
    for resident in residents:
        seen.see(resident)
    return seen.certain, seen.shown


@pytest.mark.parametrize(
    "written", ["3.50199E+17", "3.5e17", "3.50199199001010E+17", "３.５E+17", " 3.5E+17 ", WRONG, f"{WRONG} "]
)
def test_a_number_that_can_only_be_rounded_is_known(written: str) -> None:
    assert is_rounded(written)
    assert shown(YING.id_number, written)[0]


@pytest.mark.parametrize(
    "written", [YING.id_number, TRUE, f" {TRUE}", "1000", "E", "", "３５０１９９１９９００１０１００１５"]
)
def test_a_number_that_may_be_true_is_not(written: str) -> None:
    assert not is_rounded(written)


def test_zeros_at_the_end_are_seen_in_any_width() -> None:
    assert ends_in_zeros(TRUE)
    assert ends_in_zeros(f" {TRUE} ")
    assert ends_in_zeros(TRUE.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)}))
    assert not ends_in_zeros(YING.id_number)


def test_a_true_number_alone_among_others_is_no_sign() -> None:
    assert shown(TRUE, YING.id_number) == (False, False)
    assert shown(*[TRUE] * 50, YING.id_number) == (False, False)
    assert shown(TRUE, OTHER_TRUE, *[YING.id_number] * 5000) == (False, False)


def test_numbers_that_all_end_so_or_many_are_a_sign_in_a_table_alone() -> None:
    assert shown(TRUE) == (False, True)
    assert shown(TRUE, OTHER_TRUE, *[YING.id_number] * 20) == (False, True)
    assert shown() == (False, False)


def test_one_that_is_surely_rounded_makes_the_others_doubtful() -> None:
    assert shown(TRUE, YING.id_number, WRONG) == (True, True)


def test_more_numbers_than_are_kept_are_a_sign_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scoring.rounding._MOST_KEPT", 2)
    numbers = [n for year in range(1950, 1999) if (n := id_number(f"{year}0111", 100)).endswith("000")]
    assert len(numbers) > 2
    assert shown(YING.id_number, *numbers) == (False, True)
