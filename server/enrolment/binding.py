"""绑定: identity, register, code; then the contact is the citizen's and the consent recorded."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast
from uuid import uuid4

import strawberry

from schema.types.check import CheckKind
from schema.types.enrolment import (
    Address,
    BindingAttempt,
    ConsentPurpose,
    ConsentText,
    IdentityField,
)
from schema.types.errors import LocalText, RefusalCode, Refused
from schema.types.principal import Caller, Contact, Kind, Principal
from schema.types.scalars import Masked
from schema.types.score import AssessmentCause
from schema.types.sign_in import VerifiedIdentityView
from scoring import identity
from scoring.catalogue import Consent
from scoring.dated import Text
from scoring.identity import Identity, InvalidIdentityError
from server.citizens.consents import (
    RECORDS,
    contact_id_of,
    enrolment_of,
    given,
    only_looks,
    records_consent,
)
from server.citizens.contacts import Contacts
from server.citizens.doors import tell_of_sign_in
from server.citizens.model import CitizenRow
from server.citizens.repository import CitizenRepository
from server.citizens.residents.register import Register
from server.citizens.service import Citizens, chain_of
from server.enrolment.checks import Checks
from server.enrolment.guessing import MOST_TRIES, PAUSE, GuessGuard
from server.enrolment.model import AttemptContent, AttemptRow
from server.enrolment.moves import MoveService, name_subject
from server.enrolment.participation import stop_computing
from server.enrolment.repository import AttemptRepository
from server.enrolment.verified import known_or_typed, shown
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.throttle import Throttle
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.signed_tokens import SignedTokens
from server.platform.crypto.vault import Vault
from server.platform.db import Document, Store
from server.platform.kit.clock import Clock, day_of
from server.scores.assessor import Assessor

CODE_LIFE = timedelta(minutes=5)
ATTEMPT_LIFE = timedelta(minutes=15)
MOST_CODES = 3


class BindingService(FollowsScheme):
    """Implements `schema.api.services.Bindings`."""

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
        throttle: Throttle,
        signed_tokens: SignedTokens,
        register: Register,
        assessor: Assessor,
        checks: Checks,
        moves: MoveService,
    ) -> None:
        self._store = store
        self._vault = vault
        self._in_force = scheme
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._contacts = contacts
        self._throttle = throttle
        self._signed_tokens = signed_tokens
        self._guard = GuessGuard(vault, throttle, register)
        self._assessor = assessor
        self._checks = checks
        self._moves = moves

    def consent_text(self, purpose: ConsentPurpose) -> ConsentText:
        consent = records_consent() if purpose is ConsentPurpose.RECORDS else self._scheme.consent
        return ConsentText(
            version=consent.version, summary=[LocalText.of(p) for p in consent.points], full=LocalText.of(consent.full)
        )

    def check(self, field: IdentityField, value: str) -> Masked:
        today = day_of(self._clock())
        try:
            if field is IdentityField.NAME:
                masked = identity.mask_name(identity.parse_name(value))
            elif field is IdentityField.ID_NUMBER:
                masked = identity.mask_id_number(identity.parse_adult_id_number(value, on=today))
            else:
                masked = identity.mask_phone(identity.parse_phone(value))
        except InvalidIdentityError as error:
            raise _refusal(error, "value") from None
        return Masked(masked)

    async def form(self, caller: Caller) -> Address:
        contact_id = contact_id_of(caller.principal)
        if caller.principal.kind is Kind.CITIZEN:
            raise Refused(RefusalCode.ALREADY_BOUND)

        def make() -> Document:
            token, until = self._signed_tokens.issue("bind", {"contact": contact_id}, ATTEMPT_LIFE)
            return {"token": token, "until": until}

        contact = await self._contacts.get(contact_id)
        if contact is None:
            raise Refused(RefusalCode.NO_CHANNEL)
        made = await self._unit_of_work.make_once(caller, "open_binding_form", make, contact.key)
        return Address(url=f"{self._signed_tokens.base_url}/h5/bind/{made['token']}", expires_at=made["until"])

    def verified(self, actor: Principal) -> VerifiedIdentityView | None:
        return None if actor.kind is Kind.CITIZEN else shown(actor, day_of(self._clock()))

    async def start(
        self, caller: Caller, consent_version: str, name: str | None, id_number: str | None, phone: str
    ) -> BindingAttempt:
        contact_id = contact_id_of(caller.principal)
        if caller.principal.kind is Kind.CITIZEN:
            raise Refused(RefusalCode.ALREADY_BOUND)
        if self._consent(consent_version) is None:
            raise Refused(RefusalCode.CONSENT_OUTDATED, field="consentVersion")
        person = self._person(*known_or_typed(caller.principal, name, id_number, day_of(self._clock())), phone)
        request = (consent_version, person.name, person.id_number, person.phone)
        attempt = await self._unit_of_work.outcome(caller, "start", request)
        if attempt is None:
            try:
                matches = await self._guard.check(contact_id, person, caller.address)
            except Refused as refused:
                if refused.code is RefusalCode.NUMBER_SHARED:
                    subject = f"{person.id_number}|{contact_id}"
                    await self._checks.ask_for(_unkeyed(caller), CheckKind.NUMBER_SHARED, subject, person)
                raise
            await self._guard.allow_code(contact_id, person, matches=matches)
            attempt = await self._start(caller, *request, matches=matches)
        return await self._started(contact_id, attempt)

    @use_case("start")
    async def _start(
        self, tx: Transaction, consent_version: str, name: str, id_number: str, phone: str, *, matches: bool
    ) -> str:
        contact = await self._contacts.get(contact_id_of(tx.actor))
        if contact is None:
            raise Refused(RefusalCode.NO_CHANNEL)
        sealed = {"name": name, "id_number": id_number, "phone": phone, "consent_version": consent_version}
        document: AttemptRow = {
            "_id": uuid4().hex,
            "contact": contact.contact.id,
            "sealed": await self._vault.seal(contact.key, sealed),
            "codes": 0,
            "matches": matches,
            "expires_at": tx.now + ATTEMPT_LIFE,
        }
        await AttemptRepository(tx).insert(document)
        return await self._send_code(tx, document, phone)

    async def resend(self, caller: Caller, attempt: str) -> BindingAttempt:
        contact_id = contact_id_of(caller.principal)
        if await self._unit_of_work.outcome(caller, "resend", [attempt]) is None:
            begun = await self._attempt(attempt, contact_id)
            asked = await self._vault.open(begun["sealed"])
            person = Identity(asked["name"], asked["id_number"], asked["phone"])
            await self._guard.allow_code(contact_id, person, matches=_matches(begun))
            await self._resend(caller, attempt)
        return await self._started(contact_id, attempt)

    @use_case("resend")
    async def _resend(self, tx: Transaction, attempt: str) -> str:
        document = await self._attempt(attempt, contact_id_of(tx.actor), tx)
        if document["codes"] >= MOST_CODES:
            seconds = int(PAUSE.total_seconds())
            raise Refused(RefusalCode.TOO_MANY_TRIES, retry_after=seconds, minutes=seconds // 60)
        person = await self._vault.open(document["sealed"])
        return await self._send_code(tx, document, person["phone"])

    async def confirm(self, caller: Caller, attempt: str, code: str) -> tuple[Masked, str]:
        contact_id = contact_id_of(caller.principal)
        code = _code(code)
        citizen_id = await self._unit_of_work.outcome(caller, "confirm", [attempt, code])
        if citizen_id is None:
            if caller.principal.kind is Kind.CITIZEN:
                raise Refused(RefusalCode.ALREADY_BOUND)
            person = await self._check_code(contact_id, attempt, code)
            made = None
            if await self._citizens.find(person["id_number"]) is None:
                made = await self._citizens.make(person["id_number"])
            try:
                citizen_id = await self._confirm(caller, attempt, code, person=person, made=made)
            except Refused as refused:
                await self._sent_on(caller, attempt, person, refused)
                raise
            await self._throttle.clear(_tries_of_code(contact_id))
        citizen = await self._citizens.get(citizen_id)
        bound = await self._vault.open(citizen["sealed"])
        return Masked(identity.mask_name(bound["name"])), enrolment_of(citizen)["consent_version"]

    @use_case("confirm")
    async def _confirm(
        self, tx: Transaction, attempt: str, _code: str, *, person: AttemptContent, made: CitizenRow | None
    ) -> str:
        await self._attempt(attempt, contact_id_of(tx.actor), tx)
        citizen = await self._bind(tx, person, made)
        await AttemptRepository(tx).delete(attempt)
        return citizen["_id"]

    async def _sent_on(self, caller: Caller, attempt: str, person: AttemptContent, refused: Refused) -> None:
        """What is left to do for a person whom code and register confirmed, and who is refused all the same."""
        await self._throttle.clear(_tries_of_code(contact_id_of(caller.principal)))
        if refused.code is RefusalCode.SECOND_ACCOUNT:
            until = await self._moves.offer(_unkeyed(caller), attempt, id_number=person["id_number"])
            refused.details |= {"attempt": attempt, "until": until.isoformat()}
        elif refused.code is RefusalCode.NAME_CHANGED:
            asking, subject = Identity(person["name"], person["id_number"], person["phone"]), name_subject(person)
            await self._checks.ask_for(_unkeyed(caller), CheckKind.NAME_CHANGED, subject, asking, of_citizen=True)

    async def _check_code(self, contact_id: str, attempt: str, code: str) -> AttemptContent:
        """The person of an attempt, for its code. Refused: CODE_WRONG, CODE_EXPIRED, TOO_MANY_TRIES."""
        tries = _tries_of_code(contact_id)
        left = await self._throttle.spend(tries, MOST_TRIES, PAUSE)
        try:
            document = await self._attempt(attempt, contact_id)
            if document["code_expires_at"] <= self._clock():
                raise Refused(RefusalCode.CODE_EXPIRED, field="code")
        except Refused:
            await self._throttle.refund(tries)
            raise
        fits = hmac.compare_digest(bytes(document["code_index"]), self._code_index(attempt, code))
        if not (fits and _matches(document)):
            if left == 0:
                await self._throttle.spend(tries, MOST_TRIES, PAUSE)
            raise Refused(RefusalCode.CODE_WRONG, field="code", left=left)
        return cast(AttemptContent, await self._vault.open(document["sealed"]))

    async def _send_code(self, tx: Transaction, attempt: AttemptRow, phone: str) -> str:
        """Put a code into the outbox; the id of its attempt."""
        code = f"{secrets.randbelow(1_000_000):06d}"
        expires_at = tx.now + CODE_LIFE
        await AttemptRepository(tx).set_code(attempt["_id"], self._code_index(attempt["_id"], code), expires_at)
        contact = await self._contacts.get(attempt["contact"])
        if contact is None:
            raise Refused(RefusalCode.NO_CHANNEL)
        until = expires_at if _matches(attempt) else tx.now  # where it does not match, the same work and no message
        await tx.notify("sms", contact.key, {"phone": phone, "code": code}, until=until)
        return attempt["_id"]

    async def _attempt(self, attempt: str, contact_id: str, tx: Transaction | None = None) -> AttemptRow:
        document = await AttemptRepository(tx or self._store).get(attempt, contact_id)
        if document is None or document["expires_at"] <= self._clock():
            raise Refused(RefusalCode.CODE_EXPIRED, field="attempt")
        return document

    async def _started(self, contact_id: str, attempt: str) -> BindingAttempt:
        document = await self._attempt(attempt, contact_id)
        person = await self._vault.open(document["sealed"])
        return BindingAttempt(
            id=strawberry.ID(document["_id"]),
            masked_phone=Masked(identity.mask_phone(person["phone"])),
            expires_at=document["code_expires_at"],
        )

    async def _bind(self, tx: Transaction, person: AttemptContent, made: CitizenRow | None) -> CitizenRow:
        contact = tx.actor.contact
        citizens = CitizenRepository(tx)
        if await citizens.is_bound(contact_id_of(tx.actor)):
            raise Refused(RefusalCode.ALREADY_BOUND)
        citizen = await self._citizens.find(person["id_number"], tx)
        if citizen is None:
            if made is None or contact is None:
                raise Refused(RefusalCode.CONFLICT)
            citizen = made
            await citizens.insert(citizen)
        await self._moves.refuse_another(tx, citizen, person)
        if contact is None or any(c["channel"] == contact.channel for c in citizen.get("contacts", [])):
            is_app = contact is not None and contact.channel == "app"
            raise Refused(RefusalCode.SECOND_ACCOUNT, message=_SECOND_PROVIDER if is_app else None)
        citizen = self._enrolled(citizen, contact, person, tx.now)
        names = {k: person[k] for k in ("name", "id_number", "phone")}
        citizen["sealed"] = await self._vault.seal(citizen["key"], names)
        indexes = self._citizens.search_indexes(person["name"], person["id_number"])
        citizen["name_index"] = indexes["name_index"]
        citizen["masked_index"] = indexes["masked_index"]
        citizen["version"] += 1
        await citizens.save_enrolment(citizen)
        await tx.audit(
            chain_of(citizen["_id"]),
            "enrolment.bound",
            {"channel": contact.channel, "consent": enrolment_of(citizen)["consent_version"]},
        )
        if len(citizen.get("contacts", [])) > 1:
            await tell_of_sign_in(tx, self._citizens, citizen, contact, "account")
        if person["consent_version"] == records_consent().version and not only_looks(citizen):
            await stop_computing(tx, citizen)
            return await self._citizens.get(citizen["_id"], tx)
        await self._assessor.reassess(tx, citizen, AssessmentCause.ENROLMENT)
        return citizen

    def _consent(self, version: str) -> Consent | None:
        """The text of a version that a person can agree to now: to the score, or to see their records alone."""
        return next((one for one in (self._scheme.consent, records_consent()) if one.version == version), None)

    def _enrolled(self, citizen: CitizenRow, contact: Contact, person: AttemptContent, now: datetime) -> CitizenRow:
        """A citizen with one more account, as they agreed: who only looked takes part by agreeing to the score."""
        enrolled = citizen.copy()
        enrolled["contacts"] = [
            *citizen.get("contacts", []),
            {"hash": contact.id, "channel": contact.channel, "bound_at": now},
        ]
        consent = self._consent(person["consent_version"])
        joined = citizen["enrolment"]
        agrees = consent is not None and consent.purpose != RECORDS
        if joined is not None and not (only_looks(citizen) and agrees):
            return enrolled
        if consent is None:  # what they read is not what would be recorded
            raise Refused(RefusalCode.CONSENT_OUTDATED)
        since = now if joined is None else joined["enrolled_at"]
        enrolled["enrolment"] = {"scheme": self._scheme.id, "consent_version": consent.version, "enrolled_at": since}
        enrolled["consents"] = [*citizen["consents"], given(consent, now)]
        enrolled.pop("look_only_since", None)
        if not agrees:
            enrolled["look_only_since"] = now
        return enrolled

    def _person(self, name: str, id_number: str, phone: str) -> Identity:
        try:
            return identity.parse_identity(name, id_number, phone, on=day_of(self._clock()))
        except InvalidIdentityError as error:
            raise _refusal(error, None) from None

    def _code_index(self, attempt: str, code: str) -> bytes:
        return self._vault.blind(f"code:{attempt}", code)


def _unkeyed(caller: Caller) -> Caller:
    """For what stays done where the request itself is refused."""
    return replace(caller, idempotency_key=None)


def _tries_of_code(contact_id: str) -> str:
    return f"code:{contact_id}"


def _matches(attempt: AttemptRow) -> bool:
    """Whether the register has the person of an attempt."""
    return attempt["matches"]


def _code(typed: str) -> str:
    """The digits of a code. Refused: CODE_UNREADABLE, which costs no try."""
    try:
        return identity.parse_code(typed)
    except InvalidIdentityError as error:
        raise _refusal(error, "code") from None


_SECOND_PROVIDER = Text(
    zh="您已用另一个登录平台的账号绑定。可以换绑到这里，也可以先用那个账号登录并解绑。",
    en="You are bound with an account at another sign-in service. Move here, or sign in there and unlink first.",
)
_FIELDS = {"name_invalid": "name", "phone_invalid": "phone"}


def _refusal(error: InvalidIdentityError, field: str | None) -> Refused:
    where = field or _FIELDS.get(error.code, "idNumber")
    refused = Refused(RefusalCode[error.code.upper()], field=where, message=error.hint)
    refused.details.update(error.details)
    return refused
