"""What rules rest on and how cities call their bands, in English: for a reader at the desk who has no Chinese."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from scoring.dated import Text

_ARTICLE = re.compile("第([一二三四五六七八九十百零]+)条(?:之([一二三四五六七八九十]+))?")
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")}


@cache
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("statutes.toml").read_text("utf-8"))


def basis_in_english(basis: str, city: Text) -> str | None:
    """A legal basis, such as `道路交通安全法 第九十三条`; None where one of its statutes is not in the table."""
    parts = [_part(part, city) for part in basis.split("；")]
    return None if None in parts else "; ".join(part for part in parts if part)


def word_in_english(word: str) -> str | None:
    """A word by which a city calls a band; None where it is not in the table."""
    return _table()["words"].get(word)


def _part(part: str, city: Text) -> str | None:
    name, _, where = part.partition(" ")
    own = name.removeprefix(city.zh).removeprefix("市")
    statute = _table()["statutes"].get(own)
    if statute is None:
        return None
    articles = [_number(n) + (f"-{_number(more)}" if more else "") for n, more in _ARTICLE.findall(where)]
    said = f"{city.en} {statute}" if own != name else statute
    if not articles:
        return said
    return f"{said}, {'article' if len(articles) == 1 else 'articles'} {' and '.join(articles)}"


def _number(written: str) -> str:
    """A Chinese number up to 999 in digits."""
    total, digit = 0, 0
    for character in written:
        if character in _DIGITS:
            digit = _DIGITS[character]
        else:
            total += (digit or 1) * {"十": 10, "百": 100}[character]
            digit = 0
    return str(total + digit)
