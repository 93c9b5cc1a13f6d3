"""Reports of accounts that are not bound: a sign-in or a binding was refused. Each has a deadline, as a case has.

Nothing of a person is known here: the words are sealed under the account's own key, and long numbers in them are
masked. A report that is not answered in time goes to a supervisor with a new deadline, and its account is told.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from schema.types.check import CheckKind
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import CLOCK, Caller, Kind
from scoring.deadlines import due_on
from server.citizens.consents import contact_id_of
from server.citizens.contacts import Contacts
from server.disputes.documents import citizen_words
from server.enrolment.model import CheckContent
from server.enrolment.repository import CheckRepository
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import Store
from server.platform.kit.clock import Clock, day_of

OPEN_LIFE = timedelta(days=180)
_LONG_NUMBER = re.compile(r"[0-9０-９](?:[ \-]?[0-9０-９]){6,}[XxＸｘ]?")
"""A telephone or ID number in someone's words."""


class SignInReports:
    """Takes reports, and keeps their deadlines."""

    def __init__(
        self, *, store: Store, vault: Vault, clock: Clock, unit_of_work: UnitOfWork, contacts: Contacts
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._contacts = contacts

    async def report(self, caller: Caller, words: str) -> date:
        """Tell the desk; the last day for its answer. Told again, the newer words count.

        Refused: NO_CHANNEL, WORDS_*.
        """
        return date.fromisoformat(await self._report(caller, _LONG_NUMBER.sub(_masked, citizen_words(words))))

    @use_case("report_sign_in")
    async def _report(self, tx: Transaction, words: str) -> str:
        contact_id = contact_id_of(tx.actor)
        contact = await self._contacts.get(contact_id)
        if contact is None:
            raise Refused(RefusalCode.NO_CHANNEL)
        if tx.actor.kind is Kind.CITIZEN:
            raise Refused(RefusalCode.ALREADY_BOUND)
        content: CheckContent = {"name": "", "id_number": "", "words": words}
        check = check_id(self._vault, CheckKind.SIGN_IN, contact_id)
        checks = CheckRepository(tx)
        earlier = await checks.get(check)
        due, escalated = due_on(tx.today).isoformat(), False
        if earlier is not None and earlier["outcome"] is None:  # its clock goes on
            due, escalated = earlier.get("due_on", due), earlier.get("escalated", False)
        values = {
            "kind": CheckKind.SIGN_IN.value,
            "asked_at": tx.now,
            "due_on": due,
            "escalated": escalated,
            "id_index": self._vault.blind("sign_in", contact_id),
            "sealed": await self._vault.seal(contact.key, content),
            "expires_at": tx.now + OPEN_LIFE,
            "contact": contact_id,
        }
        await checks.open(check, values)
        await tx.audit(f"check:{check}", "check.asked", {"kind": CheckKind.SIGN_IN.value})
        return due

    async def keep_deadlines(self) -> int:
        """Let a supervisor have every report that was not answered in time; how many."""
        today = day_of(self._clock()).isoformat()
        late = await CheckRepository(self._store).overdue(today)
        return sum([await self._escalate(Caller(CLOCK), check, today) for check in late])

    @use_case("escalate_report")
    async def _escalate(self, tx: Transaction, check: str, today: str) -> bool:
        due = due_on(tx.today).isoformat()
        row = await CheckRepository(tx).escalate(check, today, due)
        if row is None:
            return False
        await tx.audit(f"check:{check}", "check.escalated", {"due": due})
        if "contact" in row:
            await self._contacts.notify(tx, row["contact"], "check_late", {"due": due})
        return True


def check_id(vault: Vault, kind: CheckKind, subject: str) -> str:
    """The id of a question to the desk."""
    return vault.blind_text(f"check:{kind.value}", subject)


def _masked(number: re.Match[str]) -> str:
    return f"{number[0][:2]}***{number[0][-2:]}"
