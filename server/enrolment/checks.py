"""Questions to the desk about who someone is: Egret asks them, a person at the desk closes each.

`ask` is for any room above the citizens that has something to ask, within its own transaction. What a kind means when
it is closed stands in `_close`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import cast

import strawberry

from schema.types.check import Check, CheckedRecord, CheckKind, CheckOutcome
from schema.types.connection import Connection, Page, connect
from schema.types.enrolment import AccessAction
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import CLOCK, Caller, Kind, Principal, require
from schema.types.scalars import Masked
from scoring import identity
from scoring.identity import Identity
from server.citizens.consents import contact_id_of
from server.citizens.contacts import Contacts
from server.citizens.model import CitizenRow
from server.citizens.repository import CitizenRepository
from server.citizens.service import Citizens, chain_of
from server.disputes.documents import staff_words
from server.disputes.eyes import ABOUT_YOU, ESCALATED, YOUR_PROPOSAL, known_person
from server.enrolment.model import CheckContent, CheckRow
from server.enrolment.participation import halt
from server.enrolment.record_checks import ABOUT_RECORDS, RecordChecks
from server.enrolment.repository import CheckRepository
from server.enrolment.sign_in_reports import OPEN_LIFE, SignInReports, check_id
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import Collections, Sealed, Store
from server.platform.kit.errors import GoneError
from server.records.model import RecordRow
from server.records.repository import RecordRepository

CLOSED_LIFE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class About:
    """Whom a question is about, and who asks: masked, they are sealed under `key`; and the record, if any."""

    name: str
    id_number: str
    key: Sealed
    citizen: str | None = None
    contact: str | None = None
    record: str | None = None


class Checks:
    """Implements `schema.api.services.Checks`."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        unit_of_work: UnitOfWork,
        citizens: Citizens,
        contacts: Contacts,
        records: RecordChecks,
        reports: SignInReports,
    ) -> None:
        self._store = store
        self._vault = vault
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._contacts = contacts
        self._records = records
        self._reports = reports

    async def ask(self, tx: Transaction, kind: CheckKind, subject: str, about: About) -> None:
        """Ask the desk, once for a kind and a subject: asked again it only counts."""
        shown: CheckContent = {
            "name": identity.mask_name(about.name) if about.name else "",
            "id_number": identity.mask_id_number(about.id_number),
        }
        values = {
            "kind": kind.value,
            "asked_at": tx.now,
            "id_index": self._citizens.id_index(about.id_number),
            "sealed": await self._vault.seal(about.key, shown),
            "expires_at": tx.now + OPEN_LIFE,
        }
        owners = {"citizen": about.citizen, "contact": about.contact, "record": about.record}
        values |= {name: owner for name, owner in owners.items() if owner is not None}
        check = self._id(kind, subject)
        await CheckRepository(tx).open(check, values)
        await tx.audit(_chain(check, about.citizen), "check.asked", {"kind": kind.value})

    async def ask_about_held(self, tx: Transaction, held: RecordRow, citizen: CitizenRow, resident: str) -> None:
        """Ask whether a record may count that was held when it came again."""
        await self._ask_about(tx, CheckKind.RECORD_HELD, held["person_document"].hex(), held, citizen, resident)

    async def ask_about_twins(self, citizen_id: str, records: Sequence[str]) -> None:
        """Ask whether records are events of their own that are withheld as the same event; of each once."""
        await self._ask_about_twins(Caller(CLOCK), citizen_id, records)

    @use_case("ask_about_twins")
    async def _ask_about_twins(self, tx: Transaction, citizen_id: str, records: Sequence[str]) -> None:
        citizen = await CitizenRepository(tx).get(citizen_id)
        for record in records:
            row = await RecordRepository(tx).get(record)
            if citizen is None or row is None or "separate" in row:
                continue
            if await CheckRepository(tx).get(self._id(CheckKind.SAME_EVENT, record)) is None:
                number = (await self._vault.open(citizen["sealed"]))["id_number"]
                await self._ask_about(tx, CheckKind.SAME_EVENT, record, row, citizen, number)

    async def _ask_about(
        self, tx: Transaction, kind: CheckKind, subject: str, record: RecordRow, citizen: CitizenRow, resident: str
    ) -> None:
        name = (await self._vault.open(citizen["sealed"])).get("name", "")
        about = About(name, resident, citizen["key"], citizen=citizen["_id"], record=record["_id"])
        await self.ask(tx, kind, subject, about)

    @use_case("ask_desk")
    async def ask_for(
        self, tx: Transaction, kind: CheckKind, subject: str, person: Identity, *, of_citizen: bool = False
    ) -> None:
        """Ask on behalf of an account that is not bound, in a transaction of its own: what it wanted is refused.

        `of_citizen` says that the citizen of that number sees it in their log and their data.
        """
        contact_id = contact_id_of(tx.actor)
        contact = await self._contacts.get(contact_id)
        if contact is None:
            raise Refused(RefusalCode.NO_CHANNEL)
        citizen = await self._citizens.find(person.id_number, tx) if of_citizen else None
        owner = None if citizen is None else citizen["_id"]
        about = About(person.name, person.id_number, contact.key, citizen=owner, contact=contact_id)
        await self.ask(tx, kind, subject, about)

    async def report_sign_in(self, caller: Caller, words: str) -> date:
        """As `server.enrolment.sign_in_reports`."""
        return await self._reports.report(caller, words)

    async def is_lifted(self, within: Collections, kind: CheckKind, subject: str) -> bool:
        """Whether a person at the desk has decided a question for the one who asks."""
        row = await CheckRepository(within).get(self._id(kind, subject))
        return row is not None and row["outcome"] == CheckOutcome.LIFTED.value

    async def page(self, actor: Principal, page: Page, *, is_open: bool) -> Connection[Check]:
        """Questions, newest first. The look is logged."""
        before = None if page.after is None else page.moment()
        repository = CheckRepository(self._store)
        rows = await repository.page(is_open=is_open, most=page.first + 1, before=before)
        shown = rows[: page.first]
        await self._log_looks(Caller(actor), shown)
        checks = await self._views(shown)
        count = partial(repository.count, is_open=is_open)
        return connect(checks, lambda c: c.asked_at.isoformat(), page, has_next=len(rows) > len(shown), count=count)

    async def close(self, caller: Caller, check: str, outcome: CheckOutcome, words: str | None = None) -> Check:
        """Close a question, and do what its outcome means; `words` answer who reported a sign-in. Refused: WORDS_*."""
        await self._close(caller, check, outcome, staff_words(words) if words else None)
        row = await CheckRepository(self._store).get(check)
        if row is None:
            raise Refused(RefusalCode.NOT_FOUND, field="id")
        return (await self._views([row]))[0]

    @use_case("close_check")
    async def _close(self, tx: Transaction, check: str, outcome: CheckOutcome, words: str | None) -> None:
        person = await known_person(tx)
        checks = CheckRepository(tx)
        row = await checks.get(check)
        if row is None:
            raise Refused(RefusalCode.NOT_FOUND, field="id")
        if bytes(row["id_index"]) == bytes(person):
            raise Refused(RefusalCode.FOUR_EYES, why=ABOUT_YOU)
        if words is not None and row["kind"] != CheckKind.SIGN_IN:
            raise Refused(RefusalCode.BAD_INPUT, field="words")
        if row.get("escalated", False) and tx.actor.kind is not Kind.APPROVER:
            raise Refused(RefusalCode.FOUR_EYES, why=ESCALATED)
        if row["kind"] in ABOUT_RECORDS and outcome is CheckOutcome.LIFTED and await self._proposes(tx, row, person):
            return
        if not await checks.close(check, outcome.value, tx.actor.id, tx.now, tx.now + CLOSED_LIFE):
            raise Refused(RefusalCode.CONFLICT)
        citizen = row.get("citizen")
        details = {"kind": row["kind"], "outcome": outcome.value}
        await tx.audit(_chain(check, citizen), "check.closed", details)
        if row["kind"] == CheckKind.NOT_ME and outcome is CheckOutcome.LIFTED and citizen is not None:
            await CitizenRepository(tx).unfreeze(citizen)
        if row["kind"] == CheckKind.RESIDENCE and citizen is not None:
            await self._decide_residence(tx, citizen, paused=outcome is CheckOutcome.KEPT)
        if row["kind"] in ABOUT_RECORDS:
            await self._records.decide(tx, row, counts=outcome is CheckOutcome.LIFTED)
        await self._tell(tx, row, details if words is None else details | {"words": words})

    @staticmethod
    async def _proposes(tx: Transaction, row: CheckRow, person: bytes) -> bool:
        """Whether this is the first of the two people that letting a record count takes; the second approves."""
        if await CheckRepository(tx).propose(row["_id"], tx.actor.id, person):
            await tx.audit(_chain(row["_id"], row.get("citizen")), "check.proposed", {"kind": row["kind"]})
            return True
        if bytes(row.get("proposed_person", b"")) == bytes(person):
            raise Refused(RefusalCode.FOUR_EYES, why=YOUR_PROPOSAL)
        require(tx.actor, Kind.APPROVER)
        return False

    @staticmethod
    async def _decide_residence(tx: Transaction, citizen_id: str, *, paused: bool) -> None:
        """Decide an objection to the register; nothing is left to decide where the register was corrected since."""
        citizens = CitizenRepository(tx)
        row = await citizens.get(citizen_id)
        if row is None or "residence" not in row:
            return
        await citizens.set_residence(citizen_id, row["residence"] | {"paused": paused, "decided_at": tx.now})
        if paused:
            await halt(tx, citizen_id)

    async def _tell(self, tx: Transaction, row: CheckRow, details: dict[str, str]) -> None:
        if "contact" in row:
            await self._contacts.notify(tx, row["contact"], "check_closed", details)
        elif "citizen" in row:
            citizen = await CitizenRepository(tx).get(row["citizen"])
            if citizen is not None:
                await self._citizens.notify(tx, citizen, "check_closed", details)

    @use_case("look_at_checks")
    async def _log_looks(self, tx: Transaction, rows: Sequence[CheckRow]) -> None:
        await tx.audit(f"desk:{tx.actor.id}", "checks.listed", {"found": len(rows)})
        for citizen in sorted({row["citizen"] for row in rows if "citizen" in row}):
            await tx.audit(chain_of(citizen), AccessAction.CHECK_VIEWED.value, look=True)

    async def _views(self, rows: Sequence[CheckRow]) -> list[Check]:
        citizens = sorted({row["citizen"] for row in rows if "citizen" in row})
        sealed = await CitizenRepository(self._store).sealed_of(citizens) if citizens else []
        people = {citizen: await self._opened(one) for citizen, one in sealed}
        names = {citizen: Masked(identity.mask_name(who["name"])) for citizen, who in people.items() if who}
        records = await self._records.shown(self._store, rows)
        return [
            _view(row, await self._opened(row["sealed"]), names.get(row.get("citizen", "")), records.get(row["_id"]))
            for row in rows
        ]

    async def _opened(self, sealed: Sealed) -> CheckContent | None:
        """Name and number; None where their account was forgotten, or they have left."""
        try:
            content = await self._vault.open(sealed)
        except GoneError:
            return None
        return cast(CheckContent, content)

    def _id(self, kind: CheckKind, subject: str) -> str:
        return check_id(self._vault, kind, subject)


def _view(row: CheckRow, shown: CheckContent | None, name_now: Masked | None, record: CheckedRecord | None) -> Check:
    outcome = row["outcome"]
    return Check(
        id=strawberry.ID(row["_id"]),
        kind=CheckKind(row["kind"]),
        asked_at=row["asked_at"],
        times=row["times"],
        masked_name=Masked(shown["name"]) if shown and shown["name"] else None,
        masked_id_number=Masked(shown["id_number"]) if shown and shown["id_number"] else None,
        masked_name_now=name_now,
        record=record,
        proposed_by=row.get("proposed_by"),
        words=shown.get("words") if shown else None,
        due_on=date.fromisoformat(row["due_on"]) if "due_on" in row else None,
        escalated=row.get("escalated", False),
        outcome=None if outcome is None else CheckOutcome(outcome),
        closed_at=row.get("closed_at"),
        closed_by=row.get("closed_by"),
    )


def _chain(check: str, citizen: str | None) -> str:
    """The citizen's chain; one of its own where there is no citizen yet."""
    return f"check:{check}" if citizen is None else chain_of(citizen)
