"""ID numbers that a spreadsheet rounded.

A spreadsheet keeps 15 significant digits of a number (IEEE 754), so an ID number of 18 that was typed as a number ends
in 000, or is written as 3.50199E+17. One in eleven of those has a valid check character all the same, and is then the
number of another person. One in some eleven hundred true numbers ends in 000: two digits of the sequence, and the check
character. So such a number is refused only where its delivery shows that numbers were rounded.
"""

from __future__ import annotations

import re
import unicodedata

from scoring.identity import check_character
from scoring.written import unmarked

_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]{2}")
_ENDS_IN_ZEROS = re.compile(r"[0-9]{15}000")
_MOST_KEPT = 10_000
_FEW = 2
_SHARE = 100
"""Of so many records one, and more than one person: far more than the one in eleven hundred that chance makes."""


def ends_in_zeros(resident: str) -> bool:
    """Whether this is an ID number that ends as a rounded one does; its check character may be right."""
    return resident.rstrip()[-1:] in ("0", "０") and _ENDS_IN_ZEROS.fullmatch(_plain(resident)) is not None


def is_rounded(resident: str) -> bool:
    """Whether this can only be a rounded number: 3.5E+17, or …000 with a check character that is wrong."""
    if resident.isdigit() and resident[-3:] != "000":
        return False
    number = _plain(resident)
    if _SCIENTIFIC.fullmatch(number):
        return True
    return _ENDS_IN_ZEROS.fullmatch(number) is not None and check_character(number[:17]) != number[17]


class RoundedNumbers:
    """Looks at every ID number of a delivery: does it show that a spreadsheet rounded them?"""

    def __init__(self) -> None:
        self._count = 0
        self._ending: set[str] = set()
        self._others = False
        self.certain = False
        """Whether one of them can only be a rounded number."""

    def see(self, resident: str) -> None:
        """Look at one more."""
        self._count += 1
        if ends_in_zeros(resident):
            self.certain = self.certain or is_rounded(resident)
            if len(self._ending) < _MOST_KEPT:
                self._ending.add(_plain(resident))
        elif is_rounded(resident):
            self.certain = True
        else:
            self._others = True

    @property
    def shown(self) -> bool:
        """Whether one can only be rounded, all end in 000, or more people's do than chance makes.

        The last two are signs in a table alone: programs that write JSON keep numbers as text, one at a time.
        """
        many = len(self._ending) >= _FEW and len(self._ending) * _SHARE > self._count
        return self.certain or many or (bool(self._ending) and not self._others)


def _plain(resident: str) -> str:
    return re.sub(r"[\s\-]", "", unmarked(unicodedata.normalize("NFKC", resident[:64])))
