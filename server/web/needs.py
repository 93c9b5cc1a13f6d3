"""What a form needs: all that is missing or wrong is said at once, each at its field."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from datetime import date
from types import MappingProxyType

from schema.types.errors import RefusalCode, Refused
from scoring.dated import Text
from server.web.languages import both, said

Sentence = Callable[[str], str]
Check = Callable[[str], Sentence | None]
"""What is wrong with the value of a field, as a sentence by language; None where nothing is."""


def wrong_in(
    fields: Mapping[str, str], needs: Mapping[str, Check], places: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Text]:
    """All that is wrong with a form, by the id of each field on its page; `places` has those that are not its name."""
    found = {name: check(fields.get(name, "").strip()) for name, check in needs.items()}
    return {places.get(name, name): both(sentence) for name, sentence in found.items() if sentence is not None}


def given(asks: str) -> Check:
    """Anything at all; `asks` is the phrase that asks for it."""
    return lambda value: None if value else said(asks)


def one_of(choices: Container[str], asks: str) -> Check:
    """One of these."""
    return lambda value: None if value in choices else said(asks)


def in_words(read: Callable[[str], object], asks: str) -> Check:
    """Words as `read` takes them, which refuses others; `asks` is said where there are none."""

    def check(value: str) -> Sentence | None:
        try:
            read(value)
        except Refused as refused:
            return said(asks) if refused.code is RefusalCode.WORDS_NEEDED else refused.sentence
        return None

    return check


def a_day(asks: str, read: Callable[[date], object] = lambda day: day) -> Check:
    """A day as a browser sends it, and as `read` takes it, which refuses others."""

    def check(value: str) -> Sentence | None:
        try:
            read(date.fromisoformat(value))
        except ValueError:
            return said(asks)
        except Refused as refused:
            return refused.sentence
        return None

    return check
