"""The code of a pass moves from the pass (`code_index`, `v` missing) to `pass_codes` (`v` is 2).

There it is unique in the whole city and names the citizen, so that passes can be sharded by citizen and a partner's
question reads one shard. A row of `pass_codes` is `_id` (the code's digest), `citizen`, `pass` and `expires_at`.

What follows, `code_index_1`, is an index of nothing that keeps the name: a release of the first layout makes a unique
one when it starts, in which two passes without a code would be the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from server.platform.db.migrations.migration import Migration, Walk
from server.platform.db.store import Document, Store
from server.platform.db.together import Update, update_each

PASS_VERSION = 2
_HOUR = 3600
_CLOCKS_DIFFER = timedelta(hours=1)
"""More than the clocks of machines do."""


async def _name_codes(store: Store, passes: Sequence[Document]) -> None:
    """Give each pass that may still be good its row, and each its version."""
    gone = datetime.now(UTC) - _CLOCKS_DIFFER
    rows = [
        Update(
            {"_id": one["code_index"]},
            {"$setOnInsert": {"citizen": one["citizen"], "pass": one["_id"], "expires_at": one["expires_at"]}},
            upsert=True,
        )
        for one in passes
        if one["used_at"] is None and one["expires_at"] > gone
    ]
    if rows:
        await update_each(store["pass_codes"], rows)
    ids = [one["_id"] for one in passes]
    await store["passes"].update_many({"_id": {"$in": ids}, "v": {"$exists": False}}, {"$set": {"v": PASS_VERSION}})


async def _forget_codes(store: Store, passes: Sequence[Document]) -> None:
    ids = [one["_id"] for one in passes]
    await store["passes"].update_many({"_id": {"$in": ids}}, {"$unset": {"code_index": ""}})


PASS_CODES = Migration(
    number=3,
    name="pass-codes",
    why="codes of passes stand in a collection of their own, so that passes can be sharded",
    adds=(("pass_codes", [("expires_at", 1)], {"expireAfterSeconds": _HOUR}),),
    retires=(("passes", [("code_index", 1)], {"unique": True}),),
    follows=(("passes", [("code_index", 1)], {"partialFilterExpression": {"code_index": {"$exists": True}}}),),
    backfill=Walk("passes", {"v": {"$exists": False}}, _name_codes),
    clean=Walk("passes", {"code_index": {"$exists": True}, "v": PASS_VERSION}, _forget_codes),
)
