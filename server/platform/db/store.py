"""One database on Motor or on PyMongo Async, with the few calls in which they differ.

Every write waits for a majority and the journal; transactions read a snapshot.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeGuard, TypeVar, cast
from uuid import UUID

import bson
from bson import CodecOptions
from bson.binary import UUID_SUBTYPE, Binary, UuidRepresentation
from pymongo import AsyncMongoClient
from pymongo.asynchronous.encryption import AsyncClientEncryption
from pymongo.errors import BulkWriteError, DuplicateKeyError, EncryptionError, PyMongoError
from pymongo.monitoring import CommandListener
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern
from pymongocrypt.errors import MongoCryptError

from server.platform.db.collections import (
    DATA_KEYS,
    Collections,
    DatabaseTransaction,
    Document,
    OutsideCollection,
    WholeCollection,
)
from server.platform.db.master_keys import MasterKeys
from server.platform.db.versions import app_name

DuplicateError = DuplicateKeyError
DuplicatesError = BulkWriteError
SealingError = EncryptionError
StoreError = PyMongoError
Sealed = Binary
T = TypeVar("T")

_CODEC: CodecOptions[Document] = CodecOptions(tz_aware=True, uuid_representation=UuidRepresentation.STANDARD)
_MAJORITY = WriteConcern(w="majority", j=True, wtimeout=10_000)
_PROVISIONAL = WriteConcern(w=1, wtimeout=10_000)
_OPTIONS: Mapping[str, object] = {
    "retryWrites": True,
    "serverSelectionTimeoutMS": 10_000,
    "timeoutMS": 20_000,
}
_QUICK_OPTIONS: Mapping[str, object] = {
    **{name: value for name, value in _OPTIONS.items() if name != "timeoutMS"},
    "connectTimeoutMS": 5_000,
    "socketTimeoutMS": 15_000,
    "waitQueueTimeoutMS": 5_000,
}
"""The older limits, which do not count down through every layer of a call."""
_TRANSIENT = "TransientTransactionError"
_TRANSACTION_SECONDS = 15.0
ORPHAN_SECONDS = 75.0
"""A process that died inside a transaction leaves its locks until MongoDB ends it, by default within a minute."""
_SEALED_SUBTYPE = 128
"""BSON's first subtype for a program's own use. What MongoDB itself encrypts has 6."""
_ENCRYPTED_SUBTYPE = 6
_RANDOM = "AEAD_AES_256_CBC_HMAC_SHA_512-Random"


class ChangeStream(Protocol):
    """Changes as they happen."""

    @property
    def resume_token(self) -> Any: ...
    def __aiter__(self) -> AsyncIterator[Document]: ...


Encryption = AsyncClientEncryption[Document]


class Store:
    """An open database. `store["citizens"]` is a collection."""

    def __init__(
        self,
        client: Any,
        uri: str,
        database: str,
        driver: Literal["motor", "pymongo"],
        listeners: Sequence[CommandListener] = (),
    ) -> None:
        self._client = client
        self._listeners = listeners
        self.uri = uri
        self.name = database
        self._keys_client: AsyncMongoClient[Document] | None = None
        self.driver = driver
        self._database = client.get_database(
            database,
            codec_options=_CODEC,
            write_concern=_MAJORITY,
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )

    def __getitem__(self, name: str) -> WholeCollection[Any]:
        return cast(WholeCollection[Any], self._database[name])

    def quick(self, name: str, *, provisional: bool = False) -> OutsideCollection[Any]:
        """A collection for single calls on a hot path: on PyMongo's own async API under either driver.

        Motor takes each call through a thread, which costs nearly as much again when measured
        (`deploy/bench/drivers.py`). Its sessions are the other driver's: never inside a transaction.
        `provisional` writes wait for the primary alone, and reads see them: for what a majority confirms later.
        """
        database = self._quick_client().get_database(
            self.name,
            codec_options=_CODEC,
            write_concern=_PROVISIONAL if provisional else _MAJORITY,
            read_concern=ReadConcern("local" if provisional else "majority"),
            read_preference=ReadPreference.PRIMARY,
        )
        return cast(OutsideCollection[Any], database[name])

    def _quick_client(self) -> AsyncMongoClient[Document]:
        if self._keys_client is None:
            named: Document = {"event_listeners": self._listeners, "appname": app_name(self.name)}
            self._keys_client = AsyncMongoClient(self.uri, **{**named, **_QUICK_OPTIONS})
        return self._keys_client

    @property
    def latest(self) -> Collections:
        """Collections to look for one row by its id where none was found, before it is held to be gone.

        In the moment after a fail-over a majority read may go back behind what was acknowledged; these do not
        (linearizable), and cost a round of the majority.
        """
        return cast(Collections, self._database.with_options(read_concern=ReadConcern("linearizable")))

    @property
    def database(self) -> Any:
        """The driver's database, for `files`."""
        return self._database

    async def transaction(
        self, body: Callable[[DatabaseTransaction], Awaitable[T]], patience: float = _TRANSACTION_SECONDS
    ) -> T:
        """Run `body` in one transaction; it may run again after a write conflict, for so many seconds.

        The loop follows the convenient API of MongoDB's transactions specification. Motor's own commits
        outside of its loop, so that a conflict found at the commit was raised instead of tried again.
        """
        opening = self._client.start_session()
        async with await opening if self.driver == "motor" else opening as session:
            deadline = time.monotonic() + patience
            for attempt in itertools.count():
                try:
                    await self._start(session)
                    result = await body(DatabaseTransaction(self, session))
                    while not await _committed(session, deadline):
                        pass
                    return result
                except BaseException as error:
                    if session.in_transaction:
                        await session.abort_transaction()
                    if not _has_label(error, _TRANSIENT) or time.monotonic() > deadline:
                        raise
                await asyncio.sleep(_pause(attempt))
        raise AssertionError

    async def _start(self, session: Any) -> None:
        starting = session.start_transaction(read_concern=ReadConcern("snapshot"), write_concern=_MAJORITY)
        if self.driver == "pymongo":
            await starting

    async def aggregate(self, name: str, pipeline: Sequence[Mapping[str, object]]) -> list[Document]:
        """What an aggregation gives, whole."""
        cursor = self._database[name].aggregate(list(pipeline))
        if self.driver == "pymongo":
            cursor = await cursor
        rows: list[Document] = await cursor.to_list(None)
        return rows

    @contextlib.asynccontextmanager
    async def watch(self, pipeline: Sequence[Mapping[str, object]], after: Any = None) -> AsyncIterator[ChangeStream]:
        """A change stream over the database, from a resume token on; updates bring the document as it is now.

        The driver takes it up again by itself after a fail-over.
        """
        database = self._quick_client()[self.name]
        opened = await database.watch(
            list(pipeline), full_document="updateLookup", resume_after=after, max_await_time_ms=1000
        )
        async with opened as stream:
            yield cast(ChangeStream, stream)

    async def ping(self) -> None:
        """Raise a driver error unless the primary answers."""
        await self._database.command("ping")

    def encryption(self, keys: MasterKeys) -> Encryption:
        """Explicit field-level encryption; data keys live in `data_keys`, wrapped by one of the master keys.

        It runs on PyMongo's own async API under either driver: Motor takes each call through a
        thread, which made sealing and opening three to four times slower when measured.
        """
        namespace = f"{self._database.name}.{DATA_KEYS}"
        return AsyncClientEncryption(keys.providers, namespace, self._quick_client(), _CODEC, keys.tls or None)

    async def drop(self) -> None:
        """Drop the whole database."""
        await self._client.drop_database(self._database.name)

    async def close(self) -> None:
        """Close every connection."""
        closing = self._client.close()
        if self.driver == "pymongo":
            await closing
        if self._keys_client is not None:
            await self._keys_client.close()


async def _committed(session: Any, deadline: float) -> bool:
    """False where it is not known whether the commit arrived: committing again is safe then."""
    try:
        await session.commit_transaction()
        return True
    except PyMongoError as error:
        if not error.has_error_label("UnknownTransactionCommitResult") or time.monotonic() > deadline:
            raise
        return False


def _has_label(error: BaseException, label: str) -> bool:
    return isinstance(error, PyMongoError) and error.has_error_label(label)


def _pause(attempt: int) -> float:
    """Seconds before another try: random, and longer each time, so that those in conflict part."""
    longest = min(0.5, 0.005 * 1.5**attempt)
    return longest * secrets.randbelow(1000) / 1000


def as_sealed(content: bytes) -> Sealed:
    """Sealed bytes as they are stored."""
    return Binary(content, _SEALED_SUBTYPE)


def is_sealed(value: object) -> TypeGuard[Sealed]:
    """Whether a stored value is sealed, rather than plain or some other bytes."""
    return isinstance(value, Binary) and value.subtype == _SEALED_SUBTYPE


def to_bson(value: Mapping[str, object]) -> bytes:
    """A document as bytes."""
    return bson.encode(value, codec_options=_CODEC)


def from_bson(content: bytes) -> Document:
    """The document of such bytes. Raises ValueError."""
    try:
        return bson.decode(content, codec_options=_CODEC)
    except bson.InvalidBSON as error:
        raise ValueError(str(error)) from None


def open_store(
    uri: str, database: str, driver: Literal["motor", "pymongo"], listeners: Sequence[CommandListener] = ()
) -> Store:
    """Open a database; the first call connects. Listeners are told of each command (`server.platform.db.listener`)."""
    named: Document = {"event_listeners": listeners, "appname": app_name(database)}
    if driver == "motor":
        from motor.motor_asyncio import AsyncIOMotorClient

        opened = AsyncIOMotorClient(uri, **{**named, **_OPTIONS})
        return Store(opened, uri, database, driver, listeners)
    client: AsyncMongoClient[Document] = AsyncMongoClient(uri, **{**named, **_OPTIONS})
    return Store(client, uri, database, driver, listeners)


async def seal_value(store: Store, encryption: Encryption, key: Binary, value: bytes) -> Binary | None:
    """Encrypt some bytes under a data key; None when that is gone. Any other fault is raised."""
    try:
        return await encryption.encrypt(Binary(value), _RANDOM, key_id=key)
    except EncryptionError as error:
        if not await _key_is_gone(store, error, key):
            raise
        return None


async def open_value(store: Store, encryption: Encryption, sealed: bytes) -> bytes | None:
    """Decrypt what `seal_value` made; None when its data key is gone. Any other fault is raised."""
    try:
        return bytes(await encryption.decrypt(Binary(sealed, _ENCRYPTED_SUBTYPE)))
    except EncryptionError as error:
        if not await _key_is_gone(store, error, data_key_of(sealed)):
            raise
        return None


async def _key_is_gone(store: Store, error: EncryptionError, key: Binary) -> bool:
    """Whether that is why the library failed: it does not say so itself."""
    if not isinstance(error.cause, MongoCryptError):
        return False
    return await store[DATA_KEYS].find_one({"_id": key}, {"_id": 1}) is None


async def rewrap(
    encryption: Encryption, keys: Sequence[UUID], provider: str, master_key: Mapping[str, object] | None
) -> int:
    """Wrap data keys again under a master key; how many still existed to be."""
    ids = [Binary(key.bytes, UUID_SUBTYPE) for key in keys]
    done = await encryption.rewrap_many_data_key({"_id": {"$in": ids}}, provider, master_key)
    return 0 if done.bulk_write_result is None else done.bulk_write_result.matched_count


def data_key_of(sealed: bytes) -> Binary:
    """The id of the data key that something was encrypted under (MongoDB's format of encrypted values)."""
    return Binary(sealed[1:17], UUID_SUBTYPE)
