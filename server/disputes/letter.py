"""Letters about a dispute: the receipt of filing, and the written answer, with all that gives them authority.

A letter has its person's full name, opened under the person's key, for its owner and, where the city allows it, at the
desk, which is on the person's log. Anybody can verify one by its check code (`check_codes.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from schema.types.dispute import Letter, LetterCheck, LetterClosing, LetterKind, Receipt
from schema.types.enrolment import AccessAction
from schema.types.errors import LocalText, RefusalCode, Refused
from schema.types.evidence import Evidence
from schema.types.principal import Caller, Kind, Principal
from schema.types.rule import Rule
from scoring import identity
from scoring.deadlines import appeal_days, appeal_until, due_on
from scoring.disputes import CHANGES_RECORD, Determination, DisputeState, Finding, stands
from scoring.scheme import Scheme
from server.citizens.service import Citizens, chain_of
from server.disputes.check_codes import (
    WRITTEN,
    Issued,
    LetterChecks,
    answer_of,
    check_code,
    issued_letters,
    office_of,
)
from server.disputes.documents import get_dispute, open_content
from server.disputes.evidence import EvidenceService
from server.disputes.mapping import Addresses, reason_of, source_of, subject_text, told_on
from server.disputes.model import AnswerRow, DisputeContent, DisputeRow, EffectContent
from server.disputes.steps import topic_of
from server.disputes.told import DecisionRead
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.signed_tokens import SignedTokens
from server.platform.crypto.vault import Vault
from server.platform.db import Store
from server.platform.kit.clock import Clock
from server.records.repository import RecordRepository
from server.scores.mapping import gone_rule

LINK_LIFE = timedelta(minutes=30)
CHECK_PATH = "/letters/check"


@dataclass(frozen=True, slots=True)
class _Opened:
    """What letters of all kinds say: who, about what, and what the citizen said."""

    content: DisputeContent
    name: str
    rule: Rule | None
    subject: LocalText
    document_number: str | None
    legal_basis: str | None
    evidence: list[Evidence]


class LetterService(FollowsScheme):
    """Implements `schema.api.services.Letters`."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        scheme: SchemeInForce,
        unit_of_work: UnitOfWork,
        citizens: Citizens,
        signed_tokens: SignedTokens,
        evidence: EvidenceService,
        checks: LetterChecks,
        clock: Clock,
        decision_read: DecisionRead,
    ) -> None:
        self._store = store
        self._vault = vault
        self._in_force = scheme
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._signed_tokens = signed_tokens
        self._evidence = evidence
        self._checks = checks
        self._clock = clock
        self._decision_read = decision_read

    async def letter(self, actor: Principal, dispute_id: str, *, first: bool = False) -> Letter:
        document = await self._visible(actor, dispute_id)
        if actor.kind is Kind.CITIZEN:
            await self._decision_read.note([document], self._clock())
        kind = LetterKind.FIRST_ANSWER if first else LetterKind.ANSWER
        issued = _of_kind(document, kind)
        answer = document.get("first") if first else answer_of(document)
        if issued is None or answer is None:
            raise Refused(RefusalCode.NOT_DECIDED)
        opened = await self._opened(actor, document)
        if opened is None:
            raise Refused(RefusalCode.NOT_DECIDED)
        return self._letter(document, opened, issued, answer)

    async def receipt(self, actor: Principal, dispute_id: str) -> Receipt:
        document = await self._visible(actor, dispute_id)
        issued = _of_kind(document, LetterKind.RECEIPT)
        opened = await self._opened(actor, document)
        if issued is None or opened is None:
            raise Refused(RefusalCode.NOT_FOUND)
        filed = date.fromisoformat(document["filed_on"])
        moved = document["extended"] or document["started_on"] != document["filed_on"]
        return Receipt(
            number=document["number"],
            topic=topic_of(document),
            citizen_name=opened.name,
            filed_on=filed,
            due_on=due_on(filed) if moved else date.fromisoformat(document["due_on"]),
            subject=opened.subject,
            source=source_of(self._scheme, document),
            document_number=opened.document_number,
            points=document["points"],
            reason=reason_of(document),
            words=opened.content["words"],
            evidence=opened.evidence,
            office=office_of(self._scheme.city.office),
            check_code=check_code(self._vault, document["number"], issued),
            check_url=self._check_url,
        )

    async def check(self, caller: Caller, number: str, code: str) -> LetterCheck:
        return await self._checks.check(caller, number, code)

    def addresses(self, document: DisputeRow) -> Addresses:
        """Where its citizen can read each letter about a dispute."""
        return Addresses(
            answer=self._address(document, LetterKind.ANSWER) if document["state"] in WRITTEN else None,
            receipt=self._address(document, LetterKind.RECEIPT),
            first=self._address(document, LetterKind.FIRST_ANSWER) if document.get("first") else None,
        )

    def _address(self, document: DisputeRow, kind: LetterKind) -> str:
        content = {"dispute": document["_id"], "citizen": document["citizen"], "kind": kind.value}
        return f"{self._signed_tokens.base_url}/h5/letters/{self._signed_tokens.issue('letter', content, LINK_LIFE)[0]}"

    @property
    def _check_url(self) -> str:
        return f"{self._signed_tokens.base_url}{CHECK_PATH}"

    async def _visible(self, actor: Principal, dispute_id: str) -> DisputeRow:
        document = await get_dispute(self._store, dispute_id)
        if actor.kind is Kind.CITIZEN and document["citizen"] != actor.id:
            raise Refused(RefusalCode.NOT_FOUND)
        return document

    async def _opened(self, actor: Principal, document: DisputeRow) -> _Opened | None:
        """What is sealed, opened; the desk's look stands on the person's log before it is told."""
        content = await open_content(self._vault, document)
        if content is None:
            return None
        citizen = await self._citizens.get(document["citizen"])
        is_owner = actor.kind is Kind.CITIZEN
        if not is_owner:
            await self._log_look(Caller(actor), document)
        person = await self._vault.open(citizen["sealed"])
        full = is_owner or self._scheme.city.office.full_names_at_desk
        record = None if document["record"] is None else await RecordRepository(self._store).get(document["record"])
        known = self._scheme.rules_by_code.get(document["rule"] or "")
        return _Opened(
            content=content,
            name=person["name"] if full else identity.mask_name(person["name"]),
            rule=_rule(self._scheme, document),
            subject=subject_text(self._scheme, document),
            document_number=None if record is None else (await self._vault.open(record["sealed"]))["id"],
            legal_basis=known.basis if known else None,
            evidence=(await self._evidence.of_disputes([document["_id"]]))[document["_id"]],
        )

    def _letter(self, document: DisputeRow, opened: _Opened, issued: Issued, answer: AnswerRow) -> Letter:
        first = issued.kind is LetterKind.FIRST_ANSWER
        after_appeal = document["appealed"] and not first
        effect = _effect(opened.content, first=first)
        finding = None if answer["inquiry"] is None else answer["inquiry"]["finding"]
        determination = None if answer["determination"] is None else Determination(answer["determination"])
        closing = _closing(DisputeState(answer["state"]), determination, after_appeal=after_appeal)
        told = told_on(document)
        may_appeal = closing is LetterClosing.MAY_APPEAL and not first
        return Letter(
            number=document["number"],
            topic=topic_of(document),
            citizen_name=opened.name,
            filed_on=date.fromisoformat(document["filed_on"]),
            decided_on=issued.day,
            subject=opened.subject,
            source=source_of(self._scheme, document),
            document_number=opened.document_number,
            rule=opened.rule,
            legal_basis=opened.legal_basis,
            points=document["points"],
            reason=reason_of(document),
            words=opened.content["words"],
            evidence=opened.evidence,
            finding=None if finding is None else Finding(finding),
            determination=determination,
            explanation=opened.content["texts"].get(str(answer["explanation_event"])),
            lapsed=answer["lapsed"],
            after_appeal=after_appeal,
            appealed_since=first,
            changed_by_two=_changed_by_two(answer, determination),
            closing=closing,
            score_with=effect["with"] if effect else None,
            score_without=effect["without"] if effect else None,
            score_now=effect["now"] if effect else None,
            appeal_until=None if told is None or not may_appeal else appeal_until(told),
            appeal_days=appeal_days(told or issued.day) if may_appeal else None,
            office=office_of(self._scheme.city.office),
            check_code=check_code(self._vault, document["number"], issued),
            check_url=self._check_url,
        )

    @use_case("look")
    async def _log_look(self, tx: Transaction, document: DisputeRow) -> None:
        await tx.audit(
            chain_of(document["citizen"]), AccessAction.LETTER_READ.value, {"why": document["number"]}, look=True
        )


def _of_kind(document: DisputeRow, kind: LetterKind) -> Issued | None:
    return next((issued for issued in issued_letters(document) if issued.kind is kind), None)


def _effect(content: DisputeContent, *, first: bool) -> EffectContent | None:
    """What the record did on the day of an answer; the first answer's is kept apart once there is another."""
    if first and "first_effect" in content:
        return content["first_effect"]
    return content.get("effect")


def _closing(state: DisputeState, determination: Determination | None, *, after_appeal: bool) -> LetterClosing:
    """What can be done after an answer that left things as they were or was not taken up; else it is in favour."""
    if not stands(state, determination):
        return LetterClosing.IN_FAVOUR
    return LetterClosing.FINAL if after_appeal else LetterClosing.MAY_APPEAL


def _changed_by_two(answer: AnswerRow, determination: Determination | None) -> bool:
    """Whether two people of the desk changed the record; silence and the source itself change one by nobody there."""
    decided = answer["state"] == DisputeState.RESOLVED.value and not answer["lapsed"]
    return decided and determination in CHANGES_RECORD and answer["proposer"] is not None


def _rule(scheme: Scheme, document: DisputeRow) -> Rule | None:
    """The rule that a dispute was about, with the figures of the day it was filed; None where it is about none."""
    if document["rule"] is None:
        return None
    known = scheme.rules_by_code.get(document["rule"])
    if known is None:
        return gone_rule(document["rule"])
    filed_on = date.fromisoformat(document["filed_on"])
    return Rule.of(scheme, known, filed_on, filed_on)
