"""绑定: identity, register, code; then the contact is the citizen's and the consent recorded."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from uuid import uuid4

import strawberry

from schema.types.enrolment import (
    Address,
    BindingConfirmed,
    BindingStarted,
    ConsentText,
    IdentityAccepted,
    IdentityField,
    StartBindingInput,
)
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Kind, Principal
from schema.types.scalars import Masked
from scoring import identity
from scoring.identity import Identity, InvalidIdentityError
from scoring.scheme import Scheme
from server.citizens.citizens import Citizens, chain_of
from server.citizens.consents import consent_document, contact_id_of
from server.citizens.contacts import Contacts
from server.citizens.residents import Register
from server.platform.core.changes import Change, Changes, Outcome
from server.platform.core.throttle import Throttle
from server.platform.crypto.signed_tokens import SignedTokens
from server.platform.crypto.vault import Vault
from server.platform.db import Document, Store
from server.platform.kit.clock import Clock, day_of
from server.scores.assessments import Assessor
from server.scores.mapping import text

CODE_LIFE = timedelta(minutes=5)
ATTEMPT_LIFE = timedelta(minutes=15)
PAUSE = timedelta(minutes=15)
MOST_TRIES = 5
MOST_TRIES_OF_AN_ADDRESS = 50
"""Of one network address: a mobile network or an office has many people behind one."""
MOST_CODES = 3
CODES_AN_HOUR = 8


class BindingService:
    """Implements `schema.api.services.Bindings`."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        scheme: Scheme,
        clock: Clock,
        changes: Changes,
        citizens: Citizens,
        contacts: Contacts,
        throttle: Throttle,
        links: SignedTokens,
        register: Register,
        assessor: Assessor,
    ) -> None:
        self._store = store
        self._vault = vault
        self._scheme = scheme
        self._clock = clock
        self._changes = changes
        self._citizens = citizens
        self._contacts = contacts
        self._throttle = throttle
        self._links = links
        self._register = register
        self._assessor = assessor

    def consent_text(self) -> ConsentText:
        consent = self._scheme.consent
        return ConsentText(version=consent.version, points=[text(p) for p in consent.points], full=text(consent.full))

    def check(self, field: IdentityField, value: str) -> IdentityAccepted:
        today = day_of(self._clock())
        try:
            if field is IdentityField.NAME:
                masked = identity.mask_name(identity.parse_name(value))
            elif field is IdentityField.ID_NUMBER:
                masked = identity.mask_id_number(identity.parse_adult_id_number(value, on=today))
            else:
                masked = identity.mask_phone(identity.parse_phone(value))
        except InvalidIdentityError as error:
            raise _refusal(error, field.value) from None
        return IdentityAccepted(masked=Masked(masked))

    async def form(self, by: Principal, key: str | None) -> Address:
        contact_id = contact_id_of(by)
        if by.kind is Kind.CITIZEN:
            raise Refused(RefusalCode.ALREADY_BOUND)

        def make() -> Outcome:
            token, until = self._links.make("bind", {"contact": contact_id}, ATTEMPT_LIFE)
            return {"token": token, "until": until}

        contact = await self._contacts.get(contact_id)
        if contact is None:
            raise Refused(RefusalCode.NO_CHANNEL)
        made = await self._changes.made_once(by, "open_binding_form", make, key, contact.key)
        return Address(url=f"{self._links.base_url}/h5/bind/{made['token']}", expires_at=made["until"])

    async def start(
        self, by: Principal, asked: StartBindingInput, key: str | None, address: str = ""
    ) -> BindingStarted:
        contact_id = contact_id_of(by)
        if by.kind is Kind.CITIZEN:
            raise Refused(RefusalCode.ALREADY_BOUND)
        if asked.consent_version != self._scheme.consent.version:
            raise Refused(RefusalCode.CONSENT_OUTDATED, field="consentVersion")
        person = self._person(asked)
        secrets_asked = [person.name, person.id_number, person.phone]
        request = [asked.consent_version, *(self._vault.blind_text("asked", s) for s in secrets_asked)]
        done = await self._changes.outcome(by, "start", key=key, request=request)
        if done is not None:
            return await self._started(by, done)
        matches = await self._check_register(contact_id, person, address)
        await self._allow_code(contact_id, person, matches=matches)
        attempt = uuid4().hex

        async def body(change: Change) -> Outcome:
            sealed = {
                "name": person.name,
                "id_number": person.id_number,
                "phone": person.phone,
                "consent_version": asked.consent_version,
            }
            contact = await self._contacts.get(contact_id)
            if contact is None:
                raise Refused(RefusalCode.NO_CHANNEL)
            document = {
                "_id": attempt,
                "contact": contact_id,
                "sealed": await self._vault.seal(contact.key, sealed),
                "codes": 0,
                "matches": matches,
                "expires_at": change.now + ATTEMPT_LIFE,
            }
            await change["binding_attempts"].insert_one(document)
            return await self._send_code(change, document, person.phone)

        return await self._started(by, await self._changes.run(by, "start", body, key=key, request=request))

    async def resend(self, by: Principal, attempt: str, key: str | None) -> BindingStarted:
        contact_id = contact_id_of(by)
        done = await self._changes.outcome(by, "resend", key=key, request=attempt)
        if done is not None:
            return await self._started(by, done)
        begun = await self._attempt(attempt, contact_id)
        asked = await self._vault.open(begun["sealed"])
        person = Identity(asked["name"], asked["id_number"], asked["phone"])
        await self._allow_code(contact_id, person, matches=_matches(begun))

        async def body(change: Change) -> Outcome:
            document = await self._attempt(attempt, contact_id, change)
            if document["codes"] >= MOST_CODES:
                raise Refused(
                    RefusalCode.TOO_MANY_TRIES,
                    retry_after=int(PAUSE.total_seconds()),
                    minutes=int(PAUSE.total_seconds()) // 60,
                )
            person = await self._vault.open(document["sealed"])
            return await self._send_code(change, document, person["phone"])

        return await self._started(by, await self._changes.run(by, "resend", body, key=key, request=attempt))

    async def confirm(self, by: Principal, attempt: str, code: str, key: str | None) -> BindingConfirmed:
        contact_id = contact_id_of(by)
        done = await self._changes.outcome(by, "confirm", key=key, request=[attempt, code])
        if done is None:
            if by.kind is Kind.CITIZEN:
                raise Refused(RefusalCode.ALREADY_BOUND)
            done = await self._confirm(by, contact_id, attempt, code, key)
        citizen = await self._citizens.get(done["citizen"])
        person = await self._vault.open(citizen["sealed"])
        return BindingConfirmed(
            masked_name=Masked(identity.mask_name(person["name"])),
            consent_version=citizen["enrolment"]["consent_version"],
        )

    async def _confirm(self, by: Principal, contact_id: str, attempt: str, code: str, key: str | None) -> Outcome:
        throttle_key = f"code:{contact_id}"
        left = await self._throttle.spend(throttle_key, MOST_TRIES, PAUSE)
        try:
            document = await self._attempt(attempt, contact_id)
            if document["code_expires_at"] <= self._clock():
                raise Refused(RefusalCode.CODE_EXPIRED, field="code")
        except Refused:
            await self._throttle.refund(throttle_key)
            raise
        fits = hmac.compare_digest(bytes(document["code_index"]), self._code_index(attempt, code))
        if not (fits and _matches(document)):
            if left == 0:
                await self._throttle.spend(throttle_key, MOST_TRIES, PAUSE)
            raise Refused(RefusalCode.CODE_WRONG, field="code", left=left)
        person = await self._vault.open(document["sealed"])
        made = None
        if await self._citizens.find(person["id_number"]) is None:
            made = await self._citizens.make(person["id_number"])

        async def body(change: Change) -> Outcome:
            await self._attempt(attempt, contact_id, change)
            citizen = await self._bind(change, by, person, made)
            await change["binding_attempts"].delete_one({"_id": attempt})
            return {"citizen": citizen["_id"]}

        outcome = await self._changes.run(by, "confirm", body, key=key, request=[attempt, code])
        await self._throttle.clear(throttle_key)
        return outcome

    async def _check_register(self, contact_id: str, person: Identity, address: str) -> bool:
        """Whether the register has this person; who guesses is paused, and never learns by which of the three.

        After some wrong tries for one ID number nobody is told any more whether a guess is right: the attempt goes on
        as if it were, and no code is sent. So others who know a number learn nothing, and pause nobody.

        Raises:
            Refused: REGISTER_MISMATCH, TOO_MANY_TRIES.
        """
        tries = await self._count_tries(contact_id, address)
        claimed = f"bind:{self._vault.blind_text('claimed', person.id_number)}"
        quiet = False
        try:
            await self._throttle.spend(claimed, MOST_TRIES, PAUSE)
        except Refused:
            quiet = True
        if not await self._register.matches(person):
            if quiet:
                return False
            raise Refused(RefusalCode.REGISTER_MISMATCH)
        for throttle_key in (*tries, *(() if quiet else (claimed,))):
            await self._throttle.refund(throttle_key)
        return True

    async def _count_tries(self, contact_id: str, address: str) -> list[str]:
        """Count a try by account and by address, both before either pauses it."""
        counted = {f"bind:{contact_id}": MOST_TRIES}
        if address:
            counted[f"bind:{self._vault.blind_text('address', address)}"] = MOST_TRIES_OF_AN_ADDRESS
        paused = False
        for throttle_key, most in counted.items():
            try:
                await self._throttle.spend(throttle_key, most, PAUSE)
            except Refused:
                paused = True
        if paused:
            seconds = int(PAUSE.total_seconds())  # and never how long the one or the other has still to go
            raise Refused(RefusalCode.TOO_MANY_TRIES, retry_after=seconds, minutes=seconds // 60)
        return list(counted)

    async def _allow_code(self, contact_id: str, person: Identity, *, matches: bool) -> None:
        """So many text messages an hour, for a contact and for a phone, whoever asks; as many for one wrong guess."""
        guess = "\0".join((person.id_number, person.name, person.phone))  # other guesses fill nothing of this one
        kind, value = ("phone", person.phone) if matches else ("guess", guess)
        for owner in (contact_id, self._vault.blind_text(kind, value)):
            await self._throttle.spend(f"sms:{owner}", CODES_AN_HOUR, timedelta(hours=1))

    async def _send_code(self, change: Change, attempt: Document, phone: str) -> Outcome:
        code = f"{secrets.randbelow(1_000_000):06d}"
        expires_at = change.now + CODE_LIFE
        await change["binding_attempts"].update_one(
            {"_id": attempt["_id"]},
            {
                "$set": {"code_index": self._code_index(attempt["_id"], code), "code_expires_at": expires_at},
                "$inc": {"codes": 1},
            },
        )
        contact = await self._contacts.get(attempt["contact"])
        if contact is None:
            raise Refused(RefusalCode.NO_CHANNEL)
        until = expires_at if _matches(attempt) else change.now  # where it does not match, the same work and no message
        await change.notify("sms", contact.key, {"phone": phone, "code": code}, until=until)
        return {"attempt": attempt["_id"]}

    async def _attempt(self, attempt: str, contact_id: str, change: Change | None = None) -> Document:
        rows = (change or self._store)["binding_attempts"]
        document = await rows.find_one({"_id": attempt, "contact": contact_id})
        if document is None or document["expires_at"] <= self._clock():
            raise Refused(RefusalCode.CODE_EXPIRED, field="code")
        return document

    async def _started(self, by: Principal, outcome: Outcome) -> BindingStarted:
        document = await self._attempt(outcome["attempt"], contact_id_of(by))
        person = await self._vault.open(document["sealed"])
        return BindingStarted(
            attempt=strawberry.ID(document["_id"]),
            masked_phone=Masked(identity.mask_phone(person["phone"])),
            expires_at=document["code_expires_at"],
        )

    async def _bind(self, change: Change, by: Principal, person: Document, made: Document | None) -> Document:
        contact = by.contact
        theirs = {"contacts.hash": contact_id_of(by)}
        if await change["citizens"].find_one(theirs, {"_id": 1}) is not None:
            raise Refused(RefusalCode.ALREADY_BOUND)
        citizen = await self._citizens.find(person["id_number"], change)
        if citizen is None:
            if made is None or contact is None:
                raise Refused(RefusalCode.CONFLICT)
            citizen = made
            await change["citizens"].insert_one(citizen)
        if contact is None or any(c["channel"] == contact.channel for c in citizen.get("contacts", [])):
            raise Refused(RefusalCode.SECOND_ACCOUNT)
        citizen = self._enrolled(citizen, by, person, change.now)
        names = {k: person[k] for k in ("name", "id_number", "phone")}
        citizen["sealed"] = await self._vault.seal(citizen["key"], names)
        citizen |= self._citizens.search_indexes(person["name"], person["id_number"])
        citizen["version"] += 1
        fields = ("contacts", "enrolment", "consents", "sealed", "version", "name_index", "masked_index")
        await change["citizens"].update_one({"_id": citizen["_id"]}, {"$set": {f: citizen[f] for f in fields}})
        await change.audit(
            chain_of(citizen["_id"]),
            "enrolment.bound",
            {"channel": contact.channel, "consent": citizen["enrolment"]["consent_version"]},
        )
        await self._assessor.reassess(change, citizen, "enrolment")
        return citizen

    def _enrolled(self, citizen: Document, by: Principal, person: Document, now: datetime) -> Document:
        contact = by.contact
        bound = {"hash": contact.id, "channel": contact.channel, "bound_at": now} if contact else {}
        enrolment, consents = citizen["enrolment"], citizen["consents"]
        if enrolment is None:
            enrolment = {
                "scheme": self._scheme.id,
                "consent_version": person["consent_version"],
                "enrolled_at": now,
            }
            consents = [*consents, consent_document(person["consent_version"], self._scheme, now)]
        contacts = [*citizen.get("contacts", []), bound]
        return {**citizen, "contacts": contacts, "enrolment": enrolment, "consents": consents}

    def _person(self, asked: StartBindingInput) -> Identity:
        try:
            return identity.parse_identity(asked.name, asked.id_number, asked.phone, on=day_of(self._clock()))
        except InvalidIdentityError as error:
            raise _refusal(error, None) from None

    def _code_index(self, attempt: str, code: str) -> bytes:
        return self._vault.blind(f"code:{attempt}", code.strip())


def _matches(attempt: Document) -> bool:
    """Whether the register has the person of an attempt; one begun by the release before says nothing, for it has."""
    return bool(attempt.get("matches", True))


_FIELDS = {"name_invalid": "name", "phone_invalid": "phone"}


def _refusal(error: InvalidIdentityError, field: str | None) -> Refused:
    where = field or _FIELDS.get(error.code, "idNumber")
    refused = Refused(RefusalCode[error.code.upper()], field=where)
    refused.details.update(error.details)
    return refused
