"""Collections and their indexes, and which layout a database has. Every citizen-owned collection carries `citizen`.

The layout is four numbers in `meta`: up to which migration the database is expanded (`version`), which code it still
bears (`floor`), up to which migration nobody uses the old shape (`contracted`), and up to which it is gone (`clean`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import pymongo

from server.platform.db.migrations import MIGRATIONS, Index
from server.platform.db.store import Store
from server.platform.db.versions import LAYOUT, LINE
from server.platform.kit.errors import OperatorError

_HOUR = 3600
_DAY = 24 * _HOUR

COLUMNS_INDEX = "columns"
"""A citizen's records, newest first, with all that a score is made of: a city is read from this index alone."""
STANDING_INDEX = "standing"
"""Each citizen's current assessment: its day and fingerprint."""
_RECORD_COLUMNS = ("citizen", "reported_on", "rule", "occurred_on", "status", "final", "disputed", "cured_on")

_INDEXES: tuple[Index, ...] = (
    (
        "data_keys",
        [("keyAltNames", 1)],
        {"unique": True, "partialFilterExpression": {"keyAltNames": {"$exists": True}}},
    ),
    ("citizens", [("id_index", 1)], {"unique": True}),
    (
        "citizens",
        [("contacts.hash", 1)],
        {"unique": True, "partialFilterExpression": {"contacts.hash": {"$exists": True}}},
    ),
    ("citizens", [("name_index", 1)], {"partialFilterExpression": {"name_index": {"$exists": True}}}),
    ("citizens", [("masked_index", 1)], {"partialFilterExpression": {"masked_index": {"$exists": True}}}),
    ("records", [("source", 1), ("document_index", 1)], {"unique": True}),
    (
        "records",
        [(name, -1 if name == "reported_on" else 1) for name in _RECORD_COLUMNS],
        {"name": COLUMNS_INDEX},
    ),
    (
        "assessments",
        [("citizen", 1)],
        {"unique": True, "partialFilterExpression": {"current": True}, "name": "current"},
    ),
    ("assessments", [("citizen", 1), ("at", -1)], {}),
    (
        "assessments",
        [("citizen", 1), ("current", 1), ("fingerprint", 1), ("as_of", 1)],
        {"partialFilterExpression": {"current": True}, "name": STANDING_INDEX},
    ),
    ("passes", [("citizen", 1), ("issued_at", -1)], {}),
    ("pass_codes", [("expires_at", 1)], {"expireAfterSeconds": _HOUR}),
    ("disputes", [("citizen", 1), ("filed_at", -1)], {}),
    (
        "disputes",
        [("citizen", 1), ("record", 1)],
        {"unique": True, "partialFilterExpression": {"open": True}, "name": "one_open_of_citizen"},
    ),
    ("disputes", [("number", 1)], {}),
    ("disputes", [("open", 1), ("due_on", 1), ("_id", 1)], {}),
    ("disputes", [("open", 1), ("holder", 1), ("due_on", 1), ("_id", 1)], {}),
    ("disputes", [("reporter", 1), ("state", 1), ("_id", 1)], {}),
    ("record_versions", [("citizen", 1)], {}),
    ("record_versions", [("record", 1), ("version", 1)], {}),
    ("disputes", [("ended_on", 1)], {}),
    ("case_notes", [("case", 1), ("at", 1)], {}),
    ("case_notes", [("citizen", 1)], {}),
    ("evidence", [("dispute", 1), ("added_at", 1)], {}),
    ("evidence", [("citizen", 1), ("box", 1)], {}),
    ("audit", [("chain", 1), ("seq", 1)], {"unique": True}),
    ("audit", [("chain", 1), ("look", 1), ("seq", -1)], {}),
    ("audit_sealed", [("run", 1), ("chain", 1)], {"unique": True}),
    ("outbox", [("due", 1)], {"partialFilterExpression": {"done": False}}),
    ("outbox", [("waiting_for", 1)], {"partialFilterExpression": {"waiting_for": {"$exists": True}}}),
    ("outbox", [("done_at", 1)], {"expireAfterSeconds": 7 * _DAY}),
    ("idempotency", [("at", 1)], {"expireAfterSeconds": _DAY}),
    ("idempotency", [("owner", 1)], {"partialFilterExpression": {"owner": {"$exists": True}}}),
    ("conversations", [("expires_at", 1)], {"expireAfterSeconds": 0}),
    ("conversations", [("state_at", 1)], {"partialFilterExpression": {"state_at": {"$exists": True}}}),
    (
        "conversations",
        [("recent.pending", 1)],
        {"partialFilterExpression": {"recent.pending": {"$exists": True}}, "name": "unanswered"},
    ),
    ("binding_attempts", [("expires_at", 1)], {"expireAfterSeconds": _HOUR}),
    ("budgets", [("expires_at", 1)], {"expireAfterSeconds": 0}),
    ("refresh_tokens", [("expires_at", 1)], {"expireAfterSeconds": _DAY}),
    ("refresh_tokens", [("contact", 1), ("renewed_at", -1)], {}),
    ("used_links", [("at", 1)], {"expireAfterSeconds": _DAY}),
    ("throttles", [("expires_at", 1)], {"expireAfterSeconds": 0}),
    ("staff", [("identity", 1)], {"unique": True, "partialFilterExpression": {"identity": {"$exists": True}}}),
    ("staff_sessions", [("until", 1)], {"expireAfterSeconds": 0}),
    ("staff_sessions", [("staff", 1)], {}),
    ("staff_sessions", [("identity", 1)], {"partialFilterExpression": {"identity": {"$exists": True}}}),
    ("staff_sessions", [("sid", 1)], {"partialFilterExpression": {"sid": {"$exists": True}}}),
    ("processes", [("expires_at", 1)], {"expireAfterSeconds": _HOUR}),
)

INDEXES: tuple[Index, ...] = (*_INDEXES, *(i for m in MIGRATIONS for i in (*m.adds, *m.follows)))
"""Those of a database without anything old. What a migration makes stands in its own file."""
COLLECTIONS = frozenset(name for name, _, _ in INDEXES) | {
    *("access_tokens", "api_keys", "audit_heads", "audit_seals", "contacts", "counters", "impact_reports", "imports"),
    *("meta", "migrations", "register", "rescores", "sources"),
}
"""Every collection of ours, by name."""
_WITH_PEOPLE = ("citizens", "records", "register", "staff", "sources")


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
    """So far nobody writes or reads what is old."""
    clean: int
    """So far nothing old is left."""


FINAL = Layout(LAYOUT, LAYOUT, LAYOUT, LAYOUT)
"""What an empty database becomes."""


class Layouts:
    """What this process knows of the layout; its heartbeat keeps it up to date (`server.platform.db.processes`)."""

    def __init__(self, state: Layout = FINAL) -> None:
        self.state = state

    def keeps_old(self, number: int) -> bool:
        """Whether what a migration replaces is still written beside the new, and looked at where that is missing."""
        return self.state.contracted < number


async def layout_state(store: Store) -> Layout | None:
    """The layout of a database; None for one that was never prepared."""
    row = await store["meta"].find_one({"_id": "layout"})
    return None if row is None else layout_in(row)


def layout_in(row: Mapping[str, Any]) -> Layout:
    """The layout in its row of `meta`."""
    return Layout(*(int(row[name]) for name in ("version", "floor", "contracted", "clean")))


async def prepare(store: Store) -> Layout:
    """Create what the database lacks at the layout that it has, however long that takes; the layout.

    An empty database gets the newest layout at once. It never migrates: that is `server.platform.db.migrating`.

    Raises:
        LayoutError: the database was contracted beyond what this code knows, or is of another line of layouts.
    """
    with pymongo.timeout(_DAY):
        await _refuse_another_line(store)
        state = await layout_state(store) or FINAL
        refuse_newer(state)
        for collection, keys, options in _indexes_at(state):
            await store[collection].create_index(keys, **options)
        # an older version that starts beside a newer one takes nothing back
        values = {"$max": asdict(state), "$setOnInsert": {"at": datetime.now(UTC), "line": LINE}}
        await store["meta"].update_one({"_id": "layout"}, values, upsert=True)
    return state


async def _refuse_another_line(store: Store) -> None:
    """Raise LayoutError where somebody else's people are in the database, such as those of a release before 0.2."""
    row = await store["meta"].find_one({"_id": "layout"})
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


def _indexes_at(state: Layout) -> list[Index]:
    """What a database has at a layout; nothing of a migration that is just being contracted."""
    wanted = list(_INDEXES)
    for migration in MIGRATIONS:
        if state.version >= migration.number:
            wanted += migration.adds
        if state.contracted >= migration.number:
            wanted += migration.follows
        elif state.floor < migration.number:
            wanted += migration.retires
    return wanted


async def _is_empty(store: Store) -> bool:
    for name in _WITH_PEOPLE:
        if await store[name].find_one({}, {"_id": 1}) is not None:
            return False
    return True
