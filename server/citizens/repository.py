"""Queries of citizens, and of contacts with their conversations.

How a conversation is locked, answered and saved stands in `server/chat/conversations.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from server.citizens.model import BoundContactRow, CitizenRow, ConsentRow, ContactRow, NoticeChoicesRow, ResidenceRow
from server.platform.db import EXPIRES, Collection, Collections, Document, Index, Owned, Owner, Query, Sealed, Store

CITIZENS = "citizens"
CONTACTS = "contacts"
CONVERSATIONS = "conversations"
COLLECTIONS = (CITIZENS, CONTACTS, CONVERSATIONS)
INDEXES: tuple[Index, ...] = (
    (CITIZENS, [("id_index", 1)], {"unique": True}),
    (
        CITIZENS,
        [("contacts.hash", 1)],
        {"unique": True, "partialFilterExpression": {"contacts.hash": {"$exists": True}}},
    ),
    (CONTACTS, [("union", 1)], {"partialFilterExpression": {"union": {"$exists": True}}}),
    (CITIZENS, [("name_index", 1)], {"partialFilterExpression": {"name_index": {"$exists": True}}}),
    (CITIZENS, [("masked_index", 1)], {"partialFilterExpression": {"masked_index": {"$exists": True}}}),
    (CITIZENS, [("residence.since", 1)], {"partialFilterExpression": {"residence.since": {"$exists": True}}}),
    (CONVERSATIONS, [("expires_at", 1)], {"expireAfterSeconds": 0}),
    (CONVERSATIONS, [("state_at", 1)], {"partialFilterExpression": {"state_at": {"$exists": True}}}),
    (
        CONVERSATIONS,
        [("recent.pending", 1)],
        {"partialFilterExpression": {"recent.pending": {"$exists": True}}, "name": "unanswered"},
    ),
)
OWNED = (
    Owned(CITIZENS, by="_id", keep="as long as records of the person", export="identity"),
    Owned(CONTACTS, by="_id", owner=Owner.CONTACT, keep="contacts_days", export="accounts", shard_key="_id"),
    Owned(CONVERSATIONS, by="_id", owner=Owner.CONTACT, keep=EXPIRES, shard_key="_id"),
)
ENROLLED: Query = {"enrolment": {"$ne": None}}
TAKING_PART: Query = {**ENROLLED, "look_only_since": None}
"""Without those who only look at their records and correct them."""
STRANGERS: Query = {"enrolment": None}
_MOST_DOORS = 20
_MOVED = {"$inc": {"version": 1}}


class CitizenRepository:
    """Citizens, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[CitizenRow] = within[CITIZENS]

    async def get(self, citizen_id: str) -> CitizenRow | None:
        """A citizen, enrolled or not."""
        return await self._rows.find_one({"_id": citizen_id})

    async def by_id_index(self, id_index: bytes) -> CitizenRow | None:
        """The citizen with an ID number."""
        return await self._rows.find_one({"id_index": id_index})

    async def keys_by_id_index(self, indexes: Sequence[bytes]) -> list[CitizenRow]:
        """Citizens by their ID numbers, with nothing but id, index, key and enrolment."""
        found = self._rows.find({"id_index": {"$in": list(indexes)}}, {"id_index": 1, "key": 1, "enrolment": 1})
        return await found.to_list(None)

    async def search(self, index: str, value: bytes, most: int) -> list[str]:
        """The ids of citizens by `id_index`, `name_index` or `masked_index`."""
        found = self._rows.find({index: value}, {"_id": 1}).limit(most)
        return [row["_id"] for row in await found.to_list(None)]

    async def sealed_of(self, citizens: Sequence[str]) -> list[tuple[str, Sealed]]:
        """The sealed identity of each citizen who takes part, by id."""
        found = self._rows.find({"_id": {"$in": list(citizens)}, **ENROLLED}, {"sealed": 1})
        return [(row["_id"], row["sealed"]) for row in await found.to_list(None)]

    async def is_bound(self, contact_id: str, citizen_id: str | None = None) -> bool:
        """Whether a contact is bound to a citizen, or to anybody."""
        theirs: dict[str, object] = {"contacts.hash": contact_id}
        if citizen_id is not None:
            theirs["_id"] = citizen_id
        return await self._rows.find_one(theirs, {"_id": 1}) is not None

    async def bound_among(self, contacts: Iterable[str]) -> set[str]:
        """Those of some contacts that are bound to a citizen."""
        found = self._rows.find({"contacts.hash": {"$in": list(contacts)}}, {"contacts.hash": 1})
        return {contact["hash"] async for row in found for contact in row["contacts"]}

    async def count(self) -> int:
        """How many citizens are known, enrolled or not."""
        return await self._rows.count_documents({})

    async def count_taking_part(self, agreed: Query | None = None) -> int:
        """How many take part, and are found by a query."""
        return await self._rows.count_documents({**TAKING_PART, **(agreed or {})})

    async def keys(self) -> AsyncIterator[CitizenRow]:
        """Every citizen, with nothing but id and key."""
        async for row in self._rows.find({}, {"key": 1}):
            yield row

    async def enrolled_among(self, citizens: Sequence[str], agreed: Query | None = None) -> list[CitizenRow]:
        """Those of some citizens who take part, and whom a query finds."""
        return await self._rows.find({"_id": {"$in": list(citizens)}, **ENROLLED, **(agreed or {})}).to_list(None)

    async def enrolled_between(self, first: str, end: str, most: int, agreed: Query | None = None) -> list[CitizenRow]:
        """Those with an id after `first` and before `end` who take part and whom a query finds, by their ids."""
        query = {"_id": {"$gt": first, "$lt": end}, **ENROLLED, **(agreed or {})}
        return await self._rows.find(query).sort([("_id", 1)]).limit(most).to_list(None)

    async def insert(self, citizen: CitizenRow) -> None:
        """Store a new citizen. Raises DuplicateError."""
        await self._rows.insert_one(citizen)

    async def insert_many(self, citizens: Sequence[CitizenRow], *, ordered: bool = True) -> None:
        """Store new citizens. Raises DuplicatesError."""
        await self._rows.insert_many(citizens, ordered=ordered)

    async def hold(self, citizens: Sequence[str], *, enrolled: bool | None = None) -> int:
        """Let everybody wait who would change these citizens in another transaction; how many there are.

        With `enrolled`, only those who take part, or only those who do not.
        """
        query: Query = {"_id": {"$in": list(citizens)}}
        if enrolled is not None:
            query = {**query, **(ENROLLED if enrolled else STRANGERS)}
        return (await self._rows.update_many(query, _MOVED)).matched_count

    async def save_enrolment(self, citizen: CitizenRow) -> None:
        """Store what binding changes, or moving to another account."""
        fields = {"contacts", "enrolment", "consents", "sealed", "version", "name_index", "masked_index"}
        fields |= {"held_until", "frozen_until", "look_only_since"}
        values = {name: value for name, value in citizen.items() if name in fields}
        gone = {"look_only_since": ""} if "look_only_since" not in citizen else {}
        await self._rows.update_one({"_id": citizen["_id"]}, {"$set": values, **({"$unset": gone} if gone else {})})

    async def add_consent(self, citizen: CitizenRow, consent: ConsentRow) -> None:
        """Add a consent to the score, which from now on is the current one: the citizen takes part."""
        await self._rows.update_one(
            {"_id": citizen["_id"], "version": citizen["version"]},
            {
                "$set": {"enrolment.consent_version": consent["version"]},
                "$unset": {"look_only_since": ""},
                "$push": {"consents": consent},
                **_MOVED,
            },
        )

    async def stop_computing(self, citizen: CitizenRow, consents: Sequence[ConsentRow], now: datetime) -> None:
        """Store that a citizen only looks from now on, by these consents, of which the last is the current one."""
        values = {
            "enrolment.consent_version": consents[-1]["version"],
            "consents": list(consents),
            "look_only_since": citizen.get("look_only_since", now),
        }
        await self._rows.update_one({"_id": citizen["_id"]}, {"$set": values, "$unset": {"paused_since": ""}, **_MOVED})

    async def set_paused(self, citizen_id: str, since: datetime | None) -> None:
        """Store since when a citizen wants nothing computed; None where it goes on."""
        change = {"$unset": {"paused_since": ""}} if since is None else {"$set": {"paused_since": since}}
        await self._rows.update_one({"_id": citizen_id}, {**change, **_MOVED})

    async def enrolled_by_id_index(self, indexes: Sequence[bytes]) -> list[CitizenRow]:
        """Citizens who take part, by their ID numbers, with nothing but index and residence."""
        found = self._rows.find({"id_index": {"$in": list(indexes)}, **ENROLLED}, {"id_index": 1, "residence": 1})
        return await found.to_list(None)

    async def not_resident(self) -> list[CitizenRow]:
        """Citizens whom the register has as no residents, with nothing but index and residence."""
        found = self._rows.find({"residence.since": {"$exists": True}}, {"id_index": 1, "residence": 1})
        return await found.to_list(None)

    async def end_sign_ins(self, contact_id: str, now: datetime) -> None:
        """Sign-ins of a bound account up to this moment are over."""
        await self._rows.update_one({"contacts.hash": contact_id}, {"$set": {"contacts.$.signed_out_at": now}})

    async def set_residence(self, citizen_id: str, residence: ResidenceRow | None) -> None:
        """Store what the register says of a citizen; None for a resident."""
        change = {"$unset": {"residence": ""}} if residence is None else {"$set": {"residence": residence}}
        await self._rows.update_one({"_id": citizen_id}, {**change, **_MOVED})

    async def decline(self, citizen_id: str, rule: str, declined: bool) -> None:
        """Switch an optional item off or on."""
        operator = "$addToSet" if declined else "$pull"
        await self._rows.update_one({"_id": citizen_id}, {operator: {"declined": rule}, **_MOVED})

    async def set_notice_choices(self, citizen_id: str, chosen: NoticeChoicesRow) -> None:
        """Store what a citizen chose about notices."""
        await self._rows.update_one({"_id": citizen_id}, {"$set": {"notice_choices": chosen}, **_MOVED})

    async def enrolled_with(self, contacts: Iterable[str]) -> list[CitizenRow]:
        """Those who take part and have one of some contacts."""
        return await self._rows.find({"contacts.hash": {"$in": list(contacts)}, **ENROLLED}).to_list(None)

    async def add_contact(self, citizen_id: str, contact: BoundContactRow) -> None:
        """Give a citizen another contact. Raises DuplicateError where it is somebody's."""
        await self._rows.update_one({"_id": citizen_id}, {"$push": {"contacts": contact}, **_MOVED})

    async def unbind(self, citizen_id: str, contact_id: str) -> None:
        """Take a contact off a citizen."""
        await self._rows.update_one({"_id": citizen_id}, {"$pull": {"contacts": {"hash": contact_id}}, **_MOVED})

    async def unfreeze(self, citizen_id: str) -> None:
        """Let accounts be bound again."""
        await self._rows.update_one({"_id": citizen_id}, {"$unset": {"frozen_until": ""}, **_MOVED})

    async def delete_stranger(self, citizen_id: str) -> CitizenRow | None:
        """Delete a citizen who never took part; the row as it was, or None where there is no such citizen."""
        stranger = {"_id": citizen_id, "enrolment": None}
        row = await self._rows.find_one(stranger)
        if row is not None:
            await self._rows.delete_one(stranger)
        return row


class Bound(NamedTuple):
    """The citizen that an account is bound to; sign-ins of the account up to `signed_out_at` are over."""

    citizen: str
    signed_out_at: datetime | None


class CitizenReader:
    """Citizens outside of transactions, many in one call, on a hot path."""

    def __init__(self, store: Store) -> None:
        self._rows = store.quick(CITIZENS)

    async def bound_to(self, contacts: Sequence[str]) -> list[Bound | None]:
        """The citizens that contacts are bound to, and up to when sign-ins of each are over."""
        fields = {"contacts.hash": 1, "contacts.signed_out_at": 1}
        found = self._rows.find({"contacts.hash": {"$in": list(contacts)}}, fields)
        bound = {
            one["hash"]: Bound(row["_id"], one.get("signed_out_at")) async for row in found for one in row["contacts"]
        }
        return [bound.get(contact) for contact in contacts]

    async def read(self, citizens: Sequence[str]) -> list[CitizenRow | None]:
        """Citizens by their ids."""
        rows = {row["_id"]: row async for row in self._rows.find({"_id": {"$in": list(set(citizens))}})}
        return [rows.get(citizen) for citizen in citizens]


class ContactRepository:
    """Contacts, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[ContactRow] = within[CONTACTS]

    async def get(self, contact_id: str) -> ContactRow | None:
        """A contact; None after it was forgotten."""
        return await self._rows.find_one({"_id": contact_id})

    async def insert(self, contact: ContactRow) -> None:
        """Store a new contact. Raises DuplicateError."""
        await self._rows.insert_one(contact)

    async def set_language(self, contact_id: str, language: str) -> None:
        """Store which language to write in."""
        await self._rows.update_one({"_id": contact_id}, {"$set": {"language": language}})

    async def set_signed_out(self, contact_id: str, now: datetime) -> None:
        """Store when sessions were ended."""
        await self._rows.update_one({"_id": contact_id}, {"$set": {"signed_out_at": now}})

    async def add_door(self, contact_id: str, door: str) -> None:
        """Store where it signed in; the oldest is forgotten."""
        one_more = {"doors": {"$each": [door], "$slice": -_MOST_DOORS}}
        await self._rows.update_one({"_id": contact_id}, {"$push": one_more})

    async def set_union(self, contact_id: str, union: str) -> None:
        """Store by what WeChat knows the person's other accounts."""
        await self._rows.update_one({"_id": contact_id}, {"$set": {"union": union}})

    async def of_union(self, union: str) -> list[ContactRow]:
        """The accounts of one person, as WeChat knows them."""
        return await self._rows.find({"union": union}).to_list(None)

    async def set_apart(self, contact_id: str) -> None:
        """Store that a person unlinked this account: it is not linked again by itself."""
        await self._rows.update_one({"_id": contact_id}, {"$set": {"apart": True}})

    async def set_key(self, contact_id: str, key: Sealed, sealed: Sealed) -> None:
        """Store another data key, and the account's name under it."""
        await self._rows.update_one({"_id": contact_id}, {"$set": {"key": key, "sealed": sealed}})

    async def created_before(self, moment: datetime, after: str, most: int) -> list[str]:
        """The ids of contacts that were made before a moment, from an id on."""
        query = {"created_at": {"$lt": moment}, "_id": {"$gt": after}}
        found = self._rows.find(query, {"_id": 1}).sort([("_id", 1)]).limit(most)
        return [row["_id"] for row in await found.to_list(None)]


class ConversationRepository:
    """What happens to conversations besides talking, of the database or of a transaction."""

    def __init__(self, within: Collections) -> None:
        self._rows: Collection[Document] = within[CONVERSATIONS]

    async def empty(self, contact_id: str, key: Sealed, language: str) -> None:
        """Erase what was said. Which messages came, and who works on one, stays: one may have asked for just this."""
        said = {"sealed": "", "state_at": "", "rests": "", "recent.$[].message": ""}
        values: Document = {"key": key, "language": language, "citizen": None, "replies": {}}
        await self._rows.update_one({"_id": contact_id}, {"$set": values, "$unset": said})

    async def leave(self, contact_id: str) -> None:
        """Erase all but which messages came, and that those sent before this moment (`left`) come too late."""
        kept = {name: f"${name}" for name in ("_id", "newest", "claims", "expires_at")}
        await self._rows.update_one({"_id": contact_id}, [{"$replaceWith": {**kept, "left": "$newest", "recent": []}}])

    async def contacts_among(self, contacts: Iterable[str]) -> set[str]:
        """Those of some contacts that have a conversation."""
        found = self._rows.find({"_id": {"$in": list(contacts)}}, {"_id": 1})
        return {row["_id"] async for row in found}

    async def hold(self, contact_id: str) -> None:
        """Let a chat wait that begins at this moment, until the transaction ends: it writes the same document."""
        await self._rows.insert_one({"_id": contact_id})
        await self._rows.delete_one({"_id": contact_id})
