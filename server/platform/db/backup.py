"""Backups: a copy of the database with the changes after it, and back to any moment of them.

Data keys are not part of a copy. They are kept once, as they stand now, next to all copies: a citizen who has left
since a copy was taken stays erased when it is brought back (promise 2). Keep that file, and the master key, apart from
the copies; without it nothing can be read.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from server.platform.db import Document, Index, Owned, Owner, Store
from server.platform.db.archive import Archive, Moment, documents_of
from server.platform.db.collections import DATA_KEYS
from server.platform.db.migrating import expand
from server.platform.db.store import data_key_of
from server.platform.kit.clock import utc_now
from server.platform.kit.digests import digest_of_file
from server.platform.kit.errors import OperatorError

KEYS = DATA_KEYS
_FORMAT = 1
_MANIFEST = "manifest.json"
_SEGMENT = 5000
"""Changes in one file of the oplog."""
Report = Callable[[str, int], None]


class BackupError(OperatorError):
    """A copy cannot be taken or brought back; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back."""

    documents: int
    changes: int
    erased: int
    """People whose data key is gone: they have left, and nothing of them stays."""


async def take(store: Store, folder: Path, report: Report) -> Path:
    """Copy the whole database into a folder of its own under `folder`; it is consistent as of its end."""
    archive = Archive(store)
    try:
        began = await archive.now()
        copy = folder / utc_now().strftime("%Y%m%dT%H%M%S.%f")
        copy.mkdir(parents=True)
        counts: dict[str, int] = {}
        for name in await archive.collections():
            if name != KEYS:
                counts[name] = await archive.write(name, copy / f"{name}.bson.gz")
                report(name, counts[name])
        ended = await _append(archive, copy, began, follow_seconds=None)
        await archive.write(KEYS, folder / f"{KEYS}.bson.gz")
        digests = {path.name: _digest(path) for path in sorted(copy.glob("*.bson.gz")) if _is_collection(path)}
        manifest = {
            "format": _FORMAT,
            "database": store.name,
            "began": _written(began),
            "ended": _written(ended),
            "counts": counts,
            "digests": digests,
        }
        (copy / _MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        return copy
    finally:
        await archive.close()


async def follow(store: Store, copy: Path, report: Report, *, seconds: float | None = None) -> int:
    """Add the changes since a copy, and, with `seconds`, those of so long from now on; how many there are in all.

    Raises BackupError where the oplog does not go back that far.
    """
    archive = Archive(store)
    try:
        last = _last(copy)
        await _append(archive, copy, last, follow_seconds=seconds)
        await archive.write(KEYS, copy.parent / f"{KEYS}.bson.gz")
        count = sum(1 for path in _segments(copy) for _ in documents_of(path))
        report("oplog", count)
        return count
    except ValueError as error:
        raise BackupError(str(error)) from None
    finally:
        await archive.close()


async def restore(
    store: Store,
    copy: Path,
    report: Report,
    *,
    indexes: Sequence[Index],
    owned: Sequence[Owned],
    until: datetime | None = None,
) -> Restored:
    """Bring a copy back into an empty database, as of a moment or of the last change there is.

    `indexes` and `owned` are those of this code's collections.
    A copy that an older release took is expanded to this code's layout, never contracted.

    Raises BackupError where the database is not empty, a file is damaged, or the moment is before the copy.
    """
    manifest = _checked(copy)
    archive = Archive(store)
    try:
        if not await archive.is_empty():
            raise BackupError(f"the database {store.name} is not empty; name another one in EGRET_DATABASE")
        await store.drop()  # indexes that were made ahead would refuse what stands there only for a moment
        limit = None if until is None else Moment(int(until.timestamp()), 2**31 - 1)
        if limit is not None and limit < _read(manifest["ended"]):
            raise BackupError("that moment is before the end of this copy; take an earlier one")
        documents = 0
        for name in sorted(manifest["counts"]):
            count = await archive.read(name, copy / f"{name}.bson.gz")
            report(name, count)
            documents += count
        changes = 0
        for path in _segments(copy):
            changes += await archive.play(documents_of(path), manifest["database"], limit, KEYS)
            report("oplog", changes)
        await archive.fill(KEYS, copy.parent / f"{KEYS}.bson.gz")
        erased = await forget_keyless(store, owned)
        await expand(store, indexes)
        return Restored(documents, changes, erased)
    finally:
        await archive.close()


async def forget_keyless(store: Store, owned: Sequence[Owned]) -> int:
    """A citizen without a data key has left: delete what stands under their pseudonym."""
    keys = {row["_id"] async for row in store[KEYS].find({}, {"_id": 1})}
    theirs = [one for one in owned if one.owner is Owner.CITIZEN and not one.prefix]
    gone: list[str] = []
    for people in (one for one in theirs if one.by == "_id"):
        rows = store[people.collection].find({}, {"key": 1})
        gone += [row["_id"] async for row in rows if data_key_of(row["key"]).as_uuid() not in keys]
    for one in theirs:
        await store[one.collection].delete_many({one.by: {"$in": gone}})
    return len(gone)


async def _append(archive: Archive, copy: Path, after: Moment, *, follow_seconds: float | None) -> Moment:
    """Write the changes after a moment into further files; the moment of the last one."""
    last, waiting = after, follow_seconds is not None
    entries = archive.oplog(after, follow=waiting)
    number = len(_segments(copy))
    out = None
    count = 0
    try:
        async with asyncio.timeout(follow_seconds):
            async for entry in entries:
                if out is None:
                    out = gzip.open(copy / f"oplog-{number:08d}.partial", "wb", compresslevel=3)  # noqa: SIM115 - closed when full
                out.write(entry.raw)
                last, count = entry["ts"], count + 1
                if count >= _SEGMENT:
                    _finish(copy, number, out)
                    number, out, count = number + 1, None, 0
    except TimeoutError:
        pass
    finally:
        if out is not None:
            _finish(copy, number, out)
        await entries.aclose()  # type: ignore[attr-defined]
    return last


def _finish(copy: Path, number: int, out: gzip.GzipFile) -> None:
    out.close()
    (copy / f"oplog-{number:08d}.partial").replace(copy / f"oplog-{number:08d}.bson.gz")


def _segments(copy: Path) -> list[Path]:
    return sorted(copy.glob("oplog-*.bson.gz"))


def _is_collection(path: Path) -> bool:
    return not path.name.startswith("oplog-")


def _last(copy: Path) -> Moment:
    """The moment of the last change that a copy has."""
    manifest = _checked(copy, digests=False)
    last = _read(manifest["ended"])
    segments = _segments(copy)
    if segments:
        for entry in documents_of(segments[-1]):
            last = max(last, entry["ts"])
    return last


def _checked(copy: Path, *, digests: bool = True) -> Document:
    try:
        manifest: Document = json.loads((copy / _MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        raise BackupError(f"{copy} is no copy, or was not finished: it has no {_MANIFEST}") from None
    if manifest.get("format") != _FORMAT:
        raise BackupError(f"{copy} was written by another version of Egret")
    for name, digest in manifest["digests"].items() if digests else ():
        if not (copy / name).is_file() or _digest(copy / name) != digest:
            raise BackupError(f"{name} is missing or damaged; take another copy")
    return manifest


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return digest_of_file(file)


def _written(moment: Moment) -> list[int]:
    return [moment.time, moment.inc]


def _read(moment: list[int]) -> Moment:
    return Moment(*moment)
