"""Disputes and repair: for citizens, the desk and the sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from schema.types.complaint import Complaint
    from schema.types.connection import Connection, Page
    from schema.types.delivery import DeliveryReport
    from schema.types.dispute import (
        Case,
        Dispute,
        DisputeLimits,
        Letter,
        LetterCheck,
        QueueFilter,
        Receipt,
        SourceInquiry,
    )
    from schema.types.evidence import Evidence, EvidenceForm, EvidenceUpload
    from schema.types.principal import Caller, Principal
    from schema.types.repair import RepairApplication, RepairCase, SourceRepair
    from scoring.disputes import Determination, DisputeReason, DisputeTopic, Finding
    from scoring.records import RevocationReason


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


class Reports(Protocol):
    """What a reporting entity does with its records."""

    async def deliver(self, caller: Caller, records: Sequence[dict[str, Any]]) -> DeliveryReport:
        """Store a delivery; what is wrong with one record does not stop the others. FORBIDDEN, BAD_INPUT."""

    async def revoke(self, caller: Caller, number: str, reason: RevocationReason) -> bool:
        """Take one of its records back for good; an open dispute about it is won. FORBIDDEN, NOT_FOUND."""

    async def repair(self, caller: Caller, number: str, done_on: date) -> bool:
        """What a record demanded has been done: it leaves the score. FORBIDDEN, NOT_FOUND, NOT_REPAIRABLE."""


class Letters(Protocol):
    """Receipts and written answers."""

    async def letter(self, actor: Principal, dispute_id: str, *, first: bool = False) -> Letter:
        """The answer to one's own dispute, or the first one where it was appealed; the desk's look is logged.
        NOT_FOUND, NOT_DECIDED."""

    async def receipt(self, actor: Principal, dispute_id: str) -> Receipt:
        """That one's own dispute was filed; the desk's look is logged. NOT_FOUND."""

    async def check(self, caller: Caller, number: str, code: str) -> LetterCheck:
        """Whether a letter is genuine, for anybody. TOO_MANY_TRIES."""
