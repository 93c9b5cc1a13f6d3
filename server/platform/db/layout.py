"""Which layout a database has, and making the indexes that it lacks.

The layout is four numbers in `meta`: up to which migration the database is expanded (`version`), which code it still
bears (`floor`), up to which migration no process uses the old shape (`contracted`), and up to which that is gone
(`clean`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import pymongo
from pymongo.errors import OperationFailure

from server.platform.db.collections import DATA_KEYS, Document
from server.platform.db.migrations import MIGRATIONS, Index, index_name
from server.platform.db.migrations.retired import RETIRED
from server.platform.db.store import Store
from server.platform.db.versions import LAYOUT, LINE
from server.platform.kit.errors import OperatorError

_HOUR = 3600
_DAY = 24 * _HOUR
_NOT_FOUND = 27

META = "meta"
MIGRATIONS_DONE = "migrations"
PROCESSES = "processes"
COLLECTIONS = (META, MIGRATIONS_DONE, PROCESSES, DATA_KEYS)
INDEXES: tuple[Index, ...] = (
    (
        DATA_KEYS,
        [("keyAltNames", 1)],
        {"unique": True, "partialFilterExpression": {"keyAltNames": {"$exists": True}}},
    ),
    (PROCESSES, [("expires_at", 1)], {"expireAfterSeconds": _HOUR}),
)


class LayoutError(OperatorError):
    """This code cannot work on the database; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How far a database is, in numbers of migrations."""

    version: int
    """Expanded so far: all that this code needs is there."""
    floor: int
    """Code that knows less than this must not run any more."""
    contracted: int
    """So far no process writes or reads what is old."""
    clean: int
    """So far nothing old is left."""


FINAL = Layout(LAYOUT, LAYOUT, LAYOUT, LAYOUT)
"""What an empty database becomes."""


class Layouts:
    """What this process knows of the layout; its heartbeat keeps it up to date (`server.platform.db.processes`)."""

    def __init__(self, state: Layout = FINAL) -> None:
        self.state = state

    def keeps_old(self, number: int) -> bool:
        """Whether what a migration replaces is still written next to the new, and looked at where that is missing."""
        return self.state.contracted < number


async def layout_state(store: Store) -> Layout | None:
    """The layout of a database; None for one that was never prepared."""
    row = await store[META].find_one({"_id": "layout"})
    return None if row is None else layout_in(row)


def layout_in(row: Document) -> Layout:
    """The layout in its row of `meta`."""
    return Layout(*(int(row[name]) for name in ("version", "floor", "contracted", "clean")))


async def prepare(store: Store, indexes: Sequence[Index]) -> Layout:
    """Create what the database lacks at the layout that it has, however long that takes; the layout.

    `indexes` are those of a database without anything old. An empty database gets the newest layout at once. It never
    migrates: that is `server.platform.db.migrating`.

    Raises:
        LayoutError: the database was contracted beyond what this code knows, or is of another line of layouts.
    """
    with pymongo.timeout(_DAY):
        await _refuse_another_line(store)
        state = await layout_state(store) or FINAL
        refuse_newer(state)
        wanted = _indexes_at(state, indexes)
        names = {(index[0], index_name(index)) for index in wanted}
        in_the_way = [index for index in RETIRED if (index[0], index_name(index)) in names]
        await drop_indexes(store, in_the_way)
        for collection, keys, options in wanted:
            await store[collection].create_index(keys, **options)
        await drop_indexes(store, [index for index in RETIRED if index not in in_the_way])
        # an older version that starts while a newer one runs takes nothing back
        values = {"$max": asdict(state), "$setOnInsert": {"at": datetime.now(UTC), "line": LINE}}
        await store[META].update_one({"_id": "layout"}, values, upsert=True)
    return state


async def drop_indexes(store: Store, indexes: Sequence[Index]) -> None:
    """Drop indexes that are there as they are named; one of the same name that follows stays."""
    for index in indexes:
        collection, keys, options = index
        there = (await store[collection].index_information()).get(index_name(index))
        if there is None or there["key"] != keys or bool(there.get("unique")) != bool(options.get("unique")):
            continue
        try:
            await store[collection].drop_index(index_name(index))
        except OperationFailure as error:
            if error.code != _NOT_FOUND:
                raise


async def _refuse_another_line(store: Store) -> None:
    """Raise LayoutError where the database holds data of another line of releases, such as one before 0.2."""
    row = await store[META].find_one({"_id": "layout"})
    if await _is_empty(store) if row is None else row.get("line") == LINE:
        return
    raise LayoutError(
        f"the database {store.name} is not of release {LINE} or a later one, and there is no way from before. Take "
        "another database, or in the demo another folder: --data-dir FOLDER"
    )


def refuse_newer(state: Layout) -> None:
    """Raise LayoutError where a database no longer bears this code."""
    if state.floor > LAYOUT:
        raise LayoutError(
            f"the database was contracted to layout {state.floor} and this release knows no more than {LAYOUT}: it "
            f"would lose what newer releases wrote. Start a release that knows layout {state.floor}, or restore a "
            "copy from before into another database"
        )


def _indexes_at(state: Layout, indexes: Sequence[Index]) -> list[Index]:
    """What a database has at a layout; nothing of a migration that is just being contracted."""
    wanted = list(indexes)
    for migration in MIGRATIONS:
        if state.version >= migration.number:
            wanted += migration.adds
        if state.contracted >= migration.number:
            wanted += migration.follows
        elif state.floor < migration.number:
            wanted += migration.retires
    return wanted


async def _is_empty(store: Store) -> bool:
    for name in await store.database.list_collection_names():
        if await store[name].find_one({}, {"_id": 1}) is not None:
            return False
    return True
