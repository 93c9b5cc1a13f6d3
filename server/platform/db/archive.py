"""A database as files, and back: every collection as compressed BSON, and the oplog that goes with it.

What is written while the copy is taken stands in the oplog from its beginning to its end; played over the copy, it
makes it what the database was at the last entry, as `mongodump --oplog` does. Going on with the oplog gives any moment
after that. Entries can be played twice: each says what is there afterwards.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import bson
from bson import CodecOptions
from bson.raw_bson import RawBSONDocument
from bson.timestamp import Timestamp
from pymongo import AsyncMongoClient, CursorType
from pymongo.errors import BulkWriteError

from server.platform.db.collections import Document
from server.platform.db.store import Store

_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
_BATCH = 1000
_DUPLICATE = 11000
_CHANGES = ("i", "u", "d", "c")
Moment = Timestamp
Progress = Callable[[str, int], None]


class Archive:
    """Reads and writes the files of one database; has a connection of its own."""

    def __init__(self, store: Store) -> None:
        self._name = store.name
        self._client: AsyncMongoClient[Document] = AsyncMongoClient(store.uri)

    async def close(self) -> None:
        await self._client.close()

    async def now(self) -> Moment:
        """The last entry of the oplog."""
        newest = await self._client["local"]["oplog.rs"].find_one({}, {"ts": 1}, sort=[("$natural", -1)])
        if newest is None:
            raise ValueError("the database has no oplog: it must be a replica set")
        return cast(Moment, newest["ts"])

    async def collections(self) -> list[str]:
        """The names of everything that is kept."""
        names = await self._client[self._name].list_collection_names(filter={"type": "collection"})
        return sorted(name for name in names if not name.startswith("system."))

    async def is_empty(self) -> bool:
        """Whether nothing at all is kept."""
        database = self._client[self._name]
        for name in await self.collections():
            if await database[name].find_one({}, {"_id": 1}) is not None:
                return False
        return True

    async def write(self, name: str, path: Path) -> int:
        """Copy a collection into a file; how many documents."""
        rows = self._client[self._name].get_collection(name, codec_options=cast(Any, _RAW))
        count = 0
        partial = path.with_suffix(".partial")
        with gzip.open(partial, "wb", compresslevel=3) as out:
            async for row in rows.find({}, batch_size=_BATCH):
                out.write(row.raw)  # type: ignore[attr-defined]
                count += 1
        partial.replace(path)
        return count

    async def read(self, name: str, path: Path) -> int:
        """Put a file's documents into a collection, which is there afterwards though it has none; how many."""
        await self._client[self._name].create_collection(name)
        rows = self._client[self._name].get_collection(name, codec_options=cast(Any, _RAW))
        count = 0
        for batch in _batches(documents_of(path)):
            await rows.insert_many(cast(Any, batch), ordered=False)
            count += len(batch)
        return count

    async def oplog(self, after: Moment, *, follow: bool = False) -> AsyncIterator[RawBSONDocument]:
        """Changes of this database after a moment, in their order; `follow` waits for more.

        Raises ValueError where the oplog does not go back that far.
        """
        entries = self._client["local"].get_collection("oplog.rs", codec_options=cast(Any, _RAW))
        oldest = await entries.find_one({}, sort=[("$natural", 1)])
        if oldest is None or oldest["ts"] > after:
            raise ValueError("the oplog does not go back to the last copy: take a new one, and follow it")
        kind = CursorType.TAILABLE_AWAIT if follow else CursorType.NON_TAILABLE
        cursor = entries.find({"ts": {"$gt": after}}, cursor_type=kind)
        while cursor.alive:
            async for entry in cursor:
                if entry["op"] in _CHANGES and _is_of(entry, self._name):
                    yield cast(Any, entry)
            if not follow:
                return

    async def play(self, entries: Iterable[RawBSONDocument], source: str, until: Moment | None, leave_out: str) -> int:
        """Make the changes of a source database here, up to and with a moment, without one collection. How many."""
        count = 0
        parts = dict[Any, list[Document]]()
        for raw in entries:
            entry = bson.decode(raw.raw)
            if until is not None and entry["ts"] > until:
                break
            made = [c for c in _changes_of(entry, parts) if c["ns"].startswith(f"{source}.")]
            changes = [
                {**change, "ns": self._name + change["ns"][len(source) :]}
                for change in made
                if change["ns"] != f"{source}.{leave_out}"
            ]
            for start in range(0, len(changes), _BATCH):
                await self._client.admin.command("applyOps", changes[start : start + _BATCH])
            count += len(changes)
        return count

    async def fill(self, name: str, path: Path) -> int:
        """As `read`, where some of the documents may be there already."""
        rows = self._client[self._name].get_collection(name, codec_options=cast(Any, _RAW))
        count = 0
        for batch in _batches(documents_of(path)):
            try:
                await rows.insert_many(cast(Any, batch), ordered=False)
            except BulkWriteError as error:
                if any(fault["code"] != _DUPLICATE for fault in error.details["writeErrors"]):
                    raise
            count += len(batch)
        return count


def _is_of(entry: Any, database: str) -> bool:
    """Whether an entry is about a database; a transaction stands under `admin.$cmd`."""
    return entry["ns"].startswith(f"{database}.") or "applyOps" in entry["o"]


def _changes_of(entry: Document, parts: dict[Any, list[Document]]) -> list[Document]:
    """The plain changes of an entry; those of a transaction come together with its last part."""
    inner = entry["o"].get("applyOps") if entry["op"] == "c" else None
    if inner is None:
        return [_plain(entry)] if entry["op"] != "c" else []
    transaction = (str(entry.get("lsid")), entry.get("txnNumber"))
    changes = [*parts.pop(transaction, []), *(_plain(change) for change in inner)]
    if entry["o"].get("partialTxn"):
        parts[transaction] = changes
        return []
    return changes


def _plain(change: Document) -> Document:
    """What `applyOps` takes of a change; an insert becomes what is there afterwards."""
    plain: Document = {name: change[name] for name in ("op", "ns", "o", "o2") if name in change}
    if change["op"] == "i":
        plain["o2"] = {"_id": change["o"]["_id"]}
        plain["op"], plain["b"] = "u", True
        plain["o"] = change["o"]
    return plain


def documents_of(path: Path) -> Iterator[RawBSONDocument]:
    """The documents of a file. Raises ValueError where it is cut short."""
    with gzip.open(path, "rb") as file:
        while head := file.read(4):
            (size,) = struct.unpack("<i", head)
            body = file.read(size - 4)
            if len(body) != size - 4:
                raise ValueError(f"{path.name} is cut short")
            yield RawBSONDocument(head + body, _RAW)


def _batches(rows: Iterator[RawBSONDocument]) -> Iterator[list[RawBSONDocument]]:
    batch: list[RawBSONDocument] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
