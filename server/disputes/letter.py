"""The written answer to a dispute: what was decided, why, by which rule, with what effect, and how to appeal."""

from __future__ import annotations

from datetime import date, timedelta

from schema.types.dispute import Letter
from schema.types.enrolment import AccessAction
from schema.types.errors import LocalText, RefusalCode, Refused
from schema.types.principal import Caller, Kind, Principal
from schema.types.rule import Rule, Source
from scoring import identity
from scoring.deadlines import appeal_days, appeal_until
from scoring.disputes import Determination, DisputeReason, DisputeState, Finding
from scoring.scheme import Scheme
from server.citizens.model import CitizenRow
from server.citizens.service import Citizens, chain_of
from server.disputes.documents import get_dispute, open_content
from server.disputes.evidence import EvidenceService
from server.disputes.mapping import told_on
from server.disputes.model import DisputeRow
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
_WRITTEN = (DisputeState.RESOLVED.value, DisputeState.REJECTED.value)


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
        self._clock = clock
        self._decision_read = decision_read

    async def letter(self, actor: Principal, dispute_id: str) -> Letter:
        document = await get_dispute(self._store, dispute_id)
        if actor.kind is Kind.CITIZEN and document["citizen"] != actor.id:
            raise Refused(RefusalCode.NOT_FOUND)
        if document["state"] not in _WRITTEN:
            raise Refused(RefusalCode.NOT_DECIDED)
        if actor.kind is Kind.CITIZEN:
            await self._decision_read.note([document], self._clock())
        citizen = await self._citizens.get(document["citizen"])
        if actor.kind is not Kind.CITIZEN:
            await self._log_look(Caller(actor), document)
        return await self._letter(document, citizen)

    def address(self, document: DisputeRow) -> str | None:
        """Where its citizen can read the answer for a while; None before there is one."""
        if document["state"] not in _WRITTEN:
            return None
        content = {"dispute": document["_id"], "citizen": document["citizen"]}
        return f"{self._signed_tokens.base_url}/h5/letters/{self._signed_tokens.issue('letter', content, LINK_LIFE)[0]}"

    async def _letter(self, document: DisputeRow, citizen: CitizenRow) -> Letter:
        content = await open_content(self._vault, document)
        ended_on = document["ended_on"]
        if content is None or ended_on is None:
            raise Refused(RefusalCode.NOT_DECIDED)
        person = await self._vault.open(citizen["sealed"])
        record = await RecordRepository(self._store).get(document["record"])
        number = None if record is None else (await self._vault.open(record["sealed"]))["id"]
        rule = self._scheme.rules_by_code.get(document["rule"])
        photos = (await self._evidence.of_disputes([document["_id"]]))[document["_id"]]
        ended = date.fromisoformat(ended_on)
        effect = content.get("effect")
        inquiry = document["inquiry"]
        finding = None if inquiry is None else inquiry["finding"]
        determination = document["determination"]
        told = told_on(document)
        stands = document["state"] == DisputeState.REJECTED.value or determination == Determination.UPHELD.value
        open_to_appeal = stands and not document["appealed"]
        return Letter(
            number=document["number"],
            citizen_name=identity.mask_name(person["name"]),
            filed_on=date.fromisoformat(document["filed_on"]),
            decided_on=ended,
            subject=LocalText.of(rule.label) if rule else LocalText.same(document["rule"]),
            source=Source.of(self._scheme, document["source"]),
            document_number=number,
            rule=_rule(self._scheme, document),
            legal_basis=rule.basis if rule else None,
            points=document["points"],
            reason=DisputeReason(document["reason"]),
            words=content["words"],
            evidence=photos,
            finding=None if finding is None else Finding(finding),
            determination=None if determination is None else Determination(determination),
            explanation=content["texts"].get(str(document["explanation_event"])),
            lapsed=document["lapsed"],
            after_appeal=document["appealed"],
            score_with=effect["with"] if effect else None,
            score_without=effect["without"] if effect else None,
            score_now=effect["now"] if effect else None,
            appeal_until=None if told is None or not open_to_appeal else appeal_until(told),
            appeal_days=appeal_days(told or ended) if open_to_appeal else None,
        )

    @use_case("look")
    async def _log_look(self, tx: Transaction, document: DisputeRow) -> None:
        await tx.audit(
            chain_of(document["citizen"]), AccessAction.LETTER_READ.value, {"why": document["number"]}, look=True
        )


def _rule(scheme: Scheme, document: DisputeRow) -> Rule:
    """The rule that a dispute was about, with the figures of the day it was filed."""
    known = scheme.rules_by_code.get(document["rule"])
    if known is None:
        return gone_rule(document["rule"])
    filed_on = date.fromisoformat(document["filed_on"])
    return Rule.of(scheme, known, filed_on, filed_on)
