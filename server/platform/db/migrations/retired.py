"""Indexes that a database of this line may still have from before its first release, and that stand in the way.

Each stands here as it was: an index of the same name that is made otherwise stays. What replaces it is in the
repository of its room. From the first release on, an index changes in a migration.
"""

from __future__ import annotations

from server.platform.db.migrations.migration import Index

_COLUMNS = [
    ("citizen", 1),
    ("reported_on", -1),
    *((name, 1) for name in ("rule", "occurred_on", "status", "final", "disputed", "cured_on")),
]
RETIRED: tuple[Index, ...] = (
    ("records", _COLUMNS, {"name": "columns"}),
    ("records", [*_COLUMNS, ("barred", 1)], {"name": "columns"}),
    ("records", [*_COLUMNS, ("source", 1), ("separate", 1)], {"name": "score_columns"}),
    ("disputes", [("citizen", 1), ("record", 1)], {"unique": True, "name": "one_open_of_citizen"}),
    ("disputes", [("open", 1), ("due_on", 1), ("_id", 1)], {}),
    ("disputes", [("open", 1), ("holder", 1), ("due_on", 1), ("_id", 1)], {}),
    ("repairs", [("open", 1), ("due_on", 1), ("_id", 1)], {}),
    ("webhook_events", [("due", 1)], {}),
    ("webhook_events", [("webhook", 1), ("happened_at", -1)], {}),
)
