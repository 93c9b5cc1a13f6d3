"""Sentences in both languages, kept as data."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from scoring.dated import Text

_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_MOST_SHOWN = 500


class Sentences:
    """A file of sentences by code, each in `zh` and `en`; blanks such as {field} are filled in."""

    def __init__(self, path: Path) -> None:
        self._by_code = {code: Text(**pair) for code, pair in tomllib.loads(path.read_text("utf-8")).items()}

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def __getitem__(self, code: str) -> Text:
        """The sentence with its blanks. Raises KeyError."""
        return self._by_code[code]

    def fill(self, code: str, /, **details: str | int | Text) -> Text:
        """The sentence without blanks. Raises KeyError where there is no such code or a blank has no detail.

        Details may come from a file: what is no text that can be shown is replaced.
        """
        sentence = self._by_code[code]
        zh, en = ({k: _shown(v, language) for k, v in details.items()} for language in ("zh", "en"))
        return Text(zh=sentence.zh.format(**zh), en=sentence.en.format(**en))


def _shown(value: str | int | Text, language: str) -> str | int:
    if isinstance(value, int):
        return value
    if isinstance(value, Text):
        return value.in_language(language)
    return _UNSHOWABLE.sub("?", value[:_MOST_SHOWN])
