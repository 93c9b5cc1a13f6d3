"""What both drivers' collections have in common, and those of an open transaction.

A repository says which rows a collection has: `rows: Collection[CitizenRow] = within[CITIZENS]`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from pymongo.results import BulkWriteResult, DeleteResult, UpdateResult

DATA_KEYS = "data_keys"
Document = dict[str, Any]
"""A document of unknown shape."""
Query = Mapping[str, object]
Change = Mapping[str, object] | Sequence[Mapping[str, object]]
"""What an update does, or the stages of a pipeline that does it."""
Projection = Mapping[str, object] | Sequence[str] | None
Sort = Sequence[tuple[str, int]]
Row = TypeVar("Row")


class Cursor(Protocol[Row]):
    """What both drivers' cursors have in common."""

    def sort(self, keys: Sort) -> Cursor[Row]: ...
    def limit(self, count: int) -> Cursor[Row]: ...
    def batch_size(self, count: int) -> Cursor[Row]: ...
    def __aiter__(self) -> AsyncIterator[Row]: ...
    async def to_list(self, length: int | None = None) -> list[Row]: ...


class OutsideCollection(Protocol[Row]):
    """A collection that must not be used in a transaction: it waits less, or for less (`Store.quick`)."""

    async def find_one(self, query: Query, projection: Projection = None, **options: object) -> Row | None: ...
    def find(self, query: Query, projection: Projection = None, **options: object) -> Cursor[Row]: ...
    async def insert_one(self, document: Mapping[str, object], **options: object) -> object: ...
    async def insert_many(self, documents: Sequence[Mapping[str, object]], **options: object) -> object: ...
    async def update_one(self, query: Query, update: Change, **options: object) -> UpdateResult: ...
    async def update_many(self, query: Query, update: Change, **options: object) -> UpdateResult: ...
    async def find_one_and_update(self, query: Query, update: Change, **options: object) -> Row | None: ...
    async def delete_one(self, query: Query, **options: object) -> DeleteResult: ...
    async def delete_many(self, query: Query, **options: object) -> DeleteResult: ...
    async def count_documents(self, query: Query, **options: object) -> int: ...
    async def bulk_write(self, requests: Sequence[object], **options: object) -> BulkWriteResult: ...
    async def aggregate(self, pipeline: Sequence[Query], **options: object) -> Cursor[Document]: ...


class Collection(OutsideCollection[Row], Protocol[Row]):
    """A collection of the database or of a transaction; `OutsideCollection` is none."""

    @property
    def name(self) -> str: ...


class Collections(Protocol):
    """Where collections come from: the database, or a transaction on it."""

    def __getitem__(self, name: str) -> Collection[Any]: ...


class WholeCollection(Collection[Row], Protocol[Row]):
    """A collection with its indexes, which no transaction changes."""

    async def create_index(self, keys: Sort, **options: object) -> str: ...
    async def drop_index(self, name: str) -> None: ...
    async def index_information(self) -> dict[str, Document]: ...


class DatabaseTransaction:
    """An open transaction. Its collections are bound to it: whatever is asked of them belongs to it."""

    def __init__(self, store: Collections, session: object) -> None:
        self._store = store
        self._session = session

    def __getitem__(self, name: str) -> Collection[Any]:
        return _Bound(self._store[name], self._session)


class _Bound:
    """A collection that passes the session of its transaction to each call."""

    __slots__ = ("_inner", "_session")

    def __init__(self, inner: Collection[Any], session: object) -> None:
        self._inner = inner
        self._session = session

    @property
    def name(self) -> str:
        return self._inner.name

    async def find_one(self, query: Query, projection: Projection = None, **options: object) -> Document | None:
        found: Document | None = await self._inner.find_one(query, projection, session=self._session, **options)
        return found

    def find(self, query: Query, projection: Projection = None, **options: object) -> Cursor[Document]:
        return self._inner.find(query, projection, session=self._session, **options)

    async def insert_one(self, document: Mapping[str, object], **options: object) -> object:
        return await self._inner.insert_one(document, session=self._session, **options)

    async def insert_many(self, documents: Sequence[Mapping[str, object]], **options: object) -> object:
        return await self._inner.insert_many(documents, session=self._session, **options)

    async def update_one(self, query: Query, update: Change, **options: object) -> UpdateResult:
        return await self._inner.update_one(query, update, session=self._session, **options)

    async def update_many(self, query: Query, update: Change, **options: object) -> UpdateResult:
        return await self._inner.update_many(query, update, session=self._session, **options)

    async def find_one_and_update(self, query: Query, update: Change, **options: object) -> Document | None:
        found: Document | None = await self._inner.find_one_and_update(query, update, session=self._session, **options)
        return found

    async def delete_one(self, query: Query, **options: object) -> DeleteResult:
        return await self._inner.delete_one(query, session=self._session, **options)

    async def delete_many(self, query: Query, **options: object) -> DeleteResult:
        return await self._inner.delete_many(query, session=self._session, **options)

    async def count_documents(self, query: Query, **options: object) -> int:
        return await self._inner.count_documents(query, session=self._session, **options)

    async def bulk_write(self, requests: Sequence[object], **options: object) -> BulkWriteResult:
        return await self._inner.bulk_write(requests, session=self._session, **options)

    async def aggregate(self, pipeline: Sequence[Query], **options: object) -> Cursor[Document]:
        return await self._inner.aggregate(pipeline, session=self._session, **options)
