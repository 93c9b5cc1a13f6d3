"""Citizens: one document each, found by contact or by the blind index of the ID number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import uuid4

from pydantic import JsonValue

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Contact, Kind, Principal
from scoring.identity import mask_id_number, normal_id_number, normal_name
from server.citizens.model import CitizenRow, SearchIndexes
from server.citizens.repository import Bound, CitizenReader, CitizenRepository
from server.platform.core.unit_of_work import Transaction
from server.platform.crypto.vault import Vault
from server.platform.db import Collections, Store
from server.platform.db.batch_loader import BatchLoader


def chain_of(citizen_id: str) -> str:
    """The audit chain of a citizen."""
    return f"citizen:{citizen_id}"


class Notifier(Protocol):
    """Raises notices (`server.notices.writer`)."""

    async def add_each(
        self,
        tx: Transaction,
        kind: str,
        told: Sequence[tuple[CitizenRow, Mapping[str, JsonValue]]],
        *,
        about: str | None = None,
        once: str | None = None,
        without: str | None = None,
    ) -> None:
        """Raise a notice for each citizen, within the caller's transaction."""


class Citizens:
    """Reads citizens, and writes to all their contacts."""

    def __init__(self, store: Store, vault: Vault, notifier: Notifier) -> None:
        self._notifier = notifier
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
        return _principal(contact, await self._finding.load(contact.id))

    async def signed_in(self, contact: Contact, at: float) -> Principal | None:
        """As `principal_of`, for a sign-in of that moment in seconds since 1970; None where it was ended since."""
        bound = await self._finding.load(contact.id)
        ended = None if bound is None else bound.signed_out_at
        return None if ended is not None and at <= ended.timestamp() else _principal(contact, bound)

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

    async def notify(
        self,
        tx: Transaction,
        citizen: CitizenRow,
        notice: str,
        data: Mapping[str, JsonValue],
        *,
        about: str | None = None,
        once: str | None = None,
        without: str | None = None,
    ) -> None:
        """Raise a notice for a citizen, by whatever way is open; not again for the same `about` and `once`.

        `about` is the id of the thing that it is about; without one no two notices are the same. It does not go to the
        account `without`.
        """
        await self._notifier.add_each(tx, notice, [(citizen, data)], about=about, once=once, without=without)

    async def notify_each(
        self,
        tx: Transaction,
        notice: str,
        told: Sequence[tuple[CitizenRow, Mapping[str, JsonValue]]],
        *,
        about: str | None = None,
        once: str | None = None,
    ) -> None:
        """As `notify`, for many citizens, each with data of its own."""
        await self._notifier.add_each(tx, notice, told, about=about, once=once)


def _principal(contact: Contact, bound: Bound | None) -> Principal:
    return Principal(contact=contact) if bound is None else Principal(Kind.CITIZEN, bound.citizen, contact)
