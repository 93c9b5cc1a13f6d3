"""The vault: a data key and a content key per person and per contact, sealing, and blind indexes.

A value is sealed with AES-256-GCM under its person's content key. That key is itself sealed under the person's data key
by MongoDB's explicit client-side field-level encryption, and stands with the person and in each value. So what
costs most happens once in a while for each person, and destroying the data key makes everything sealed under it
unreadable, backups included. One content key is enough: random nonces of 96 bits serve it for 2**32 values (NIST SP
800-38D, section 8.3).
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.platform.crypto.sealing import BrokenSealError, seal_with, unseal_with
from server.platform.db.collections import DATA_KEYS, Collections, Document
from server.platform.db.master_keys import MasterKeys
from server.platform.db.store import (
    Sealed,
    Store,
    as_sealed,
    data_key_of,
    from_bson,
    open_value,
    seal_value,
    to_bson,
)
from server.platform.kit.errors import GoneError

_HEAD = struct.Struct(">H")
_KEPT_SECONDS = 300.0
"""For how long content keys are kept in memory, unless this process destroys the data key."""
_KEPT_KEYS = 50_000
"""Content keys in memory at most: some 400 bytes each. A cipher would take 2.5 KiB, and is made in 3 microseconds."""
_LOOK_SECONDS = 1.0
_MOST_OPENING = 32
"""Data keys that are read at once: a file about thousands of people would wait for connections in vain."""


class KeyDestroyedError(GoneError):
    """The key that a value was, or is to be, sealed under is gone: the person has left."""


class DamagedError(GoneError):
    """The value is not as it was sealed."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A content key in use, and until when it may be kept."""

    secret: bytes
    until: float


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals under one person's key, without waiting for anything."""

    _head: bytes
    _cipher: AESGCM

    def seal(self, value: Mapping[str, object]) -> Sealed:
        """Encrypt one document."""
        return as_sealed(self._head + seal_with(self._cipher, to_bson(value), self._head))


def _sealer(sealed: bytes, secret: bytes) -> Sealer:
    return Sealer(_HEAD.pack(len(sealed)) + sealed, AESGCM(secret))


class Vault:
    """Seals and opens values. Holds the index key; never writes it anywhere."""

    def __init__(self, store: Store, *, master_keys: MasterKeys, index_key: str) -> None:
        self._store = store
        self._master_keys = master_keys
        self._encryption = store.encryption(master_keys)
        self._blinding = blake2b(digest_size=32, key=blake2b(index_key.encode(), digest_size=64).digest())
        self._apart = blake2b(
            digest_size=32, key=blake2b(index_key.encode(), digest_size=64, person=b"kept apart").digest()
        )
        self._held: OrderedDict[bytes, _Held] = OrderedDict()
        """By its sealed form, the one that was opened first first."""
        self._forgetting: asyncio.TimerHandle | None = None
        self._opening = asyncio.Semaphore(_MOST_OPENING)

    async def create_key(self) -> Sealed:
        """A new data key with a content key sealed under it: kept next to what it seals, and of use here alone."""
        data_key = await self._encryption.create_data_key(self._master_keys.provider, self._master_keys.key)
        secret = AESGCM.generate_key(256)
        sealed = await seal_value(self._store, self._encryption, data_key, secret)
        if sealed is None:
            raise KeyDestroyedError
        self._keep(bytes(sealed), secret)
        return sealed

    async def seal(self, key: Sealed, value: Mapping[str, object]) -> Sealed:
        """Encrypt one document under a person's key. Raises KeyDestroyedError."""
        return (await self.sealer(key)).seal(value)

    async def sealer(self, key: Sealed) -> Sealer:
        """What seals many documents under a person's key with one cipher. Raises KeyDestroyedError."""
        sealed = bytes(key)
        return _sealer(sealed, await self._secret(sealed))

    async def sealers(self, keys: Sequence[Sealed]) -> list[Sealer]:
        """As `sealer`, for many people; keys that are not in memory are opened at once."""
        every = [bytes(key) for key in keys]
        held = {key: self._held_secret(key) for key in every}
        missing = [key for key, secret in held.items() if secret is None]
        opened = dict(zip(missing, await asyncio.gather(*map(self._secret, missing)), strict=True))
        return [_sealer(key, held[key] or opened[key]) for key in every]

    async def open(self, sealed: Sealed) -> Document:
        """Decrypt.

        Raises:
            KeyDestroyedError: its person has left.
            DamagedError: it was changed.
        """
        return (await self.open_each((sealed,)))[0]

    async def open_each(self, values: Iterable[Sealed]) -> list[Document]:
        """As `open`, for many values: those of one person share a cipher."""
        ciphers: dict[bytes, AESGCM] = {}
        opened = []
        for value in map(bytes, values):
            try:
                begin = _HEAD.size + _HEAD.unpack_from(value)[0]
                key = value[_HEAD.size : begin]
                if key not in ciphers:
                    ciphers[key] = AESGCM(await self._secret(key))
                opened.append(from_bson(unseal_with(ciphers[key], value[begin:], value[:begin])))
            except (BrokenSealError, struct.error, ValueError):
                raise DamagedError from None
        return opened

    async def open_bytes(self, sealed: bytes) -> Document:
        """As `open`, for what was kept as a file."""
        return await self.open(as_sealed(sealed))

    async def destroy_key(self, key: Sealed, within: Collections | None = None) -> None:
        """Destroy a data key for good; other processes forget it within minutes."""
        await (within or self._store)[DATA_KEYS].delete_one({"_id": data_key_of(key)})
        self._held.pop(bytes(key), None)

    def blind(self, purpose: str, value: str) -> bytes:
        """A keyed, deterministic value to find something by, such as an ID number (BLAKE2b as a MAC, RFC 7693)."""
        blinding = self._blinding.copy()  # the key is in it already
        blinding.update(f"{purpose}\0{value}".encode())
        return blinding.digest()

    def blind_text(self, purpose: str, value: str) -> str:
        """As `blind`, as hexadecimal text."""
        return self.blind(purpose, value).hex()

    def blind_apart(self, digest: bytes) -> bytes:
        """A digest of a digest under a key of its own: it cannot be matched with what `blind` gives."""
        blinding = self._apart.copy()
        blinding.update(digest)
        return blinding.digest()

    async def close(self) -> None:
        """Release the native library."""
        self._held.clear()
        if self._forgetting is not None:
            self._forgetting.cancel()
        await self._encryption.close()

    def _held_secret(self, sealed: bytes) -> bytes | None:
        held = self._held.get(sealed)
        return held.secret if held is not None and held.until > time.monotonic() else None

    async def _secret(self, sealed: bytes) -> bytes:
        """A content key. Raises KeyDestroyedError."""
        if (held := self._held_secret(sealed)) is not None:
            return held
        async with self._opening:
            secret = await open_value(self._store, self._encryption, sealed)
        if secret is None:
            raise KeyDestroyedError
        self._keep(sealed, secret)
        return secret

    def _keep(self, sealed: bytes, secret: bytes) -> None:
        self._held.pop(sealed, None)
        self._held[sealed] = _Held(secret, time.monotonic() + _KEPT_SECONDS)
        if len(self._held) > _KEPT_KEYS:
            self._held.popitem(last=False)
        if self._forgetting is None:
            self._forgetting = asyncio.get_running_loop().call_later(_KEPT_SECONDS, self._forget)

    def _forget(self) -> None:
        """Drop what is held for longer than it may be; the oldest comes first."""
        now = time.monotonic()
        while self._held and (first := next(iter(self._held.items())))[1].until <= now:
            del self._held[first[0]]
        wait = next(iter(self._held.values())).until - now if self._held else None
        loop = asyncio.get_running_loop()
        self._forgetting = None if wait is None else loop.call_later(max(wait, _LOOK_SECONDS), self._forget)
