"""Rows of disputes, of evidence and of colleagues' notes. Days are ISO dates."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict

from server.platform.db import Sealed


class EventRow(TypedDict):
    """A step of a dispute: who took it, in which role (`by`)."""

    at: datetime
    action: str
    by: str
    actor: NotRequired[str]


class InquiryRow(TypedDict):
    """A question to the reporting entity. `question_event` and `answer_event` are places in the dispute's events."""

    question_event: int | None
    finding: str | None
    answer_event: int | None
    by_telephone: bool


class AnswerRow(TypedDict):
    """An answer to a dispute as it was given, kept when it is appealed."""

    state: str
    determination: str | None
    explanation_event: int | None
    proposer: str | None
    lapsed: bool
    inquiry: InquiryRow | None
    ended_on: str


class HandRow(TypedDict):
    """A person who had a hand in a case, and the account that they used."""

    account: str
    person: bytes


class HandledRow(TypedDict):
    """What four eyes need of anything that two people decide: whom it is about, and who had a hand in it."""

    citizen: str
    hands: NotRequired[list[HandRow]]


class StartedValues(TypedDict):
    """The clock of a dispute."""

    started_on: str
    due_on: str
    extended: bool


class SubjectRow(TypedDict):
    """What a dispute is about: its topic (`kind`), and what belongs to that topic.

    `rule` and `day` of a missing record, `aspect` of data, `day` of a computation, `benefit`, `partner` and `day` of a
    refused pass, `day` of a sign-in, `rating` and the rated `case` of the service, with its `number`.
    """

    kind: str
    day: NotRequired[str]
    aspect: NotRequired[str]
    benefit: NotRequired[str]
    partner: NotRequired[str]
    rating: NotRequired[int]
    case: NotRequired[str]
    number: NotRequired[str]


class DisputeRow(StartedValues):
    """A dispute about one record, or a complaint about something else; at the desk it is a case.

    `sealed` is a `DisputeContent`. `explanation_event` and `question_event` are places in `events`. `excluded` are
    accounts that worked on it before its appeal, `first` the answer that was appealed. `about` names what a complaint
    is about: one is open at a time. A dispute has its `record` for that, with the `record_version` that was decided on.
    `refined` is the staff's reason.
    `told_on` is the day on which a decision is known to have reached its citizen, by a `notice` or by what they `read`;
    the appeal runs from then. Without one it does not run out.
    """

    _id: str
    number: str
    citizen: str
    subject: NotRequired[SubjectRow]
    about: NotRequired[str]
    record: str | None
    record_version: NotRequired[int]
    source: str | None
    reporter: str | None
    rule: str | None
    points: int
    reason: str
    refined: NotRequired[str | None]
    escalated: NotRequired[bool]
    sealed: Sealed
    state: str
    open: bool
    holder: str | None
    filed_at: datetime
    filed_on: str
    determination: str | None
    explanation_event: int | None
    proposer: str | None
    lapsed: bool
    appealed: bool
    question_event: int | None
    inquiry: InquiryRow | None
    ended_on: str | None
    told_on: NotRequired[str | None]
    told_by: NotRequired[str | None]
    excluded: list[str]
    revision: int
    events: list[EventRow]
    hands: NotRequired[list[HandRow]]
    first: NotRequired[AnswerRow]


EffectContent = TypedDict("EffectContent", {"now": int, "with": int | None, "without": int | None})
"""The score on the day of the decision: as it was, with the record counting, and without it."""


class DisputeContent(TypedDict):
    """What is sealed of a dispute: the citizen's words, and the words of later steps by their place in `events`.

    `first_effect` is the effect on the day of the answer that was appealed, once there is another.
    """

    words: str
    texts: dict[str, str]
    effect: NotRequired[EffectContent]
    first_effect: NotRequired[EffectContent]


class NoteRow(TypedDict):
    """A note of a colleague about a case; `sealed` has its text."""

    _id: str
    case: str
    citizen: str
    by: str
    at: datetime
    sealed: Sealed


class EvidenceRow(TypedDict):
    """A photo whose sealed file has the same name; a draft until a dispute has it. Sizes are pixels."""

    _id: str
    citizen: str
    dispute: str | None
    box: str | None
    media_type: str
    width: int
    height: int
    added_at: datetime
