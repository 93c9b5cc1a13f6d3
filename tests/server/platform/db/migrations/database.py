"""A database of the first layout, and what tests ask of one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from server.platform.db import Document, Store
from server.platform.db.layout import Layout
from server.platform.db.migrations import Migration, index_name
from server.platform.db.versions import FIRST

LABELS = 1200
OLD = Layout(FIRST, FIRST, FIRST, FIRST)


def a_label(n: int) -> Document:
    now = datetime.now(UTC).replace(microsecond=0)
    return {
        "_id": f"{n:06d}",
        "citizen": f"c{n % 10}",
        "code_index": f"code-{n}".encode(),
        "sealed": b"",
        "issued_at": now,
        "expires_at": now + timedelta(minutes=10 if n % 2 else -180),
        "used_at": None,
    }


async def everything(store: Store, *leave_out: str) -> dict[str, Any]:
    """All documents and indexes, times of the machinery aside."""
    found: dict[str, Any] = {}
    for name in sorted(await store.database.list_collection_names()):
        if name not in leave_out:
            rows = await store[name].find({}).sort([("_id", 1)]).to_list(None)
            found[name] = (rows, sorted((await store[name].index_information()).items()))
    return found


async def indexes(store: Store) -> set[tuple[str, str]]:
    names = await store.database.list_collection_names()
    return {(n, index) for n in names for index in await store[n].index_information() if index != "_id_"}


def named(*migrations_: Migration, what: str) -> set[tuple[str, str]]:
    return {(index[0], index_name(index)) for one in migrations_ for index in getattr(one, what)}
