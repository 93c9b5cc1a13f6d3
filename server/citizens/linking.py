"""Accounts that WeChat says are one person's: bound in one, known in the other."""

from __future__ import annotations

import contextlib

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Principal
from server.citizens.contacts import KnownContact
from server.citizens.doors import tell_of_sign_in
from server.citizens.holds import refuse_frozen
from server.citizens.model import BoundContactRow
from server.citizens.repository import CitizenRepository, ContactRepository
from server.citizens.service import Citizens, chain_of
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.db import Store


class AccountLinking:
    """Gives a citizen the account in which they just signed in, where another one of theirs is bound."""

    def __init__(self, store: Store, unit_of_work: UnitOfWork, citizens: Citizens) -> None:
        self._store = store
        self._citizens = citizens
        self._unit_of_work = unit_of_work

    async def link(self, known: KnownContact) -> None:
        """Nothing happens where the account is bound, was unlinked or moved away from, or is not clearly one citizen's.

        Nor while the citizen's accounts are frozen.
        """
        if known.union is None or known.apart:
            return
        if len(await ContactRepository(self._store).of_union(known.union)) < 2:
            return
        if not await CitizenRepository(self._store).is_bound(known.contact.id):
            with contextlib.suppress(Refused):
                await self._link(Caller(Principal(contact=known.contact)), known.union)

    @use_case("link", duplicate=RefusalCode.ALREADY_BOUND)
    async def _link(self, tx: Transaction, union: str) -> None:
        contact = tx.actor.contact
        citizens = CitizenRepository(tx)
        others = [row["_id"] for row in await ContactRepository(tx).of_union(union)]
        found = await citizens.enrolled_with(others)
        if contact is None or len(found) != 1:
            return
        (citizen,) = found
        refuse_frozen(citizen, tx.now)
        if any(bound["channel"] == contact.channel for bound in citizen.get("contacts", [])):
            return
        linked: BoundContactRow = {"hash": contact.id, "channel": contact.channel, "bound_at": tx.now}
        await citizens.add_contact(citizen["_id"], linked)
        await tx.audit(chain_of(citizen["_id"]), "enrolment.linked", {"channel": contact.channel})
        await tell_of_sign_in(tx, self._citizens, citizen, contact, "account")
