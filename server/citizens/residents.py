"""The register of residents, as the city delivers it."""

from __future__ import annotations

from typing import Protocol

from scoring.identity import Identity, normal_identity
from server.citizens.repository import ResidentRepository
from server.platform.crypto.vault import Vault
from server.platform.db import Store


class Register(Protocol):
    """The register of residents: says whether name, number and phone belong together."""

    async def matches(self, person: Identity) -> bool: ...


class DigestRegister:
    """A register delivered by the city as keyed digests, so that it names no person."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._rows = ResidentRepository(store)
        self._vault = vault

    def digest(self, person: Identity) -> bytes:
        """What the register holds for a person, in whatever form the city delivers or the person types them."""
        person = normal_identity(person)
        return self._vault.blind("register", f"{person.name}|{person.id_number}|{person.phone}")

    async def matches(self, person: Identity) -> bool:
        return await self._rows.has(self.digest(person))
