"""Files in GridFS, always sealed before they come here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from gridfs.asynchronous import AsyncGridFSBucket
from gridfs.errors import NoFile
from motor.motor_asyncio import AsyncIOMotorGridFSBucket

from server.platform.db.store import Store


class Files:
    """Puts, reads and deletes whole files by name."""

    def __init__(self, store: Store) -> None:
        motor = store.driver == "motor"
        self._bucket: Any = (AsyncIOMotorGridFSBucket if motor else AsyncGridFSBucket)(store.database, "files")

    async def put(self, name: str, content: bytes) -> None:
        """Store a file."""
        await self._bucket.upload_from_stream_with_id(name, name, content)

    async def read(self, name: str) -> bytes | None:
        """A file's content; None where it is gone."""
        try:
            stream = await self._bucket.open_download_stream(name)
        except NoFile:
            return None
        content: bytes = await stream.read()
        return content

    async def older_than(self, moment: datetime, count: int) -> AsyncIterator[list[str]]:
        """The names of files that were stored before a moment, so many at a time."""
        found: Any = self._bucket.find({"uploadDate": {"$lt": moment}}).batch_size(count)
        names: list[str] = []
        async for file in found:
            names.append(file._id)
            if len(names) == count:
                yield names
                names = []
        if names:
            yield names

    async def delete(self, name: str) -> None:
        """Delete a file, if it is there."""
        try:
            await self._bucket.delete(name)
        except NoFile:
            return
