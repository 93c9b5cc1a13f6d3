"""Complaints: disputes that are about no record of the score.

A record that is missing, wrong data, the computation, a refused pass, a refused sign-in, the service itself. Each is a
case like any other, with the same deadlines and the same appeal; what belongs to one topic stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from pydantic import JsonValue

from schema.types.complaint import Complaint, DataError, MissingRecord, RefusedPass, ServiceRating
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import CLOCK, Caller
from scoring.disputes import (
    MOST_OPEN_OF_TOPIC,
    RATING_LOW,
    RATING_MAX,
    RATING_MIN,
    Determination,
    DisputeAction,
    DisputeRole,
    DisputeTopic,
)
from server.citizens.service import Citizens, chain_of
from server.disputes.documents import citizen_words
from server.disputes.evidence import EvidenceService
from server.disputes.filing import new_case, staff_of
from server.disputes.missing import ended_by
from server.disputes.model import DisputeContent, DisputeRow, InquiryRow, SubjectRow
from server.disputes.repository import DisputeRepository
from server.disputes.steps import Steps
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import Store
from server.records.repository import RecordRepository

_LONGEST_PARTNER = 50
_OLDEST_YEARS = 6


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who should have reported: a source of the scheme, and its entity that can be asked, if there is just one."""

    source: str
    entity: str | None


class Reporters(Protocol):
    """The register of reporting entities, as complaints ask it."""

    async def reporter(self, code: str, rule: str | None) -> Reporter | None:
        """Who reports under a code, of an entity or of a source; None where nobody does, or not such records."""


@dataclass(slots=True)
class _Filing:
    """What is about to be filed: its subject, what it is about, and what the case begins with."""

    subject: SubjectRow
    about: str
    source: str | None = None
    reporter: str | None = None
    rule: str | None = None
    excluded: Sequence[str] = ()


class ComplaintService(FollowsScheme):
    """Files complaints; what becomes of them is as with any dispute."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        scheme: SchemeInForce,
        unit_of_work: UnitOfWork,
        citizens: Citizens,
        evidence: EvidenceService,
        steps: Steps,
        reporters: Reporters,
    ) -> None:
        self._store = store
        self._vault = vault
        self._in_force = scheme
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._evidence = evidence
        self._steps = steps
        self._reporters = reporters

    async def open(self, caller: Caller, complaint: Complaint, words: str, photos: Sequence[str]) -> str:
        """File a complaint; the id of its dispute. Raises Refused."""
        return await self._open(caller, complaint, citizen_words(words), list(photos))

    @use_case("open_complaint", duplicate=RefusalCode.CONFLICT)
    async def _open(self, tx: Transaction, complaint: Complaint, words: str, photos: Sequence[str]) -> str:
        citizen = await self._citizens.get(tx.actor.id, tx)
        filing = await self._filing(tx, complaint)
        await self._refuse_too_many(tx, filing)
        content: DisputeContent = {"words": words, "texts": {}}
        disputes = DisputeRepository(tx)
        case: DisputeRow = {
            **new_case(tx, await disputes.next_number(tx.today.year), await self._vault.seal(citizen["key"], content)),
            "subject": filing.subject,
            "about": filing.about,
            "source": filing.source,
            "reporter": filing.reporter,
            "rule": filing.rule,
            "excluded": sorted(filing.excluded),
        }
        await disputes.insert(case)
        await self._evidence.attach(tx, tx.actor.id, case["_id"], photos)
        await tx.audit(chain_of(tx.actor.id), "dispute.filed", {"number": case["number"]})
        if await self._moved_on(tx, case, filing):
            return case["_id"]
        if tx.actor.contact is None or tx.actor.contact.channel != "wechat":  # the chat says so itself
            accepted: dict[str, JsonValue] = {"number": case["number"], "due": case["due_on"]}
            await self._citizens.notify(tx, citizen, "complaint_accepted", accepted, about=case["_id"])
        return case["_id"]

    async def _moved_on(self, tx: Transaction, case: DisputeRow, filing: _Filing) -> bool:
        """Ask the source at once where a record is missing; whether it is over already, as a good rating is."""
        rating = filing.subject.get("rating")
        if case["reporter"] is not None:
            asked: InquiryRow = {"question_event": None, "finding": None, "answer_event": None, "by_telephone": False}
            await self._steps.take(tx, case, DisputeAction.ASK_SOURCE, DisputeRole.CLOCK, values={"inquiry": asked})
        if rating is None or rating <= RATING_LOW:
            return False
        values = {"determination": Determination.ACKNOWLEDGED.value}
        await self._steps.take(tx, case, DisputeAction.ACKNOWLEDGE, DisputeRole.CLOCK, values=values)
        return True

    async def settle_delivered(self, citizen_id: str, arrived: Sequence[str]) -> None:
        """New records arrived: a complaint that one of them was missing is over, and its citizen is told.

        Which one it was, `missing` tells.
        """
        if arrived and await DisputeRepository(self._store).open_missing(citizen_id):
            await self._settle_delivered(Caller(CLOCK), citizen_id, list(arrived))

    @use_case("settle_missing")
    async def _settle_delivered(self, tx: Transaction, citizen_id: str, arrived: Sequence[str]) -> None:
        rows = [await RecordRepository(tx).get(record) for record in arrived]
        cases = await DisputeRepository(tx).open_missing(citizen_id)
        for case in ended_by(cases, [row for row in rows if row is not None]):
            await self._steps.settle(tx, case, Determination.DELIVERED)

    # What each topic needs

    async def _filing(self, tx: Transaction, complaint: Complaint) -> _Filing:
        match complaint:
            case MissingRecord():
                return await self._missing(tx, complaint)
            case DataError():
                aspect = complaint.aspect.value
                return _Filing({"kind": complaint.topic.value, "aspect": aspect}, f"data:{aspect}")
            case RefusedPass():
                return self._refused_pass(tx, complaint)
            case ServiceRating():
                return await self._rating(tx, complaint)
        day = past_day(tx.today, complaint.day)
        return _Filing({"kind": complaint.topic.value, "day": day}, complaint.topic.value)

    async def _missing(self, tx: Transaction, complaint: MissingRecord) -> _Filing:
        if complaint.rule is not None and complaint.rule not in self._scheme.rules_by_code:
            raise Refused(RefusalCode.NOT_FOUND)
        found = await self._reporters.reporter(complaint.source, complaint.rule)
        if found is None:
            raise Refused(RefusalCode.NOT_FOUND)
        day = past_day(tx.today, complaint.day)
        return _Filing(
            {"kind": complaint.topic.value, "day": day},
            f"missing:{found.source}:{complaint.rule}:{day}",
            source=found.source,
            reporter=found.entity,
            rule=complaint.rule,
        )

    def _refused_pass(self, tx: Transaction, complaint: RefusedPass) -> _Filing:
        if complaint.benefit not in self._scheme.benefits_by_code:
            raise Refused(RefusalCode.NOT_FOUND)
        day = past_day(tx.today, complaint.day)
        subject: SubjectRow = {"kind": complaint.topic.value, "benefit": complaint.benefit, "day": day}
        partner = " ".join(complaint.partner.split())[:_LONGEST_PARTNER]
        if partner:
            subject["partner"] = partner
        return _Filing(subject, f"pass:{complaint.benefit}:{day}")

    async def _rating(self, tx: Transaction, complaint: ServiceRating) -> _Filing:
        if not RATING_MIN <= complaint.rating <= RATING_MAX:
            raise Refused(RefusalCode.BAD_INPUT, detail=f"{RATING_MIN}-{RATING_MAX}")
        subject: SubjectRow = {"kind": complaint.topic.value, "rating": complaint.rating}
        disputes = DisputeRepository(tx)
        about = f"service:{complaint.case or tx.today.isoformat()}"
        if await disputes.is_rated(tx.actor.id, about):
            raise Refused(RefusalCode.RATED_ALREADY)
        if complaint.case is None:
            return _Filing(subject, about)
        rated = await disputes.get(complaint.case)
        if rated is None or rated["citizen"] != tx.actor.id:
            raise Refused(RefusalCode.NOT_FOUND)
        handled = {rated["holder"], rated["proposer"], *await staff_of(tx, rated)} - {None}
        return _Filing(
            {**subject, "case": complaint.case, "number": rated["number"]},
            about,
            excluded=[str(one) for one in handled],
        )

    @staticmethod
    async def _refuse_too_many(tx: Transaction, filing: _Filing) -> None:
        disputes = DisputeRepository(tx)
        earlier = await disputes.open_on(tx.actor.id, filing.about)
        if earlier is not None:
            raise Refused(RefusalCode.COMPLAINT_OPEN, number=earlier["number"], dispute=earlier["_id"])
        if await disputes.count_open_of(tx.actor.id, DisputeTopic(filing.subject["kind"])) >= MOST_OPEN_OF_TOPIC:
            raise Refused(RefusalCode.COMPLAINTS_TOO_MANY, most=MOST_OPEN_OF_TOPIC)


def past_day(today: date, day: date) -> str:
    """A day that has come, as it is stored. Refused: DAY_NOT_PAST."""
    if day > today or day.year < today.year - _OLDEST_YEARS:
        raise Refused(RefusalCode.DAY_NOT_PAST)
    return day.isoformat()
