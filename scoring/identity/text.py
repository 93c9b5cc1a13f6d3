"""Typed text in one form: what every field, command and search goes through before anything compares it.

Sources: the Unicode Character Database, `DerivedCoreProperties.txt` (Default_Ignorable_Code_Point), `PropList.txt`
(White_Space) and the general categories Cc and Cf; UAX #15 for NFKC.
"""

from __future__ import annotations

import re
import unicodedata

_CONTROLS = r"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
"""Category Cc without what is White_Space: no key types them, files and input methods do."""
_FORMATS = (
    r"\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
)
"""Category Cf: soft hyphen, joiners, marks of direction, byte order mark."""
_IGNORABLE = r"\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff"
"""Default_Ignorable_Code_Point outside Cf: fillers, variation selectors, tags."""
_EMPTY = r"\u2800"
"""The braille pattern without dots."""
_GARBLED = r"\ufffe\uffff\ud800-\udfff"
"""Noncharacters, and halves of surrogate pairs: no UTF-8 holds these, bytes that could not be decoded stand as them."""
_INVISIBLE = re.compile(f"[{_CONTROLS}{_FORMATS}{_IGNORABLE}{_EMPTY}{_GARBLED}]")
MARKS = re.compile(f"[{_FORMATS}{_IGNORABLE}{_EMPTY}]")
"""What comes along unseen when text is pasted, without what shows that it is damaged."""
_BLANKS = re.compile(r"[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
"""White_Space, by its list: `\\s` also has the separators U+001C to U+001F, which are invisible here."""


def visible(text: str) -> str:
    """The text without characters that nobody sees."""
    return text if text.isascii() and text.isprintable() else _INVISIBLE.sub("", text)


def one_blank(text: str) -> str:
    """Blanks of every kind as one space, none at the edges."""
    return _BLANKS.sub(" ", text).strip(" ")


def plain_text(text: str) -> str:
    """Visible characters in NFKC, so that full-width and half-width are the same, with single blanks."""
    return one_blank(unicodedata.normalize("NFKC", visible(text)))


def without_signs(text: str, keep: str = "") -> str:
    """Letters and digits of any script in `plain_text`; blanks, punctuation and symbols go, except those to `keep`."""
    return "".join(c for c in plain_text(text) if c.isalnum() or c in keep)
