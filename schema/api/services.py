"""The use-case catalogue: everything that Egret can do, on one page.

`server` implements these protocols; resolvers authorise, call and map. Every method
may raise `schema.types.errors.Refused` with the codes named; nothing else is expected.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from schema.types.benefit import Benefit, MyBenefit, Pass
    from schema.types.connection import Connection, Page
    from schema.types.dispute import (
        Case,
        Dispute,
        Evidence,
        EvidenceForm,
        EvidenceUpload,
        Letter,
        QueueChange,
        QueueFilter,
        SourceInquiry,
    )
    from schema.types.enrolment import (
        AccessEntry,
        Address,
        BindingConfirmed,
        BindingStarted,
        Consent,
        ConsentText,
        Enrolment,
        IdentityAccepted,
        IdentityField,
        Left,
        OptionalItem,
        Session,
        SessionEnded,
        StartBindingInput,
        Unlinked,
    )
    from schema.types.figures import CaseFigures, ImpactReport, ProgrammeFigures, SourceFigures
    from schema.types.principal import Principal
    from schema.types.programme import Scheme
    from schema.types.record import CreditRecord, DeliveryReport
    from schema.types.scalars import Masked
    from schema.types.score import Assessment, Score
    from schema.types.what_if import Path, Step, StepInput, Turn, WhatIf
    from scoring.disputes import Determination, DisputeReason, Finding
    from scoring.records import RevocationReason


class Sessions(Protocol):
    """Signing in."""

    async def log_in(self, code: str) -> Session:
        """A mini-program's `wx.login` code for a session. SIGN_IN_FAILED, SIGN_IN_NOT_NOW."""

    async def renew(self, refresh_token: str) -> Session:
        """A refresh token for a new session; it is good once. SIGN_IN_FAILED."""

    async def end(self, refresh_token: str) -> SessionEnded:
        """Sign out, for every token of that sign-in. SIGN_IN_FAILED."""

    async def sign_in(self, account: str, password: str, address: str, device: str | None) -> Session:
        """A desk account and password for a session; `device` is what an earlier session of this browser gave.

        SIGN_IN_FAILED, TOO_MANY_TRIES, FORBIDDEN by password.
        """


class Bindings(Protocol):
    """Tying an identity to the contact that asks."""

    def consent_text(self) -> ConsentText:
        """The consent text in force."""

    def check(self, field: IdentityField, value: str) -> IdentityAccepted:
        """Whether a value has the right form. One of the identity codes."""

    async def form(self, by: Principal, key: str | None) -> Address:
        """A page to bind on instead. ALREADY_BOUND."""

    async def start(
        self, by: Principal, asked: StartBindingInput, key: str | None, address: str = ""
    ) -> BindingStarted:
        """Send a code. Identity codes, CONSENT_OUTDATED, REGISTER_MISMATCH, ALREADY_BOUND, TOO_MANY_TRIES."""

    async def resend(self, by: Principal, attempt: str, key: str | None) -> BindingStarted:
        """Send a new code for the same attempt. CODE_EXPIRED, TOO_MANY_TRIES."""

    async def confirm(self, by: Principal, attempt: str, code: str, key: str | None) -> BindingConfirmed:
        """Bind and enrol. CODE_WRONG, CODE_EXPIRED, TOO_MANY_TRIES, SECOND_ACCOUNT."""


class Enrolments(Protocol):
    """Consent, optional items and leaving, for a citizen."""

    async def enrolment(self, by: Principal) -> Enrolment:
        """The enrolment. NOT_ENROLLED."""

    async def masked_identity(self, by: Principal) -> tuple[Masked, Masked]:
        """Masked name and ID number."""

    async def consents(self, by: Principal) -> Sequence[Consent]:
        """Every consent given, newest first."""

    async def grant(self, by: Principal, version: str, key: str | None) -> Enrolment:
        """Agree to a newer text. CONSENT_OUTDATED."""

    async def optional_items(self, by: Principal) -> Sequence[OptionalItem]:
        """The optional items of the scheme and whether they are off."""

    async def decline(self, by: Principal, rule: str, declined: bool, key: str | None) -> OptionalItem:
        """Switch an optional item off or on; the score follows. NOT_OPTIONAL."""

    async def access_log(self, by: Principal, page: Page) -> Connection[AccessEntry]:
        """Who looked at my data, newest first."""

    async def export(self, by: Principal, key: str | None) -> Address:
        """Where everything held about the citizen can be read; the citizen's log says that it was asked for."""

    async def leave(self, by: Principal, key: str | None) -> Left:
        """Leave: stop computing, end passes, withdraw disputes, destroy the data key."""

    async def unlink(self, by: Principal, key: str | None) -> Unlinked:
        """Unlink this account; the enrolment goes on."""


class Scores(Protocol):
    """The score of the citizen who asks."""

    async def current(self, by: Principal) -> Score:
        """The score today. NOT_ENROLLED."""

    async def history(self, by: Principal, page: Page) -> Connection[Assessment]:
        """Past assessments, newest first."""


class WhatIfs(Protocol):
    """What would be, for the citizen who asks. Nothing is written."""

    async def steps(self, by: Principal) -> Sequence[Step]:
        """What the citizen can do, what gives most first. NOT_ENROLLED."""

    async def what_if(self, by: Principal, asked: Sequence[StepInput]) -> WhatIf:
        """The score if these steps had happened. BAD_INPUT for a step that cannot be."""

    async def path_to(self, by: Principal, benefit: str) -> Path:
        """The fewest steps to a benefit, and the day it opens by waiting alone. NOT_FOUND."""

    async def calendar(self, by: Principal) -> Sequence[Turn]:
        """Every later day on which time alone moves the score."""


class Records(Protocol):
    """Public credit records."""

    async def of_citizen(self, by: Principal, page: Page) -> Connection[CreditRecord]:
        """The citizen's own records, newest first."""

    async def record(self, by: Principal, key: str) -> CreditRecord:
        """One of the citizen's own records. NOT_FOUND."""


class Reports(Protocol):
    """What a reporting entity does with its records."""

    async def deliver(self, by: Principal, records: Sequence[dict[str, Any]]) -> DeliveryReport:
        """Store a delivery; what is wrong with one record does not stop the others. FORBIDDEN, BAD_INPUT."""

    async def revoke(self, by: Principal, number: str, reason: RevocationReason, key: str | None) -> bool:
        """Take one of its records back for good; an open dispute about it is won. FORBIDDEN, NOT_FOUND."""

    async def repair(self, by: Principal, number: str, done_on: date, key: str | None) -> bool:
        """What a record demanded has been done: it leaves the score. FORBIDDEN, NOT_FOUND, NOT_REPAIRABLE."""


class Benefits(Protocol):
    """Benefits, passes and what partners may ask."""

    def catalogue(self) -> Sequence[Benefit]:
        """The benefits in force today."""

    async def mine(self, by: Principal) -> Sequence[MyBenefit]:
        """Each benefit as it stands for the citizen."""

    async def issue_pass(self, by: Principal, benefit: str, key: str | None) -> Pass:
        """A pass good for ten minutes and one use. NOT_FOUND, BENEFIT_NOT_OPEN."""

    async def passes(self, by: Principal, page: Page) -> Connection[Pass]:
        """The citizen's passes, newest first."""

    async def one_pass(self, by: Principal, key: str) -> Pass:
        """One of the citizen's own passes. NOT_FOUND."""

    async def redeem(self, by: Principal, code: str, key: str | None) -> bool:
        """Use a pass at this partner: yes or no, and never why (promise 3)."""


class Disputes(Protocol):
    """Disputes of the citizen who asks."""

    async def open(
        self, by: Principal, record: str, reason: DisputeReason, words: str, photos: Sequence[str], key: str | None
    ) -> Dispute:
        """File. The record is neutral at once. NOT_FOUND, DISPUTE_*, WORDS_*, *_PHOTOS, RECORD_NOT_DISPUTABLE."""

    async def supply(self, by: Principal, dispute: str, words: str, photos: Sequence[str], key: str | None) -> Dispute:
        """Answer the desk's question. NOT_FOUND, NOTHING_ASKED, DISPUTE_CLOSED, WORDS_*, TOO_MANY_PHOTOS."""

    async def appeal(self, by: Principal, dispute: str, words: str, key: str | None) -> Dispute:
        """Have it looked at again by others; the record is neutral again. NOT_FOUND, NO_APPEAL, WORDS_*."""

    async def withdraw(self, by: Principal, dispute: str, key: str | None) -> Dispute:
        """Take it back; the record counts again. NOT_FOUND, DISPUTE_CLOSED."""

    async def mine(self, by: Principal, page: Page) -> Connection[Dispute]:
        """The citizen's disputes, newest first."""

    async def one(self, by: Principal, key: str) -> Dispute:
        """One of the citizen's own disputes. NOT_FOUND."""


class EvidenceKeeper(Protocol):
    """Photos for disputes."""

    async def keep_photo(self, by: Principal, media_id: str, key: str | None) -> Evidence:
        """Fetch a photo from the platform, check it and keep it. PHOTO_*, TOO_MANY_TRIES."""

    async def form(self, by: Principal) -> EvidenceForm:
        """A page for photos and PDF files, beside the chat. NOT_ENROLLED."""

    async def upload(self, by: Principal, key: str | None) -> EvidenceUpload:
        """An address to send one file to, once. NOT_ENROLLED."""

    async def boxed(self, by: Principal, box: str) -> Sequence[Evidence]:
        """What was put on such a page and no dispute has taken yet."""


class Desk(Protocol):
    """Disputes as the desk works on them.

    Every step is refused with FOUR_EYES to the person whom the case is about, and with PERSON_UNKNOWN to an account
    of which it is not known who works with it.
    """

    async def queue(self, by: Principal, part: QueueFilter, page: Page) -> Connection[Case]:
        """The desk's queue, due first. FORBIDDEN."""

    async def case(self, by: Principal, key: str) -> Case:
        """One case with its record and score effect; the look is logged. FORBIDDEN, NOT_FOUND."""

    async def claim(self, by: Principal, key: str, idempotency: str | None) -> Case:
        """Take a case. CASE_TAKEN, FOUR_EYES, DISPUTE_CLOSED."""

    async def release(self, by: Principal, key: str, idempotency: str | None) -> Case:
        """Give a case back. CASE_NOT_HELD."""

    async def version(self, by: Principal, key: str) -> int:
        """A case's version; nothing of a person. FORBIDDEN, NOT_FOUND."""

    async def search(self, by: Principal, text: str) -> Sequence[Case]:
        """By case number, name, or ID number whole or masked; each search is logged. FORBIDDEN."""

    async def take_over(self, by: Principal, key: str, version: int, reason: str, idempotency: str | None) -> Case:
        """Take a case from its holder, with a reason on record. CASE_NOT_HELD, FOUR_EYES, CONFLICT, WORDS_*."""

    async def note(self, by: Principal, key: str, text: str, idempotency: str | None) -> Case:
        """Leave a note for colleagues. WORDS_*."""

    async def ask_source(self, by: Principal, key: str, version: int, question: str, idempotency: str | None) -> Case:
        """Ask the reporting entity about its record. CASE_NOT_HELD, CONFLICT, WORDS_*."""

    async def log_call(
        self,
        by: Principal,
        key: str,
        version: int,
        spoke_with: str,
        finding: Finding,
        words: str,
        idempotency: str | None,
    ) -> Case:
        """Log what the reporting entity said by telephone. CASE_NOT_HELD, CONFLICT, WORDS_*."""

    async def extend(self, by: Principal, key: str, version: int, reason: str, idempotency: str | None) -> Case:
        """The one extension; the citizen is told why. EXTENDED_ALREADY, DEADLINE_PASSED, CONFLICT, WORDS_*."""

    async def reject(self, by: Principal, key: str, version: int, explanation: str, idempotency: str | None) -> Case:
        """Close what is no dispute, with reasons; it can be appealed. CASE_NOT_HELD, CONFLICT, WORDS_*."""

    async def decide(
        self,
        by: Principal,
        key: str,
        version: int,
        determination: Determination,
        explanation: str,
        idempotency: str | None,
    ) -> Case:
        """Decide, or propose where the record changes. CASE_NOT_HELD, CONFLICT, WORDS_NEEDED."""

    async def ask_citizen(self, by: Principal, key: str, version: int, question: str, idempotency: str | None) -> Case:
        """Ask the citizen for more. CASE_NOT_HELD, CONFLICT, WORDS_NEEDED."""

    async def approve(
        self, by: Principal, key: str, version: int, determination: Determination, idempotency: str | None
    ) -> Case:
        """Approve this outcome, which another person proposed. FORBIDDEN, FOUR_EYES, CONFLICT, OUTCOME_CHANGED."""

    async def send_back(self, by: Principal, key: str, version: int, explanation: str, idempotency: str | None) -> Case:
        """Return a proposal to its holder with a reason. FORBIDDEN, FOUR_EYES, CONFLICT, WORDS_*."""


class Inquiries(Protocol):
    """What a reporting entity is asked about its own records."""

    async def open(self, by: Principal, page: Page) -> Connection[SourceInquiry]:
        """The questions that wait for this source; each look is logged."""

    async def answer(self, by: Principal, key: str, finding: Finding, words: str, idempotency: str | None) -> bool:
        """Answer one. NOT_FOUND, NOTHING_ASKED, WORDS_*."""


class Letters(Protocol):
    """Written answers."""

    async def letter(self, by: Principal, key: str) -> Letter:
        """The answer to one's own dispute, or as the desk reads it (logged). NOT_FOUND, NOT_DECIDED."""


class Figures(Protocol):
    """Counts, never people."""

    async def programme(self, by: Principal) -> ProgrammeFigures:
        """How the programme is used; no group smaller than ten."""

    async def cases(self, by: Principal) -> CaseFigures:
        """How disputes go."""

    async def sources(self, by: Principal, first: int) -> Sequence[SourceFigures]:
        """The register, those with the most faults first."""

    async def impacts(self, by: Principal, key: str | None = None) -> Sequence[ImpactReport]:
        """Published impact reports, newest first, at most twenty; or one."""


class Updates(Protocol):
    """What happens, as it happens."""

    def disputes(self, by: Principal) -> AsyncIterator[Dispute]:
        """One's own disputes, each after something happened to it."""

    def scores(self, by: Principal) -> AsyncIterator[Score]:
        """One's own score, each time it was made anew."""

    def queue(self, by: Principal) -> AsyncIterator[QueueChange]:
        """Cases, each after something happened to it; nothing about people."""


class Programme(Protocol):
    """What is public about the scheme."""

    def scheme(self) -> Scheme:
        """The scheme in force."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a resolver may call."""

    sessions: Sessions
    bindings: Bindings
    enrolments: Enrolments
    scores: Scores
    what_if: WhatIfs
    records: Records
    reports: Reports
    benefits: Benefits
    disputes: Disputes
    evidence: EvidenceKeeper
    desk: Desk
    inquiries: Inquiries
    letters: Letters
    figures: Figures
    programme: Programme
    updates: Updates
