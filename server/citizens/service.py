"""Citizens: one document each, found by contact or by the blind index of the ID number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import uuid4

from pydantic import JsonValue

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Contact, Kind, Principal
from scoring.identity import mask_id_number, normal_id_number, normal_name
from server.citizens.model import BoundContactRow, CitizenRow, SearchIndexes
from server.citizens.repository import CitizenReader, CitizenRepository
from server.platform.core.unit_of_work import Transaction
from server.platform.crypto.vault import Vault
from server.platform.db import Collections, Sealed, Store
from server.platform.db.batch_loader import BatchLoader


def chain_of(citizen_id: str) -> str:
    """The audit chain of a citizen."""
    return f"citizen:{citizen_id}"


class Citizens:
    """Reads citizens, and writes to all their contacts."""

    def __init__(self, store: Store, vault: Vault, mini_notices: frozenset[str] = frozenset()) -> None:
        """`mini_notices` are those that the mini-program can give to people without the chat."""
        self._mini_notices = mini_notices
        self._store = store
        self._vault = vault
        reader = CitizenReader(store)
        self._finding = BatchLoader(reader.bound_to)
        self._reading = BatchLoader(reader.read)

    def id_index(self, id_number: str) -> bytes:
        """What an ID number is found by, in whatever form it is typed."""
        return self._vault.blind("id_number", normal_id_number(id_number))

    def name_index(self, name: str) -> bytes:
        """What a name is found by at the desk, in whatever form it is typed."""
        return self._vault.blind("name", normal_name(name))

    def masked_index(self, masked: str) -> bytes:
        """What a masked ID number, as it stands in letters and chats, is found by."""
        return self._vault.blind("masked_id", normal_id_number(masked))

    def search_indexes(self, name: str, id_number: str) -> SearchIndexes:
        """What the desk finds an enrolled citizen by, besides the ID number."""
        masked = self.masked_index(mask_id_number(id_number))
        return {"name_index": self.name_index(name), "masked_index": masked}

    async def principal_of(self, contact: Contact) -> Principal:
        """The citizen bound to a contact, or an anonymous principal with that contact."""
        bound = await self._finding.load(contact.id)
        return Principal(contact=contact) if bound is None else Principal(Kind.CITIZEN, bound, contact)

    async def get(self, citizen_id: str, within: Collections | None = None) -> CitizenRow:
        """The citizen's document. Raises Refused (NOT_ENROLLED) after leaving."""
        if within is None:
            citizen = await self._reading.load(citizen_id)
        else:
            citizen = await CitizenRepository(within).get(citizen_id)
        if citizen is None or citizen["enrolment"] is None:
            raise Refused(RefusalCode.NOT_ENROLLED)
        return citizen

    async def find(self, id_number: str, within: Collections | None = None) -> CitizenRow | None:
        """The citizen with an ID number, enrolled or not."""
        return await CitizenRepository(within or self._store).by_id_index(self.id_index(id_number))

    async def make(self, id_number: str) -> CitizenRow:
        """A new citizen with a data key, not stored yet and not enrolled."""
        key = await self._vault.create_key()
        return {
            "_id": uuid4().hex,
            "id_index": self.id_index(id_number),
            "key": key,
            "sealed": await self._vault.seal(key, {"id_number": id_number}),
            "enrolment": None,
            "consents": [],
            "declined": [],
            "version": 1,
        }

    async def notify(self, tx: Transaction, citizen: CitizenRow, notice: str, data: Mapping[str, JsonValue]) -> None:
        """Put a notice for the citizen's chat contact into the outbox, or for the mini-program's without one."""
        await self.notify_each(tx, notice, [(citizen, data)])

    async def notify_each(
        self, tx: Transaction, notice: str, told: Sequence[tuple[CitizenRow, Mapping[str, JsonValue]]]
    ) -> None:
        """Put a notice for many citizens, each with data of its own, into the outbox.

        It is sealed under the citizen's key, and delivered only while the contact is still theirs.
        """
        messages: list[tuple[Sealed, Mapping[str, JsonValue]]] = [
            (
                citizen["key"],
                {"citizen": citizen["_id"], "contact": bound["hash"], "notice": notice, "data": dict(data)},
            )
            for citizen, data in told
            for bound in self._told_at(citizen, notice)
        ]
        if messages:
            await tx.notify_each("chat", messages)

    def _told_at(self, citizen: CitizenRow, notice: str) -> list[BoundContactRow]:
        """The chat; where there is none, the mini-program, if it has this notice."""
        bound = citizen.get("contacts", [])
        chats = [one for one in bound if one["channel"] == "wechat"]
        if chats or notice not in self._mini_notices:
            return chats
        return [one for one in bound if one["channel"] == "mini"]
