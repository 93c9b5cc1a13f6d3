"""Resident identity: what is accepted, what is refused, and with which reason."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.identity import (
    Identity,
    InvalidIdentityError,
    age_on,
    check_character,
    mask_id_number,
    mask_name,
    mask_phone,
    parse_adult_id_number,
    parse_id_number,
    parse_identity,
    parse_name,
    parse_phone,
)

ON = date(2026, 11, 23)
GOOD = "350199199001010015"
PHONES = ["13900005678", "+86 139 0000 5678", "86-13900005678", "１３９００００５６７８"]


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_examples_of_the_standard_have_the_right_check_character(number: str) -> None:
    assert check_character(number[:17]) == number[17]


@pytest.mark.parametrize(
    "typed",
    [GOOD, " 350199 19900101 0015 ", "350199-19900101-0015", "３５０１９９１９９００１０１００１５"],
)
def test_spaces_hyphens_and_full_width_digits_are_accepted(typed: str) -> None:
    assert parse_id_number(typed, on=ON) == GOOD


def test_a_small_x_is_made_large() -> None:
    number = next(first + "X" for n in range(100) if check_character(first := f"35019919900101{n:03d}") == "X")
    assert parse_id_number(number.lower(), on=ON) == number


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("35019919900101001", "id_length"),
        ("3501991990010100155", "id_length"),
        ("", "id_length"),
        ("350199900101001", "id_fifteen"),
        ("35019919900101001A", "id_characters"),
        ("X50199199001010015", "id_characters"),
        ("990199199001010015", "id_region"),
        ("350199199002300015", "id_birth_date"),
        ("350199209901010015", "id_birth_date"),
        ("350199199001010016", "id_check_digit"),
    ],
)
def test_each_fault_has_its_own_code(typed: str, code: str) -> None:
    with pytest.raises(InvalidIdentityError) as caught:
        parse_id_number(typed, on=ON)
    assert caught.value.code == code


def test_the_length_is_told() -> None:
    with pytest.raises(InvalidIdentityError) as caught:
        parse_id_number("3501", on=ON)
    assert caught.value.details == {"length": 4}


def test_one_is_of_age_on_the_eighteenth_birthday() -> None:
    first = "35019920081123001"
    number = first + check_character(first)
    assert parse_adult_id_number(number, on=date(2026, 11, 23)) == number
    with pytest.raises(InvalidIdentityError, match="under_age"):
        parse_adult_id_number(number, on=date(2026, 11, 22))


def test_born_on_a_leap_day_comes_of_age_on_the_first_of_march() -> None:
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_on(date(2008, 2, 29), date(2026, 3, 1)) == 18


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" 陈小萤 ", "陈小萤"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("𠮷田", "𠮷田"),
        ("Mary Ann", "Mary Ann"),
    ],
)
def test_names_are_brought_into_one_form(typed: str, name: str) -> None:
    assert parse_name(typed) == name


@pytest.mark.parametrize("typed", ["", "陈", "陈1", "陈" * 51, "陈;", "··", "😀😀"])
def test_what_is_no_name(typed: str) -> None:
    with pytest.raises(InvalidIdentityError, match="name_invalid"):
        parse_name(typed)


@pytest.mark.parametrize("typed", PHONES)
def test_phones_are_brought_into_one_form(typed: str) -> None:
    assert parse_phone(typed) == "13900005678"


@pytest.mark.parametrize("typed", ["", "1390000567", "12900005678", "03900005678", "139000056789"])
def test_what_is_no_phone(typed: str) -> None:
    with pytest.raises(InvalidIdentityError, match="phone_invalid"):
        parse_phone(typed)


def test_nothing_personal_is_in_a_repr() -> None:
    person = parse_identity("陈小萤", GOOD, "13900005678", on=ON)
    assert repr(person) == "Identity(陈*, 3501**********0015)"
    assert person.born_on == date(1990, 1, 1)


def test_masks() -> None:
    assert mask_name("陈小萤") == "陈*"
    assert mask_id_number(GOOD) == "3501**********0015"
    assert mask_phone("13900005678") == "139****5678"


@given(st.text(max_size=40))
def test_any_text_is_accepted_or_refused_never_a_crash(text: str) -> None:
    for parse in (parse_name, parse_phone, lambda t: parse_id_number(t, on=ON)):
        try:
            parse(text)
        except InvalidIdentityError:
            continue


@given(st.integers(0, 16), st.integers(1, 9))
def test_a_single_mistyped_digit_is_always_found(place: int, shift: int) -> None:
    digit = str((int(GOOD[place]) + shift) % 10)
    with pytest.raises(InvalidIdentityError):
        parse_id_number(GOOD[:place] + digit + GOOD[place + 1 :], on=ON)


def test_identity_is_a_value() -> None:
    assert Identity("陈小萤", GOOD, "1") == Identity("陈小萤", GOOD, "1")
