"""Names: one form for one person, however the name was typed or delivered.

Documents print Han characters without blanks, one middle dot (U+00B7) between the parts of a name, and Latin letters in
capitals (ICAO 9303, part 3). Sources of the ranges: `Blocks.txt` of Unicode 17 and UAX #38; Python's own tables end
earlier, so they are not asked whether a character is Han.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path

from scoring.identity.errors import InvalidIdentityError
from scoring.identity.text import one_blank, visible

SHORTEST, LONGEST = 2, 50
_HAN = (
    "〇\u3400-\u4dbf\u4e00-\u9fff\ufa0e\ufa0f\ufa11\ufa13\ufa14\ufa1f\ufa21\ufa23\ufa24\ufa27-\ufa29"
    "\U00020000-\U0002a6df\U0002a700-\U0002ee5f\U00030000-\U0003347f"
)
"""〇, the unified ideographs and extensions A to J, and the twelve unified ones of the compatibility block."""
_LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u1e00-\u1eff\u2c60-\u2c7f\ua722-\ua787\ua78b-\ua7ff"
_MARKS = "\u0300-\u036f"
_FOLDED = re.compile("[\u2f00-\u2fd5\ufb00-\ufb06\uff01-\uffee]")
"""What NFKC replaces in names: Kangxi radicals and ligatures (as copied from a PDF), full-width and half-width forms.

The rest of NFKC would make ① a 1 and ㈱ a word. Compatibility ideographs are canonically equal to unified ones, NFC
already unites them.
"""
_RADICALS = str.maketrans(
    dict(tomllib.loads(Path(__file__).with_name("radicals.toml").read_text("utf-8"))["radicals"].split())
)
"""Of the other radicals NFKC knows two."""
_DOTS = ".·•・‧∙⋅●◦∘。᛫⸱⸳ꞏ\ufe52\u318d\u119e\u02d9"
"""The last ones are the small full stop, the Hangul araea (before and after NFKC) and the dot above."""
_APOSTROPHES = "’‘‛`´ʼʻʹ′＇"
_HYPHENS = "‐‑‒–—―−⁃﹣－"
_CIRCLES = "○◯⭕"
"""GB 2312 has no 〇 and a white circle instead, and so have registers that were kept in it."""
_SIGNS = str.maketrans(dict.fromkeys(_DOTS, "·") | dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_HYPHENS, "-"))
_CIRCLED = str.maketrans(dict.fromkeys(_CIRCLES, "〇"))
_HAS_HAN = re.compile(f"[{_HAN}]")
_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}]) (?=[{_HAN}])")
_AROUND_SIGNS = re.compile(r" ?([·'\-])[·'\- ]*")
_NAME = re.compile(f"[{_HAN}{_LATIN}{_MARKS}· '\\-]{{{SHORTEST},{LONGEST}}}")
_LETTER = re.compile(f"[{_HAN}{_LATIN}]")
_STRIPPED = ("P", "Z", "Sm", "Sc", "Sk")
_EMOJI = re.compile("[©®™\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_PLAIN = re.compile(f"[\u4e00-\u9fff]{{{SHORTEST},{LONGEST}}}")
"""Nearly every name: ideographs of the first block, which are in their one form already."""
_UNREAD = "*?"
"""Before a name they stand for a character that was masked or lost."""


def normal_name(text: str) -> str:
    """One form of a name, or of what is none.

    NFC with radicals and `_FOLDED` forms replaced, in capitals, nothing invisible, no punctuation at the edges. With
    Han characters the middle dot stays, and blanks between them or around a sign go; in a Latin name a dot is a blank.
    """
    if _PLAIN.fullmatch(text):
        return text
    folded = _FOLDED.sub(lambda found: unicodedata.normalize("NFKC", found[0]), visible(text).translate(_RADICALS))
    capitals = unicodedata.normalize("NFC", unicodedata.normalize("NFC", folded).upper())
    name = one_blank(capitals.translate(_SIGNS))
    if _HAS_HAN.search(name):
        name = _BETWEEN_HAN.sub("", name.translate(_CIRCLED))
    else:
        name = one_blank(name.replace("·", " "))
    return _without_edges(_AROUND_SIGNS.sub(r"\1", name))


def parse_name(text: str) -> str:
    """The name in its one form: Han of any plane, Latin letters, spaces, the middle dot, apostrophe and hyphen.

    Raises:
        InvalidIdentityError: `name_invalid`.
    """
    if _PLAIN.fullmatch(text):
        return text
    name = normal_name(text)
    if not _NAME.fullmatch(name) or len(_LETTER.findall(name)) < SHORTEST:
        raise InvalidIdentityError("name_invalid")
    return name


def mask_name(name: str) -> str:
    """张小明 → 张*; the family name is enough to recognise one's own."""
    return name[:1] + "*"


def _without_edges(name: str) -> str:
    """Without blanks, punctuation and emoji at both ends, such as a full stop or brackets.

    Other symbols stay, so that the name is refused: radicals, strokes and descriptions of characters (⿰), or □ and 〓,
    stand for a character of it, and the rest would be another person's name.
    """
    start, end = 0, len(name)
    while start < end and _is_edge(name[start]) and name[start] not in _UNREAD:
        start += 1
    while end > start and _is_edge(name[end - 1]) and name[end - 1] != "*":
        end -= 1
    return name[start:end]


def _is_edge(char: str) -> bool:
    return unicodedata.category(char).startswith(_STRIPPED) or _EMOJI.match(char) is not None
