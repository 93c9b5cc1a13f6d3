"""Disputes are unique by citizen and record, and their numbers by the counter alone: both let them be sharded.

Its last step also keeps out every release of the first layout, which knows of no migrations: it makes the index
`number_1` as unique when it starts, and MongoDB refuses that where one of this name is not.
"""

from __future__ import annotations

from server.platform.db.migrations.migration import Migration

_ONE_OPEN: dict[str, object] = {"unique": True, "partialFilterExpression": {"open": True}}

DISPUTE_INDEXES = Migration(
    number=2,
    name="dispute-indexes",
    why="unique indexes of disputes begin with the citizen, as sharding wants",
    adds=(("disputes", [("citizen", 1), ("record", 1)], {**_ONE_OPEN, "name": "one_open_of_citizen"}),),
    retires=(
        ("disputes", [("record", 1)], {**_ONE_OPEN, "name": "one_open"}),
        ("disputes", [("number", 1)], {"unique": True}),
    ),
    follows=(("disputes", [("number", 1)], {}),),
)
