"""The vault: a data key per person and per contact, sealing, and blind indexes.

Sealing is MongoDB's explicit client-side field-level encryption. Destroying a
person's key makes everything sealed under it unreadable, backups included.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from server.mongo.store import Document, Sealed, Session, Store, as_sealed, open_value, seal_value


class KeyDestroyedError(Exception):
    """The value was sealed under a key that is gone: the person has left."""


class Vault:
    """Seals and opens values. Holds the index key; never writes it anywhere."""

    def __init__(self, store: Store, *, master_key: bytes, index_key: str) -> None:
        self._store = store
        self._encryption = store.encryption(master_key)
        self._index_key = index_key.encode()

    async def create_key(self) -> Sealed:
        """A new data key; the id is kept beside what it seals."""
        return await self._encryption.create_data_key("local")

    async def seal(self, key: Sealed, value: Mapping[str, Any]) -> Sealed:
        """Encrypt one document under a data key."""
        return await seal_value(self._encryption, key, value)

    async def open(self, sealed: Sealed) -> Document:
        """Decrypt. Raises KeyDestroyedError."""
        value = await open_value(self._store, self._encryption, sealed)
        if value is None:
            raise KeyDestroyedError
        return value

    async def open_bytes(self, sealed: bytes) -> Document:
        """As `open`, for what was kept as a file."""
        return await self.open(as_sealed(sealed))

    async def destroy_key(self, key: Sealed, session: Session | None = None) -> None:
        """Destroy a data key for good."""
        await self._store["data_keys"].delete_one({"_id": key}, session=session)

    def blind(self, purpose: str, value: str) -> bytes:
        """A keyed, deterministic value to find something by, such as an ID number."""
        return hmac.digest(self._index_key, f"{purpose}\0{value}".encode(), "sha256")

    def blind_text(self, purpose: str, value: str) -> str:
        """As `blind`, as hexadecimal text."""
        return self.blind(purpose, value).hex()

    async def close(self) -> None:
        """Release the native library."""
        await self._encryption.close()
