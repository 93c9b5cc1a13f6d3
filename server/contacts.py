"""Contacts: accounts on a channel that wrote to us, each with a data key of its own.

What is stored about a chat (its state, replies, pending messages) is sealed under
the contact's key, so forgetting a contact is replacing that key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from schema.principal import Contact
from server.changes import Change
from server.clock import Clock
from server.keys import Vault
from server.mongo import Document, DuplicateError, Store
from server.mongo.store import Sealed


@dataclass(frozen=True, slots=True)
class Window:
    """How many customer-service messages may follow something a person did, and for how long."""

    life: timedelta
    messages: int


WINDOWS = {"event": Window(timedelta(minutes=1), 3), "message": Window(timedelta(hours=48), 5)}
"""After a menu click, a follow or a scan; after a message (Tencent's page on customer-service messages).

The one that closes first is used up first.
"""


@dataclass(frozen=True, slots=True)
class KnownContact:
    """A contact with the key that its data is sealed under."""

    contact: Contact
    key: Sealed
    language: str
    waited_for: bool = False


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
                "locked_by": None,
                "created_at": self._clock(),
            }
            try:
                await self._store["contacts"].insert_one(known)
            except DuplicateError:
                return await self.enter(channel, account)
        return _known(known)

    async def lock(self, contact_id: str, owner: str, lease: timedelta, window: str | None = None) -> bool:
        """Take the right to answer a contact; one message at a time, in all processes.

        What the person did opens a `window`, one of `WINDOWS`, for messages to them.
        """
        now = self._clock()
        free = [{"locked_until": {"$lte": now}}, {"locked_by": None}]
        values: Document = {"locked_by": owner, "locked_until": now + lease}
        if window is not None:
            opened = WINDOWS[window]
            values[f"windows.{window}"] = {"until": now + opened.life, "left": opened.messages}
        taken = await self._store["contacts"].update_one({"_id": contact_id, "$or": free}, {"$set": values})
        return bool(taken.matched_count)

    async def spend(self, contact_id: str, messages: int) -> str | None:
        """Use up a window's messages: which window; None where none has as many left, and the contact is waited for."""
        now = self._clock()
        for window in WINDOWS:
            place = f"windows.{window}"
            enough = {"_id": contact_id, f"{place}.until": {"$gt": now}, f"{place}.left": {"$gte": messages}}
            spent = await self._store["contacts"].update_one(enough, {"$inc": {f"{place}.left": -messages}})
            if spent.matched_count:
                return window
        await self._store["contacts"].update_one({"_id": contact_id}, {"$set": {"waited_for": True}})
        return None

    async def give_back(self, contact_id: str, window: str, messages: int) -> None:
        """What was not sent after all is not used up."""
        place = {"_id": contact_id, f"windows.{window}": {"$exists": True}}
        await self._store["contacts"].update_one(place, {"$inc": {f"windows.{window}.left": messages}})

    async def close_windows(self, contact_id: str) -> None:
        """The platform says that no more messages may follow: believe it rather than our own count."""
        await self._store["contacts"].update_one(
            {"_id": contact_id}, {"$set": {"waited_for": True}, "$unset": {"windows": ""}}
        )

    async def arrived(self, contact_id: str) -> None:
        """Nobody waits for this contact any more."""
        await self._store["contacts"].update_one({"_id": contact_id}, {"$set": {"waited_for": False}})

    async def renew(self, contact_id: str, owner: str, lease: timedelta) -> None:
        """Keep the right while the work goes on."""
        await self._store["contacts"].update_one(
            {"_id": contact_id, "locked_by": owner}, {"$set": {"locked_until": self._clock() + lease}}
        )

    async def unlock(self, contact_id: str, owner: str) -> None:
        """Give the right back."""
        await self._store["contacts"].update_one({"_id": contact_id, "locked_by": owner}, {"$set": {"locked_by": None}})

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

    async def replace_key(self, change: Change, contact_id: str, new_key: Sealed) -> None:
        """Forget a chat: what was sealed under the old key becomes unreadable."""
        known = await change["contacts"].find_one({"_id": contact_id}, session=change.session)
        if known is None:
            return
        account = await self._vault.open(known["sealed"])
        sealed = await self._vault.seal(new_key, account)
        await change["contacts"].update_one(
            {"_id": contact_id}, {"$set": {"key": new_key, "sealed": sealed}}, session=change.session
        )
        await self._erase_chat(change, contact_id)
        await self._vault.destroy_key(known["key"], change.session)

    async def forget(self, change: Change, contact_id: str) -> None:
        """Remove a contact and everything that its channel gave us."""
        known = await change["contacts"].find_one({"_id": contact_id}, session=change.session)
        if known is None:
            return
        await change["contacts"].delete_one({"_id": contact_id}, session=change.session)
        await self._erase_chat(change, contact_id)
        await self._vault.destroy_key(known["key"], change.session)

    @staticmethod
    async def _erase_chat(change: Change, contact_id: str) -> None:
        await change["conversations"].delete_one({"_id": contact_id}, session=change.session)
        await change["messages"].delete_many({"contact": contact_id}, session=change.session)
        await change["binding_attempts"].delete_many({"contact": contact_id}, session=change.session)


def _known(document: Document) -> KnownContact:
    contact = Contact(document["channel"], document["_id"])
    return KnownContact(contact, document["key"], document["language"], document.get("waited_for", False))
