"""Why a delivered record is not accepted: a stable reason, and a sentence that says what to do."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from scoring.dated import Text
from scoring.identity.errors import InvalidIdentityError
from scoring.sentences import Sentences

SENTENCES = Sentences(Path(__file__).with_name("rejections.toml"))


class Rejection(StrEnum):
    """Why a delivered record was not accepted."""

    MALFORMED = "malformed"
    RESIDENT_INVALID = "resident_invalid"
    RULE_UNKNOWN = "rule_unknown"
    SOURCE_UNKNOWN = "source_unknown"
    SOURCE_NOT_ALLOWED = "source_not_allowed"
    CLASS_WRONG = "class_wrong"
    DATE_IN_FUTURE = "date_in_future"
    DATES_REVERSED = "dates_reversed"
    RULE_NOT_IN_FORCE = "rule_not_in_force"
    DUPLICATE_NUMBER = "duplicate_number"


class RejectedRecordError(ValueError):
    """A delivered record breaks a rule: `reason` names it, `text` says what to do; `str` is its English.

    `sentence` is a code of `rejections.toml`, by default that of the reason; `details` fill its blanks.
    """

    def __init__(self, reason: Rejection, sentence: str | None = None, **details: str | int | Text) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.sentence = sentence or reason.value
        self.details = details

    @property
    def text(self) -> Text:
        """What is wrong, in both languages."""
        return SENTENCES.fill(self.sentence, **self.details)

    def __str__(self) -> str:
        return self.text.en


def sentence_of_number(error: InvalidIdentityError) -> tuple[str, dict[str, str | Text]]:
    """The sentence of `rejections.toml` for an ID number that is wrong, and its details besides the field."""
    if error.hint is not None:
        return "resident_document", {"hint": error.hint, "code": error.code}
    known = error.code if error.code in SENTENCES else Rejection.RESIDENT_INVALID.value
    return known, {"code": error.code}
