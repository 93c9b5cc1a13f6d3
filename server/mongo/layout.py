"""Collections and their indexes. Every citizen-owned collection carries `citizen`."""

from __future__ import annotations

from datetime import UTC, datetime

import pymongo

from server.mongo.store import Store

_HOUR = 3600
_DAY = 24 * _HOUR

COLUMNS_INDEX = "columns"
"""A citizen's records, newest first, with all that a score is made of: a city is read from this index alone."""
STANDING_INDEX = "standing"
"""Each citizen's current assessment: its day and fingerprint."""
_RECORD_COLUMNS = ("citizen", "reported_on", "rule", "occurred_on", "status", "final", "disputed", "cured_on")

# collection, keys, options
INDEXES: tuple[tuple[str, list[tuple[str, int]], dict[str, object]], ...] = (
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
    ("passes", [("code_index", 1)], {"unique": True}),
    ("passes", [("citizen", 1), ("issued_at", -1)], {}),
    (
        "disputes",
        [("record", 1)],
        {"unique": True, "partialFilterExpression": {"open": True}, "name": "one_open"},
    ),
    ("disputes", [("number", 1)], {"unique": True}),
    ("disputes", [("citizen", 1), ("filed_at", -1)], {}),
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
)


LAYOUT = 1
"""Goes up by one with each change of the layout that this code cannot do without."""
COLLECTIONS = frozenset(name for name, _, _ in INDEXES) | {
    *("access_tokens", "api_keys", "audit_heads", "audit_seals", "contacts", "counters", "impact_reports", "imports"),
    *("meta", "register", "rescores", "sources"),
}
"""Every collection of ours, by name."""


async def prepare(store: Store) -> None:
    """Create what is missing, however long that takes; does nothing on a database that is ready."""
    with pymongo.timeout(_DAY):
        for collection, keys, options in INDEXES:
            await store[collection].create_index(keys, **options)
        # an older version that starts beside a newer one takes nothing back
        values = {"$max": {"version": LAYOUT}, "$setOnInsert": {"at": datetime.now(UTC)}}
        await store["meta"].update_one({"_id": "layout"}, values, upsert=True)


async def layout_version(store: Store) -> int:
    """The layout that the database was last prepared for; 0 for a database that never was."""
    row = await store["meta"].find_one({"_id": "layout"}, {"version": 1})
    return 0 if row is None else int(row["version"])
