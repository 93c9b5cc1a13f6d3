"""Numbers that people type: the ID number, the phone, the code of a text message.

The ID number follows GB 11643-1999: six digits of region, eight of birth date, three of sequence and one check
character by ISO 7064 MOD 11-2. `documents.py` says which documents have such a number, and what is their own. Before
2023 a permanent residence card had three letters and twelve digits.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from operator import mul

from scoring.identity.documents import NOT_FOREIGN, PERMIT_REGIONS, Document, document_of
from scoring.identity.errors import InvalidIdentityError
from scoring.identity.text import plain_text, without_signs

ADULT_AGE = 18
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_ZEROS = sum(_WEIGHTS) * ord("0")
_PROVINCE_CODES = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"
)
_PROVINCES = frozenset(_PROVINCE_CODES.split())
_PLAIN = re.compile(r"[0-9]{17}[0-9X]")
_OLD_RESIDENCE_CARD = re.compile(r"[A-Z]{3}[0-9]{12}")
_EXES = str.maketrans(dict.fromkeys("×✕✖╳хХχΧ", "X"))
"""What stands for X on keyboards without Latin letters: the sign of multiplication, Cyrillic and Greek look-alikes."""
_PHONE = re.compile(r"(?:\+?(?:00)?86)?0?(1[3-9][0-9]{9})")
"""A mobile number, perhaps dialled from abroad (+86, 0086) or from a fixed line (0)."""
_PLAIN_PHONE = re.compile(r"1[3-9][0-9]{9}")
_SIX = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")
_GROUPED = re.compile(
    r"(?<![0-9])(?<![0-9][ \-])"
    r"(?:[0-9]{3}[ \-][0-9]{3}|[0-9]{2}(?:[ \-][0-9]{2}){2}|[0-9](?:[ \-][0-9]){5})"
    r"(?![0-9]|[ \-][0-9])"
)
"""Six digits in groups, as people read them out, and no part of a longer row such as a phone number."""
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[ \-.·/_,、]+(?=[0-9X])")
_PROVINCE = "|".join(sorted(_PROVINCES))
_ANYWHERE = re.compile(
    rf"(?<![0-9])(?:(?:{_PROVINCE})[0-9]{{14,15}}[0-9X]|9(?:{_PROVINCE})[0-9]{{13,15}}[0-9X]|(?:{_PROVINCE})[0-9]{{13}})(?![0-9])|\b[A-Z]{{3}}[0-9]{{12}}(?![0-9])"
)
"""As long as an ID number with one digit more or less, a number of fifteen digits, or an old residence card."""
SPOKEN_DIGITS = "零〇一二三四五六七八九幺"
"""Digits as speech recognition writes them, one by one."""
_SPOKEN = str.maketrans(SPOKEN_DIGITS, "001234567891")


def parse_id_number(text: str, *, on: date) -> str:
    """The canonical ID number; blanks, signs, invisible characters and full-width digits do not matter.

    Raises:
        InvalidIdentityError: with the code of the first rule that fails: `id_length`, `id_fifteen`,
            `id_characters`, `id_permanent_residence`, `id_region`, `id_nationality`, `id_birth_date` or
            `id_check_digit`.
    """
    number = normal_id_number(text)
    document = document_of(number)
    if len(number) == 15:
        _refuse_fifteen(number)
    if len(number) != 18:
        raise InvalidIdentityError("id_length", document=document, length=len(number))
    fault = _fault(number, document, on)
    if fault is not None:
        raise InvalidIdentityError(fault, document=document)
    return number


def _fault(number: str, document: Document, on: date) -> str | None:
    """The first rule that a number of 18 characters breaks."""
    if not _PLAIN.fullmatch(number):
        return "id_characters"
    if not _has_region(number, document):
        return "id_region"
    if document is Document.PERMANENT_RESIDENCE_CARD and number[3:6] in NOT_FOREIGN:
        return "id_nationality"
    try:
        born = _day(number[6:14])
    except ValueError:
        return "id_birth_date"
    if born > on or born.year < 1900:
        return "id_birth_date"
    return None if check_character(number[:17]) == number[17] else "id_check_digit"


def _has_region(number: str, document: Document) -> bool:
    """Whether a number begins with the region, or the place of application, that its document has."""
    if document is Document.RESIDENCE_PERMIT:
        return number[:6] in PERMIT_REGIONS
    start = 1 if document is Document.PERMANENT_RESIDENCE_CARD else 0
    return number[start : start + 2] in _PROVINCES


def parse_adult_id_number(text: str, *, on: date) -> str:
    """As `parse_id_number`, and the person is at least 18 on that date (`under_age`)."""
    number = parse_id_number(text, on=on)
    if age_on(birth_date(number), on) < ADULT_AGE:
        raise InvalidIdentityError("under_age")
    return number


def normal_id_number(text: str) -> str:
    """One form of an ID number, or of what is none; what is plain already costs one match."""
    if _PLAIN.fullmatch(text):
        return text
    return without_signs(plain_text(text).translate(_EXES).upper(), keep="*")


def parse_phone(text: str) -> str:
    """The eleven digits of a mainland mobile number; +86, 0086, blanks and signs do not matter.

    Raises:
        InvalidIdentityError: `phone_invalid`.
    """
    if _PLAIN_PHONE.fullmatch(text):
        return text
    found = _PHONE.fullmatch(without_signs(text, keep="+"))
    if found is None:
        raise InvalidIdentityError("phone_invalid")
    digits: str = found[1]
    return digits


def normal_phone(text: str) -> str:
    """One form of a phone number, or of what is none."""
    try:
        return parse_phone(text)
    except InvalidIdentityError:
        return without_signs(text, keep="+")


def parse_code(text: str) -> str:
    """The six digits of a code: alone, in groups, spoken, or in the whole text message that brought it.

    Raises:
        InvalidIdentityError: `code_unreadable` where there are no six digits, or several times six.
    """
    typed = plain_text(text).translate(_SPOKEN)
    for form in () if holds_id_number(text) else (_SIX, _GROUPED):
        found = {without_signs(code) for code in form.findall(typed)}
        if len(found) == 1:
            return found.pop()
    raise InvalidIdentityError("code_unreadable")


def holds_id_number(text: str) -> bool:
    """Whether there is an ID number or the number of a residence card in a text, right or mistyped, or spoken."""
    typed = plain_text(text).translate(_EXES).translate(_SPOKEN).upper()
    return any(_ANYWHERE.search(reading) for reading in (typed, _BETWEEN_DIGITS.sub("", typed)))


def check_character(first_seventeen: str) -> str:
    """The eighteenth character of an ID number (ISO 7064 MOD 11-2)."""
    return _CHECKS[(sum(map(mul, _WEIGHTS, first_seventeen.encode("ascii"))) - _ZEROS) % 11]


def birth_date(id_number: str) -> date:
    """The birth date inside an ID number. Raises ValueError where it is no calendar date."""
    return _day(id_number[6:14])


@lru_cache(maxsize=1 << 16)
def _day(digits: str) -> date:
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))


def age_on(born: date, on: date) -> int:
    """Completed years of age; a person born on 29 February comes of age on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def adult_on(born: date) -> date:
    """The eighteenth birthday; 1 March for a person born on 29 February, as `age_on` has it."""
    try:
        return born.replace(year=born.year + ADULT_AGE)
    except ValueError:
        return date(born.year + ADULT_AGE, 3, 1)


def mask_id_number(number: str) -> str:
    """1101**********0013: province, city and the last four; 935***********0013 of a permanent residence card."""
    shown = 3 if number.startswith("9") else 4
    return number[:shown] + "*" * (14 - shown) + number[-4:]


def mask_phone(phone: str) -> str:
    """138****5678."""
    return phone[:3] + "****" + phone[-4:]


def _refuse_fifteen(number: str) -> None:
    """Fifteen characters are an old citizen's number or an old residence card, where they are either."""
    if number.isascii() and number.isdigit():
        raise InvalidIdentityError("id_fifteen")
    if _OLD_RESIDENCE_CARD.fullmatch(number):
        raise InvalidIdentityError("id_permanent_residence")
