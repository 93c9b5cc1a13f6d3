"""Resident identity: name, ID number and phone, each in one form, and how they are masked.

`text.py` says what every typed text goes through, `names.py` and `numbers.py` the rules of a field, each with its
source. Golden pairs of what is the same and what is not stand in `tests/golden/tables/identity.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from scoring.identity.errors import InvalidIdentityError
from scoring.identity.names import mask_name, normal_name, parse_name
from scoring.identity.numbers import (
    ADULT_AGE,
    adult_on,
    age_on,
    birth_date,
    check_character,
    mask_id_number,
    mask_phone,
    normal_id_number,
    normal_phone,
    parse_adult_id_number,
    parse_code,
    parse_id_number,
    parse_phone,
)

__all__ = [
    "ADULT_AGE",
    "Identity",
    "InvalidIdentityError",
    "adult_on",
    "age_on",
    "birth_date",
    "check_character",
    "mask_id_number",
    "mask_name",
    "mask_phone",
    "normal_id_number",
    "normal_identity",
    "normal_name",
    "normal_phone",
    "parse_adult_id_number",
    "parse_code",
    "parse_id_number",
    "parse_identity",
    "parse_name",
    "parse_phone",
]


@dataclass(frozen=True, slots=True)
class Identity:
    """A checked name, ID number and phone. `repr` is masked so that none of it reaches a log."""

    name: str
    id_number: str
    phone: str

    @property
    def born_on(self) -> date:
        """The birth date that the ID number carries."""
        return birth_date(self.id_number)

    def __repr__(self) -> str:
        return f"Identity({mask_name(self.name)}, {mask_id_number(self.id_number)})"


def parse_identity(name: str, id_number: str, phone: str, *, on: date) -> Identity:
    """Check all three and return them in one canonical form.

    Raises:
        InvalidIdentityError: `name_invalid`, `phone_invalid`, `under_age`, or a code of `parse_id_number`.
    """
    return Identity(parse_name(name), parse_adult_id_number(id_number, on=on), parse_phone(phone))


def normal_identity(person: Identity) -> Identity:
    """A person in canonical form without any check, as a register may deliver people who are none of ours."""
    return Identity(normal_name(person.name), normal_id_number(person.id_number), normal_phone(person.phone))
