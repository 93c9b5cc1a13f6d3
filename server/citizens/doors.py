"""Sign-ins that are new: the citizen's other accounts are told, with a way back.

A door is where an account signs in: the mini-program, an app, a page in a browser, each with the device where it has
one. The first door of an account is no news, for its binding was; nor is a page in WeChat, which is the chat's account.
"""

from __future__ import annotations

from schema.types.enrolment import Channel
from schema.types.principal import Caller, Contact, Principal
from server.citizens.contacts import KnownContact
from server.citizens.model import CitizenRow
from server.citizens.repository import CitizenRepository, ContactRepository
from server.citizens.service import Citizens
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault

_MOST_DEVICE = 128


class Doors:
    """Remembers where each account signs in."""

    def __init__(self, vault: Vault, unit_of_work: UnitOfWork, citizens: Citizens) -> None:
        self._vault = vault
        self._unit_of_work = unit_of_work
        self._citizens = citizens

    async def enter(self, known: KnownContact, kind: str, device: str | None = None) -> None:
        """An account signs in; `device` is what a browser or an app keeps, and is stored as a keyed digest."""
        door = kind if not device else f"{kind} {self._vault.blind_text('device', device[:_MOST_DEVICE])}"
        if door not in known.doors:
            await self._enter(Caller(Principal(contact=known.contact)), door)

    @use_case("enter_door")
    async def _enter(self, tx: Transaction, door: str) -> None:
        contacts, contact = ContactRepository(tx), tx.actor.contact
        row = None if contact is None else await contacts.get(contact.id)
        if contact is None or row is None or door in row.get("doors", ()):
            return
        await contacts.add_door(contact.id, door)
        if row.get("doors"):
            for citizen in await CitizenRepository(tx).enrolled_with([contact.id]):
                await tell_of_sign_in(tx, self._citizens, citizen, contact, "device")


async def tell_of_sign_in(tx: Transaction, citizens: Citizens, citizen: CitizenRow, contact: Contact, new: str) -> None:
    """Tell the citizen's other accounts that this one came in, as a new `account`, or on a new `device`."""
    at = tx.now.isoformat()
    data = {"channel": Channel(contact.channel).name.lower(), "new": new, "at": at}
    await citizens.notify(tx, citizen, "signed_in", data, about=contact.id, once=at, without=contact.id)
