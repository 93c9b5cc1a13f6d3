"""Reading columns: Arrow tables straight from MongoDB's batches, without a Python object a document.

PyMongoArrow reads with PyMongo's synchronous client, so callers put a read on a thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import pyarrow as pa
from pymongo import MongoClient
from pymongo.read_concern import ReadConcern
from pymongoarrow.api import Schema, find_arrow_all

from server.platform.db.collections import Document
from server.platform.db.store import Store
from server.platform.db.versions import app_name

BATCH = 1000
"""Documents a batch. Small ones halve the CPU of a read: their buffers are used again instead of mapped each time."""


class ColumnReader:
    """Reads fields of documents as columns. Use as a context manager."""

    def __init__(self, store: Store) -> None:
        self._client: MongoClient[Document] = MongoClient(
            store.uri, appname=app_name(store.name, "egret-columns"), serverSelectionTimeoutMS=10_000
        )
        self._database = self._client.get_database(store.name, read_concern=ReadConcern("majority"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def read(
        self, collection: str, query: Mapping[str, object], fields: Mapping[str, pa.DataType], hint: str | None = None
    ) -> pa.Table:
        """The named fields of every document that matches, in the order of the index `hint`."""
        projection: dict[str, int] = {"_id": 0, **dict.fromkeys(fields, 1)}
        options: Document = {"projection": projection, "schema": Schema(dict(fields)), "batch_size": BATCH}
        if hint is not None:
            options["hint"] = hint
        return find_arrow_all(self._database[collection], dict(query), **options)

    def drain(self, collection: str, batch_size: int = 0) -> int:
        """Merely fetch every document as raw bytes, and count them: the baseline of a rescore."""
        return sum(len(batch) for batch in self._database[collection].find_raw_batches({}, batch_size=batch_size))
