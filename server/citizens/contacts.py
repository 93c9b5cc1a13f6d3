"""Contacts: accounts on a channel that wrote to us, each with a data key of its own.

What is stored about a chat (its state, replies, pending messages) is sealed under
the contact's key, so forgetting a contact is replacing that key.
"""

from __future__ import annotations

from dataclasses import dataclass

from schema.types.principal import Contact
from server.platform.core.unit_of_work import Transaction
from server.platform.crypto.vault import Vault
from server.platform.db import Document, DuplicateError, Store
from server.platform.db.store import Sealed
from server.platform.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class KnownContact:
    """A contact with the key that its data is sealed under."""

    contact: Contact
    key: Sealed
    language: str


class Contacts:
    """Finds and forgets contacts."""

    def __init__(self, store: Store, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    def id_of(self, channel: str, account: str) -> str:
        """The pseudonymous id of an account."""
        return self._vault.blind_text(f"contact:{channel}", account)

    async def enter(self, channel: str, account: str) -> KnownContact:
        """The contact for a verified account; made at its first message."""
        contact_id = self.id_of(channel, account)
        known = await self._store["contacts"].find_one({"_id": contact_id})
        if known is None:
            key = await self._vault.create_key()
            known = {
                "_id": contact_id,
                "channel": channel,
                "key": key,
                "sealed": await self._vault.seal(key, {"account": account}),
                "language": "zh",
                "created_at": self._clock(),
            }
            try:
                await self._store["contacts"].insert_one(known)
            except DuplicateError:
                return await self.enter(channel, account)
        return _known(known)

    async def get(self, contact_id: str) -> KnownContact | None:
        """A contact by its id, or None after it was forgotten."""
        known = await self._store["contacts"].find_one({"_id": contact_id})
        return None if known is None else _known(known)

    async def account(self, contact_id: str) -> tuple[str, str] | None:
        """Channel and account name, to send something to; None after it was forgotten."""
        known = await self._store["contacts"].find_one({"_id": contact_id})
        if known is None:
            return None
        return known["channel"], (await self._vault.open(known["sealed"]))["account"]

    async def set_language(self, contact_id: str, language: str) -> None:
        """Which language to write in, `zh` or `en`."""
        await self._store["contacts"].update_one({"_id": contact_id}, {"$set": {"language": language}})

    async def replace_key(self, tx: Transaction, contact_id: str, new_key: Sealed) -> None:
        """Forget a chat: what was sealed under the old key becomes unreadable."""
        known = await tx["contacts"].find_one({"_id": contact_id})
        if known is None:
            return
        account = await self._vault.open(known["sealed"])
        sealed = await self._vault.seal(new_key, account)
        await tx["contacts"].update_one({"_id": contact_id}, {"$set": {"key": new_key, "sealed": sealed}})
        await self._empty_chat(tx, contact_id, {"key": new_key, "language": known["language"]})
        await self._vault.destroy_key(known["key"], tx)

    async def forget(self, tx: Transaction, contact_id: str) -> None:
        """Remove a contact and everything that its channel gave us."""
        known = await tx["contacts"].find_one({"_id": contact_id})
        if known is None:
            return
        await tx["contacts"].delete_one({"_id": contact_id})
        await tx["conversations"].delete_one({"_id": contact_id})
        await self._erase_attempts(tx, contact_id)
        await self._vault.destroy_key(known["key"], tx)

    async def _empty_chat(self, tx: Transaction, contact_id: str, values: Document) -> None:
        """Erase what was said. Which messages came, and who works on one, stays: one may have asked for just this."""
        said = {"sealed": "", "state_at": "", "recent.$[].message": ""}
        emptied = {"$set": {**values, "citizen": None, "replies": {}}, "$unset": said}
        await tx["conversations"].update_one({"_id": contact_id}, emptied)
        await self._erase_attempts(tx, contact_id)

    @staticmethod
    async def _erase_attempts(tx: Transaction, contact_id: str) -> None:
        await tx["binding_attempts"].delete_many({"contact": contact_id})
        await tx["refresh_tokens"].delete_many({"contact": contact_id})


def _known(document: Document) -> KnownContact:
    contact = Contact(document["channel"], document["_id"])
    return KnownContact(contact, document["key"], document["language"])
