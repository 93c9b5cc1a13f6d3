"""The vault: a data key per person and per contact, sealing, and blind indexes.

A value is sealed with AES-256-GCM under a content key, and carries that content key with it, itself sealed under the
person's data key by MongoDB's explicit client-side field-level encryption. So what costs most happens once in a while
for each person, and destroying the data key makes everything sealed under it unreadable, backups included.
"""

from __future__ import annotations

import asyncio
import secrets
import struct
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.platform.db.master_keys import MasterKeys
from server.platform.db.store import (
    Document,
    Sealed,
    Session,
    Store,
    as_sealed,
    from_bson,
    id_of,
    key_of,
    open_value,
    seal_value,
    to_bson,
)

_HEAD = struct.Struct(">H")
_NONCE = 12
_KEPT_SECONDS = 300.0
"""For how long content keys are kept in memory, as far as nobody destroys the data key through this process."""
_KEPT_KEYS = 50_000
"""Content keys in memory at most, of all people together: some 300 bytes each."""
_LOOK_SECONDS = 1.0


class KeyDestroyedError(Exception):
    """The key that a value was, or is to be, sealed under is gone: the person has left."""


class DamagedError(Exception):
    """The value is not as it was sealed."""


@dataclass(slots=True)
class _Held:
    """A person's content keys, as far as they are in use, by their sealed form.

    Ciphers are made for each use: one takes 2.5 KiB for 3 microseconds, and a person has a key for each process
    that ever sealed something of theirs.
    """

    until: float
    keys: dict[bytes, bytes] = field(default_factory=dict)


class Vault:
    """Seals and opens values. Holds the index key; never writes it anywhere."""

    def __init__(self, store: Store, *, master_keys: MasterKeys, index_key: str) -> None:
        self._store = store
        self._master_keys = master_keys
        self._encryption = store.encryption(master_keys)
        self._index_key = blake2b(index_key.encode(), digest_size=64).digest()
        self._held: OrderedDict[bytes, _Held] = OrderedDict()
        """By data key, the one that was begun first first."""
        self._keys = 0
        self._forgetting: asyncio.TimerHandle | None = None

    async def create_key(self) -> Sealed:
        """A new data key; the id is kept beside what it seals."""
        return await self._encryption.create_data_key(self._master_keys.provider, self._master_keys.key)

    async def seal(self, key: Sealed, value: Mapping[str, Any]) -> Sealed:
        """Encrypt one document under a data key. Raises KeyDestroyedError."""
        sealed, secret = await self._sealing(key)
        head, nonce = _HEAD.pack(len(sealed)) + sealed, secrets.token_bytes(_NONCE)
        return as_sealed(head + nonce + AESGCM(secret).encrypt(nonce, to_bson(value), head))

    async def make_ready(self, keys: Iterable[Sealed]) -> None:
        """Make at once whatever sealing under these keys will need, so that each sealing then costs microseconds."""
        await asyncio.gather(*(self._sealing(key) for key in keys))

    async def open(self, sealed: Sealed) -> Document:
        """Decrypt.

        Raises:
            KeyDestroyedError: its person has left.
            DamagedError: it was changed.
        """
        value = bytes(sealed)
        try:
            begin = _HEAD.size + _HEAD.unpack_from(value)[0]
            secret = await self._opening(value[_HEAD.size : begin])
            body = begin + _NONCE
            return from_bson(AESGCM(secret).decrypt(value[begin:body], value[body:], value[:begin]))
        except (InvalidTag, struct.error, ValueError):
            raise DamagedError from None

    async def open_bytes(self, sealed: bytes) -> Document:
        """As `open`, for what was kept as a file."""
        return await self.open(as_sealed(sealed))

    async def destroy_key(self, key: Sealed, session: Session | None = None) -> None:
        """Destroy a data key for good; other processes forget it within minutes."""
        await self._store["data_keys"].delete_one({"_id": key}, session=session)
        self._drop(id_of(key))

    def blind(self, purpose: str, value: str) -> bytes:
        """A keyed, deterministic value to find something by, such as an ID number (BLAKE2b as a MAC, RFC 7693)."""
        return blake2b(f"{purpose}\0{value}".encode(), digest_size=32, key=self._index_key).digest()

    def blind_text(self, purpose: str, value: str) -> str:
        """As `blind`, as hexadecimal text."""
        return self.blind(purpose, value).hex()

    async def close(self) -> None:
        """Release the native library."""
        self._held.clear()
        self._keys = 0
        if self._forgetting is not None:
            self._forgetting.cancel()
        await self._encryption.close()

    def _of(self, key: bytes) -> _Held:
        now, held = time.monotonic(), self._held.get(key)
        if held is None or held.until < now:
            self._drop(key)
            held = self._held[key] = _Held(now + _KEPT_SECONDS)
            if self._forgetting is None:
                self._forgetting = asyncio.get_running_loop().call_later(_KEPT_SECONDS, self._forget)
        return held

    def _keep(self, key: bytes, sealed: bytes, secret: bytes) -> None:
        """Keep a content key; where there are too many, the people held longest lose theirs."""
        self._of(key).keys[sealed] = secret
        self._keys += 1
        while self._keys > _KEPT_KEYS and len(self._held) > 1:
            self._drop(next(iter(self._held)))

    def _drop(self, key: bytes) -> None:
        held = self._held.pop(key, None)
        self._keys -= len(held.keys) if held is not None else 0

    def _forget(self) -> None:
        """Drop what is held for longer than it may be; the oldest comes first."""
        now = time.monotonic()
        while self._held and (first := next(iter(self._held.items())))[1].until <= now:
            self._drop(first[0])
        wait = next(iter(self._held.values())).until - now if self._held else None
        loop = asyncio.get_running_loop()
        self._forgetting = None if wait is None else loop.call_later(max(wait, _LOOK_SECONDS), self._forget)

    async def _sealing(self, key: Sealed) -> tuple[bytes, bytes]:
        """A content key to seal with, its sealed form first: the newest in use, so that a person has few; or a new one.

        Random nonces of 96 bits serve a key for 2**32 values (NIST SP 800-38D, section 8.3).
        """
        if known := self._of(id_of(key)).keys:
            return next(reversed(known.items()))
        secret = AESGCM.generate_key(256)
        sealed = await seal_value(self._store, self._encryption, key, secret)
        if sealed is None:
            raise KeyDestroyedError
        self._keep(id_of(key), bytes(sealed), secret)
        return bytes(sealed), secret

    async def _opening(self, sealed: bytes) -> bytes:
        key = key_of(sealed)
        if (known := self._of(key).keys.get(sealed)) is not None:
            return known
        secret = await open_value(self._store, self._encryption, sealed)
        if secret is None:
            raise KeyDestroyedError
        self._keep(key, sealed, secret)
        return secret
