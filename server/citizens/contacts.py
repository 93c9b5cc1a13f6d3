"""Contacts: accounts on a channel that wrote to us, each with a data key of its own.

What is stored about a chat (its state, replies, pending messages) is sealed under
the contact's key, so forgetting a contact is replacing that key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from schema.types.principal import Contact
from server.citizens.model import ContactRow
from server.citizens.repository import (
    CONTACTS,
    CONVERSATIONS,
    CitizenRepository,
    ContactRepository,
    ConversationRepository,
)
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction
from server.platform.crypto.vault import Vault
from server.platform.db import DuplicateError, Owned, Owner, Sealed, Store, erased_with
from server.platform.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class KnownContact:
    """A contact with the key that its data is sealed under."""

    contact: Contact
    key: Sealed
    language: str
    union: str | None = None
    """What accounts of one person have in common, where WeChat says so."""
    apart: bool = False
    """Whether the person unlinked it."""
    doors: frozenset[str] = frozenset()
    """Where it signed in."""


class Contacts(FollowsScheme):
    """Finds and forgets contacts; a new one is spoken to in the language that the city begins with."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, owned: Sequence[Owned], scheme: SchemeInForce) -> None:
        self._rows = ContactRepository(store)
        self._latest = ContactRepository(store.latest)
        self._vault = vault
        self._clock = clock
        self._in_force = scheme
        self._owned = erased_with(Owner.CONTACT, owned)

    def id_of(self, channel: str, account: str) -> str:
        """The pseudonymous id of an account."""
        return self._vault.blind_text(f"contact:{channel}", account)

    async def enter(self, channel: str, account: str, union: str | None = None) -> KnownContact:
        """The contact for a verified account; made at its first message. `union` is the unionid, where it is known."""
        contact_id = self.id_of(channel, account)
        row = await self._rows.get(contact_id)
        if row is None:
            key = await self._vault.create_key()
            row = {
                "_id": contact_id,
                "channel": channel,
                "key": key,
                "sealed": await self._vault.seal(key, {"account": account}),
                "language": self._scheme.city.languages[0],
                "created_at": self._clock(),
            }
            try:
                await self._rows.insert(row)
            except DuplicateError:
                return await self.enter(channel, account, union)
        if union is not None and row.get("union") != (index := self._vault.blind_text("union", union)):
            await self._rows.set_union(contact_id, index)
            row["union"] = index
        return _contact_of(row)

    async def get(self, contact_id: str) -> KnownContact | None:
        """A contact by its id, or None after it was forgotten."""
        row = await self._rows.get(contact_id)
        return None if row is None else _contact_of(row)

    async def addressed(self, contact_id: str) -> tuple[KnownContact, str] | None:
        """A contact with its account name, to send something to; None after it was forgotten."""
        row = await self._rows.get(contact_id) or await self._latest.get(contact_id)
        if row is None:
            return None
        return _contact_of(row), (await self._vault.open(row["sealed"]))["account"]

    async def set_language(self, contact_id: str, language: str) -> None:
        """Which language to write in, `zh` or `en`."""
        await self._rows.set_language(contact_id, language)

    async def end_sign_ins(self, tx: Transaction, contact_id: str) -> None:
        """Sessions that were made before this moment are over."""
        await ContactRepository(tx).set_signed_out(contact_id, tx.now)
        await CitizenRepository(tx).end_sign_ins(contact_id, tx.now)

    async def is_signed_out(self, contact_id: str, signed_in_at: float) -> bool:
        """Whether a sign-in of that moment is over, in seconds since 1970."""
        row = await self._rows.get(contact_id)
        ended = None if row is None else row.get("signed_out_at")
        return ended is not None and signed_in_at <= ended.timestamp()

    async def keep_apart(self, tx: Transaction, contact_id: str) -> None:
        """The person unlinked this account: it is not linked again by itself."""
        await ContactRepository(tx).set_apart(contact_id)

    async def notify(self, tx: Transaction, contact_id: str, notice: str, data: Mapping[str, JsonValue]) -> None:
        """Put a notice for an account in the chat into the outbox, whoever is bound to it; sealed under its own key."""
        row = await ContactRepository(tx).get(contact_id)
        if row is not None and row["channel"] == "wechat":
            told: dict[str, JsonValue] = {"contact": contact_id, "notice": notice, "data": dict(data)}
            await tx.notify("account", row["key"], told)

    async def replace_key(self, tx: Transaction, contact_id: str, new_key: Sealed) -> None:
        """Forget a chat: what was sealed under the old key becomes unreadable."""
        contacts = ContactRepository(tx)
        row = await contacts.get(contact_id)
        if row is None:
            return
        account = await self._vault.open(row["sealed"])
        await contacts.set_key(contact_id, new_key, await self._vault.seal(new_key, account))
        await ConversationRepository(tx).empty(contact_id, new_key, row["language"])
        for owned in self._owned:
            if owned.collection not in (CONTACTS, CONVERSATIONS):
                await tx[owned.collection].delete_many({owned.by: contact_id})
        await self._vault.destroy_key(row["key"], tx)

    async def forget(self, tx: Transaction, contact_id: str) -> None:
        """Remove a contact and everything that its channel gave us; which messages came is known until that expires."""
        row = await ContactRepository(tx).get(contact_id)
        if row is None:
            return
        await ConversationRepository(tx).leave(contact_id)
        for owned in self._owned:
            if owned.collection == CONVERSATIONS:
                continue
            await tx[owned.collection].delete_many({owned.by: contact_id})
        await self._vault.destroy_key(row["key"], tx)


def _contact_of(row: ContactRow) -> KnownContact:
    contact = Contact(row["channel"], row["_id"])
    return KnownContact(
        contact=contact,
        key=row["key"],
        language=row["language"],
        union=row.get("union"),
        apart=row.get("apart", False),
        doors=frozenset(row.get("doors", ())),
    )
