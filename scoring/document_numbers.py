"""Document numbers as offices write them: which spellings are one number.

`榕公罚〔2026〕12号`, `榕公罚[2026]12号`, `榕公罚（2026） 012 号` and `榕公罚【2026】第12号` are.
What is no spelling stays: `A-1` and `A1` are two numbers, and so are `0012` and `12`, for zeros in front mean nothing
only after a year in brackets (GB/T 9704-2012, 7.2.5: a serial number is written without them, without 第, and with 号).
"""

from __future__ import annotations

import re
import unicodedata

from scoring.written import unmarked

_PLAIN = re.compile(r"[0-9a-z./\-]*", re.ASCII)
_BLANK = re.compile(r"\s+")
_ALIKE = str.maketrans(
    dict.fromkeys("[{〔【〖〘〚⟦❲❨", "(") | dict.fromkeys("]}〕】〗〙〛⟧❳❩", ")") | dict.fromkeys("‐‑‒–—―−⁃﹘─━", "-")
)
_AFTER_YEAR = re.compile(r"(\([0-9]{4}\))第?0*(?=[0-9])", re.ASCII)
_NUMBERED = re.compile(r"第?([0-9]+)号\Z", re.ASCII)


def normal_number(written: str) -> str:
    """A document number in the one spelling by which two are compared."""
    if _PLAIN.fullmatch(written):
        return written
    text = unicodedata.normalize("NFKC", unmarked(written)).translate(_ALIKE)
    text = _BLANK.sub("", text).casefold()
    return _NUMBERED.sub(r"\1", _AFTER_YEAR.sub(r"\1", text))
