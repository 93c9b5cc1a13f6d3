"""The register of residents: whether a name, an ID number and a phone belong to one person who lives here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from scoring.identity import Identity, normal_identity
from server.citizens.residents.model import Residence, ResidentRow
from server.citizens.residents.repository import RegisterDeliveryRepository, ResidentRepository, delivery_row, row_id
from server.citizens.service import Citizens
from server.platform.crypto.vault import Vault
from server.platform.db import Store

_DIGEST = 16
"""Bytes that are kept of a digest which is only compared; half of a MAC is enough (RFC 2104, section 5)."""


class Answer(StrEnum):
    """What a register says of a name, an ID number and a phone."""

    MATCHES = "matches"
    DIFFERS = "differs"
    UNSURE = "unsure"
    """It cannot say now: it is empty, or does not answer."""
    SHARED = "shared"
    """They belong together, and the number belongs to someone else as well."""
    MOVED = "moved"
    DIED = "died"


class Register(Protocol):
    """A register of residents."""

    async def ask(self, person: Identity) -> Answer: ...


class Resident(NamedTuple):
    """A person as the register has them, each value in its one form. Without a phone they cannot bind."""

    name: str
    id_number: str
    phone: str | None = None
    residence: Residence | None = None


class Digests:
    """What the register keeps of a person."""

    def __init__(self, vault: Vault, citizens: Citizens) -> None:
        self._vault = vault
        self._citizens = citizens

    def index(self, id_number: str) -> bytes:
        """What a number is found by: the same as of a citizen."""
        return self._citizens.id_index(id_number)

    def name(self, name: str, id_number: str) -> bytes:
        """Of a name, for one number alone."""
        return self._vault.blind("register_name", f"{name}|{id_number}")[:_DIGEST]

    def phone(self, name: str, id_number: str, phone: str) -> bytes:
        """Of all three."""
        return self._vault.blind("register", f"{name}|{id_number}|{phone}")[:_DIGEST]

    def row(self, snapshot: int, resident: Resident) -> ResidentRow:
        """A person as a row of a snapshot."""
        name, number = resident.name, resident.id_number
        row: ResidentRow = {
            "_id": row_id(snapshot, self.index(number)),
            "name": self.name(name, number),
            "phones": [] if resident.phone is None else [self.phone(name, number, resident.phone)],
        }
        if resident.residence is not None:
            row["residence"] = resident.residence.value
        return row


class DigestRegister:
    """A register that the city delivers as files, kept as keyed digests, so that it names no person."""

    def __init__(self, store: Store, vault: Vault, citizens: Citizens) -> None:
        self._rows = ResidentRepository(store)
        self._deliveries = RegisterDeliveryRepository(store)
        self.digests = Digests(vault, citizens)

    async def ask(self, person: Identity) -> Answer:
        """In whatever form the person types it."""
        person = normal_identity(person)
        snapshot, row = await self._find(self.digests.index(person.id_number))
        if snapshot is None:
            return Answer.UNSURE
        if row is None or self.digests.phone(person.name, person.id_number, person.phone) not in row["phones"]:
            return Answer.DIFFERS
        return Answer(row["residence"]) if "residence" in row else Answer.MATCHES

    async def _find(self, index: bytes) -> tuple[int | None, ResidentRow | None]:
        """The snapshot in force, and the person in it.

        Looked for once more where another snapshot came into force meanwhile, for the rows of the one before go then.
        """
        snapshot: int | None = None
        row: ResidentRow | None = None
        while row is None:
            newest = await self._deliveries.newest()
            if newest is None or not newest["people"]:
                return None, None
            if newest["snapshot"] == snapshot:
                break
            snapshot = newest["snapshot"]
            row = await self._rows.get(snapshot, index)
        return snapshot, row

    async def enter(self, people: Iterable[Identity], now: datetime) -> None:
        """Add people to the snapshot in force; without one, begin it."""
        newest = await self._deliveries.newest()
        number = 1 if newest is None else newest["snapshot"]
        normal = [normal_identity(person) for person in people]
        residents = [Resident(person.name, person.id_number, person.phone) for person in normal]
        await self._rows.insert([self.digests.row(number, resident) for resident in residents])
        if newest is None:
            await self._deliveries.begin(delivery_row(number, None, "", now))
        await self._deliveries.finish(number, await self._rows.count(number), now)
