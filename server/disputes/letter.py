"""The written answer to a dispute: what was decided, why, by which rule, with what effect, and how to appeal."""

from __future__ import annotations

from datetime import date, timedelta

from schema.types.dispute import Letter
from schema.types.enrolment import AccessAction
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Kind, Principal
from schema.types.rule import Rule
from scoring import identity
from scoring.deadlines import appeal_until
from scoring.disputes import Determination, DisputeState, Finding, stands
from scoring.scheme import Scheme
from server.citizens.model import CitizenRow
from server.citizens.service import Citizens, chain_of
from server.disputes.documents import get_dispute, open_content
from server.disputes.evidence import EvidenceService
from server.disputes.mapping import reason_of, source_of, subject_text
from server.disputes.model import DisputeRow
from server.disputes.steps import topic_of
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.signed_tokens import SignedTokens
from server.platform.crypto.vault import Vault
from server.platform.db import Store
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
    ) -> None:
        self._store = store
        self._vault = vault
        self._in_force = scheme
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._signed_tokens = signed_tokens
        self._evidence = evidence

    async def letter(self, actor: Principal, dispute_id: str) -> Letter:
        document = await get_dispute(self._store, dispute_id)
        if actor.kind is Kind.CITIZEN and document["citizen"] != actor.id:
            raise Refused(RefusalCode.NOT_FOUND)
        if document["state"] not in _WRITTEN:
            raise Refused(RefusalCode.NOT_DECIDED)
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
        record = None if document["record"] is None else await RecordRepository(self._store).get(document["record"])
        number = None if record is None else (await self._vault.open(record["sealed"]))["id"]
        rule = self._scheme.rules_by_code.get(document["rule"] or "")
        photos = (await self._evidence.of_disputes([document["_id"]]))[document["_id"]]
        ended = date.fromisoformat(ended_on)
        effect = content.get("effect")
        inquiry = document["inquiry"]
        finding = None if inquiry is None else inquiry["finding"]
        determination = document["determination"]
        outcome = None if determination is None else Determination(determination)
        standing = stands(DisputeState(document["state"]), outcome)
        return Letter(
            number=document["number"],
            topic=topic_of(document),
            citizen_name=identity.mask_name(person["name"]),
            filed_on=date.fromisoformat(document["filed_on"]),
            decided_on=ended,
            subject=subject_text(self._scheme, document),
            source=source_of(self._scheme, document),
            document_number=number,
            rule=_rule(self._scheme, document),
            legal_basis=rule.basis if rule else None,
            points=document["points"],
            reason=reason_of(document),
            words=content["words"],
            evidence=photos,
            finding=None if finding is None else Finding(finding),
            determination=outcome,
            explanation=content["texts"].get(str(document["explanation_event"])),
            lapsed=document["lapsed"],
            after_appeal=document["appealed"],
            score_with=effect["with"] if effect else None,
            score_without=effect["without"] if effect else None,
            score_now=effect["now"] if effect else None,
            appeal_until=appeal_until(ended) if standing and not document["appealed"] else None,
        )

    @use_case("look")
    async def _log_look(self, tx: Transaction, document: DisputeRow) -> None:
        await tx.audit(
            chain_of(document["citizen"]), AccessAction.LETTER_READ.value, {"why": document["number"]}, look=True
        )


def _rule(scheme: Scheme, document: DisputeRow) -> Rule | None:
    """The rule that a dispute was about, with the figures of the day it was filed; None where it is about none."""
    if document["rule"] is None:
        return None
    known = scheme.rules_by_code.get(document["rule"])
    if known is None:
        return gone_rule(document["rule"])
    filed_on = date.fromisoformat(document["filed_on"])
    return Rule.of(scheme, known, filed_on, filed_on)
