"""Resident identity: the 18-digit ID number, names and phones, and how they are masked.

The ID number follows GB 11643-1999: six digits of region, eight of birth date,
three of sequence and one check character by ISO 7064 MOD 11-2.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from operator import mul

ADULT_AGE = 18
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_PROVINCE_CODES = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"
)
_PROVINCES = frozenset(_PROVINCE_CODES.split())
_PLAIN = re.compile(r"[0-9]{17}[0-9X]")
_PHONE = re.compile(r"1[3-9][0-9]{9}")
_MIDDLE_DOTS = str.maketrans(dict.fromkeys("•・．‧∙", "·"))


class InvalidIdentityError(ValueError):
    """What a person typed is not a usable identity; `code` says which rule it breaks."""

    def __init__(self, code: str, **details: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


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
        InvalidIdentityError: `name_invalid`, `id_length`, `id_characters`, `id_region`,
            `id_birth_date`, `id_check_digit`, `under_age` or `phone_invalid`.
    """
    return Identity(parse_name(name), parse_adult_id_number(id_number, on=on), parse_phone(phone))


def parse_id_number(text: str, *, on: date) -> str:
    """Return the canonical ID number; spaces, hyphens and full-width digits are accepted.

    Raises:
        InvalidIdentityError: with the code of the first rule that fails.
    """
    number = text if _PLAIN.fullmatch(text) else re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()
    if len(number) == 15 and number.isascii() and number.isdigit():
        raise InvalidIdentityError("id_fifteen")
    if len(number) != 18:
        raise InvalidIdentityError("id_length", length=len(number))
    if not _PLAIN.fullmatch(number):
        raise InvalidIdentityError("id_characters")
    if number[:2] not in _PROVINCES:
        raise InvalidIdentityError("id_region")
    try:
        born = birth_date(number)
    except ValueError:
        raise InvalidIdentityError("id_birth_date") from None
    if born > on or born.year < 1900:
        raise InvalidIdentityError("id_birth_date")
    if check_character(number[:17]) != number[17]:
        raise InvalidIdentityError("id_check_digit")
    return number


def parse_adult_id_number(text: str, *, on: date) -> str:
    """As `parse_id_number`, and the person is at least 18 on that date (`under_age`)."""
    number = parse_id_number(text, on=on)
    if age_on(birth_date(number), on) < ADULT_AGE:
        raise InvalidIdentityError("under_age")
    return number


def parse_name(text: str) -> str:
    """Return the canonical name: Han of any plane, Latin letters, spaces and the middle dot."""
    name = unicodedata.normalize("NFC", text).strip().translate(_MIDDLE_DOTS)
    name = re.sub(r"\s+", " ", name)
    letters = [c for c in name if c not in "· '-"]
    if not 2 <= len(name) <= 50 or len(letters) < 2 or not all(_is_name_letter(c) for c in letters):
        raise InvalidIdentityError("name_invalid")
    return name


def parse_phone(text: str) -> str:
    """Return the eleven digits of a mainland mobile number; +86 and spaces are accepted."""
    digits = re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", text))
    digits = re.sub(r"^(\+?86)(?=1\d{10}$)", "", digits)
    if not _PHONE.fullmatch(digits) or not digits.isascii():
        raise InvalidIdentityError("phone_invalid")
    return digits


def check_character(first_seventeen: str) -> str:
    """The eighteenth character of an ID number (ISO 7064 MOD 11-2)."""
    return _CHECKS[sum(map(mul, _WEIGHTS, map(int, first_seventeen))) % 11]


def birth_date(id_number: str) -> date:
    """The birth date inside an ID number. Raises ValueError where it is no calendar date."""
    return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))


def age_on(born: date, on: date) -> int:
    """Completed years of age; a person born on 29 February comes of age on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def mask_name(name: str) -> str:
    """张小明 → 张*; the family name is enough to recognise one's own."""
    return name[:1] + "*"


def mask_id_number(number: str) -> str:
    """3501**********0013: region of province and city, and the last four."""
    return number[:4] + "*" * 10 + number[-4:]


def mask_phone(phone: str) -> str:
    """138****5678."""
    return phone[:3] + "****" + phone[-4:]


def _is_name_letter(char: str) -> bool:
    if char.isascii():
        return char.isalpha()
    return unicodedata.name(char, "").startswith(("CJK UNIFIED", "CJK COMPATIBILITY", "LATIN"))
