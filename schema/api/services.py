"""The use-case catalogue: everything that Egret can do, on one page.

`server` implements these protocols; resolvers authorise, call and map. Every method
may raise `schema.types.errors.Refused` with the codes named; nothing else is expected.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from schema.types.benefit import Benefit, MyBenefit, Pass
    from schema.types.check import Check, CheckOutcome
    from schema.types.complaint import Complaint
    from schema.types.connection import Connection, Page
    from schema.types.delivery import DeliveryReport
    from schema.types.dispute import (
        Case,
        CreditRecord,
        Dispute,
        DisputeLimits,
        Letter,
        LetterCheck,
        QueueChange,
        QueueFilter,
        Receipt,
        SourceInquiry,
    )
    from schema.types.enrolment import (
        AccessEntry,
        AccountMove,
        Address,
        BindingAttempt,
        Consent,
        ConsentPurpose,
        ConsentText,
        Enrolment,
        IdentityField,
        LinkedAccount,
        OptionalItem,
        Residence,
        Session,
        SignInElsewhere,
    )
    from schema.types.evidence import Evidence, EvidenceForm, EvidenceUpload
    from schema.types.figures import CaseFigures, ImpactReport, ProgrammeFigures, RepairFigures, SourceFigures
    from schema.types.look import LookedBy, LookInquiry, LookQuestionState, StaffLogEntry
    from schema.types.notice import Notice, NoticeChoices, NoticeWay, UndeliveredNotice
    from schema.types.principal import Caller, Principal
    from schema.types.programme import CityVersion, Scheme
    from schema.types.repair import RepairApplication, RepairCase, RepairEffect, SourceRepair
    from schema.types.rule import Rule
    from schema.types.scalars import Masked
    from schema.types.score import Assessment, Score
    from schema.types.sign_in import AppCode, SignInProvider, VerifiedIdentityView
    from schema.types.webhook import Webhook, WebhookEvent
    from schema.types.what_if import Path, Step, StepInput, Turn, WhatIf
    from scoring.disputes import Determination, DisputeReason, DisputeTopic, Finding
    from scoring.records import RevocationReason


class Sessions(Protocol):
    """Signing in."""

    async def log_in(self, code: str) -> Session:
        """A mini-program's `wx.login` code for a session. SIGN_IN_FAILED, SIGN_IN_NOT_NOW."""

    async def log_in_with_provider(self, given: AppCode) -> Session:
        """A code of a provider for a session; it is good once. SIGN_IN_FAILED, SIGN_IN_NOT_NOW."""

    def providers(self) -> Sequence[SignInProvider]:
        """The providers at which an app may let people sign in."""

    async def authorization_endpoint(self, provider: str) -> str | None:
        """Where an app sends people to; None while the provider does not say."""

    async def renew(self, refresh_token: str) -> Session:
        """A refresh token for a new session; it is good once. SIGN_IN_FAILED."""

    async def end(self, refresh_token: str) -> None:
        """Sign out, for every token of that sign-in. SIGN_IN_FAILED."""

    async def sign_in(self, account: str, password: str, address: str, device: str | None) -> Session:
        """A desk account and password for a session; `device` is what an earlier session of this browser gave.

        SIGN_IN_FAILED, TOO_MANY_TRIES, FORBIDDEN by password.
        """


class Bindings(Protocol):
    """Tying an identity to the contact that asks."""

    def consent_text(self, purpose: ConsentPurpose) -> ConsentText:
        """The consent text in force for a purpose."""

    def check(self, field: IdentityField, value: str) -> Masked:
        """Whether a value has the right form; how it may be shown. One of the identity codes."""

    async def form(self, caller: Caller) -> Address:
        """A page to bind on instead. ALREADY_BOUND."""

    def verified(self, actor: Principal) -> VerifiedIdentityView | None:
        """Whom the provider of this session has verified, as it may be shown; None where that is no one to bind."""

    async def start(
        self, caller: Caller, consent_version: str, name: str | None, id_number: str | None, phone: str
    ) -> BindingAttempt:
        """Send a code; name and ID number are those that the provider has verified, where it has.

        Identity codes, BAD_INPUT, CONSENT_OUTDATED, ALREADY_BOUND, TOO_MANY_TRIES, or what the register says.
        """

    async def resend(self, caller: Caller, attempt: str) -> BindingAttempt:
        """Send a new code for the same attempt. CODE_EXPIRED, TOO_MANY_TRIES."""

    async def confirm(self, caller: Caller, attempt: str, code: str) -> tuple[Masked, str]:
        """Bind and enrol; the masked name and the version of the consent.

        CODE_WRONG, CODE_UNREADABLE, CODE_EXPIRED, TOO_MANY_TRIES, SECOND_ACCOUNT.
        """


class Residences(Protocol):
    """What follows from the register of residents, for a citizen."""

    async def residence(self, actor: Principal) -> Residence | None:
        """What the register says; None for a resident. NOT_ENROLLED."""

    async def object(self, caller: Caller) -> None:
        """Object to it: the score is computed again. NOTHING_PAUSED."""


class Moves(Protocol):
    """Moving a citizen who is bound elsewhere to the account that asks, and taking that back."""

    async def move(self, caller: Caller, attempt: str) -> tuple[Masked, datetime]:
        """Move the citizen of a confirmed attempt here; the masked name, and until when passes and leaving wait.

        ALREADY_BOUND, CODE_EXPIRED, NAME_CHANGED, FROZEN, CONFLICT.
        """

    async def moved_away(self, actor: Principal) -> AccountMove | None:
        """The newest move away from the account that asks, while it can be taken back."""

    async def signed_in_elsewhere(self, actor: Principal) -> SignInElsewhere | None:
        """The newest sign-in of a citizen that was new, while they can say that it was not them."""

    async def undo(self, caller: Caller) -> datetime:
        """Take that move back, or end that sign-in; until when no account can be bound. NOTHING_MOVED, CONFLICT."""


class Checks(Protocol):
    """Questions to the desk about who someone is."""

    async def page(self, actor: Principal, page: Page, *, is_open: bool) -> Connection[Check]:
        """Questions, newest first. The look is logged."""

    async def report_sign_in(self, caller: Caller, words: str) -> date:
        """Tell that a sign-in was refused, as an account that is not bound; until when it is answered.

        NO_CHANNEL, WORDS_*.
        """

    async def close(self, caller: Caller, check: str, outcome: CheckOutcome, words: str | None = None) -> Check:
        """Close a question, with an answer to who reported a sign-in.

        WORDS_*, BAD_INPUT, NOT_FOUND, FOUR_EYES, PERSON_UNKNOWN, CONFLICT.
        """


class Notices(Protocol):
    """What a person was told and chose, and what the desk has to tell."""

    async def mine(self, actor: Principal, page: Page) -> Connection[Notice]:
        """One's own notices, newest first."""

    async def mark_read(self, caller: Caller, notices: Sequence[str]) -> None:
        """Keep that one has read notices; those that are another's are left as they are. BAD_INPUT."""

    async def unread(self, actor: Principal) -> int:
        """How many of them are not read."""

    async def choices(self, actor: Principal) -> NoticeChoices:
        """What one chose. NOT_ENROLLED."""

    async def choose(self, caller: Caller, off: Sequence[str], quiet: tuple[int, int], *, digest: bool) -> None:
        """Choose as a whole. NOT_ENROLLED, BAD_INPUT."""

    async def undelivered(self, actor: Principal, page: Page) -> Connection[UndeliveredNotice]:
        """What reached its person by no way, oldest first. The look is logged."""

    async def mark_told(self, caller: Caller, notice_id: str, by: NoticeWay, on: date) -> None:
        """Keep that one was told by hand on a day. NOT_FOUND, CONFLICT, BAD_INPUT."""


class Enrolments(Protocol):
    """Consent, optional items and leaving, for a citizen."""

    async def enrolment(self, actor: Principal) -> Enrolment:
        """The enrolment. NOT_ENROLLED."""

    async def masked_identity(self, actor: Principal) -> tuple[Masked, Masked]:
        """Masked name and ID number."""

    async def consents(self, actor: Principal) -> Sequence[Consent]:
        """Every consent given, newest first."""

    async def grant(self, caller: Caller, version: str) -> Enrolment:
        """Agree to a newer text. CONSENT_OUTDATED."""

    async def optional_items(self, actor: Principal) -> Sequence[OptionalItem]:
        """The optional items of the scheme and whether they are off."""

    async def decline(self, caller: Caller, rule: str, declined: bool) -> OptionalItem:
        """Switch an optional item off or on; the score follows. NOT_OPTIONAL."""

    async def accounts(self, actor: Principal) -> Sequence[LinkedAccount]:
        """The accounts that are bound to the citizen, oldest first."""

    async def export(self, caller: Caller) -> Address:
        """Where everything held about the citizen can be read; the citizen's log says that it was asked for."""

    async def leave(self, caller: Caller) -> int:
        """Leave: computing stops, passes end, the data key is destroyed; how many disputes were withdrawn."""

    async def unlink(self, caller: Caller) -> Masked:
        """Unlink this account, the enrolment goes on; the masked name."""


class Participations(Protocol):
    """Whether anything is computed for a citizen, as they wish."""

    async def look_only(self, caller: Caller, version: str) -> None:
        """See and correct one's records, with no score: it goes, with its history. CONSENT_OUTDATED."""

    async def pause(self, caller: Caller) -> None:
        """No score and no passes until it is resumed; safe to do again. LOOK_ONLY."""

    async def resume(self, caller: Caller) -> None:
        """Go on; safe to do again. LOOK_ONLY."""


class Looks(Protocol):
    """Who looked at a citizen's data, and the question why."""

    async def access_log(self, actor: Principal, page: Page, by: LookedBy = ...) -> Connection[AccessEntry]:
        """Who looked at my data, newest first; looks alike within ten minutes are one entry."""

    async def ask(self, caller: Caller, look: str) -> AccessEntry:
        """Ask why somebody looked, once for a look. NOT_FOUND, LOOK_NOT_ASKABLE, CONFLICT."""

    async def inquiries(self, part: LookQuestionState, page: Page) -> Connection[LookInquiry]:
        """Questions of citizens, due first. They do not say whose data it was."""

    async def answer(self, caller: Caller, question: str, words: str) -> LookInquiry:
        """Write down why one looked, or answer as another person. NOT_FOUND, FOUR_EYES, PERSON_UNKNOWN, CONFLICT."""


class StaffLogs(Protocol):
    """What staff did, for those who audit."""

    async def entries(self, account: str | None, page: Page) -> Connection[StaffLogEntry]:
        """What staff and operators did and looked at, newest first; with an account, what it did."""


class Scores(Protocol):
    """The score of the citizen who asks."""

    async def current(self, actor: Principal) -> Score:
        """The score today. NOT_ENROLLED."""

    async def history(self, actor: Principal, page: Page) -> Connection[Assessment]:
        """Past assessments, newest first."""


class WhatIfs(Protocol):
    """What would be, for the citizen who asks. Nothing is written."""

    async def steps(self, actor: Principal) -> Sequence[Step]:
        """What the citizen can do, what gives most first. NOT_ENROLLED."""

    async def what_if(self, actor: Principal, asked: Sequence[StepInput]) -> WhatIf:
        """The score if these steps had happened. BAD_INPUT for a step that cannot be."""

    async def path_to(self, actor: Principal, benefit: str) -> Path:
        """The fewest steps to a benefit, and the day it opens by waiting alone. NOT_FOUND."""

    async def calendar(self, actor: Principal) -> Sequence[Turn]:
        """Every later day on which time alone moves the score."""

    async def repaired(self, actor: Principal, records: Sequence[str]) -> Mapping[str, RepairEffect]:
        """The score if each of some records were repaired, by record; of none where there is no score."""


class Records(Protocol):
    """Public credit records."""

    async def of_citizen(self, actor: Principal, page: Page) -> Connection[CreditRecord]:
        """The citizen's own records, newest first."""

    async def record(self, actor: Principal, record_id: str) -> CreditRecord:
        """One of the citizen's own records. NOT_FOUND."""

    async def by_key(self, actor: Principal, keys: Sequence[str], statement: Any = None) -> Mapping[str, CreditRecord]:
        """Those of these records that are the citizen's own, by key, as they count in a statement, or in today's."""


class Reports(Protocol):
    """What a reporting entity does with its records."""

    async def deliver(self, caller: Caller, records: Sequence[dict[str, Any]]) -> DeliveryReport:
        """Store a delivery; what is wrong with one record does not stop the others. FORBIDDEN, BAD_INPUT."""

    async def revoke(self, caller: Caller, number: str, reason: RevocationReason) -> bool:
        """Take one of its records back for good; an open dispute about it is won. FORBIDDEN, NOT_FOUND."""

    async def repair(self, caller: Caller, number: str, done_on: date) -> bool:
        """What a record demanded has been done: it leaves the score. FORBIDDEN, NOT_FOUND, NOT_REPAIRABLE."""


class Benefits(Protocol):
    """Benefits, passes and what partners may ask."""

    def catalogue(self) -> Sequence[Benefit]:
        """The benefits in force today."""

    def benefit(self, code: str) -> Benefit:
        """One of the catalogue. NOT_FOUND."""

    async def mine(self, actor: Principal) -> Sequence[MyBenefit]:
        """Each benefit as it stands for the citizen."""

    async def issue_pass(self, caller: Caller, benefit: str) -> Pass:
        """A pass good for ten minutes and one use. NOT_FOUND, BENEFIT_NOT_OPEN."""

    async def passes(self, actor: Principal, page: Page) -> Connection[Pass]:
        """The citizen's passes, newest first."""

    async def one_pass(self, actor: Principal, pass_id: str) -> Pass:
        """One of the citizen's own passes. NOT_FOUND."""

    async def redeem(self, caller: Caller, code: str) -> bool:
        """Use a pass at this partner: yes or no, and never why (promise 3)."""


class Disputes(Protocol):
    """Disputes of the citizen who asks."""

    async def open(
        self, caller: Caller, record_id: str, reason: DisputeReason, words: str, photos: Sequence[str]
    ) -> Dispute:
        """File. The record is neutral at once. NOT_FOUND, DISPUTE_*, WORDS_*, *_PHOTOS."""

    def limits(self) -> DisputeLimits:
        """What a dispute may have at most, today."""

    async def complain(self, caller: Caller, complaint: Complaint, words: str, photos: Sequence[str]) -> Dispute:
        """File about something that is no record. NOT_FOUND, COMPLAINT*, RATED_ALREADY, DAY_NOT_PAST, WORDS_*."""

    async def supply(self, caller: Caller, dispute_id: str, words: str, photos: Sequence[str]) -> Dispute:
        """Answer the desk's question. NOT_FOUND, NOTHING_ASKED, DISPUTE_CLOSED, WORDS_*, TOO_MANY_PHOTOS."""

    async def appeal(self, caller: Caller, dispute_id: str, words: str) -> Dispute:
        """Have it looked at again by others; the record is neutral again. NOT_FOUND, NO_APPEAL, WORDS_*."""

    async def withdraw(self, caller: Caller, dispute_id: str) -> Dispute:
        """Take it back; the record counts again. NOT_FOUND, DISPUTE_CLOSED."""

    async def mine(self, actor: Principal, page: Page) -> Connection[Dispute]:
        """The citizen's disputes, newest first."""

    async def one(self, actor: Principal, dispute_id: str) -> Dispute:
        """One of the citizen's own disputes. NOT_FOUND."""

    async def about(self, actor: Principal, records: Sequence[str]) -> Mapping[str, Dispute]:
        """The citizen's newest dispute about each of these records that has one, by the record's key."""


class EvidenceKeeper(Protocol):
    """Photos for disputes."""

    async def keep_photo(self, caller: Caller, media_id: str) -> Evidence:
        """Fetch a photo from the platform, check it and keep it. PHOTO_*, TOO_MANY_TRIES."""

    async def form(self, caller: Caller) -> EvidenceForm:
        """A page for photos and PDF files, besides the chat. NOT_ENROLLED."""

    async def upload(self, caller: Caller) -> EvidenceUpload:
        """An address to send one file to, once. NOT_ENROLLED."""

    async def one(self, actor: Principal, evidence_id: str) -> Evidence:
        """One of the citizen's own photos. NOT_FOUND."""

    async def boxed(self, actor: Principal, box: str) -> Sequence[Evidence]:
        """What was put on such a page and no dispute has taken yet."""


class Desk(Protocol):
    """Disputes as the desk works on them.

    Every step is refused with FOUR_EYES to the person whom the case is about, and with PERSON_UNKNOWN to an account
    of which it is not known who works with it.
    """

    async def queue(
        self, actor: Principal, part: QueueFilter, page: Page, topic: DisputeTopic | None = None
    ) -> Connection[Case]:
        """The desk's queue, due first. FORBIDDEN."""

    async def case(self, actor: Principal, case_id: str) -> Case:
        """One case with its record and score effect; the look is logged. FORBIDDEN, NOT_FOUND."""

    async def listed(self, actor: Principal, case_id: str) -> Case:
        """One case as the queue shows it, which is no look. FORBIDDEN, NOT_FOUND."""

    async def claim(self, caller: Caller, case_id: str) -> Case:
        """Take a case. CASE_TAKEN, FOUR_EYES, DISPUTE_CLOSED."""

    async def release(self, caller: Caller, case_id: str) -> Case:
        """Give a case back. CASE_NOT_HELD."""

    async def changes(self, actor: Principal, case_id: str) -> int:
        """How often a case has changed, notes included; nothing of a person. FORBIDDEN, NOT_FOUND."""

    async def search(self, actor: Principal, text: str) -> tuple[Sequence[Case], bool]:
        """By case number or its end, name, family name, or ID number whole or masked; and whether there are more.

        Each search is logged. FORBIDDEN.
        """

    async def refine(self, caller: Caller, case_id: str, revision: int, reason: DisputeReason) -> Case:
        """Keep a finer reason than the citizen's own. NOT_FOR_TOPIC."""

    async def take_over(self, caller: Caller, case_id: str, revision: int, explanation: str) -> Case:
        """Take a case from its holder, with a reason on record. CASE_NOT_HELD, FOUR_EYES, CONFLICT, WORDS_*."""

    async def note(self, caller: Caller, case_id: str, text: str) -> Case:
        """Leave a note for colleagues. WORDS_*."""

    async def ask_source(self, caller: Caller, case_id: str, revision: int, question: str) -> Case:
        """Ask the reporting entity about its record. CASE_NOT_HELD, CONFLICT, WORDS_*."""

    async def log_call(
        self, caller: Caller, case_id: str, revision: int, spoke_with: str, finding: Finding, words: str
    ) -> Case:
        """Log what the reporting entity said by telephone. CASE_NOT_HELD, CONFLICT, WORDS_*."""

    async def extend(self, caller: Caller, case_id: str, revision: int, explanation: str) -> Case:
        """The one extension; the citizen is told why. EXTENDED_ALREADY, DEADLINE_PASSED, CONFLICT, WORDS_*."""

    async def reject(self, caller: Caller, case_id: str, revision: int, explanation: str) -> Case:
        """Close what is no dispute, with reasons; it can be appealed. CASE_NOT_HELD, CONFLICT, WORDS_*."""

    async def decide(
        self, caller: Caller, case_id: str, revision: int, determination: Determination, explanation: str
    ) -> Case:
        """Decide, or propose where the record changes. CASE_NOT_HELD, CONFLICT, WORDS_NEEDED."""

    async def ask_citizen(self, caller: Caller, case_id: str, revision: int, question: str) -> Case:
        """Ask the citizen for more. CASE_NOT_HELD, CONFLICT, WORDS_NEEDED."""

    async def approve(self, caller: Caller, case_id: str, revision: int, determination: Determination) -> Case:
        """Approve this outcome, which another person proposed. FORBIDDEN, FOUR_EYES, CONFLICT, OUTCOME_CHANGED."""

    async def retract(self, caller: Caller, case_id: str, revision: int) -> Case:
        """Take one's own proposal back before anybody approves it. CASE_TAKEN, CONFLICT."""

    async def send_back(self, caller: Caller, case_id: str, revision: int, explanation: str) -> Case:
        """Return a proposal to its holder with a reason. FORBIDDEN, FOUR_EYES, CONFLICT, WORDS_*."""


class Inquiries(Protocol):
    """What a reporting entity is asked about its own records."""

    async def open(self, actor: Principal, page: Page) -> Connection[SourceInquiry]:
        """The questions that wait for this source; each look is logged."""

    async def one(self, actor: Principal, dispute_id: str) -> SourceInquiry:
        """One that waits for this source; the look is logged. NOT_FOUND."""

    async def answer(self, caller: Caller, dispute_id: str, finding: Finding, words: str) -> bool:
        """Answer one. NOT_FOUND, NOTHING_ASKED, WORDS_*."""


class Repairs(Protocol):
    """Credit repair, for the citizen whose record it is (信用修复)."""

    async def apply(
        self, caller: Caller, record_id: str, done_on: date, words: str, photos: Sequence[str]
    ) -> RepairApplication:
        """Ask the source to repair a record. NOT_FOUND, NOT_REPAIRABLE, REPAIR_OPEN, REPAIR_APPLIED_OFTEN, WORDS_*."""

    async def withdraw(self, caller: Caller, repair_id: str) -> RepairApplication:
        """Take an application back. NOT_FOUND, REPAIR_CLOSED."""

    async def mine(self, actor: Principal, page: Page) -> Connection[RepairApplication]:
        """The citizen's applications, newest first."""

    async def one(self, actor: Principal, repair_id: str) -> RepairApplication:
        """One of them. NOT_FOUND."""

    async def about(self, actor: Principal, records: Sequence[str]) -> Mapping[str, RepairApplication]:
        """The newest application about each of some records, by record."""

    async def proofs(self, actor: Principal, repairs: Sequence[str]) -> Mapping[str, list[Evidence]]:
        """The photos of some of the citizen's applications, by application."""


class RepairAnswers(Protocol):
    """Credit repair, for the source that answers and the desk that writes an answer down. Each look is logged."""

    async def waiting(self, actor: Principal, page: Page) -> Connection[SourceRepair]:
        """The open applications about this source's records. FORBIDDEN."""

    async def one_for_source(self, actor: Principal, repair_id: str) -> SourceRepair:
        """One of them. NOT_FOUND."""

    async def answer(self, caller: Caller, repair_id: str, words: str, *, accepted: bool) -> bool:
        """Answer one; a consent repairs the record. NOT_FOUND, REPAIR_CLOSED, NOT_REPAIRABLE, WORDS_*."""

    async def queue(self, actor: Principal, page: Page) -> Connection[RepairCase]:
        """Every open application, due first, without what people wrote."""

    async def case(self, actor: Principal, repair_id: str) -> RepairCase:
        """One with its proof. NOT_FOUND, FOUR_EYES."""

    async def log_answer(
        self, caller: Caller, repair_id: str, revision: int, spoke_with: str, words: str, *, accepted: bool
    ) -> RepairCase:
        """Write an office's answer down; a consent waits for a second person. FOUR_EYES, CONFLICT, REPAIR_CLOSED."""

    async def approve(self, caller: Caller, repair_id: str, revision: int) -> RepairCase:
        """Carry a consent out that another person wrote down. FORBIDDEN, FOUR_EYES, CONFLICT, NOT_REPAIRABLE."""

    async def send_back(self, caller: Caller, repair_id: str, revision: int) -> RepairCase:
        """Let an application wait for an answer again. FORBIDDEN, FOUR_EYES, CONFLICT."""


class Webhooks(Protocol):
    """Where a source or partner is told of events."""

    async def visible(self, actor: Principal, page: Page) -> Connection[Webhook]:
        """One's own webhooks; for stewards and auditors all."""

    async def one(self, actor: Principal, webhook_id: str) -> Webhook:
        """One of them. NOT_FOUND."""

    async def events(self, actor: Principal, webhook_id: str, page: Page) -> Connection[WebhookEvent]:
        """The events of one of them in the last 30 days, newest first. NOT_FOUND."""

    async def event(self, actor: Principal, event_id: str) -> WebhookEvent:
        """One event. NOT_FOUND."""

    async def test(self, caller: Caller, webhook_id: str) -> WebhookEvent:
        """Send an event that says nothing. NOT_FOUND."""

    async def replay(self, caller: Caller, webhook_id: str, since: datetime, *, all_events: bool) -> int:
        """Send again what happened since a moment, unless it was delivered, or all of it; how many. NOT_FOUND,
        WEBHOOK_OFF."""


class Letters(Protocol):
    """Receipts and written answers."""

    async def letter(self, actor: Principal, dispute_id: str, *, first: bool = False) -> Letter:
        """The answer to one's own dispute, or the first one where it was appealed; the desk's look is logged.
        NOT_FOUND, NOT_DECIDED."""

    async def receipt(self, actor: Principal, dispute_id: str) -> Receipt:
        """That one's own dispute was filed; the desk's look is logged. NOT_FOUND."""

    async def check(self, caller: Caller, number: str, code: str) -> LetterCheck:
        """Whether a letter is genuine, for anybody. TOO_MANY_TRIES."""


class Figures(Protocol):
    """Counts, never people."""

    async def programme(self, actor: Principal) -> ProgrammeFigures:
        """How the programme is used; no group smaller than ten."""

    async def cases(self, actor: Principal) -> CaseFigures:
        """How disputes go."""

    async def repairs(self) -> RepairFigures:
        """How credit repair goes, for everyone: no group smaller than ten."""

    async def sources(self, actor: Principal) -> Sequence[SourceFigures]:
        """The register, those with the most faults first."""

    async def impacts(self, actor: Principal) -> Sequence[ImpactReport]:
        """Published impact reports, newest first, at most twenty."""

    async def impact(self, actor: Principal, report_id: str) -> ImpactReport:
        """One published impact report. NOT_FOUND."""


class Updates(Protocol):
    """What happens, as it happens."""

    def disputes(self, actor: Principal) -> AsyncIterator[Dispute]:
        """One's own disputes, each after something happened to it."""

    def scores(self, actor: Principal) -> AsyncIterator[Score]:
        """One's own score, each time it was computed again."""

    def queue(self, actor: Principal) -> AsyncIterator[QueueChange]:
        """Cases, each after something happened to it; nothing about people."""


class Programme(Protocol):
    """What is public about the scheme."""

    def scheme(self) -> Scheme:
        """The scheme in force."""

    def rule_of(self, key: str) -> Rule:
        """A rule with the figures that its id stands for. NOT_FOUND."""


class CityVersions(Protocol):
    """Versions of the city's folder."""

    async def listed(self, actor: Principal) -> Sequence[CityVersion]:
        """The last twenty, newest first."""

    async def approve(self, caller: Caller, code: str) -> CityVersion:
        """Let one take effect on its day, as a second person. NOT_FOUND, FOUR_EYES, PERSON_UNKNOWN, CONFLICT."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a resolver may call."""

    sessions: Sessions
    bindings: Bindings
    moves: Moves
    checks: Checks
    notices: Notices
    enrolments: Enrolments
    residences: Residences
    participations: Participations
    looks: Looks
    staff_log: StaffLogs
    scores: Scores
    what_if: WhatIfs
    records: Records
    reports: Reports
    benefits: Benefits
    disputes: Disputes
    evidence: EvidenceKeeper
    desk: Desk
    inquiries: Inquiries
    repairs: Repairs
    repair_answers: RepairAnswers
    letters: Letters
    figures: Figures
    programme: Programme
    versions: CityVersions
    updates: Updates
    webhooks: Webhooks
