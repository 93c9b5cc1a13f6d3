"""Consent, optional items, the access log, leaving and unlinking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from schema.types.connection import Connection, Page, connect
from schema.types.enrolment import AccessEntry, Address, Consent, Enrolment, Left, OptionalItem, Unlinked
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Kind, Principal
from schema.types.scalars import Masked
from scoring import identity
from scoring.disputes import DisputeState
from scoring.scheme import Scheme
from server.benefits import pass_codes
from server.citizens.citizens import Citizens, chain_of
from server.citizens.consents import as_citizen, consent_document, contact_id_of
from server.citizens.contacts import Contacts
from server.disputes.evidence import EvidenceService
from server.platform.core.changes import Change, Changes, Outcome, citizen_owner
from server.platform.crypto.signed_tokens import SignedTokens
from server.platform.crypto.vault import Vault
from server.platform.db import Document, Store
from server.scores.assessments import Assessor
from server.scores.mapping import text

EXPORT_LIFE = timedelta(minutes=10)


class EnrolmentService:
    """Implements `schema.api.services.Enrolments`."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        scheme: Scheme,
        changes: Changes,
        citizens: Citizens,
        contacts: Contacts,
        links: SignedTokens,
        assessor: Assessor,
        evidence: EvidenceService,
    ) -> None:
        self._store = store
        self._vault = vault
        self._scheme = scheme
        self._changes = changes
        self._citizens = citizens
        self._contacts = contacts
        self._links = links
        self._assessor = assessor
        self._evidence = evidence

    async def enrolment(self, by: Principal) -> Enrolment:
        return self._enrolment(await self._citizens.get(by.id))

    async def masked_identity(self, by: Principal) -> tuple[Masked, Masked]:
        citizen = await self._citizens.get(by.id)
        person = await self._vault.open(citizen["sealed"])
        return Masked(identity.mask_name(person["name"])), Masked(identity.mask_id_number(person["id_number"]))

    async def consents(self, by: Principal) -> Sequence[Consent]:
        citizen = await self._citizens.get(by.id)
        return [Consent(**c) for c in reversed(citizen["consents"])]

    async def grant(self, by: Principal, version: str, key: str | None) -> Enrolment:
        if version != self._scheme.consent.version:
            raise Refused(RefusalCode.CONSENT_OUTDATED, field="version")

        async def body(change: Change) -> Outcome:
            citizen = await self._citizens.get(by.id, change)
            if citizen["enrolment"]["consent_version"] != version:
                await change["citizens"].update_one(
                    {"_id": by.id, "version": citizen["version"]},
                    {
                        "$set": {"enrolment.consent_version": version},
                        "$push": {"consents": consent_document(version, self._scheme, change.now)},
                        "$inc": {"version": 1},
                    },
                )
                await change.audit(chain_of(by.id), "consent.granted", {"version": version})
                citizen = await self._citizens.get(by.id, change)
                await self._assessor.reassess(change, citizen, "enrolment")
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
            await change["citizens"].update_one({"_id": by.id}, {operator: {"declined": rule}, "$inc": {"version": 1}})
            citizen = await self._citizens.get(by.id, change)
            await change.audit(chain_of(by.id), "item.declined", {"rule": rule, "declined": declined})
            await self._assessor.reassess(change, citizen, "choice")
            return {}

        await self._changes.run(by, "decline", body, key=key, request=[rule, declined])
        return OptionalItem(rule=rule, label=text(known.label), declined=declined)

    async def access_log(self, by: Principal, page: Page) -> Connection[AccessEntry]:
        query: Document = {"chain": chain_of(by.id), "look": True}
        if page.after is not None:
            query["seq"] = {"$lt": page.number()}
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

    async def export(self, by: Principal, key: str | None) -> Address:
        by = as_citizen(by)
        await self._citizens.get(by.id)

        async def body(change: Change) -> Outcome:
            await change.audit(chain_of(by.id), "data.exported", look=True)
            return {}

        await self._changes.run(by, "export", body, key=key)
        token, until = self._links.make("data", {"citizen": by.id}, EXPORT_LIFE)
        return Address(url=f"{self._links.base_url}/h5/data/{token}", expires_at=until)

    async def leave(self, by: Principal, key: str | None) -> Left:
        done = await self._changes.outcome(by, "leave", key=key)
        return Left(**(done or await self._leave(as_citizen(by), key)))

    async def _leave(self, by: Principal, key: str | None) -> Outcome:
        new_keys = {}
        for bound in (await self._citizens.get(by.id)).get("contacts", []):
            new_keys[bound["hash"]] = await self._vault.create_key()
        files = await self._evidence.names(by.id)

        async def body(change: Change) -> Outcome:
            citizen = await self._citizens.get(by.id, change)
            if {c["hash"] for c in citizen.get("contacts", [])} != new_keys.keys():
                raise Refused(RefusalCode.CONFLICT)  # an account was bound or unlinked just now
            ended = {"state": DisputeState.WITHDRAWN.value, "open": False, "ended_on": change.today.isoformat()}
            withdrawn = await change["disputes"].update_many(
                {"citizen": by.id, "open": True},
                {
                    "$set": ended,
                    "$inc": {"version": 1},
                    "$push": {"events": {"at": change.now, "action": "leave", "by": "citizen"}},
                },
            )
            for name in ("records", "record_versions", "assessments", "passes", "evidence", "case_notes"):
                await change[name].delete_many({"citizen": by.id})
            await pass_codes.forget(change, by.id)
            await change["citizens"].delete_one({"_id": by.id})
            for contact_id, new_key in new_keys.items():
                await self._contacts.replace_key(change, contact_id, new_key)
            await self._vault.destroy_key(citizen["key"], change)
            await self._changes.forget(change, citizen_owner(str(by.id)), *new_keys)
            await change.audit(chain_of(by.id), "enrolment.left")
            return {"disputes_withdrawn": withdrawn.modified_count}

        left = await self._changes.run(by, "leave", body, key=key)
        await self._evidence.delete(files)
        return left

    async def unlink(self, by: Principal, key: str | None) -> Unlinked:
        done = await self._changes.outcome(by, "unlink", key=key) or await self._unlink(as_citizen(by), key)
        person = await self._vault.open((await self._citizens.get(done["citizen"]))["sealed"])
        return Unlinked(masked_name=Masked(identity.mask_name(person["name"])))

    async def _unlink(self, by: Principal, key: str | None) -> Outcome:
        contact_id = contact_id_of(by)
        new_key = await self._vault.create_key()

        async def body(change: Change) -> Outcome:
            await self.unbind(change, by.id, contact_id)
            await self._contacts.replace_key(change, contact_id, new_key)
            return {"citizen": by.id}

        return await self._changes.run(by, "unlink", body, key=key)

    async def unfollow(self, by: Principal) -> None:
        """The channel ended: unlink, and purge everything that the channel gave us."""
        contact_id = contact_id_of(by)

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
        )
        await change.audit(chain_of(citizen_id), "enrolment.unlinked")

    def _enrolment(self, citizen: Document) -> Enrolment:
        enrolment = citizen["enrolment"]
        return Enrolment(
            scheme=enrolment["scheme"],
            consent_version=enrolment["consent_version"],
            consent_current=enrolment["consent_version"] == self._scheme.consent.version,
            enrolled_at=enrolment["enrolled_at"],
        )
