"""Consent, optional items, leaving and unlinking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from schema.types.enrolment import (
    AccessAction,
    Address,
    Channel,
    Consent,
    Enrolment,
    LinkedAccount,
    OptionalItem,
)
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Contact, Kind, Principal, require
from schema.types.rule import Rule as RuleView
from schema.types.scalars import Masked
from schema.types.score import AssessmentCause
from schema.types.webhook import WebhookEventType
from scoring import identity
from scoring.catalogue import Rule
from scoring.disputes import DisputeAction, DisputeRole, DisputeState
from server.citizens.consents import (
    contact_id_of,
    enrolment_of,
    given,
    is_paused,
    is_shared,
    only_looks,
    records_consent,
    why_not_computed,
)
from server.citizens.contacts import Contacts
from server.citizens.holds import refuse_held
from server.citizens.model import CitizenRow
from server.citizens.repository import CitizenRepository
from server.citizens.service import Citizens, chain_of
from server.disputes.evidence import EvidenceService
from server.disputes.model import EventRow
from server.disputes.repository import DisputeRepository
from server.disputes.steps import Steps
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction, UnitOfWork, citizen_owner, use_case
from server.platform.crypto.signed_tokens import SignedTokens
from server.platform.crypto.vault import Vault
from server.platform.db import Owned, Owner, Sealed, Store, erased_with
from server.platform.kit.clock import Clock, day_of
from server.records.gone import remember_ended
from server.scores.assessor import Assessor
from server.scores.mapping import scheme_version
from server.sources.repairs.repository import RepairRepository
from server.sources.repairs.steps import RepairSteps

EXPORT_LIFE = timedelta(minutes=10)


class EnrolmentService(FollowsScheme):
    """Implements `schema.api.services.Enrolments`."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        scheme: SchemeInForce,
        clock: Clock,
        unit_of_work: UnitOfWork,
        citizens: Citizens,
        contacts: Contacts,
        signed_tokens: SignedTokens,
        assessor: Assessor,
        evidence: EvidenceService,
        steps: Steps,
        repairs: RepairSteps,
        owned: Sequence[Owned],
    ) -> None:
        self._store = store
        self._vault = vault
        self._in_force = scheme
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._contacts = contacts
        self._signed_tokens = signed_tokens
        self._assessor = assessor
        self._evidence = evidence
        self._steps = steps
        self._repairs = repairs
        self._owned = erased_with(Owner.CITIZEN, owned)

    async def enrolment(self, actor: Principal) -> Enrolment:
        return self._enrolment(await self._citizens.get(actor.id))

    async def masked_identity(self, actor: Principal) -> tuple[Masked, Masked]:
        citizen = await self._citizens.get(actor.id)
        person = await self._vault.open(citizen["sealed"])
        return Masked(identity.mask_name(person["name"])), Masked(identity.mask_id_number(person["id_number"]))

    async def consents(self, actor: Principal) -> Sequence[Consent]:
        citizen = await self._citizens.get(actor.id)
        return [Consent(**c) for c in reversed(citizen["consents"])]

    async def grant(self, caller: Caller, version: str) -> Enrolment:
        if version != self._scheme.consent.version:
            raise Refused(RefusalCode.CONSENT_OUTDATED, field="version")
        await self._grant(caller, version)
        return await self.enrolment(caller.principal)

    @use_case("grant")
    async def _grant(self, tx: Transaction, version: str) -> None:
        citizen = await self._citizens.get(tx.actor.id, tx)
        if enrolment_of(citizen)["consent_version"] == version:
            return
        await CitizenRepository(tx).add_consent(citizen, given(self._scheme.consent, tx.now))
        await tx.audit(chain_of(tx.actor.id), "consent.granted", {"version": version})
        citizen = await self._citizens.get(tx.actor.id, tx)
        await self._assessor.reassess(tx, citizen, AssessmentCause.ENROLMENT)

    async def optional_items(self, actor: Principal) -> Sequence[OptionalItem]:
        declined = set((await self._citizens.get(actor.id))["declined"])
        return [self._item(r, r.code in declined) for r in self._scheme.rules if r.optional]

    async def decline(self, caller: Caller, rule: str, declined: bool) -> OptionalItem:
        known = self._scheme.rules_by_code.get(rule)
        if known is None:
            raise Refused(RefusalCode.NOT_FOUND, field="rule")
        if not known.optional:
            raise Refused(RefusalCode.NOT_OPTIONAL, field="rule")
        await self._decline(caller, rule, declined)
        return self._item(known, declined)

    def _item(self, rule: Rule, declined: bool) -> OptionalItem:
        today = day_of(self._clock())
        return OptionalItem(rule=RuleView.of(self._scheme, rule, today, today), declined=declined)

    @use_case("decline")
    async def _decline(self, tx: Transaction, rule: str, declined: bool) -> None:
        await CitizenRepository(tx).decline(tx.actor.id, rule, declined)
        citizen = await self._citizens.get(tx.actor.id, tx)
        await tx.audit(chain_of(tx.actor.id), "item.declined", {"rule": rule, "declined": declined})
        await self._assessor.reassess(tx, citizen, AssessmentCause.CHOICE)

    async def accounts(self, actor: Principal) -> Sequence[LinkedAccount]:
        current = None if actor.contact is None else actor.contact.id
        return [
            LinkedAccount(
                channel=Channel(bound["channel"]), linked_at=bound["bound_at"], current=bound["hash"] == current
            )
            for bound in (await self._citizens.get(actor.id)).get("contacts", [])
        ]

    async def export(self, caller: Caller) -> Address:
        require(caller.principal, Kind.CITIZEN)
        made = await self._vault.open(await self._export(caller))
        return Address(url=f"{self._signed_tokens.base_url}/h5/data/{made['token']}", expires_at=made["until"])

    @use_case("export")
    async def _export(self, tx: Transaction) -> Sealed:
        """The token of an address, sealed: with an idempotency key the same one is given again."""
        citizen = await self._citizens.get(tx.actor.id, tx)
        if is_shared(citizen) and is_paused(citizen):  # some of the records may be another person's
            raise why_not_computed(citizen)
        await tx.audit(chain_of(tx.actor.id), AccessAction.DATA_EXPORTED.value, look=True)
        token, until = self._signed_tokens.issue("data", {"citizen": tx.actor.id}, EXPORT_LIFE)
        return await self._vault.seal(citizen["key"], {"token": token, "until": until})

    async def leave(self, caller: Caller) -> int:
        withdrawn = await self._unit_of_work.outcome(caller, "leave")
        if withdrawn is None:
            withdrawn = await self._leave_with_files(caller)
        return int(withdrawn)

    async def _leave_with_files(self, caller: Caller) -> int:
        require(caller.principal, Kind.CITIZEN)
        citizen_id = caller.principal.id
        new_keys = {}
        for bound in (await self._citizens.get(citizen_id)).get("contacts", []):
            new_keys[bound["hash"]] = await self._vault.create_key()
        files = await self._evidence.names(citizen_id)
        withdrawn = await self._leave(caller, new_keys=new_keys)
        await self._evidence.delete(files)
        return withdrawn

    @use_case("leave")
    async def _leave(self, tx: Transaction, *, new_keys: Mapping[str, Sealed]) -> int:
        """Erase the person of the caller; how many disputes were withdrawn by that."""
        citizen_id = tx.actor.id
        citizen = await self._citizens.get(citizen_id, tx)
        refuse_held(citizen, tx.now)
        if {c["hash"] for c in citizen.get("contacts", [])} != new_keys.keys():
            raise Refused(RefusalCode.CONFLICT)  # an account was bound or unlinked just now
        left: EventRow = {"at": tx.now, "action": DisputeAction.LEAVE.value, "by": DisputeRole.CITIZEN.value}
        disputes = DisputeRepository(tx)
        asked = await disputes.awaiting_source(citizen_id)
        withdrawn = await disputes.withdraw_all(citizen_id, tx.today.isoformat(), left)
        applied = await RepairRepository(tx).open_of(citizen_id)
        await remember_ended(tx, self._vault, citizen_id)
        await disputes.end_appeals(citizen_id, tx.today.isoformat())
        for owned in self._owned:
            await tx[owned.collection].delete_many({owned.by: citizen_id})
        for contact_id, new_key in new_keys.items():
            await self._contacts.replace_key(tx, contact_id, new_key)
        for dispute in asked:
            await self._steps.tell_source(tx, dispute, {**dispute, "state": DisputeState.WITHDRAWN.value})
        for application in applied:
            await self._repairs.tell_source(tx, application, WebhookEventType.REPAIR_CLOSED)
        await self._vault.destroy_key(citizen["key"], tx)
        await self._unit_of_work.forget(tx, citizen_owner(citizen_id), *new_keys)
        await tx.audit(chain_of(citizen_id), "enrolment.left")
        return withdrawn

    async def unlink(self, caller: Caller) -> Masked:
        citizen_id = await self._unit_of_work.outcome(caller, "unlink")
        if citizen_id is None:
            require(caller.principal, Kind.CITIZEN)
            citizen_id = await self._unlink(caller, new_key=await self._vault.create_key())
        person = await self._vault.open((await self._citizens.get(citizen_id))["sealed"])
        return Masked(identity.mask_name(person["name"]))

    @use_case("unlink")
    async def _unlink(self, tx: Transaction, *, new_key: Sealed) -> str:
        contact_id = contact_id_of(tx.actor)
        await self.unbind(tx, tx.actor.id, contact_id)
        await self._contacts.replace_key(tx, contact_id, new_key)
        await self._contacts.keep_apart(tx, contact_id)
        return tx.actor.id

    async def unfollow(self, actor: Principal) -> None:
        """The channel ended: unlink, and purge everything that the channel gave us."""
        await self._unfollow(Caller(actor))

    @use_case("unfollow")
    async def _unfollow(self, tx: Transaction) -> None:
        contact_id = contact_id_of(tx.actor)
        if tx.actor.kind is Kind.CITIZEN:
            await self.unbind(tx, tx.actor.id, contact_id)
        await self._contacts.forget(tx, contact_id)

    async def end_sign_ins(self, contact: Contact, *, forget: bool) -> None:
        """What the channel vouched for is over: sign in again. `forget` what the chat holds as well."""
        if await self._contacts.get(contact.id) is None:
            return
        new_key = await self._vault.create_key() if forget else None
        await self._end_sign_ins(Caller(Principal(contact=contact)), new_key=new_key)

    @use_case("end_sign_ins")
    async def _end_sign_ins(self, tx: Transaction, *, new_key: Sealed | None) -> None:
        contact_id = contact_id_of(tx.actor)
        await self._contacts.end_sign_ins(tx, contact_id)
        if new_key is not None:
            await self._contacts.replace_key(tx, contact_id, new_key)

    @staticmethod
    async def unbind(tx: Transaction, citizen_id: str, contact_id: str) -> None:
        """Take a contact off a citizen."""
        await CitizenRepository(tx).unbind(citizen_id, contact_id)
        await tx.audit(chain_of(citizen_id), "enrolment.unlinked")

    def _enrolment(self, citizen: CitizenRow) -> Enrolment:
        enrolment = enrolment_of(citizen)
        wanted = records_consent() if only_looks(citizen) else self._scheme.consent
        return Enrolment(
            scheme=scheme_version(self._scheme),
            consent_version=enrolment["consent_version"],
            consent_current=enrolment["consent_version"] == wanted.version,
            enrolled_at=enrolment["enrolled_at"],
            look_only=only_looks(citizen),
            paused_since=citizen.get("paused_since"),
        )
