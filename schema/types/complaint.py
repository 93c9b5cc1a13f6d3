"""What a complaint is about, one type for each topic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, TypeAlias

from scoring.disputes import DataAspect, DisputeTopic


@dataclass(frozen=True, slots=True)
class MissingRecord:
    """A record that should be there, of who should have reported it; `rule` is None where no rule names it."""

    source: str
    rule: str | None
    day: date
    topic: ClassVar[DisputeTopic] = DisputeTopic.MISSING_RECORD


@dataclass(frozen=True, slots=True)
class DataError:
    """Something about the citizen is wrong."""

    aspect: DataAspect
    topic: ClassVar[DisputeTopic] = DisputeTopic.DATA


@dataclass(frozen=True, slots=True)
class WrongComputation:
    """The score of a day does not add up."""

    day: date
    topic: ClassVar[DisputeTopic] = DisputeTopic.COMPUTATION


@dataclass(frozen=True, slots=True)
class RefusedPass:
    """A partner did not take a pass."""

    benefit: str
    partner: str
    day: date
    topic: ClassVar[DisputeTopic] = DisputeTopic.REFUSED_BENEFIT


@dataclass(frozen=True, slots=True)
class RefusedSignIn:
    """Signing in or binding was refused."""

    day: date
    topic: ClassVar[DisputeTopic] = DisputeTopic.SIGN_IN


@dataclass(frozen=True, slots=True)
class ServiceRating:
    """How a case was handled, or the service as a whole."""

    rating: int
    case: str | None
    topic: ClassVar[DisputeTopic] = DisputeTopic.SERVICE


Complaint: TypeAlias = MissingRecord | DataError | WrongComputation | RefusedPass | RefusedSignIn | ServiceRating
