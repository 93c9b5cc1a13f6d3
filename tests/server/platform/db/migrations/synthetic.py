"""Two migrations of a city that does not exist: letters and labels, each changed while older code works.

The first one changes indexes alone; the second one moves a label's code into a collection of its own.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from server.container import collections
from server.platform.db import Document, Store
from server.platform.db.batch_loader import Update, update_each
from server.platform.db.layout import Layout
from server.platform.db.migrations import Migration, Walk

_ONE_OPEN: dict[str, object] = {"unique": True, "partialFilterExpression": {"open": True}}

LETTER_INDEXES = Migration(
    number=2,
    name="letter-indexes",
    why="unique indexes of letters begin with the citizen, as sharding wants",
    adds=(("letters", [("citizen", 1), ("record", 1)], {**_ONE_OPEN, "name": "one_open_of_citizen"}),),
    retires=(
        ("letters", [("record", 1)], {**_ONE_OPEN, "name": "one_open"}),
        ("letters", [("number", 1)], {"unique": True}),
    ),
    follows=(("letters", [("number", 1)], {}),),
)

_HOUR = 3600
_CLOCKS_DIFFER = timedelta(hours=1)
"""More than the clocks of machines do."""


async def _name_codes(store: Store, labels: Sequence[Document]) -> None:
    """Give each pass that may still be good its row, and each its version."""
    gone = datetime.now(UTC) - _CLOCKS_DIFFER
    rows = [
        Update(
            {"_id": one["code_index"]},
            {"$setOnInsert": {"citizen": one["citizen"], "label": one["_id"], "expires_at": one["expires_at"]}},
            upsert=True,
        )
        for one in labels
        if one["used_at"] is None and one["expires_at"] > gone
    ]
    if rows:
        await update_each(store["label_codes"], rows)
    ids = [one["_id"] for one in labels]
    await store["labels"].update_many({"_id": {"$in": ids}, "v": {"$exists": False}}, {"$set": {"v": 2}})


async def _forget_codes(store: Store, labels: Sequence[Document]) -> None:
    ids = [one["_id"] for one in labels]
    await store["labels"].update_many({"_id": {"$in": ids}}, {"$unset": {"code_index": ""}})


LABEL_CODES = Migration(
    number=3,
    name="label-codes",
    why="codes of labels stand in a collection of their own, so that labels can be sharded",
    adds=(("label_codes", [("expires_at", 1)], {"expireAfterSeconds": _HOUR}),),
    retires=(("labels", [("code_index", 1)], {"unique": True}),),
    follows=(("labels", [("code_index", 1)], {"partialFilterExpression": {"code_index": {"$exists": True}}}),),
    backfill=Walk("labels", {"v": {"$exists": False}}, _name_codes),
    clean=Walk("labels", {"code_index": {"$exists": True}, "v": 2}, _forget_codes),
)

SYNTHETIC = (LETTER_INDEXES, LABEL_CODES)
NEWEST = SYNTHETIC[-1].number
ALL_DONE = Layout(NEWEST, NEWEST, NEWEST, NEWEST)
INDEXES = (*collections.INDEXES, *(index for one in SYNTHETIC for index in (*one.adds, *one.follows)))
_MODULES = ("db", "db.layout", "db.migrating", "db.processes")
_ABOVE = ("server.container.container", "server.web.readiness", "server.cli.migrations")


def install(put: Callable[[Any, str, Any], None] = setattr) -> None:
    """Make this process one of a release that knows these migrations."""
    known = {"MIGRATIONS": SYNTHETIC, "LAYOUT": NEWEST, "FINAL": ALL_DONE}
    for name in (*(f"server.platform.{name}" for name in _MODULES), *_ABOVE):
        module = importlib.import_module(name)
        for constant, value in known.items():
            if hasattr(module, constant):
                put(module, constant, value)
