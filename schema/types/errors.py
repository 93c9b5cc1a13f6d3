"""Expected failures: one code each, with the sentence that a person reads.

A service raises `Refused`; the schema turns it into a `Refusal` where a mutation
declares one, and into an error with the same `code` elsewhere.
"""

from __future__ import annotations

import enum
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import strawberry
from graphql import GraphQLError

from scoring.dated import Text


@strawberry.type(description="The same words in Chinese and English.")
class LocalText:
    """GraphQL form of `scoring.scheme.Text`."""

    zh: str
    en: str

    @strawberry.field(description="In the language of `Accept-Language`; Chinese where it names none that there is.")
    def text(self, info: strawberry.Info) -> str:
        return self.en if info.context.language == "en" else self.zh

    @classmethod
    def of(cls, text: Text) -> LocalText:
        return cls(zh=text.zh, en=text.en)

    @classmethod
    def same(cls, words: str) -> LocalText:
        """What is written the same in both languages, such as a code that the scheme does not know any more."""
        return cls(zh=words, en=words)


@strawberry.enum(description="Why a request was refused. Codes are stable; sentences may improve.")
class RefusalCode(enum.Enum):
    """Every expected failure of the API."""

    NOT_SIGNED_IN = "NOT_SIGNED_IN"
    EXPIRED = "EXPIRED"
    FORBIDDEN = "FORBIDDEN"
    SCOPE_MISSING = "SCOPE_MISSING"
    NOT_FOUND = "NOT_FOUND"
    BAD_INPUT = "BAD_INPUT"
    CONFLICT = "CONFLICT"
    KEY_REUSED = "KEY_REUSED"
    TOO_SLOW = "TOO_SLOW"
    TOO_MUCH = "TOO_MUCH"
    UNTRUSTED = "UNTRUSTED"
    NAME_INVALID = "NAME_INVALID"
    ID_LENGTH = "ID_LENGTH"
    ID_FIFTEEN = "ID_FIFTEEN"
    ID_CHARACTERS = "ID_CHARACTERS"
    ID_PERMANENT_RESIDENCE = "ID_PERMANENT_RESIDENCE"
    ID_REGION = "ID_REGION"
    ID_NATIONALITY = "ID_NATIONALITY"
    ID_BIRTH_DATE = "ID_BIRTH_DATE"
    ID_CHECK_DIGIT = "ID_CHECK_DIGIT"
    UNDER_AGE = "UNDER_AGE"
    PHONE_INVALID = "PHONE_INVALID"
    NO_CHANNEL = "NO_CHANNEL"
    CONSENT_OUTDATED = "CONSENT_OUTDATED"
    REGISTER_MISMATCH = "REGISTER_MISMATCH"
    REGISTER_NOT_NOW = "REGISTER_NOT_NOW"
    NUMBER_SHARED = "NUMBER_SHARED"
    RESIDENCE_ENDED = "RESIDENCE_ENDED"
    SCORE_PAUSED = "SCORE_PAUSED"
    PAUSED_BY_YOU = "PAUSED_BY_YOU"
    LOOK_ONLY = "LOOK_ONLY"
    NOTHING_PAUSED = "NOTHING_PAUSED"
    ALREADY_BOUND = "ALREADY_BOUND"
    SECOND_ACCOUNT = "SECOND_ACCOUNT"
    TOO_MANY_TRIES = "TOO_MANY_TRIES"
    DAILY_LIMIT = "DAILY_LIMIT"
    CODE_WRONG = "CODE_WRONG"
    CODE_UNREADABLE = "CODE_UNREADABLE"
    CODE_EXPIRED = "CODE_EXPIRED"
    NOT_ENROLLED = "NOT_ENROLLED"
    NOT_OPTIONAL = "NOT_OPTIONAL"
    BENEFIT_NOT_OPEN = "BENEFIT_NOT_OPEN"
    DISPUTE_OPEN = "DISPUTE_OPEN"
    DISPUTE_CLOSED = "DISPUTE_CLOSED"
    DISPUTE_WITHDRAWN_OFTEN = "DISPUTE_WITHDRAWN_OFTEN"
    DISPUTE_DECIDED = "DISPUTE_DECIDED"
    COMPLAINT_OPEN = "COMPLAINT_OPEN"
    COMPLAINTS_TOO_MANY = "COMPLAINTS_TOO_MANY"
    RATED_ALREADY = "RATED_ALREADY"
    DAY_NOT_PAST = "DAY_NOT_PAST"
    NOT_FOR_TOPIC = "NOT_FOR_TOPIC"
    DEADLINE_PASSED = "DEADLINE_PASSED"
    WORDS_NEEDED = "WORDS_NEEDED"
    WORDS_TOO_LONG = "WORDS_TOO_LONG"
    WORDS_UNFILLED = "WORDS_UNFILLED"
    NOTHING_ASKED = "NOTHING_ASKED"
    EXTENDED_ALREADY = "EXTENDED_ALREADY"
    NO_APPEAL = "NO_APPEAL"
    NOT_DECIDED = "NOT_DECIDED"
    PHOTO_GONE = "PHOTO_GONE"
    PHOTO_NOT_NOW = "PHOTO_NOT_NOW"
    PHOTO_TOO_LARGE = "PHOTO_TOO_LARGE"
    PHOTO_NOT_READ = "PHOTO_NOT_READ"
    PHOTO_UNSAFE = "PHOTO_UNSAFE"
    TOO_MANY_PHOTOS = "TOO_MANY_PHOTOS"
    CASE_TAKEN = "CASE_TAKEN"
    CASE_NOT_HELD = "CASE_NOT_HELD"
    FOUR_EYES = "FOUR_EYES"
    OUTCOME_CHANGED = "OUTCOME_CHANGED"
    PERSON_UNKNOWN = "PERSON_UNKNOWN"
    NOT_REPAIRABLE = "NOT_REPAIRABLE"
    REPAIR_OPEN = "REPAIR_OPEN"
    REPAIR_CLOSED = "REPAIR_CLOSED"
    REPAIR_APPLIED_OFTEN = "REPAIR_APPLIED_OFTEN"
    WEBHOOK_OFF = "WEBHOOK_OFF"
    SIGN_IN_FAILED = "SIGN_IN_FAILED"
    SIGN_IN_NOT_NOW = "SIGN_IN_NOT_NOW"
    NAME_CHANGED = "NAME_CHANGED"
    HELD = "HELD"
    FROZEN = "FROZEN"
    NOTHING_MOVED = "NOTHING_MOVED"
    LOOK_NOT_ASKABLE = "LOOK_NOT_ASKABLE"


@cache
def _sentences() -> dict[str, dict[str, str]]:
    """By code and language."""
    return tomllib.loads(Path(__file__).with_name("refusals.toml").read_text("utf-8"))


def sentence_of(code: RefusalCode, language: str) -> str:
    """The sentence of a code in `zh` or `en`, its blanks unfilled."""
    return _sentences()[code.value]["en" if language == "en" else "zh"]


def shown_sentence(code: RefusalCode, language: str) -> str:
    """The sentence of a code with an ellipsis in each blank, for documentation."""
    return re.sub(r"\{\w+\}", "…", sentence_of(code, language))


class Refused(Exception):  # noqa: N818 - it is an outcome, not a fault
    """A request cannot be granted; `code` is stable and `details` fill its sentence.

    `message` is the sentence itself, where another one fits better or an answer brought it.
    """

    def __init__(
        self,
        code: RefusalCode,
        *,
        field: str | None = None,
        retry_after: int | None = None,
        message: Text | None = None,
        **details: str | int | Text,
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.field = field
        self.retry_after = retry_after
        self.message = message
        self.details = details

    @classmethod
    def of_answer(cls, result: Mapping[str, Any]) -> Refused:
        """From the `Refusal` that a mutation answered with."""
        return cls(RefusalCode(result["refusalCode"]), message=Text(**result["message"]))

    def sentence(self, language: str) -> str:
        """The sentence in `zh` or `en`."""
        if self.message is not None:
            return self.message.in_language(language)
        values = {k: v.in_language(language) if isinstance(v, Text) else v for k, v in self.details.items()}
        return sentence_of(self.code, language).format(**values)


def as_error(refused: Refused) -> GraphQLError:
    """The same refusal as a GraphQL error, for fields that declare no `Refusal`."""
    return GraphQLError(refused.sentence("en"), extensions={"code": refused.code.value})
