"""Binding an identity, consent, leaving and unlinking."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

import strawberry

from schema.connection import Connection, Page, connect
from schema.enrolment import (
    AccessEntry,
    BindingConfirmed,
    BindingStarted,
    Consent,
    ConsentText,
    Enrolment,
    IdentityAccepted,
    IdentityField,
    Left,
    OptionalItem,
    StartBindingInput,
    Unlinked,
)
from schema.errors import RefusalCode, Refused
from schema.principal import Kind, Principal
from scoring import identity
from scoring.disputes import DisputeState
from scoring.identity import Identity, InvalidIdentityError
from scoring.scheme import Scheme
from server.assessments import Assessor
from server.changes import Change, Changes, Outcome
from server.citizens import Citizens, chain_of
from server.clock import Clock, day_of
from server.contacts import Contacts
from server.keys import Vault
from server.mongo import Document, Store
from server.throttle import Throttle
from server.views import text

CODE_LIFE = timedelta(minutes=5)
ATTEMPT_LIFE = timedelta(minutes=15)
PAUSE = timedelta(minutes=15)
MOST_TRIES = 5
MOST_CODES = 3


class Register(Protocol):
    """The register of residents: says whether name, number and phone belong together."""

    async def matches(self, person: Identity) -> bool: ...


class DigestRegister:
    """A register delivered by the city as keyed digests, so that it names nobody."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    def digest(self, person: Identity) -> bytes:
        """What the register holds for a person."""
        return self._vault.blind("register", f"{person.name}|{person.id_number}|{person.phone}")

    async def matches(self, person: Identity) -> bool:
        return await self._store["register"].find_one({"_id": self.digest(person)}) is not None


class EnrolmentService:
    """Implements `schema.services.Enrolments`."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        scheme: Scheme,
        citizens: Citizens,
        contacts: Contacts,
        assessor: Assessor,
        register: Register,
        changes: Changes,
        throttle: Throttle,
        clock: Clock,
    ) -> None:
        self._store = store
        self._vault = vault
        self._scheme = scheme
        self._citizens = citizens
        self._contacts = contacts
        self._assessor = assessor
        self._register = register
        self._changes = changes
        self._throttle = throttle
        self._clock = clock

    # Binding

    def consent_text(self) -> ConsentText:
        consent = self._scheme.consent
        return ConsentText(
            version=consent.version, points=[text(p) for p in consent.points], full=text(consent.full)
        )

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
        return IdentityAccepted(masked=masked)

    async def start(self, by: Principal, asked: StartBindingInput, key: str | None) -> BindingStarted:
        contact_id = _contact_id(by)
        if by.kind is Kind.CITIZEN:
            raise Refused(RefusalCode.ALREADY_BOUND)
        if asked.consent_version != self._scheme.consent.version:
            raise Refused(RefusalCode.CONSENT_OUTDATED, field="consentVersion")
        person = self._person(asked)
        await self._check_register(contact_id, person)
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
                "expires_at": change.now + ATTEMPT_LIFE,
            }
            await change["binding_attempts"].insert_one(document, session=change.session)
            return await self._send_code(change, document, person.phone)

        request = [asked.consent_version, person.name, self._vault.blind_text("id_number", person.id_number)]
        return _started(await self._changes.run(by, "start", body, key=key, request=request))

    async def resend(self, by: Principal, attempt: str, key: str | None) -> BindingStarted:
        contact_id = _contact_id(by)

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

        return _started(await self._changes.run(by, "resend", body, key=key, request=attempt))

    async def confirm(self, by: Principal, attempt: str, code: str, key: str | None) -> BindingConfirmed:
        contact_id = _contact_id(by)
        throttle_key = f"code:{contact_id}"
        await self._throttle.check(throttle_key, MOST_TRIES)
        document = await self._attempt(attempt, contact_id)
        if not hmac.compare_digest(bytes(document["code_index"]), self._code_index(attempt, code)):
            tries = await self._throttle.count(throttle_key, PAUSE)
            await self._throttle.check(throttle_key, MOST_TRIES)
            raise Refused(RefusalCode.CODE_WRONG, field="code", left=MOST_TRIES - tries)
        person = await self._vault.open(document["sealed"])
        made = None
        if await self._citizens.find(person["id_number"]) is None:
            made = await self._citizens.make(person["id_number"])

        async def body(change: Change) -> Outcome:
            await self._attempt(attempt, contact_id, change)
            citizen = await self._bind(change, by, person, made)
            await change["binding_attempts"].delete_one({"_id": attempt}, session=change.session)
            return {
                "masked_name": identity.mask_name(person["name"]),
                "consent_version": citizen["enrolment"]["consent_version"],
            }

        outcome = await self._changes.run(by, "confirm", body, key=key, request=[attempt, code])
        await self._throttle.clear(throttle_key)
        return BindingConfirmed(**outcome)

    async def _check_register(self, contact_id: str, person: Identity) -> None:
        claimed = self._vault.blind_text("claimed", person.id_number)
        keys = (f"bind:{contact_id}", f"bind:{claimed}")
        for throttle_key in keys:
            await self._throttle.check(throttle_key, MOST_TRIES)
        if not await self._register.matches(person):
            for throttle_key in keys:
                await self._throttle.count(throttle_key, PAUSE)
            raise Refused(RefusalCode.REGISTER_MISMATCH)

    async def _send_code(self, change: Change, attempt: Document, phone: str) -> Outcome:
        code = f"{secrets.randbelow(1_000_000):06d}"
        expires_at = change.now + CODE_LIFE
        await change["binding_attempts"].update_one(
            {"_id": attempt["_id"]},
            {
                "$set": {"code_index": self._code_index(attempt["_id"], code), "code_expires_at": expires_at},
                "$inc": {"codes": 1},
            },
            session=change.session,
        )
        contact = await self._contacts.get(attempt["contact"])
        if contact is None:
            raise Refused(RefusalCode.NO_CHANNEL)
        await change.notify("sms", contact.key, {"phone": phone, "code": code})
        return {
            "attempt": attempt["_id"],
            "masked_phone": identity.mask_phone(phone),
            "expires_at": expires_at,
        }

    async def _attempt(self, attempt: str, contact_id: str, change: Change | None = None) -> Document:
        session = change.session if change else None
        document = await self._store["binding_attempts"].find_one(
            {"_id": attempt, "contact": contact_id}, session=session
        )
        now = self._clock()
        resending = change is not None
        if document is None or document["expires_at"] <= now:
            raise Refused(RefusalCode.CODE_EXPIRED, field="code")
        if not resending and document["code_expires_at"] <= now:
            raise Refused(RefusalCode.CODE_EXPIRED, field="code")
        return document

    async def _bind(self, change: Change, by: Principal, person: Document, made: Document | None) -> Document:
        contact = by.contact
        citizen = await self._citizens.find(person["id_number"], change.session)
        if citizen is None:
            if made is None or contact is None:
                raise Refused(RefusalCode.CONFLICT)
            citizen = made
            await change["citizens"].insert_one(citizen, session=change.session)
        if contact is None or any(c["channel"] == contact.channel for c in citizen.get("contacts", [])):
            raise Refused(RefusalCode.SECOND_ACCOUNT)
        citizen = self._enrolled(citizen, by, person, change.now)
        names = {k: person[k] for k in ("name", "id_number", "phone")}
        citizen["sealed"] = await self._vault.seal(citizen["key"], names)
        citizen["version"] += 1
        fields = ("contacts", "enrolment", "consents", "sealed", "version")
        await change["citizens"].update_one(
            {"_id": citizen["_id"]}, {"$set": {f: citizen[f] for f in fields}}, session=change.session
        )
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
            consents = [*consents, _consent(person["consent_version"], self._scheme, now)]
        contacts = [*citizen.get("contacts", []), bound]
        return {**citizen, "contacts": contacts, "enrolment": enrolment, "consents": consents}

    # What the citizen can read and switch

    async def enrolment(self, by: Principal) -> Enrolment:
        return self._enrolment(await self._citizens.get(by.id))

    async def masked_identity(self, by: Principal) -> tuple[str, str]:
        citizen = await self._citizens.get(by.id)
        person = await self._vault.open(citizen["sealed"])
        return identity.mask_name(person["name"]), identity.mask_id_number(person["id_number"])

    async def consents(self, by: Principal) -> Sequence[Consent]:
        citizen = await self._citizens.get(by.id)
        return [Consent(**c) for c in reversed(citizen["consents"])]

    async def grant(self, by: Principal, version: str, key: str | None) -> Enrolment:
        if version != self._scheme.consent.version:
            raise Refused(RefusalCode.CONSENT_OUTDATED, field="version")

        async def body(change: Change) -> Outcome:
            citizen = await self._citizens.get(by.id, change.session)
            if citizen["enrolment"]["consent_version"] != version:
                await change["citizens"].update_one(
                    {"_id": by.id, "version": citizen["version"]},
                    {
                        "$set": {"enrolment.consent_version": version},
                        "$push": {"consents": _consent(version, self._scheme, change.now)},
                        "$inc": {"version": 1},
                    },
                    session=change.session,
                )
                await change.audit(chain_of(by.id), "consent.granted", {"version": version})
            return {}

        await self._changes.run(by, "grant", body, key=key, request=version)
        return await self.enrolment(by)

    async def optional_items(self, by: Principal) -> Sequence[OptionalItem]:
        declined = set((await self._citizens.get(by.id))["declined"])
        return [
            OptionalItem(rule=r.code, label=text(r.label), declined=r.code in declined)
            for r in self._scheme.rules
            if r.optional
        ]

    async def decline(self, by: Principal, rule: str, declined: bool, key: str | None) -> OptionalItem:
        known = self._scheme.rules_by_code.get(rule)
        if known is None:
            raise Refused(RefusalCode.NOT_FOUND, field="rule")
        if not known.optional:
            raise Refused(RefusalCode.NOT_OPTIONAL, field="rule")

        async def body(change: Change) -> Outcome:
            operator = "$addToSet" if declined else "$pull"
            await change["citizens"].update_one(
                {"_id": by.id}, {operator: {"declined": rule}, "$inc": {"version": 1}}, session=change.session
            )
            citizen = await self._citizens.get(by.id, change.session)
            await change.audit(chain_of(by.id), "item.declined", {"rule": rule, "declined": declined})
            await self._assessor.reassess(change, citizen, "choice")
            return {}

        await self._changes.run(by, "decline", body, key=key, request=[rule, declined])
        return OptionalItem(rule=rule, label=text(known.label), declined=declined)

    async def access_log(self, by: Principal, page: Page) -> Connection[AccessEntry]:
        query: Document = {"chain": chain_of(by.id), "look": True}
        if page.after is not None:
            query["seq"] = {"$lt": int(page.after) if page.after.isdigit() else 0}
        found = self._store["audit"].find(query).sort([("seq", -1)]).limit(page.first + 1)
        rows = await found.to_list(None)
        entries = [
            AccessEntry(
                key=str(row["seq"]),
                at=row["at"],
                role=row["role"],
                action=row["action"],
                why=row["details"].get("why"),
            )
            for row in rows[: page.first]
        ]
        return connect(entries, lambda e: e.key, page, has_next=len(rows) > page.first)

    # Leaving and unlinking

    async def leave(self, by: Principal, key: str | None) -> Left:
        new_keys = {}
        for bound in (await self._citizens.get(by.id)).get("contacts", []):
            new_keys[bound["hash"]] = await self._vault.create_key()

        async def body(change: Change) -> Outcome:
            citizen = await self._citizens.get(by.id, change.session)
            withdrawn = await change["disputes"].update_many(
                {"citizen": by.id, "open": True},
                {
                    "$set": {"state": DisputeState.WITHDRAWN.value, "open": False},
                    "$inc": {"version": 1},
                    "$push": {"events": {"at": change.now, "action": "leave", "by": "citizen"}},
                },
                session=change.session,
            )
            for name in ("records", "assessments", "passes"):
                await change[name].delete_many({"citizen": by.id}, session=change.session)
            await change["citizens"].delete_one({"_id": by.id}, session=change.session)
            for contact_id, new_key in new_keys.items():
                await self._contacts.replace_key(change, contact_id, new_key)
            await self._vault.destroy_key(citizen["key"], change.session)
            await change.audit(chain_of(by.id), "enrolment.left")
            return {"disputes_withdrawn": withdrawn.modified_count}

        return Left(**await self._changes.run(by, "leave", body, key=key))

    async def unlink(self, by: Principal, key: str | None) -> Unlinked:
        contact_id = _contact_id(by)
        masked_name = (await self.masked_identity(by))[0]
        new_key = await self._vault.create_key()

        async def body(change: Change) -> Outcome:
            await self.unbind(change, by.id, contact_id)
            await self._contacts.replace_key(change, contact_id, new_key)
            return {"masked_name": masked_name}

        return Unlinked(**await self._changes.run(by, "unlink", body, key=key))

    async def unfollow(self, by: Principal) -> None:
        """The channel ended: unlink, and purge everything that the channel gave us."""
        contact_id = _contact_id(by)

        async def body(change: Change) -> Outcome:
            if by.kind is Kind.CITIZEN:
                await self.unbind(change, by.id, contact_id)
            await self._contacts.forget(change, contact_id)
            return {}

        await self._changes.run(by, "unfollow", body)

    @staticmethod
    async def unbind(change: Change, citizen_id: str, contact_id: str) -> None:
        """Take a contact off a citizen."""
        await change["citizens"].update_one(
            {"_id": citizen_id},
            {"$pull": {"contacts": {"hash": contact_id}}, "$inc": {"version": 1}},
            session=change.session,
        )
        await change.audit(chain_of(citizen_id), "enrolment.unlinked")

    # Small helpers

    def _person(self, asked: StartBindingInput) -> Identity:
        try:
            return identity.parse_identity(asked.name, asked.id_number, asked.phone, on=day_of(self._clock()))
        except InvalidIdentityError as error:
            raise _refusal(error, None) from None

    def _code_index(self, attempt: str, code: str) -> bytes:
        return self._vault.blind(f"code:{attempt}", code.strip())

    def _enrolment(self, citizen: Document) -> Enrolment:
        enrolment = citizen["enrolment"]
        return Enrolment(
            scheme=enrolment["scheme"],
            consent_version=enrolment["consent_version"],
            consent_current=enrolment["consent_version"] == self._scheme.consent.version,
            enrolled_at=enrolment["enrolled_at"],
        )


def _contact_id(by: Principal) -> str:
    if by.contact is None:
        raise Refused(RefusalCode.NO_CHANNEL)
    return by.contact.id


def _started(outcome: Outcome) -> BindingStarted:
    return BindingStarted(
        attempt=strawberry.ID(outcome["attempt"]),
        masked_phone=outcome["masked_phone"],
        expires_at=outcome["expires_at"],
    )


def _consent(version: str, scheme: Scheme, now: datetime) -> Document:
    return {
        "version": version,
        "purpose": scheme.consent.purpose,
        "granted_at": now,
        "withdrawn_at": None,
    }


_FIELDS = {"name_invalid": "name", "phone_invalid": "phone"}


def _refusal(error: InvalidIdentityError, field: str | None) -> Refused:
    where = field or _FIELDS.get(error.code, "idNumber")
    refused = Refused(RefusalCode[error.code.upper()], field=where)
    refused.details.update(error.details)
    return refused
