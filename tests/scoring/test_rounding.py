"""ID numbers that a program rounded: named, and a true one that looks like that is not taken for one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random

import pytest

from scoring.identity import check_character
from scoring.rounding import RoundedNumbers, ends_in_zeros, is_rounded, may_be_rounded
from server.demo.people import residents
from tests.support.people import BAILU, MOLI, TODAY, YING, id_number

TRUE = next(n for day in range(10, 29) if (n := id_number(f"199001{day}", 100)).endswith("000"))
"""A valid number that ends as a rounded one does."""
OTHER_TRUE = next(n for day in range(10, 29) if (n := id_number(f"199102{day}", 200)).endswith("000"))
WRONG = "350199199001010000"


def shown(*residents: str) -> tuple[bool, bool]:
    seen = RoundedNumbers()
    for resident in residents:
        seen.see(resident)
    return seen.certain, seen.shown_in_table


def honest(random: Random, count: int, region: str) -> list[str]:
    """Different people's valid numbers of one province."""
    numbers: set[str] = set()
    while len(numbers) < count:
        born = f"{random.randrange(1940, 2008)}{random.randrange(1, 13):02d}{random.randrange(1, 29):02d}"
        numbers.add(id_number(born, random.randrange(1, 1000), f"{region}{random.randrange(10**4):04d}"))
    return sorted(numbers)


def mistyped(random: Random, number: str) -> str:
    """A number with a wrong check character."""
    return number[:17] + random.choice([c for c in "0123456789X" if c != check_character(number[:17])])


def in_seventeen_digits(number: str) -> str:
    """As JavaScript writes it."""
    return repr(float(number)).partition("e")[0].replace(".", "").ljust(18, "0")


@cache
def people(seed: int, count: int, province: str) -> list[str]:
    """As `honest`, made once."""
    return honest(Random(seed), count, province)


PROGRAMS: dict[str, Callable[[str], str]] = {
    "a spreadsheet": lambda number: number[:15] + "000",
    "its double in full": lambda number: str(int(float(number))),
    "17 digits": in_seventeen_digits,
    "16 digits": lambda number: f"{float(number):.15e}".partition("e")[0].replace(".", "").ljust(18, "0"),
    "15 digits": lambda number: f"{float(number):.14e}".partition("e")[0].replace(".", "").ljust(18, "0"),
}
PROVINCES = ["11", "14", "35", "44", "65", "93"]
"""Their numbers lie 16 to 128 apart as doubles; the last one is of permanent residence cards."""


@pytest.mark.parametrize(
    "written",
    [
        "3.50199E+17",
        "3.5e17",
        "3.50199199001010E+17",
        "３.５E+17",
        " 3.5E+17 ",
        WRONG,
        f"{WRONG} ",
        "350199199001010048.0",
        "３５０１９９１９９００１０１００４８．００",
        "350,199,199,001,010,048",
        "350,199,199,001,010,000.00",
    ],
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


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.parametrize("province", PROVINCES)
@pytest.mark.parametrize("count", [20, 400, 15_000])
def test_whatever_rounded_them_no_number_of_the_file_is_taken(
    program: Callable[[str], str], province: str, count: int
) -> None:
    for seed in range(3):
        true = [number for number in people(seed, count, province) if number.isdigit()]
        rounded = [program(number) for number in true]
        seen = RoundedNumbers()
        for number in rounded:
            seen.see(number)
        assert seen.shown
        assert all(map(may_be_rounded, rounded))


def test_some_rounded_numbers_among_many_true_ones_are_known() -> None:
    random = Random(1)
    numbers = honest(random, 5000, "35")
    rounded = [str(int(float(number))) for number in numbers[:9] if number.isdigit()]
    seen = RoundedNumbers()
    for number in numbers[9:] + [number for number in rounded if not number.endswith("000")]:
        seen.see(number)
    assert seen.shown


@pytest.mark.parametrize("province", PROVINCES)
@pytest.mark.parametrize("count", [1, 2, 10, 100, 10_000])
def test_honest_people_are_not_taken_for_rounded(province: str, count: int) -> None:
    for seed in range(40 if count < 1000 else 3):
        seen = RoundedNumbers()
        for number in honest(Random(seed), count, province) * 2:
            seen.see(number)
        assert not seen.shown


@pytest.mark.parametrize("region", [scheme.city.demo.region for scheme in (MOLI, BAILU)])
def test_nor_are_the_people_of_the_demo(region: str) -> None:
    seen = RoundedNumbers()
    for person in residents(region, 5000, Random(1), TODAY):
        seen.see(person.id_number)
        assert not seen.shown_in_table


def test_mistyped_numbers_are_no_sign() -> None:
    random = Random(2)
    for count in [3, 30, 3000]:
        seen = RoundedNumbers()
        for number in honest(random, count, "35"):
            typed = mistyped(random, number)
            seen.see(typed if not typed.endswith("000") else number)
        assert not seen.shown


def test_one_number_written_again_and_again_is_one() -> None:
    looks_so = next(number for number in honest(Random(3), 500, "35") if may_be_rounded(number))
    assert shown(*[looks_so] * 500, YING.id_number) == (False, False)


def test_a_number_with_x_cannot_have_been_rounded() -> None:
    assert not any(may_be_rounded(number) for number in honest(Random(4), 500, "35") if number.endswith("X"))


def test_rounded_numbers_far_down_a_long_file_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scoring.rounding._MOST_KEPT", 50)
    numbers = honest(Random(5), 200, "35")
    rounded = [n for number in numbers if number.isdigit() and not (n := str(int(float(number)))).endswith("000")]
    assert shown(*numbers, *rounded[:10], *numbers) == (False, True)
