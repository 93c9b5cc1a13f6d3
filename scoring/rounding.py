"""ID numbers that a program took for numbers, and rounded.

A number of 18 digits does not fit into a double (IEEE 754): there, those of citizens lie 16 to 128 apart. A spreadsheet
keeps 15 digits and writes …000 or 3.50199E+17; other programs write the double as it is, or with the 16 or 17 digits
that tell it from the next. One in eleven of those has a valid check character all the same, and is then the number of
another person. Yet some true numbers look like that by chance: one in 7 to 39, by region. So such a number is refused
only where its delivery shows that numbers were rounded. A number with X is none that could have been rounded.
"""

from __future__ import annotations

import math
import re
import unicodedata

from scoring.identity import check_character, normal_id_number
from scoring.written import unmarked

_AS_NUMBER = re.compile(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]{2}|[0-9]{18}\.0+|[0-9]{3}(,[0-9]{3}){5}(\.0+)?")
"""9.9E+17, 990199199001010048.0 or 990,199,199,001,010,048."""
_DIGITS = re.compile(r"[1-9][0-9]{17}")
_MOST_KEPT = 10_000
_FEW = 2
_SHARE = 100
"""Of so many records one, and more than one person: far more than the one in eleven hundred that chance makes."""
_ODDS, _ODDS_OF_WRONG = 1e-6, 1e-4


def ends_in_zeros(resident: str) -> bool:
    """Whether this is an ID number that ends as one of a spreadsheet does; its check character may be right."""
    return resident.rstrip()[-1:] in ("0", "０") and (_digits(resident) or "").endswith("000")


def may_be_rounded(resident: str) -> bool:
    """Whether a program that rounds could have written this ID number; its check character may be right."""
    number = _digits(resident)
    return number is not None and _as_rounded(number)[0]


def is_rounded(resident: str) -> bool:
    """Whether this can only be a rounded number: 3.5E+17, or …000 with a check character that is wrong."""
    if resident.isdigit() and resident[-3:] != "000":
        return False
    if _AS_NUMBER.fullmatch(re.sub(r"[\s\-]", "", unmarked(unicodedata.normalize("NFKC", resident[:64])))):
        return True
    number = _digits(resident)
    return number is not None and number.endswith("000") and _is_wrong(number)


class RoundedNumbers:
    """Looks at every ID number of a delivery: does it show that a program rounded them?

    Beside what can only be rounded, it counts how many people's numbers may be, of 10,000 people at a time: among all
    of them, and among those whose check character is wrong, as it is for ten of eleven rounded ones. Chernoff's bound
    says how likely chance makes so many; more than one in a million among all, or in ten thousand among the wrong ones,
    is a sign. So of a million honest deliveries one is taken for rounded, and of ten thousand with mistyped numbers
    one; where all are rounded, five people are enough to know it (seven in the north, whose numbers are smallest), or
    three with a wrong check character (five).
    """

    def __init__(self) -> None:
        self._count = 0
        self._ending: set[str] = set()
        self._others = False
        self._people: set[str] = set()
        self._all = _Share()
        self._wrong = _Share()
        self._improbable = False
        self.certain = False
        """Whether one of them can only be a rounded number."""

    def see(self, resident: str) -> None:
        """Look at one more."""
        self._count += 1
        if resident not in self._people:
            self._see_person(resident)

    def _see_person(self, resident: str) -> None:
        if len(self._people) >= _MOST_KEPT:
            self._improbable = self._is_improbable
            self._people, self._all, self._wrong = set(), _Share(), _Share()
        self._people.add(resident[:64])
        number = _digits(resident)
        rounded = is_rounded(resident)
        self.certain = self.certain or rounded
        if number is None or not number.endswith("000"):
            self._others = self._others or not rounded
        elif len(self._ending) < _MOST_KEPT:
            self._ending.add(number)
        if number is not None:
            looks_so, chance = _as_rounded(number)
            self._all.add(looks_so, chance)
            if _is_wrong(number):
                self._wrong.add(looks_so, chance)

    @property
    def shown(self) -> bool:
        """Whether one can only be rounded, or more people's numbers look so than chance makes."""
        return self.certain or self._is_improbable

    @property
    def shown_in_table(self) -> bool:
        """As `shown`, or all end in 000, or more than one person's number in a hundred records.

        These are signs in a table alone: programs that write JSON keep numbers as text, one at a time.
        """
        many = len(self._ending) >= _FEW and len(self._ending) * _SHARE > self._count
        return self.shown or many or (bool(self._ending) and not self._others)

    @property
    def _is_improbable(self) -> bool:
        return self._improbable or self._all.odds < _ODDS or self._wrong.odds < _ODDS_OF_WRONG


class _Share:
    """How many numbers look rounded, and how many of them chance makes."""

    def __init__(self) -> None:
        self._count = self._found = 0
        self._expected = 0.0

    def add(self, looks_so: bool, chance: float) -> None:
        self._count += 1
        self._found += looks_so
        self._expected += chance

    @property
    def odds(self) -> float:
        """The most that the probability of as many, or more, can be by chance (Chernoff, Hoeffding)."""
        found, others = self._found, self._count - self._found
        if found <= self._expected:
            return 1.0
        surprise = found * math.log(found / self._expected)
        if others:
            surprise += others * math.log(others / (self._count - self._expected))
        return math.exp(-surprise)


def _as_rounded(number: str) -> tuple[bool, float]:
    """Whether it is what its double is, in full or in 15 to 17 digits with zeros behind them.

    And how likely a true number of that size is so: in full or by 17 digits, or by its zeros.
    """
    double = math.floor(value := float(number))
    same = number.endswith("00") or int(number) == double or (number[-1] == "0" and int(number) == round(double, -1))
    return same, 2 / math.ulp(value) + 1 / 100


def _is_wrong(number: str) -> bool:
    return check_character(number[:17]) != number[17]


def _digits(resident: str) -> str | None:
    """The eighteen digits that a person's number is; None for another, or one with X."""
    if _DIGITS.fullmatch(resident):
        return resident
    number = normal_id_number(resident[:64])
    return number if _DIGITS.fullmatch(number) else None
