"""What is wrong with a file or a line, and what a line became."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

from scoring.dated import Text
from scoring.records import Delivery
from scoring.sentences import Sentences
from server.platform.kit.errors import OperatorError
from server.platform.kit.json import JsonObject

SENTENCES = Sentences(Path(__file__).with_name("sentences.toml"))
MALFORMED = "malformed"

Raw: TypeAlias = str | tuple[str, ...]
"""A line as it came, without its end; bytes that are not of the coding stand as lone surrogates (PEP 383).
For a spreadsheet, its cells as text."""


class UnreadableDeliveryError(OperatorError):
    """A file of records cannot be read; `text` names the cause in both languages."""

    def __init__(self, sentence: str, /, **details: str | int) -> None:
        self.text = SENTENCES.fill(sentence, **details)
        super().__init__(self.text.en)


class Row(NamedTuple):
    """A line with something in it: either `values`, to be checked as a record, or `fault`, what is wrong with it."""

    number: int
    raw: Raw
    values: JsonObject | None
    fault: Text | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was accepted."""

    number: int
    delivery: Delivery
    raw: Raw


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that was rejected or refused; the rest goes on. `reason` is a stable code, `text` says what to do."""

    line: int
    reason: str
    text: Text
    raw: Raw
